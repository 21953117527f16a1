namespace Threads.Data.Capture;

/// <summary>
/// Cuts SQL text into tokens by the rules of SQLite's own tokenizer (https://www.sqlite.org/lang_keywords.html, lang_comment.html, lang_expr.html):
/// spaces and comments are skipped, four kinds of quotes, every character from U+0080 on belongs to names. It never fails: what is not
/// closed reaches to the end of the text, and SQLite's parser says what is wrong with it.
/// </summary>
internal ref struct SqlTokenizer(ReadOnlySpan<char> sql)
{
    private readonly ReadOnlySpan<char> _sql = sql;
    private int _position;

    public SqlToken Next()
    {
        SkipSpace();
        var start = _position;
        if (start >= _sql.Length) return new SqlToken(SqlTokenKind.End, _sql.Length, _sql.Length);
        var c = _sql[start];
        if (IsNamePart(c) && !char.IsAsciiDigit(c) && c != '$') return Word(start);
        switch (c)
        {
            case '\'': return Quoted(start, '\'', SqlTokenKind.String);
            case '"': return Quoted(start, '"', SqlTokenKind.QuotedName);
            case '`': return Quoted(start, '`', SqlTokenKind.QuotedName);
            case '[': return Bracketed(start);
            case '?' or '@' or '#' or ':' or '$': return Parameter(start);
            case ';': return One(SqlTokenKind.Semicolon);
            case ',': return One(SqlTokenKind.Comma);
            case '(': return One(SqlTokenKind.OpenParenthesis);
            case ')': return One(SqlTokenKind.CloseParenthesis);
            case '.' when !(start + 1 < _sql.Length && char.IsAsciiDigit(_sql[start + 1])): return One(SqlTokenKind.Dot);
        }
        return char.IsAsciiDigit(c) || c == '.' ? Number(start) : One(SqlTokenKind.Operator);
    }

    internal static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || c >= '\u0080';

    private void SkipSpace()
    {
        while (_position < _sql.Length)
        {
            var c = _sql[_position];
            if (c is ' ' or '\t' or '\n' or '\r' or '\f' or '\ufeff') _position++;
            else if (c == '-' && Follows('-')) Skip(_sql[_position..].IndexOf('\n'), 1);
            else if (c == '/' && Follows('*')) Skip(_sql[(_position + 2)..].IndexOf("*/"), 4);
            else return;
        }
    }

    private readonly bool Follows(char next) => _position + 1 < _sql.Length && _sql[_position + 1] == next;

    private void Skip(int found, int more) => _position = found < 0 ? _sql.Length : _position + found + more;

    private SqlToken One(SqlTokenKind kind) => new(kind, _position, ++_position);

    private SqlToken Word(int start)
    {
        if (_sql[start] is 'x' or 'X' && Follows('\''))
        {
            _position++;
            return Quoted(start, '\'', SqlTokenKind.Operator);
        }
        while (_position < _sql.Length && IsNamePart(_sql[_position])) _position++;
        return new SqlToken(SqlTokenKind.Word, start, _position);
    }

    private SqlToken Number(int start)
    {
        // 1e-5 is one number; 1.5.6 or 12ab are errors SQLite reports, so any grouping of them will do.
        while (_position < _sql.Length && (IsNamePart(_sql[_position]) || _sql[_position] == '.' || IsExponentSign(start))) _position++;
        return new SqlToken(SqlTokenKind.Number, start, _position);
    }

    private readonly bool IsExponentSign(int start) =>
        _sql[_position] is '+' or '-' && _position > start && _sql[_position - 1] is 'e' or 'E'
        && !_sql[start.._position].StartsWith("0x", StringComparison.OrdinalIgnoreCase);

    private SqlToken Quoted(int start, char quote, SqlTokenKind kind)
    {
        _position++;
        while (_position < _sql.Length)
        {
            if (_sql[_position] != quote) _position++;
            else if (Follows(quote)) _position += 2;
            else return new SqlToken(kind, start, ++_position);
        }
        return new SqlToken(SqlTokenKind.Operator, start, _position);
    }

    private SqlToken Bracketed(int start)
    {
        var length = _sql[start..].IndexOf(']');
        _position = length < 0 ? _sql.Length : start + length + 1;
        return new SqlToken(length < 0 ? SqlTokenKind.Operator : SqlTokenKind.QuotedName, start, _position);
    }

    private SqlToken Parameter(int start)
    {
        _position++;
        while (_position < _sql.Length)
        {
            var c = _sql[_position];
            if (IsNamePart(c)) _position++;
            else if (c == ':' && Follows(':') && _sql[start] == '$') _position += 2;
            else if (c == '(' && _sql[start] == '$' && _position > start + 1) SkipTclIndex();
            else break;
        }
        return new SqlToken(_position == start + 1 && _sql[start] != '?' ? SqlTokenKind.Operator : SqlTokenKind.Parameter, start, _position);
    }

    /// <summary>$name(index) is one parameter; without its closing parenthesis, or with a space inside, it is an error of the user's.</summary>
    private void SkipTclIndex()
    {
        var rest = _sql[_position..];
        var close = rest.IndexOfAny(") \t\r\n\f");
        _position = close < 0 ? _sql.Length : _position + close + 1;
    }
}
