using Threads.Data.Logs;

namespace Threads.Data.Pipeline;

/// <summary>What is stored of a thread's records, in a file of its own or in a replicator's among others: all that placing, paging and exporting need.</summary>
internal sealed record ThreadRecords(LogStore Logs, RecordStore Records, PendingStore Pending, ThreadSealer Sealer)
{
    /// <summary>How far each log is. An opening alone is not announced: nothing behind it vouches for it (decision 11).</summary>
    public static ThreadHeads HeadsOf(LogStore logs, RecordStore records)
    {
        var begun = logs.All().Where(l => l.Head > 1).ToArray();
        return new ThreadHeads(
            Array.ConvertAll(begun, l => new ThreadHead(Convert.ToHexStringLower(l.PublicKey), l.Head, l.HeadCid)),
            Array.ConvertAll(begun, l => ThreadHeads.PositionsBefore(l.Head, l.Fork ?? 1).Select(p => (p, records.CidOf(RecordId.Of(l.Id, p))!.Value)).ToArray()));
    }
}
