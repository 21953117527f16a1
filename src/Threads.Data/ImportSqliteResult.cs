namespace Threads.Data;

/// <summary>What <see cref="LocalThread.ImportSqliteAsync"/> took over.</summary>
/// <param name="Tables">Tables made, virtual ones included.</param>
/// <param name="Rows">Rows taken into the thread.</param>
/// <param name="LocalRows">Rows of tables that stay local: virtual ones with their shadow tables, EF Core's history, those marked local.</param>
/// <param name="Records">Records these rows became.</param>
/// <param name="AddedKeys">Tables without a primary key, and the column each of them got as its key.</param>
/// <param name="BrokenReferences">Rows whose foreign key finds no parent, which the source held already; they were taken as they are. The first 1,000.</param>
public sealed record ImportSqliteResult(
    int Tables, long Rows, long LocalRows, long Records, IReadOnlyList<AddedKey> AddedKeys, IReadOnlyList<BrokenReference> BrokenReferences);

/// <summary>A key column that an import added.</summary>
/// <param name="Table">The table that had no primary key.</param>
/// <param name="Column">The column, first in the table.</param>
public sealed record AddedKey(string Table, string Column);

/// <summary>A row that refers to no row.</summary>
/// <param name="Table">Where the reference stands.</param>
/// <param name="RowId">The row's rowid; null in a table WITHOUT ROWID.</param>
/// <param name="Parent">The table it refers to.</param>
public sealed record BrokenReference(string Table, long? RowId, string Parent);
