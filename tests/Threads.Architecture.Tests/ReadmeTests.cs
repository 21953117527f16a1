using System.Text.RegularExpressions;

namespace Threads.Architecture.Tests;

/// <summary>What the README and the pages below docs/ show is run as it stands: blocks marked csharp as programs (cs marks a fragment), commands against the checkout.</summary>
public partial class ReadmeTests
{
    [Fact]
    public async Task Programs_compile_and_run()
    {
        foreach (var block in Blocks("csharp"))
        {
            var (exitCode, output) = await DocumentedProgram.RunAsync(block);
            Assert.True(exitCode == 0, $"The program at {block.Page}:{block.Line} ended with {exitCode}:\n{output}");
        }
    }

    [Fact]
    public void Commands_name_things_that_exist()
    {
        foreach (var block in Blocks("bash"))
        {
            foreach (Match named in Path().Matches(block.Text))
            {
                var path = Repository.At(named.Value.Split('/'));
                Assert.True(File.Exists(path) || Directory.Exists(path), $"{block.Page}:{block.Line} names '{named.Value}', which is not in the repository.");
            }
        }
    }

    [Fact]
    public void Readme_shows_how_to_see_it_and_how_to_test_it()
    {
        var commands = CodeBlock.In("README.md").Where(b => b.Language == "bash").SelectMany(b => b.Text.Split('\n')).ToArray();
        Assert.Contains(commands, c => c.StartsWith("dotnet run --project samples/", StringComparison.Ordinal));
        Assert.Contains("dotnet test Threads.EF.sln", commands);
    }

    [Fact]
    public void Architecture_page_names_files_that_exist()
    {
        var missing = File.ReadAllLines(Repository.At("ARCHITECTURE.md")).SelectMany(l => SourceFile().Matches(l)).Select(m => m.Groups[1].Value)
            .Where(name => !File.Exists(Repository.At(name.Split('/'))) && !File.Exists(Repository.At(["src", "Threads.Data", .. name.Split('/')]))
                && !Directory.Exists(Repository.At(name.Split('/'))));
        Assert.Empty(missing);
    }

    private static IEnumerable<CodeBlock> Blocks(string language)
        => Repository.Files("docs", ".md").Select(Repository.Name).Prepend("README.md").SelectMany(CodeBlock.In).Where(b => b.Language == language);

    [GeneratedRegex("`([A-Za-z0-9./]+\\.(?:cs|resx)|(?:src|tests|samples|docs)/[A-Za-z0-9./]+)`")]
    private static partial Regex SourceFile();

    [GeneratedRegex(@"(?<![\w./-])((samples|tests|src|docs)/[\w./-]+|\w[\w.]*\.sln|build\.sh)")]
    private static partial Regex Path();
}
