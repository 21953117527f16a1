using System.Globalization;

namespace Microsoft.EntityFrameworkCore.Threads.Scaffolding;

/// <summary>The CHECK constraints of a table, which no pragma shows: they are read from its text.</summary>
internal static class CheckConstraints
{
    /// <summary>Those of the table and of its columns, in their order; one without a name gets one.</summary>
    public static IEnumerable<(string Name, string Sql)> Of(string table, string? tableSql)
    {
        var unnamed = 0;
        var body = tableSql is null ? null : SqlScan.Parenthesized(tableSql, 0);
        foreach (var definition in body is null ? [] : SqlScan.Split(body))
        {
            string? name = null;
            for (var at = 0; at < definition.Length; at = SqlScan.Next(definition, at))
            {
                if (SqlScan.IsWord(definition, at, "CONSTRAINT") && Following(definition, SqlScan.Next(definition, at)) is var named && named < definition.Length)
                {
                    at = named;
                    name = SqlScan.Unquote(definition[at..SqlScan.Next(definition, at)]);
                }
                else if (SqlScan.IsWord(definition, at, "CHECK") && SqlScan.Parenthesized(definition, at) is { } sql)
                {
                    yield return (name ?? string.Create(CultureInfo.InvariantCulture, $"CK_{table}_{++unnamed}"), sql.Trim());
                    name = null;
                }
                else if (char.IsLetter(definition[at]))
                {
                    // The name was that of another constraint.
                    name = null;
                }
            }
        }
    }

    /// <summary>Where the next thing stands that is neither blank nor a comment.</summary>
    private static int Following(string text, int at)
    {
        while (at < text.Length && (char.IsWhiteSpace(text[at]) || text.AsSpan(at).StartsWith("--") || text.AsSpan(at).StartsWith("/*")))
        {
            at = SqlScan.Next(text, at);
        }

        return at;
    }
}
