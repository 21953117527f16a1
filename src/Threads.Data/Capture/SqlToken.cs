namespace Threads.Data.Capture;

internal enum SqlTokenKind
{
    End,
    Word,
    QuotedName,
    String,
    Number,
    Parameter,
    Dot,
    Comma,
    Semicolon,
    OpenParenthesis,
    CloseParenthesis,
    Operator,
}

/// <summary>A piece of SQL text by its place; the text itself stays where it is.</summary>
internal readonly record struct SqlToken(SqlTokenKind Kind, int Start, int End)
{
    public ReadOnlySpan<char> Span(ReadOnlySpan<char> sql) => sql[Start..End];

    /// <summary>Whether this is the given keyword, written without quotes.</summary>
    public bool Is(ReadOnlySpan<char> sql, string keyword) =>
        Kind == SqlTokenKind.Word && End - Start == keyword.Length && sql[Start..End].Equals(keyword, StringComparison.OrdinalIgnoreCase);

    /// <summary>SQLite takes a word, a quoted name and, for compatibility, a string where a name belongs.</summary>
    public bool IsName => Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName or SqlTokenKind.String;

    /// <summary>The name without its quotes, doubled quotes undone.</summary>
    public string Name(ReadOnlySpan<char> sql)
    {
        var span = Span(sql);
        if (Kind == SqlTokenKind.Word) return span.ToString();
        var quote = span[0];
        var inner = span[1..^1].ToString();
        if (quote == '[' || !inner.Contains(quote, StringComparison.Ordinal)) return inner;
        var one = quote.ToString();
        return inner.Replace(one + one, one, StringComparison.Ordinal);
    }
}
