namespace Threads.Data;

/// <summary>How an existing SQLite database is taken into a thread.</summary>
public sealed record ImportSqliteOptions
{
    /// <summary>
    /// Makes tables, indexes, views and triggers, but no rows: for a second peer, whose rows come from the first one's records. Rows of tables that are never shared (names that
    /// begin with <c>__EF</c>) are taken all the same, since they belong to the schema.
    /// </summary>
    public bool SchemaOnly { get; init; }

    /// <summary>
    /// The column that a table without a primary key gets, <c>row_key</c> unless said otherwise (a digit is added where the table has one of that name). It holds the source's rowid for imported
    /// rows and 16 random bytes, its default, for those inserted later, so that two peers never give the same key.
    /// </summary>
    public string KeyColumn { get; init; } = "row_key";

    /// <summary>Rows in one record of the log at most.</summary>
    public int RecordRows { get; init; } = 1_000;

    /// <summary>Bytes of rows in one record, from which on it is closed; a single larger row makes a larger record.</summary>
    public int RecordSizeBytes { get; init; } = 1 << 20;
}
