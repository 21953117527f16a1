using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// Settles what another SQLite tool wrote into shared tables, in a write transaction: first the rows are what the records say again; to take the change over it is then written once
/// more, this time noted, and sealed by the commit as any change of ours.
/// </summary>
internal sealed class OutsideChanges(ThreadsSession session)
{
    private readonly SqliteDatabase _database = session.Database;
    private readonly ThreadCore _core = session.Core;

    /// <summary>Marked rows only, or every row of every table compared. Returns what differed, the first 100 rows of each table.</summary>
    public IReadOnlyList<OutsideChange> Settle(bool takeOver, bool compareAll, CancellationToken cancellationToken)
    {
        session.SealSoFar();
        _core.Catalog.Forget();
        var comparison = new TableComparison(_database, _core);
        var tables = compareAll ? comparison.Different(cancellationToken) : [.. _core.Outside.Tables()];
        foreach (var table in tables)
        {
            TableCopy.Make(_database, table, Rows(table, compareAll, "n"));
        }

        Undo(tables, compareAll, cancellationToken);
        var found = tables.SelectMany(t => comparison.Differences(t, Rows(t, compareAll, "n"))).ToList();
        if (takeOver)
        {
            WriteAgain(tables, compareAll);
        }

        _core.Outside.Clear();
        _core.Records.Release();
        foreach (var table in tables)
        {
            _database.Forget(TableCopy.Name(table));
            TableCopy.Drop(_database, table);
        }

        return found;
    }

    private static string Rows(TableSchema table, bool all, string alias) => all ? "1" : OutsideMarks.IsMarked(table, alias);

    private void Undo(IReadOnlyList<TableSchema> tables, bool all, CancellationToken cancellationToken)
    {
        _core.FoldScope.Enter();
        try
        {
            if (all)
            {
                foreach (var table in tables)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    _core.Rebuild.Collections([table.Collection], null, CancellationToken.None);
                }

                return;
            }

            foreach (var table in tables)
            {
                UndoMarked(table);
            }

            _core.Constraints.Settle();
        }
        finally
        {
            _core.FoldScope.Leave();
        }
    }

    /// <summary>Rows of known entities are folded anew; those nobody knows go.</summary>
    private void UndoMarked(TableSchema table)
    {
        var state = new EntityState();
        using var key = new Ipld.CborWriter();
        using var rows = _database.Prepare(OutsideMarks.KeysSql(table));
        while (rows.Step())
        {
            if (table.KeyCount > 1)
            {
                key.Reset();
                key.StartArray(table.KeyCount);
                for (var i = 0; i < table.KeyCount; i++)
                {
                    SqlValue.Column(rows, i).AsKey().Write(key);
                }
            }

            var entity = table.KeyCount > 1 ? SqlValue.OfBlob(key.WrittenSpan) : SqlValue.Column(rows, 0).AsKey();
            if (!entity.IsNull && _core.Entities.TryRead(table.Collection, entity, state))
            {
                _core.Fold.Deferred.Add(table, entity);
                continue;
            }

            var delete = _database[$"DELETE FROM main.{table.Quoted} WHERE {string.Join(" AND ", table.Keys.ToArray().Select((c, i) => FormattableString.Invariant($"{c.Quoted} IS ?{i + 1}")))}"];
            for (var i = 0; i < table.KeyCount; i++)
            {
                SqlValue.Column(rows, i).Bind(delete, i + 1, pinned: false);
            }

            delete.Run();
        }
    }

    /// <summary>All that differ go before any comes, so that rows which swap a unique value don't meet.</summary>
    private void WriteAgain(IReadOnlyList<TableSchema> tables, bool all)
    {
        foreach (var table in tables)
        {
            session.BeforeStatement(new SqlStatement(SqlStatementKind.Write, $"DELETE FROM {table.Quoted}", table.Name));
        }

        _core.FoldScope.Enter();
        _core.Functions.Captures = true;
        try
        {
            foreach (var table in tables)
            {
                _database.Execute($"DELETE FROM main.{table.Quoted} AS n WHERE {Rows(table, all, "n")} AND NOT EXISTS(SELECT 1 FROM temp.{TableCopy.Name(table)} o WHERE {TableCopy.Equal(table)})");
            }

            foreach (var table in tables)
            {
                var columns = string.Join(", ", table.Columns.Select(c => c.Quoted));
                _database.Execute($"INSERT OR ABORT INTO main.{table.Quoted}({columns}) SELECT {columns} {TableCopy.OnlyInCopy(table)}");
            }
        }
        finally
        {
            _core.FoldScope.Leave();
        }
    }
}
