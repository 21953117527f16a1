using Threads.Data.Capture;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// Compares the shared tables with a fold of all records from nothing. Digests say first whether there is anything to look for; only tables that differ are copied aside and compared row
/// by row. In a transaction that the caller rolls back, copies and all.
/// </summary>
internal sealed class TableComparison(SqliteDatabase database, ThreadCore core)
{
    private const int MaxRows = 100;
    private const string Savepoint = "_threads_comparison";

    /// <summary>The rows that differ; the caller's rollback takes the copies away.</summary>
    public IReadOnlyList<OutsideChange> Run(CancellationToken cancellationToken)
    {
        var different = Different(cancellationToken);
        if (different.Count == 0)
        {
            return [];
        }

        foreach (var table in different)
        {
            TableCopy.Make(database, table);
        }

        return Folded(cancellationToken, () => different.SelectMany(t => Differences(t, "1")).ToList());
    }

    /// <summary>The tables whose rows are not what a fold gives.</summary>
    public IReadOnlyList<TableSchema> Different(CancellationToken cancellationToken)
    {
        core.Catalog.Forget();
        var tables = core.Catalog.All().ToArray();
        var digest = new TableDigest(database, core.Catalog);
        var before = Array.ConvertAll(tables, t => digest.Compute(t, cancellationToken));
        return Folded(cancellationToken, () => tables.Where((t, i) => !digest.Compute(t, cancellationToken).AsSpan().SequenceEqual(before[i])).ToArray());
    }

    /// <summary>How a table's copy differs from the table, of which only the rows (n) of <paramref name="where"/> were copied.</summary>
    public List<OutsideChange> Differences(TableSchema table, string where)
    {
        var found = new List<OutsideChange>();
        Add(found, table, OutsideChangeKind.Added, TableCopy.OnlyInCopy(table), "o");
        Add(found, table, OutsideChangeKind.Changed, TableCopy.Changed(table), "o");
        Add(found, table, OutsideChangeKind.Removed, $"{TableCopy.OnlyInTable(table)} AND {where}", "n");
        return found;
    }

    /// <summary>The rows noted as written by others; whether they still differ is not looked at.</summary>
    public List<OutsideChange> Marked()
    {
        var found = new List<OutsideChange>();
        foreach (var table in core.Outside.Tables())
        {
            var names = string.Join(", ", table.Keys.ToArray().Select(c => c.Quoted));
            Add(found, table, OutsideChangeKind.Written, $"FROM (WITH m({names}) AS ({OutsideMarks.KeysSql(table)}) SELECT * FROM m) o", "o");
        }

        return found;
    }

    /// <summary>Looks at the tables as the records alone make them.</summary>
    private T Folded<T>(CancellationToken cancellationToken, Func<T> look)
    {
        database.Execute("SAVEPOINT " + Savepoint);
        try
        {
            core.Rebuild.All(null, cancellationToken);
            return look();
        }
        finally
        {
            database.Execute($"ROLLBACK TO {Savepoint}; RELEASE {Savepoint}");
            core.Stale();
            core.Events.Forget();
        }
    }

    private void Add(List<OutsideChange> found, TableSchema table, OutsideChangeKind kind, string from, string alias)
    {
        var key = string.Join(" || ', ' || ", table.Keys.ToArray().Select(c => $"quote({alias}.{c.Quoted})"));
        using var rows = database.Prepare(FormattableString.Invariant($"SELECT {key} {from} LIMIT {MaxRows}"));
        for (var room = MaxRows; room > 0 && rows.Step(); room--)
        {
            found.Add(new OutsideChange(table.Name, rows.Text(0), kind));
        }

        rows.Reset();
    }
}
