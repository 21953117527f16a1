namespace Threads.Data.Capture;

/// <summary>Reads off a statement's tokens what it does and to which table. What it can't tell it leaves open: SQLite's parser has the last word.</summary>
internal ref struct SqlStatementParser
{
    private readonly ReadOnlySpan<char> _sql;
    private readonly SqlTokens _tokens;
    private readonly string _text;
    private int _next;

    private SqlStatementParser(ReadOnlySpan<char> sql, SqlTokens tokens, string text)
    {
        _sql = sql;
        _tokens = tokens;
        _text = text;
    }

    public static SqlStatement Parse(ReadOnlySpan<char> sql, SqlTokens tokens, string text) => new SqlStatementParser(sql, tokens, text).Parse();

    private SqlStatement Parse()
    {
        var verb = Keyword();
        return verb switch
        {
            // It declares how a column merges, and changes what the schema says.
            "SELECT" when Peek().Is(_sql, MergeDeclarations.Function) => new SqlStatement(SqlStatementKind.Schema, _text) { Verb = MergeDeclarations.Verb },
            "EXPLAIN" or "SELECT" or "VALUES" => new SqlStatement(SqlStatementKind.Read, _text) { Verb = verb },
            "WITH" => With(),
            "INSERT" or "REPLACE" or "UPDATE" or "DELETE" => Write(verb),
            "CREATE" => Create(),
            "DROP" => Drop(),
            "ALTER" => Alter(),
            "REINDEX" or "ANALYZE" => new SqlStatement(SqlStatementKind.Schema, _text) { Verb = verb },
            "BEGIN" => Begin(),
            "COMMIT" or "END" => Commit(verb),
            "ROLLBACK" => Rollback(),
            "SAVEPOINT" => Named(SqlStatementKind.Savepoint, verb),
            "RELEASE" => Release(),
            "PRAGMA" => Pragma(),
            "ATTACH" => new SqlStatement(SqlStatementKind.Attach, _text) { Verb = verb },
            "DETACH" => new SqlStatement(SqlStatementKind.Detach, _text) { Verb = verb },
            "VACUUM" => new SqlStatement(SqlStatementKind.Vacuum, _text) { Verb = verb },
            _ => Other(verb),
        };
    }

    /// <summary>WITH [RECURSIVE] name [(columns)] AS [[NOT] MATERIALIZED] (…), … and then the verb that counts.</summary>
    private SqlStatement With()
    {
        Take("RECURSIVE");
        do
        {
            _next++;
            SkipParentheses();
            Take("AS");
            Take("NOT");
            Take("MATERIALIZED");
            SkipParentheses();
        }
        while (TakeComma());
        var verb = Keyword();
        return verb is "INSERT" or "REPLACE" or "UPDATE" or "DELETE" ? Write(verb) : new SqlStatement(SqlStatementKind.Read, _text) { Verb = verb };
    }

    private SqlStatement Write(string verb)
    {
        var hasConflictClause = Take("OR");
        if (hasConflictClause) _next++;
        Take(verb == "DELETE" ? "FROM" : "INTO");
        var (schema, table) = QualifiedName();
        return new SqlStatement(SqlStatementKind.Write, _text, table, schema)
        {
            Verb = verb,
            IsTemp = IsTempSchema(schema),
            HasReturning = FindReturning(),
            Sets = verb == "UPDATE" && !hasConflictClause ? Sets() : null,
        };
    }

    /// <summary>[AS alias] [INDEXED BY name | NOT INDEXED] SET name = …, name = …</summary>
    private List<string>? Sets()
    {
        if (Take("AS")) _next++;
        if (Take("INDEXED")) _next += 2;
        if (Take("NOT")) Take("INDEXED");
        if (!Take("SET")) return null;
        var names = new List<string>();
        do
        {
            if (Name() is not { } name || Peek().Kind != SqlTokenKind.Operator || !Peek().Span(_sql).SequenceEqual("=")) return null;
            names.Add(name);
            SkipExpression();
        }
        while (TakeComma());
        return names;
    }

    /// <summary>Up to the next comma or clause.</summary>
    private void SkipExpression()
    {
        for (var depth = 0; !AtEnd; _next++)
        {
            var token = _tokens[_next];
            if (token.Kind == SqlTokenKind.OpenParenthesis) depth++;
            else if (token.Kind == SqlTokenKind.CloseParenthesis) depth--;
            else if (depth == 0 && (token.Kind == SqlTokenKind.Comma || token.Is(_sql, "WHERE") || token.Is(_sql, "RETURNING") || token.Is(_sql, "ORDER") || token.Is(_sql, "LIMIT"))) return;
            // IS DISTINCT FROM is one operator.
            else if (depth == 0 && token.Is(_sql, "FROM") && !_tokens[_next - 1].Is(_sql, "DISTINCT")) return;
        }
    }

    private readonly bool FindReturning()
    {
        var depth = 0;
        for (var i = _next; i < _tokens.Count; i++)
        {
            if (_tokens[i].Kind == SqlTokenKind.OpenParenthesis) depth++;
            else if (_tokens[i].Kind == SqlTokenKind.CloseParenthesis) depth--;
            else if (depth == 0 && _tokens[i].Is(_sql, "RETURNING")) return true;
        }
        return false;
    }

    private SqlStatement Create()
    {
        var temp = Take("TEMP") || Take("TEMPORARY");
        Take("UNIQUE");
        var what = Keyword();
        if (what == "VIRTUAL") Take("TABLE");
        if (Take("IF")) _next += 2;
        var (schema, name) = QualifiedName();
        var table = what is "TABLE" or "VIRTUAL" ? name : what is "INDEX" or "TRIGGER" ? NameAfterOn() : null;
        return Schema("CREATE", what, table, schema) with { IsTemp = temp || IsTempSchema(schema) };
    }

    private SqlStatement Drop()
    {
        var what = Keyword();
        if (Take("IF")) _next++;
        var (schema, name) = QualifiedName();
        return Schema("DROP", what, what == "TABLE" ? name : null, schema);
    }

    private SqlStatement Alter()
    {
        var what = Keyword();
        var (schema, table) = QualifiedName();
        var statement = Schema("ALTER", what, table, schema);
        if (!Take("RENAME")) return statement;
        if (Take("TO")) return statement with { NewName = Name() };
        // COLUMN is optional, and a column may be called so: RENAME column TO x.
        if (Peek().Is(_sql, "COLUMN") && !PeekAfter().Is(_sql, "TO")) _next++;
        var old = Name();
        return Take("TO") ? statement with { OldColumn = old, NewName = Name() } : statement;
    }

    private readonly SqlStatement Schema(string verb, string what, string? table, string? schema) =>
        new(SqlStatementKind.Schema, _text, table, schema) { Verb = verb, SchemaObject = what, IsTemp = IsTempSchema(schema) };

    /// <summary>The table of CREATE INDEX … ON t, CREATE TRIGGER … ON t.</summary>
    private string? NameAfterOn()
    {
        while (_next < _tokens.Count)
        {
            if (Take("ON")) return QualifiedName().Name;
            _next++;
        }
        return null;
    }

    private SqlStatement Begin()
    {
        var immediate = Take("IMMEDIATE") || Take("EXCLUSIVE");
        if (!immediate) Take("DEFERRED");
        return SkipTransactionWord() && AtEnd ? new SqlStatement(SqlStatementKind.Begin, _text) { Verb = "BEGIN", IsImmediate = immediate } : Other("BEGIN");
    }

    private SqlStatement Commit(string verb) =>
        SkipTransactionWord() && AtEnd ? new SqlStatement(SqlStatementKind.Commit, _text) { Verb = verb } : Other(verb);

    private SqlStatement Rollback()
    {
        SkipTransactionWord();
        if (AtEnd) return new SqlStatement(SqlStatementKind.Rollback, _text) { Verb = "ROLLBACK" };
        if (!Take("TO")) return Other("ROLLBACK");
        if (!LastName) Take("SAVEPOINT");
        return Named(SqlStatementKind.RollbackTo, "ROLLBACK");
    }

    private SqlStatement Release()
    {
        if (!LastName) Take("SAVEPOINT");
        return Named(SqlStatementKind.Release, "RELEASE");
    }

    private SqlStatement Named(SqlStatementKind kind, string verb) =>
        LastName ? new SqlStatement(kind, _text, Name()) { Verb = verb } : Other(verb);

    private SqlStatement Pragma()
    {
        var (schema, name) = QualifiedName();
        return new SqlStatement(SqlStatementKind.Pragma, _text, name, schema) { Verb = "PRAGMA" };
    }

    /// <summary>Nothing we know, or transaction control SQLite will refuse: it tells the user why.</summary>
    private readonly SqlStatement Other(string verb) => new(SqlStatementKind.Other, _text) { Verb = verb };

    /// <summary>[TRANSACTION [name]]; TO is the one word that can't be the name here.</summary>
    private bool SkipTransactionWord()
    {
        if (Take("TRANSACTION") && Peek().IsName && !Peek().Is(_sql, "TO")) _next++;
        return true;
    }

    private readonly bool AtEnd => _next >= _tokens.Count;

    private readonly bool LastName => _next == _tokens.Count - 1 && _tokens[_next].IsName;

    private readonly SqlToken Peek() => AtEnd ? default : _tokens[_next];

    private readonly SqlToken PeekAfter() => _next + 1 < _tokens.Count ? _tokens[_next + 1] : default;

    private bool Take(string keyword)
    {
        if (AtEnd || !_tokens[_next].Is(_sql, keyword)) return false;
        _next++;
        return true;
    }

    private bool TakeComma()
    {
        if (Peek().Kind != SqlTokenKind.Comma) return false;
        _next++;
        return true;
    }

    private string Keyword() => Peek().Kind == SqlTokenKind.Word ? _tokens[_next++].Span(_sql).ToString().ToUpperInvariant() : "";

    private string? Name() => Peek().IsName ? _tokens[_next++].Name(_sql) : null;

    private (string? Schema, string? Name) QualifiedName()
    {
        var name = Name();
        if (name is null || Peek().Kind != SqlTokenKind.Dot) return (null, name);
        _next++;
        return (name, Name());
    }

    private void SkipParentheses()
    {
        if (Peek().Kind != SqlTokenKind.OpenParenthesis) return;
        var depth = 0;
        while (!AtEnd)
        {
            var kind = _tokens[_next++].Kind;
            if (kind == SqlTokenKind.OpenParenthesis) depth++;
            else if (kind == SqlTokenKind.CloseParenthesis && --depth == 0) return;
        }
    }

    private static bool IsTempSchema(string? schema) => string.Equals(schema, "temp", StringComparison.OrdinalIgnoreCase);
}
