namespace Threads.Data.Capture;

/// <summary>
/// The tokens of a text, in order. No List: the framework carries no machine code for a list of our own values, so that the first statement of a process would wait for the JIT to
/// compile one.
/// </summary>
internal sealed class SqlTokens
{
    private SqlToken[] _tokens = new SqlToken[64];

    public int Count { get; private set; }

    public SqlToken this[int index] => index < Count ? _tokens[index] : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>All tokens of a text that stand before its end.</summary>
    public static SqlTokens Of(string sql)
    {
        var tokens = new SqlTokens();
        var tokenizer = new SqlTokenizer(sql);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            tokens.Add(token);
        }

        return tokens;
    }

    public void Add(SqlToken token)
    {
        if (Count == _tokens.Length)
        {
            var larger = new SqlToken[2 * Count];
            Array.Copy(_tokens, larger, Count);
            _tokens = larger;
        }

        _tokens[Count++] = token;
    }

    public void RemoveLast() => Count--;

    public void Clear() => Count = 0;

    /// <summary>Where the keyword first stands; -1: nowhere.</summary>
    public int Find(string sql, string keyword)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_tokens[i].Is(sql, keyword))
            {
                return i;
            }
        }

        return -1;
    }

    public int Find(SqlTokenKind kind)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_tokens[i].Kind == kind)
            {
                return i;
            }
        }

        return -1;
    }
}
