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
            foreach (var table in core.Catalog.All().ToArray())
            {
                database.Execute($"DELETE FROM main.{table.Quoted}");
            }

            database.Execute("DELETE FROM _threads_entity; DELETE FROM _threads_event; DELETE FROM _threads_outside");
            core.Held.ClearAll();
            Refill(null, progress, cancellationToken);
        }
        finally
        {
            core.FoldScope.Leave();
        }
    }

    /// <summary>Refills the table of one collection: it was bound, or got a column, after its events had come.</summary>
    public void Collection(long id)
    {
        var row = database["SELECT name FROM _threads_collection WHERE id = ?"].Bind(1, id);
        var name = row.Step() ? row.Text(0) : null;
        row.Reset();
        if (name is null || core.Catalog.FindCanonical(name) is not { } table)
        {
            return;
        }

        core.FoldScope.Enter();
        try
        {
            database.Execute($"DELETE FROM main.{table.Quoted}");
            core.Held.Clear(id);
            foreach (var rows in new[] { "entity", "event" })
            {
                database[$"DELETE FROM _threads_{rows} WHERE c = ?"].Bind(1, id).Run();
            }

            Refill(name, null, CancellationToken.None);
            core.SchemaConstraints.Recheck(table);
        }
        finally
        {
            core.FoldScope.Leave();
        }
    }

    private void Refill(string? only, IProgress<ThreadsProgress>? progress, CancellationToken cancellationToken)
    {
        core.RecordFold.Forget();
        core.RecordFold.Only = only;
        var order = InTimeOrder();
        var done = 0;
        foreach (var id in order)
        {
            Fold(id);

            if ((++done & 0xFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new ThreadsProgress(done, order.Count));
            }
        }

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
