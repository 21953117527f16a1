using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Storage;

namespace Threads.Data.Pipeline;

/// <summary>
/// Admits records one after the other, each with those that waited for it; keeps what has to wait. After a record is refused no other of its log is taken: the rest of
/// the sender's records go on.
/// </summary>
/// <param name="pending">Where records wait.</param>
/// <param name="keys">What opens them again.</param>
/// <param name="admit">Places and stores one.</param>
internal sealed class AdmissionQueue(PendingStore pending, KeyRing keys, Func<IncomingRecord, Admission> admit)
{
    private readonly Queue<(IncomingRecord Record, bool HasWaited)> _open = new();
    private readonly HashSet<string> _refusedLogs = [];
    private bool _hasPending;

    public long Added { get; private set; }

    /// <summary>Records that were stored already.</summary>
    public long Known { get; private set; }

    /// <summary>Records that were put aside for their predecessor, less those that were taken out again.</summary>
    public long Waiting { get; private set; }

    /// <summary>Why the first refused record was.</summary>
    public ThreadsException? Refusal { get; private set; }

    /// <summary>Before the first record of a transaction.</summary>
    public void Begin() => _hasPending = !pending.IsEmpty;

    /// <summary>Admits a record and what waited for it, one after the other: a chain that waits may be long.</summary>
    public void Admit(IncomingRecord record)
    {
        _open.Enqueue((record, false));
        while (_open.TryDequeue(out var next))
        {
            AdmitOne(next.Record, next.HasWaited);
        }
    }

    private void AdmitOne(IncomingRecord record, bool hasWaited)
    {
        if (_refusedLogs.Count > 0 && _refusedLogs.Contains(Convert.ToHexStringLower(record.LogKey)))
        {
            return;
        }

        try
        {
            switch (admit(record))
            {
                case Admission.Added:
                    Added++;
                    AdmitFollowers(record.Record.RecordCid);
                    break;
                case Admission.Known:
                    Resources.DataMetrics.RecordsKnown.Add(1);
                    Known++;
                    break;
                case Admission.Gap:
                    Keep(record);
                    break;
            }
        }
        catch (ThreadsException e) when (e.ThreadsErrorCode == ThreadsErrorCode.RecordRefused)
        {
            if (hasWaited)
            {
                // Somebody else sent it, long ago; whoever sent what it waited for has done nothing wrong.
                return;
            }

            Refusal ??= e;
            _refusedLogs.Add(Convert.ToHexStringLower(record.LogKey));
        }
    }

    private void AdmitFollowers(Cid cid)
    {
        if (!_hasPending)
        {
            return;
        }

        foreach (var (log, blocks) in pending.TakeAfter(cid))
        {
            Waiting--;
            _open.Enqueue((PendingBlocks.Open(blocks, new RecordIntake(keys), log), true));
        }
    }

    private void Keep(IncomingRecord record)
    {
        if (pending.Count >= PendingStore.MaxRecords)
        {
            throw ThreadsErrors.RecordRefused(record.Record.RecordCid.ToString(), Resources.Strings.ReasonTooManyWaiting(), null);
        }

        if (pending.Add(record.Record.RecordCid, record.LogKey, record.Record.Previous, PendingBlocks.Pack(record.Record)))
        {
            Waiting++;
        }
        else
        {
            Known++;
        }

        _hasPending = true;
    }
}
