namespace Threads.Architecture.Tests;

/// <summary>A fenced block of a Markdown page; <see cref="Line"/> is where its fence stands, counted from 1.</summary>
internal sealed record CodeBlock(string Page, int Line, string Language, string Text)
{
    public static IReadOnlyList<CodeBlock> In(string page)
    {
        var blocks = new List<CodeBlock>();
        var lines = File.ReadAllLines(Repository.At(page.Split('/')));
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
                continue;
            var end = Array.IndexOf(lines, "```", i + 1);
            if (end < 0)
                throw new InvalidOperationException($"{page}:{i + 1}: the code block is not closed.");
            blocks.Add(new(page, i + 1, lines[i][3..].Trim(), string.Join('\n', lines[(i + 1)..end])));
            i = end;
        }

        return blocks;
    }
}
