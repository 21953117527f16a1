namespace Threads.Data.Capture;

/// <summary>Splits a command text into its statements, the way sqlite3_prepare would meet them one after another.</summary>
internal static class SqlScript
{
    /// <summary>The statements of <paramref name="text"/> in order, without terminators, surrounding space or comments; none for a text without any.</summary>
    public static SqlStatement[] Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var statements = new List<SqlStatement>(1);
        var tokens = new SqlTokens();
        var tokenizer = new SqlTokenizer(text);
        var isTrigger = false;
        while (true)
        {
            var token = tokenizer.Next();
            if (token.Kind == SqlTokenKind.End || (token.Kind == SqlTokenKind.Semicolon && !(isTrigger && !EndsTrigger(text, tokens))))
            {
                if (tokens.Count > 0) statements.Add(Make(text, tokens));
                if (token.Kind == SqlTokenKind.End) return [.. statements];
                tokens.Clear();
                isTrigger = false;
                continue;
            }
            tokens.Add(token);
            if (tokens.Count <= 6) isTrigger = isTrigger || IsCreateTrigger(text, tokens);
        }
    }

    private static SqlStatement Make(string text, SqlTokens tokens)
    {
        int start = tokens[0].Start, end = tokens[^1].End;
        var statementText = start == 0 && end == text.Length ? text : text[start..end];
        return SqlStatementParser.Parse(text, tokens, statementText) with
        {
            MentionsThreads = statementText.Contains("threads_", StringComparison.OrdinalIgnoreCase),
        };
    }

    /// <summary>[EXPLAIN [QUERY PLAN]] CREATE [TEMP|TEMPORARY] TRIGGER, the last word just read.</summary>
    private static bool IsCreateTrigger(string text, SqlTokens tokens)
    {
        if (!tokens[^1].Is(text, "TRIGGER")) return false;
        var i = 0;
        if (tokens[i].Is(text, "EXPLAIN")) i++;
        if (tokens[i].Is(text, "QUERY")) i += 2;
        if (i >= tokens.Count || !tokens[i].Is(text, "CREATE")) return false;
        i++;
        if (tokens[i].Is(text, "TEMP") || tokens[i].Is(text, "TEMPORARY")) i++;
        return i == tokens.Count - 1;
    }

    /// <summary>A trigger's body ends with END right after a semicolon; the END of a CASE never stands there.</summary>
    private static bool EndsTrigger(string text, SqlTokens tokens) =>
        tokens.Count >= 2 && tokens[^1].Is(text, "END") && tokens[^2].Kind == SqlTokenKind.Semicolon;
}
