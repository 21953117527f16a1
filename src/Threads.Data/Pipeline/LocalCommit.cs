using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Logs;
using Threads.Data.Records;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// The left spine: what a transaction changed becomes one record, in that transaction. ① capture ② codec ④ seal ⑤ append ⑥ index; the tables hold the result already.
/// </summary>
internal sealed class LocalCommit(
    ChangeCollector changes, EntityIndexer index, EntityRefold refold, PayloadWriter payload, ThreadSealer sealer, OwnLog ownLog, RecordStore records, HybridClock clock,
    FoldScope foldScope, SchemaCatalog catalog)
{
    /// <summary>Seals the changes of the tables that statements of this transaction may have touched; null when none of them changed a row.</summary>
    public RecordInfo? Run(IReadOnlyCollection<TableSchema> touched)
    {
        if (!changes.HasNotes(touched))
        {
            return null;
        }

        var log = ownLog.Open();
        var position = log.Head + 1;
        var time = clock.Peek();

        index.Record = new Clock(time, RecordId.Of(log.Id, position));
        changes.Collect(touched, index);
        changes.Clear(touched);
        if (payload.Count == 0)
        {
            return null;
        }

        clock.Take(time, payload.Count);
        var body = payload.Finish(ownLog.LogId, position, time);
        var record = sealer.Seal(body, log.HeadCid);
        records.Append(log, record.RecordCid, time, payload.Count, record.Row);

        if (index.Deferred.Count > 0 || refold.HasHeld)
        {
            Settle();
        }

        return new RecordInfo(log.Id, position, record.RecordCid, payload.Count);
    }

    /// <summary>Rows that a plain index entry can't describe, and held-back ones that may come back now.</summary>
    private void Settle()
    {
        foldScope.Enter();
        try
        {
            refold.Settle(index.Deferred);
            refold.RetryHeld(catalog);
        }
        finally
        {
            foldScope.Leave();
        }
    }
}

/// <summary>A record that was just committed.</summary>
internal sealed record RecordInfo(long Log, long Position, Ipld.Cid Cid, int Events);
