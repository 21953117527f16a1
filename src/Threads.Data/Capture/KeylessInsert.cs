using System.Text;

namespace Threads.Data.Capture;

/// <summary>
/// Gives an INSERT that leaves the key to SQLite a key of this log's range: SQLite would take the number after the largest one in the table, which may be another
/// peer's (decision 8). Only plain texts are rewritten: one table, a column list without the key or DEFAULT VALUES, then VALUES or one SELECT.
/// </summary>
internal static class KeylessInsert
{
    /// <summary>The statement with <paramref name="keyExpression"/> for its key, or null where the text is not that plain or names the key itself.</summary>
    public static string? TryRewrite(SqlStatement statement, string keyColumn, string keyExpression)
    {
        var sql = statement.Text;
        var tokens = Tokens(sql);
        var at = 0;
        if (!tokens[at].Is(sql, "INSERT") && !tokens[at].Is(sql, "REPLACE"))
        {
            return null;
        }

        at++;
        at += tokens[at].Is(sql, "OR") ? 2 : 0;
        if (!tokens[at].Is(sql, "INTO"))
        {
            return null;
        }

        at += tokens[at + 2].Kind == SqlTokenKind.Dot ? 4 : 2;
        if (tokens[at].Is(sql, "AS"))
        {
            at += 2;
        }

        var result = new StringBuilder(sql);
        var quoted = Sqlite.SqliteDatabase.Quote(keyColumn);
        if (tokens[at].Is(sql, "DEFAULT") && tokens[at + 1].Is(sql, "VALUES"))
        {
            return result.Remove(tokens[at].Start, tokens[at + 1].End - tokens[at].Start).Insert(tokens[at].Start, $"({quoted}) VALUES({keyExpression})").ToString();
        }

        if (tokens[at].Kind != SqlTokenKind.OpenParenthesis)
        {
            return null;
        }

        var insertions = new List<(int Place, string Text)> { (tokens[at].End, quoted + ", ") };
        for (at++; tokens[at].Kind != SqlTokenKind.CloseParenthesis; at++)
        {
            if (tokens[at].Kind == SqlTokenKind.End || (tokens[at].IsName && IsKey(tokens[at].Name(sql), keyColumn)))
            {
                return null;
            }
        }

        at++;
        var found = tokens[at].Is(sql, "VALUES") ? Values(tokens, at + 1, keyExpression, insertions)
            : tokens[at].Is(sql, "SELECT") && Select(tokens, sql, at, keyExpression, insertions);
        if (!found)
        {
            return null;
        }

        foreach (var (place, text) in insertions.OrderByDescending(i => i.Place))
        {
            result.Insert(place, text);
        }

        return result.ToString();
    }

    private static bool Values(SqlTokens tokens, int at, string keyExpression, List<(int, string)> insertions)
    {
        while (tokens[at].Kind == SqlTokenKind.OpenParenthesis)
        {
            insertions.Add((tokens[at].End, keyExpression + ", "));
            var depth = 0;
            do
            {
                depth += tokens[at].Kind switch { SqlTokenKind.OpenParenthesis => 1, SqlTokenKind.CloseParenthesis => -1, _ => 0 };
                if (tokens[at++].Kind == SqlTokenKind.End)
                {
                    return false;
                }
            }
            while (depth > 0);

            if (tokens[at].Kind != SqlTokenKind.Comma)
            {
                return true;
            }

            at++;
        }

        return false;
    }

    /// <summary>One SELECT without DISTINCT: a second one, joined by UNION, could drop rows that differ in their new key only.</summary>
    private static bool Select(SqlTokens tokens, string sql, int at, string keyExpression, List<(int, string)> insertions)
    {
        if (tokens[at + 1].Is(sql, "DISTINCT") || tokens[at + 1].Is(sql, "ALL"))
        {
            return false;
        }

        for (var i = at + 1; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (token.Is(sql, "UNION") || token.Is(sql, "INTERSECT") || token.Is(sql, "EXCEPT") || token.Is(sql, "GROUP"))
            {
                return false;
            }
        }

        insertions.Add((tokens[at].End, $" {keyExpression}, "));
        return true;
    }

    private static bool IsKey(string name, string keyColumn)
        => name.Equals(keyColumn, StringComparison.OrdinalIgnoreCase) || name.Equals("rowid", StringComparison.OrdinalIgnoreCase)
            || name.Equals("oid", StringComparison.OrdinalIgnoreCase) || name.Equals("_rowid_", StringComparison.OrdinalIgnoreCase);

    private static SqlTokens Tokens(string sql)
    {
        var tokens = new SqlTokens();
        var tokenizer = new SqlTokenizer(sql);
        SqlToken token;
        do
        {
            tokens.Add(token = tokenizer.Next());
        }
        while (token.Kind != SqlTokenKind.End);

        // Looking a few tokens ahead never leaves the list.
        for (var i = 0; i < 4; i++)
        {
            tokens.Add(token);
        }

        return tokens;
    }
}
