namespace Threads.Data.Capture;

/// <summary>What a statement does, as far as its text tells; see <see cref="SqlStatement"/>.</summary>
internal enum SqlStatementKind
{
    /// <summary>SELECT, VALUES, EXPLAIN, a WITH whose main verb reads.</summary>
    Read,
    /// <summary>INSERT, REPLACE, UPDATE, DELETE, with or without WITH.</summary>
    Write,
    /// <summary>CREATE, DROP, ALTER, REINDEX, ANALYZE.</summary>
    Schema,
    Begin,
    Commit,
    Rollback,
    Savepoint,
    Release,
    RollbackTo,
    Pragma,
    Attach,
    Detach,
    Vacuum,
    Other,
}

/// <summary>
/// One statement of a command text. <see cref="Target"/> is the table an INSERT, REPLACE, UPDATE, DELETE, CREATE TABLE, DROP TABLE or ALTER TABLE
/// names (unquoted; null when the text does not tell), <see cref="TargetSchema"/> the part before the dot; for SAVEPOINT, RELEASE and ROLLBACK TO
/// it is the savepoint's name, for PRAGMA the pragma's.
/// </summary>
internal sealed record SqlStatement(SqlStatementKind Kind, string Text, string? Target = null, string? TargetSchema = null)
{
    /// <summary>First keyword after CREATE, DROP or ALTER that says of what: TABLE, INDEX, TRIGGER, VIEW, VIRTUAL; upper case.</summary>
    public string? SchemaObject { get; init; }

    /// <summary>CREATE, DROP, ALTER …: the first keyword, upper case.</summary>
    public string Verb { get; init; } = "";

    /// <summary>ALTER TABLE … RENAME TO x: x; RENAME COLUMN a TO b: b.</summary>
    public string? NewName { get; init; }

    /// <summary>RENAME COLUMN a TO b: a.</summary>
    public string? OldColumn { get; init; }

    /// <summary>TEMP or TEMPORARY was written, or the target's schema is temp.</summary>
    public bool IsTemp { get; init; }

    /// <summary>The statement ends in a RETURNING clause.</summary>
    public bool HasReturning { get; init; }

    /// <summary>UPDATE t SET a = …, b = … without OR: a and b; null: another statement, or its text doesn't tell.</summary>
    public IReadOnlyList<string>? Sets { get; init; }

    /// <summary>BEGIN IMMEDIATE or BEGIN EXCLUSIVE.</summary>
    public bool IsImmediate { get; init; }

    /// <summary>The text holds "threads_" anywhere: only then the slow, exact check for internal tables runs.</summary>
    public bool MentionsThreads { get; init; }
}
