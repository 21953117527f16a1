using Threads.Data.Logs;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// The right spine: a record that holds together and is vouched for becomes a row of its log and, when it is due, rows of the tables, in the caller's write transaction
/// and fold scope. ⑤ append ⑥ fold, the same code as for a rebuild.
/// </summary>
internal sealed class RemoteApply(ThreadCore core)
{
    private readonly PinnedBuffer _buffer = new();
    private readonly RecordPlacement _placement = new(core.Stored, core.Keys, core.OwnLog.Find);
    private long _dueUntil;

    /// <inheritdoc cref="RecordPlacement.Forks" />
    public int Forks => _placement.Forks;

    /// <summary>Somebody else writes with the key of this file's log: a record stands beside one of its own, or the log was begun elsewhere before it was here.</summary>
    public bool OwnLogForked { get; private set; }

    /// <summary>Records that lie ahead of the clock and wait.</summary>
    public long NotDue { get; private set; }

    public long Events { get; private set; }

    /// <summary>Records that are kept and can't be read.</summary>
    public long Locked { get; private set; }

    /// <inheritdoc cref="RecordPlacement.NewLogs" />
    public int NewLogs => _placement.NewLogs;

    /// <summary>Before the first record of a transaction.</summary>
    public void Begin()
    {
        _dueUntil = core.Clock.DueUntil(core.Options.ClockBound);
        Events += core.Due.Take();
    }

    /// <exception cref="ThreadsException">The record is refused, by name; nothing of it is stored.</exception>
    public Admission Admit(IncomingRecord incoming)
    {
        var admission = _placement.Place(incoming, out var log);
        if (admission != Admission.Added)
        {
            return admission;
        }

        incoming = core.Locked.Look(incoming, log!);
        var id = core.Records.Append(log!, incoming.Record.RecordCid, incoming.Time, incoming.Events, incoming.Record.Row);
        if (core.Access.IsJudging)
        {
            core.Access.Stored(log!, isBranch: log!.Parent is not null);
        }

        if (incoming.Payload is { } payload)
        {
            Fold(log!, id, incoming.Time, incoming.Events, payload);
        }
        else if (incoming.Key is { } key)
        {
            Locked++;
            core.Locked.Add(log!, id, key, incoming.Misfit);
        }

        return Admission.Added;
    }

    /// <summary>After the last record of a transaction: what needs all of it.</summary>
    public void End()
    {
        var (records, events) = core.Locked.Unlock();
        Locked = Math.Max(0, Locked - records);
        Events += events;
        core.Access.Settle();
        core.Constraints.Settle();
        if (NotDue > 0)
        {
            core.Due.Look();
        }

        if (IsWrittenElsewhere())
        {
            // Another file writes with this one's key: both branches stay, this one goes on elsewhere (I5).
            OwnLogForked = true;
            core.BeginLog();
        }

        // What came back, or was written with this one's key, behind its own newest record: the next one is later, due or not.
        core.Clock.Observe(core.OwnLog.Find()?.HeadTime ?? 0);
        core.Refill([]);
        core.SchemaConstraints.Recheck();
        core.Meta.Set("clock", core.Clock.Last);
    }

    private bool IsWrittenElsewhere() => core.OwnLog.Find() is { } own
        ? _placement.OwnLogForked && core.Logs.Find(own.PublicKey).Count > 1
        : NewLogs > 0 && core.Logs.Find(core.Keys.Log.PublicKey).Count > 0;

    private void Fold(LogEntry log, long id, long time, int events, ReadOnlySpan<byte> payload)
    {
        if (log.Folded != long.MaxValue)
        {
            NotDue++;
            return;
        }

        // Of the log that is written here all is due: what is written next follows it, and is in the tables at once.
        if (time + events - 1 > _dueUntil && core.OwnLog.Find() != log)
        {
            core.Logs.SetFolded(log, RecordId.Position(id) - 1);
            NotDue++;
            return;
        }

        var pinned = _buffer.Take(payload.Length);
        payload.CopyTo(pinned);
        Events += core.RecordFold.Fold(id, pinned);
        core.Clock.Observe(time + events - 1);
    }
}
