using Threads.Data.Capture;
using Threads.Data.Logs;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>Makes the tables again from the records alone (I2): the same fold, over all records in order of time, so that almost every event is its entity's newest.</summary>
internal sealed class Rebuild(SqliteDatabase database, ThreadCore core)
{
    private readonly PinnedBuffer _buffer = new();

    /// <summary>Empties and refills every shared table; in a write transaction.</summary>
    public void All(IProgress<ThreadsProgress>? progress, CancellationToken cancellationToken)
    {
        core.FoldScope.Enter();
        try
        {
            core.Locked.Read();
            foreach (var table in core.Catalog.All().ToArray())
            {
                database.Execute($"DELETE FROM main.{table.Quoted}");
            }

            core.Entities.Clear();
            database.Execute("DELETE FROM _threads_outside; DELETE FROM _threads_access; DELETE FROM _threads_capability; DELETE FROM _threads_join; DELETE FROM _threads_refused; DELETE FROM _threads_refused_many; UPDATE _threads_collection SET fill = 0 WHERE fill = 1");
            core.Held.ClearAll();
            core.Access.Begin();
            Refill(null, progress, cancellationToken);
        }
        finally
        {
            core.FoldScope.Leave();
        }
    }

    /// <summary>Refills the tables of these collections, which were bound, or got a column, after their events had come; in one pass.</summary>
    public void Collections(IReadOnlyList<long> ids, IProgress<ThreadsProgress>? progress, CancellationToken cancellationToken)
    {
        var tables = ids.Select(core.Catalog.FindCollection).OfType<TableSchema>().ToArray();
        if (tables.Length == 0)
        {
            return;
        }

        core.FoldScope.Enter();
        try
        {
            foreach (var table in tables)
            {
                database.Execute($"DELETE FROM main.{table.Quoted}");
                core.Held.Clear(table.Collection);
                core.Entities.Clear(table.Collection);
                database["DELETE FROM _threads_refused WHERE c = ?"].Bind(1, table.Collection).Run();
                database["DELETE FROM _threads_refused_many WHERE c = ?"].Bind(1, table.Collection).Run();
            }

            Refill(tables.Select(t => t.Canonical).ToHashSet(StringComparer.Ordinal), progress, cancellationToken);
            foreach (var table in tables)
            {
                core.SchemaConstraints.Recheck(table);
            }
        }
        finally
        {
            core.FoldScope.Leave();
        }
    }

    private void Refill(IReadOnlySet<string>? only, IProgress<ThreadsProgress>? progress, CancellationToken cancellationToken)
    {
        core.RecordFold.Forget();
        core.RecordFold.Only = only;
        var order = InTimeOrder();
        var done = 0;
        var rebuilt = core.Access.Rebuilt = [];
        foreach (var id in order)
        {
            Fold(id);
            rebuilt[RecordId.Log(id)] = RecordId.Position(id);

            if ((++done & 0xFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new ThreadsProgress(done, order.Count));
            }
        }

        core.Access.Rebuilt = null;
        core.Access.Settle();
        core.Constraints.Settle();
        core.RecordFold.Only = null;
        core.RecordFold.Forget();
        progress?.Report(new ThreadsProgress(done, order.Count));
    }

    private void Fold(long id)
    {
        database.EnterMutex();
        try
        {
            if (core.OpenPayload(id, _buffer, out var payload))
            {
                core.RecordFold.Fold(id, payload);
            }
        }
        finally
        {
            database.LeaveMutex();
        }
    }

    private List<long> InTimeOrder()
    {
        var folded = core.Logs.All().ToDictionary(l => l.Id, l => l.Folded);
        var ids = new List<long>();
        var rows = database["SELECT id FROM _threads_record WHERE time IS NOT NULL ORDER BY time, id"];
        while (rows.Step())
        {
            var id = rows.Int64(0);
            if (RecordId.Position(id) <= folded[RecordId.Log(id)])
            {
                ids.Add(id);
            }
        }

        return ids;
    }
}
