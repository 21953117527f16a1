using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Logs;
using Threads.Data.Merging;
using Threads.Data.Records;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// The left spine: what a transaction changed becomes one record, in that transaction. ① capture ② codec ④ seal ⑤ append ⑥ index; the tables hold the result already.
/// </summary>
internal sealed class LocalCommit(
    ChangeCollector changes, UpdateNotes updates, EntityIndexer index, LocalRows rows, ConstraintFold constraints, EntityRefold refold, PayloadWriter payload, ThreadSealer sealer, OwnLog ownLog,
    RecordStore records, HybridClock clock, FoldScope foldScope, SchemaCatalog catalog, Aliases aliases, Action leaveClosed)
{
    private bool _isOpen;
    private long _time;

    /// <summary>Where the record to come stands, for a savepoint to return to.</summary>
    public Mark Here => new(_isOpen, _isOpen ? payload.Mark : default, index.Deferred.Count);

    /// <summary>What is collected from now on is seed data; null: it is not.</summary>
    public Seeding? Seeding
    {
        get => changes.Seeding;
        set => changes.Seeding = index.Seeding = value;
    }

    /// <summary>The time of the transaction's next event.</summary>
    public long NextTime => _isOpen ? _time + payload.Count : clock.Peek();

    /// <summary>Turns what statements noted on a table so far into events of the transaction's record, from the rows as they are now.</summary>
    public void Collect(TableSchema table)
    {
        if (updates.Table?.Collection == table.Collection && !TryCollectUpdate(table))
        {
            updates.Spill();
        }

        var notes = changes.Notes(table);
        if (notes.Count > 0)
        {
            Open();
            rows.NoteBefore(table);
            changes.Collect(table, notes, new MergeStamp(index.Record.Time, index.Record.Record), index);
            Correct();
        }
    }

    /// <summary>The transaction's only UPDATE of the table, by its own notes, where nobody asks for more than these say.</summary>
    private bool TryCollectUpdate(TableSchema table)
    {
        if (!changes.Takes(table, updates) || rows.Concerns(table))
        {
            return false;
        }

        if (updates.Runs.Count > 0)
        {
            Open();
            rows.NoteBefore(table);
            changes.CollectUpdate(table, updates, index);
        }

        updates.Clear();
        return true;
    }

    /// <summary>Where a merge kind makes another value of a change, the table holds that one: here as on every peer.</summary>
    private void Correct()
    {
        if (!changes.HasCorrections)
        {
            return;
        }

        foldScope.Enter();
        try
        {
            changes.Correct();
        }
        finally
        {
            foldScope.Leave();
        }
    }

    /// <summary>Tells other peers what a collection or column is called from now on.</summary>
    public void Add(Alias alias)
    {
        Open();
        changes.WriteAlias(alias);
        aliases.Take(alias, _time + payload.Count - 1, RecordId.Log(index.Record.Record));
    }

    /// <summary>Seals and appends the collected events; null when there are none.</summary>
    public RecordInfo? Seal()
    {
        if (!_isOpen || payload.Count == 0)
        {
            Discard();
            return null;
        }

        var settlement = Decide();

        // Asked anew: after ROLLBACK TO a savepoint the log's entry is another object.
        var log = ownLog.Open();
        var position = log.Head + 1;
        clock.Take(_time, payload.Count);
        var body = payload.Finish(ownLog.LogId, position, _time);
        var record = sealer.Seal(body, log.HeadCid);
        records.Append(log, record.RecordCid, _time, payload.Count, record.Row);
        _isOpen = false;
        catalog.Merges.Author.Clear();

        if (index.Deferred.Count > 0 || settlement is not null)
        {
            Settle(settlement);
        }

        return new RecordInfo(log.Id, position, record.RecordCid, payload.Count);
    }

    /// <summary>A savepoint was rolled back to: later events are as if they had never been.</summary>
    public void ReturnTo(Mark mark)
    {
        if (!mark.IsOpen)
        {
            Discard();
        }
        else
        {
            changes.Truncate(mark.Payload);
            index.Deferred.Truncate(mark.Deferred);
        }
    }

    /// <summary>The transaction was rolled back.</summary>
    public void Discard()
    {
        _isOpen = false;
        index.Deferred.Truncate(0);
        constraints.Unsettled.Clear();
    }

    private void Open()
    {
        if (_isOpen)
        {
            return;
        }

        leaveClosed();
        var log = ownLog.Open();
        _isOpen = true;
        _time = clock.Peek();
        catalog.Merges.Author.Tag = ownLog.Tag;
        index.Record = new Clock(_time, RecordId.Of(log.Id, log.Head + 1));
        changes.Begin();
    }

    /// <summary>
    /// What the constraints make of the transaction. SQLite checked it against the rows it sees; where a held-back one would displace a row of the result, it gives way: its release
    /// is an event of this record (decision 7). Null: nobody is concerned.
    /// </summary>
    private Settlement? Decide()
    {
        if (constraints.Unsettled.IsEmpty)
        {
            return null;
        }

        foldScope.Enter();
        try
        {
            var settlement = constraints.Decide();
            for (var older = constraints.Displacing(settlement); older.Count > 0; older = constraints.Displacing(settlement))
            {
                foreach (var row in older)
                {
                    changes.Release(row.Table.Table, row.Key, index);
                    settlement.Graph.ReadState(row);
                }

                settlement.Run(older, []);
            }

            return ConstraintFold.Lost(settlement) is { } lost ? throw ThreadsErrors.ForeignKeyMissing(lost.Table.Table.Name, RowKey.Label(lost.Table.Table, lost.Key)) : settlement;
        }
        finally
        {
            foldScope.Leave();
        }
    }

    /// <summary>Rows that a plain index entry can't describe, and held-back ones that come back now.</summary>
    private void Settle(Settlement? settlement)
    {
        foldScope.Enter();
        try
        {
            foreach (var (table, key) in index.Deferred.Take())
            {
                refold.Rewrite(table, key);
            }

            if (settlement is not null)
            {
                constraints.Write(settlement, constraints.Freed());
                constraints.Unsettled.Clear();
            }
        }
        finally
        {
            foldScope.Leave();
        }
    }
}

/// <summary>A place in the record that a transaction is about to write.</summary>
internal readonly record struct Mark(bool IsOpen, (int Count, int Shapes, int Length) Payload, int Deferred);

/// <summary>A record that was just committed.</summary>
internal sealed record RecordInfo(long Log, long Position, Ipld.Cid Cid, int Events);
