namespace Threads.Data.Capture;

/// <summary>What the text of a CREATE TABLE or CREATE INDEX says and no pragma tells: expressions, conditions, the columns that checks read.</summary>
internal static class DefinitionText
{
    /// <summary>CREATE [UNIQUE] INDEX … ON table(part, …) [WHERE condition]: the parts without collation and order, and the condition or null.</summary>
    public static (string[] Parts, string? Where) Index(string sql)
    {
        var tokens = Tokens(sql);
        var open = tokens.Find(SqlTokenKind.OpenParenthesis);
        var parts = new List<string>();
        var (from, depth, at) = (open + 1, 0, open + 1);
        for (; at < tokens.Count; at++)
        {
            var kind = tokens[at].Kind;
            if (depth == 0 && (kind is SqlTokenKind.Comma or SqlTokenKind.CloseParenthesis))
            {
                parts.Add(Part(sql, tokens, from, at));
                from = at + 1;
                if (kind == SqlTokenKind.CloseParenthesis)
                {
                    break;
                }
            }

            depth += kind == SqlTokenKind.OpenParenthesis ? 1 : kind == SqlTokenKind.CloseParenthesis ? -1 : 0;
        }

        var where = at + 1 < tokens.Count && tokens[at + 1].Is(sql, "WHERE") && at + 2 < tokens.Count ? sql[tokens[at + 2].Start..tokens[^1].End] : null;
        return ([.. parts], where);
    }

    /// <summary>The same table under another name, in temp: same columns, types, collations, defaults and checks.</summary>
    public static string TableAs(string sql, string name)
    {
        var tokens = Tokens(sql);
        var at = tokens.Find(sql, "TABLE") + 1;
        var own = tokens[at].Name(sql);
        var text = new System.Text.StringBuilder($"CREATE TEMP TABLE {name}");
        var copied = tokens[at].End;
        for (var i = at + 1; i + 1 < tokens.Count; i++)
        {
            // A check may say table.column.
            if (tokens[i].IsName && tokens[i + 1].Kind == SqlTokenKind.Dot && string.Equals(tokens[i].Name(sql), own, StringComparison.OrdinalIgnoreCase))
            {
                text.Append(sql, copied, tokens[i].Start - copied);
                copied = tokens[i + 1].End;
            }
        }

        return text.Append(sql, copied, sql.Length - copied).ToString();
    }

    /// <summary>Every name that stands in a CHECK or a generated column of a table's text.</summary>
    public static HashSet<string> NamesInChecks(string sql)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var tokens = Tokens(sql);
        for (var i = 0; i + 1 < tokens.Count; i++)
        {
            if ((tokens[i].Is(sql, "CHECK") || tokens[i].Is(sql, "AS")) && tokens[i + 1].Kind == SqlTokenKind.OpenParenthesis)
            {
                var depth = 0;
                do
                {
                    i++;
                    depth += tokens[i].Kind == SqlTokenKind.OpenParenthesis ? 1 : tokens[i].Kind == SqlTokenKind.CloseParenthesis ? -1 : 0;
                    AddName(names, sql, tokens[i]);
                }
                while (depth > 0 && i + 1 < tokens.Count);
            }
        }

        return names;
    }

    /// <summary>Every name in an expression.</summary>
    public static IEnumerable<string> Names(string expression)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var tokens = Tokens(expression);
        for (var i = 0; i < tokens.Count; i++)
        {
            AddName(names, expression, tokens[i]);
        }

        return names;
    }

    private static void AddName(HashSet<string> names, string sql, SqlToken token)
    {
        if (token.IsName)
        {
            names.Add(token.Name(sql));
        }
    }

    private static string Part(string sql, SqlTokens tokens, int from, int to)
    {
        if (to - from > 1 && (tokens[to - 1].Is(sql, "ASC") || tokens[to - 1].Is(sql, "DESC")))
        {
            to--;
        }

        if (to - from > 2 && tokens[to - 2].Is(sql, "COLLATE"))
        {
            to -= 2;
        }

        return to > from ? sql[tokens[from].Start..tokens[to - 1].End] : "";
    }

    private static SqlTokens Tokens(string sql)
    {
        var tokens = new SqlTokens();
        var tokenizer = new SqlTokenizer(sql);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            if (token.Kind != SqlTokenKind.Semicolon)
            {
                tokens.Add(token);
            }
        }

        return tokens;
    }
}
