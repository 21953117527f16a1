namespace Threads.Data.Capture;

/// <summary>A trigger of the user's as its text tells: when it fires, and what its body writes.</summary>
internal sealed record TriggerText(string Name, string Table, string Sql)
{
    /// <summary>From BEFORE, AFTER or INSTEAD OF (or the event) up to ON: "AFTER UPDATE OF a, b".</summary>
    public string Event { get; private init; } = "";

    /// <summary>The expression behind WHEN; null: none.</summary>
    public string? When { get; private init; }

    /// <summary>From BEGIN to END.</summary>
    public string Body { get; private init; } = "";

    /// <summary>The tables and views its statements name as their target, each once.</summary>
    public IReadOnlyList<string> Writes { get; private init; } = [];

    /// <summary>REPLACE stands somewhere in it.</summary>
    public bool MayReplace { get; private init; }

    /// <summary>It may refuse a row.</summary>
    public bool MayRaise { get; private init; }

    /// <summary>Reads CREATE [TEMP] TRIGGER [IF NOT EXISTS] [schema.]name event ON table [FOR EACH ROW] [WHEN …] BEGIN …; END.</summary>
    public static TriggerText Parse(string name, string table, string sql)
    {
        var tokens = Tokens(sql);
        var i = Skip(sql, tokens);
        var start = i;
        // A column of UPDATE OF may be called "on" only in quotes.
        while (i < tokens.Count && !tokens[i].Is(sql, "ON"))
        {
            i++;
        }

        var on = i;
        i += 2;
        if (i < tokens.Count && tokens[i].Kind == SqlTokenKind.Dot)
        {
            i += 2;
        }

        if (i + 2 < tokens.Count && tokens[i].Is(sql, "FOR"))
        {
            i += 3;
        }

        var whenStart = i < tokens.Count && tokens[i].Is(sql, "WHEN") ? i + 1 : -1;
        while (i < tokens.Count && !tokens[i].Is(sql, "BEGIN"))
        {
            i++;
        }

        if (i >= tokens.Count || start >= on)
        {
            return new TriggerText(name, table, sql) { Writes = [""], MayReplace = true };
        }

        return new TriggerText(name, table, sql)
        {
            Event = sql[tokens[start].Start..tokens[on - 1].End],
            When = whenStart < 0 ? null : sql[tokens[whenStart].Start..tokens[i - 1].End],
            Body = sql[tokens[i].Start..tokens[^1].End],
            Writes = [.. Targets(sql, tokens, i + 1).Distinct(StringComparer.OrdinalIgnoreCase)],
            MayReplace = tokens.Find(sql, "REPLACE") >= 0,
            MayRaise = tokens.Find(sql, "RAISE") >= 0,
        };
    }

    /// <summary>The token behind the trigger's name.</summary>
    private static int Skip(string sql, SqlTokens tokens)
    {
        var i = tokens.Find(sql, "TRIGGER") + 1;
        if (i < tokens.Count && tokens[i].Is(sql, "IF"))
        {
            i += 3;
        }

        return i + 1 < tokens.Count && tokens[i + 1].Kind == SqlTokenKind.Dot ? i + 3 : i + 1;
    }

    private static IEnumerable<string> Targets(string sql, SqlTokens tokens, int next)
    {
        var statement = new SqlTokens();
        for (; next < tokens.Count; next++)
        {
            if (tokens[next].Kind != SqlTokenKind.Semicolon)
            {
                statement.Add(tokens[next]);
                continue;
            }

            if (statement.Count > 0 && SqlStatementParser.Parse(sql, statement, sql) is { Kind: SqlStatementKind.Write } write)
            {
                yield return write.Target ?? "";
            }

            statement.Clear();
        }
    }

    private static SqlTokens Tokens(string sql)
    {
        var tokens = SqlTokens.Of(sql);
        while (tokens.Count > 0 && tokens[^1].Kind == SqlTokenKind.Semicolon)
        {
            tokens.RemoveLast();
        }

        return tokens;
    }
}
