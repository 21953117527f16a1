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

    public IReadOnlyList<OutsideChange> Run(CancellationToken cancellationToken)
    {
        core.Catalog.Forget();
        var tables = core.Catalog.All().ToArray();
        var digest = new TableDigest(database, core.Catalog);
        var before = Array.ConvertAll(tables, t => digest.Compute(t, cancellationToken));
        var different = Folded(cancellationToken, () => tables.Where((t, i) => !digest.Compute(t, cancellationToken).AsSpan().SequenceEqual(before[i])).ToArray());
        if (different.Length == 0)
        {
            return [];
        }

        foreach (var table in different)
        {
            TableCopy.Make(database, table);
        }

        return Folded(cancellationToken, () => different.SelectMany(Differences).ToList());
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

    private List<OutsideChange> Differences(TableSchema table)
    {
        var found = new List<OutsideChange>();
        Add(found, table, OutsideChangeKind.Added, TableCopy.OnlyInCopy(table), "o");
        Add(found, table, OutsideChangeKind.Changed, TableCopy.Changed(table), "o");
        Add(found, table, OutsideChangeKind.Removed, TableCopy.OnlyInTable(table), "n");
        return found;
    }

    private void Add(List<OutsideChange> found, TableSchema table, OutsideChangeKind kind, string from, string alias)
    {
        var key = string.Join(" || ', ' || ", table.Keys.ToArray().Select(c => $"quote({alias}.{c.Quoted})"));
        using var rows = database.Prepare(FormattableString.Invariant($"SELECT {key} {from} LIMIT {MaxRows}"));
        while (found.Count < MaxRows && rows.Step())
        {
            found.Add(new OutsideChange(table.Name, rows.Text(0), kind));
        }

        rows.Reset();
    }
}
