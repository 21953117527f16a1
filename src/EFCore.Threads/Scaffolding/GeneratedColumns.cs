namespace Microsoft.EntityFrameworkCore.Threads.Scaffolding;

/// <summary>The expression of a generated column, which no pragma shows: it is read from the text of the table.</summary>
internal static class GeneratedColumns
{
    /// <summary>Empty when the text does not tell, which still says that the column is generated.</summary>
    public static string Expression(string? tableSql, string column)
    {
        var body = tableSql is null ? null : SqlScan.Parenthesized(tableSql, 0);
        foreach (var definition in body is null ? [] : SqlScan.Split(body))
        {
            var text = definition.TrimStart();
            if (text.Length == 0 || !SqlScan.Unquote(text[..SqlScan.Next(text, 0)]).Equals(column, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var at = SqlScan.FindKeyword(text, "AS", SqlScan.Next(text, 0));
            return at < 0 ? string.Empty : SqlScan.Parenthesized(text, at)?.Trim() ?? string.Empty;
        }

        return string.Empty;
    }
}
