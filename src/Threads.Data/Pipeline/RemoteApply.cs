using Threads.Data.Cryptography;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Records;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>What became of a record from outside.</summary>
internal enum Admission
{
    /// <summary>Appended to its log.</summary>
    Added,

    /// <summary>Stored already, or the same record sealed anew.</summary>
    Known,

    /// <summary>Its predecessor is not stored.</summary>
    Gap,
}

/// <summary>
/// The right spine: a record that holds together and is vouched for becomes a row of its log and, when it is due, rows of the tables, in the caller's write transaction
/// and fold scope. ⑤ append ⑥ fold, the same code as for a rebuild.
/// </summary>
internal sealed class RemoteApply(ThreadCore core)
{
    private readonly PinnedBuffer _buffer = new();
    private long _dueUntil;

    /// <summary>Records that came to stand beside another one at their position.</summary>
    public int Forks { get; private set; }

    /// <summary>A record stands beside one of this file's own log: somebody writes with its key.</summary>
    public bool OwnLogForked { get; private set; }

    /// <summary>Records that lie ahead of the clock and wait.</summary>
    public long NotDue { get; private set; }

    public long Events { get; private set; }

    /// <summary>Logs that were met for the first time.</summary>
    public int NewLogs { get; private set; }

    /// <summary>Before the first record of a transaction.</summary>
    public void Begin()
    {
        _dueUntil = core.Clock.DueUntil(core.Options.ClockBound);
        Events += core.Due.Take();
    }

    /// <exception cref="ThreadsException">The record is refused, by name; nothing of it is stored.</exception>
    public Admission Admit(IncomingRecord incoming)
    {
        var admission = Place(incoming, out var log);
        if (admission == Admission.Gap && Exchange(incoming.Record.Previous))
        {
            admission = Place(incoming, out log);
        }

        if (admission != Admission.Added)
        {
            return admission;
        }

        var id = core.Records.Append(log!, incoming.Record.RecordCid, incoming.Time, incoming.Events, incoming.Record.Row);
        if (incoming.Payload is { } payload)
        {
            Fold(log!, id, incoming.Time, incoming.Events, payload);
        }

        return Admission.Added;
    }

    /// <summary>After the last record of a transaction: what needs all of it.</summary>
    public void End()
    {
        core.Constraints.Settle();
        if (NotDue > 0)
        {
            core.Due.Look();
        }

        if (OwnLogForked && core.OwnLog.Find() is { } own && core.Logs.Find(own.PublicKey).Count > 1)
        {
            // Another file writes with this one's key: both branches stay, this one goes on elsewhere (I5).
            core.BeginLog();
        }

        core.Refill([]);
        core.SchemaConstraints.Recheck();
        core.Meta.Set("clock", core.Clock.Last);
    }

    /// <summary>Finds the log, or the branch, that the record continues.</summary>
    private Admission Place(IncomingRecord incoming, out LogEntry? log)
    {
        var record = incoming.Record;
        var entries = core.Logs.Find(incoming.LogKey);
        if (!record.Previous.IsDefined)
        {
            return PlaceFirst(incoming, entries, out log);
        }

        foreach (var entry in entries)
        {
            if (entry.Head > 0 && entry.HeadCid == record.Previous)
            {
                log = entry;
                Check(incoming, entry.Identity, entry.Head + 1, entry.HeadTime);
                return Admission.Added;
            }
        }

        foreach (var entry in entries)
        {
            if (FindPosition(entry, incoming) is { } position)
            {
                return PlaceBeside(incoming, entries, entry, position + 1, out log);
            }
        }

        log = null;
        return Admission.Gap;
    }

    /// <summary>Where the record's predecessor stands in the log: before the position it names itself, or else by a search.</summary>
    private long? FindPosition(LogEntry log, IncomingRecord incoming)
    {
        var previous = incoming.Position - 1;
        return previous > 0 && previous <= log.Head && core.Records.CidOf(RecordId.Of(log.Id, previous)) == incoming.Record.Previous
            ? previous : core.Records.FindPosition(log, incoming.Record.Previous);
    }

    private Admission PlaceFirst(IncomingRecord incoming, IReadOnlyList<LogEntry> entries, out LogEntry? log)
    {
        // All valid copies of an opening are one (decision 11); what else stands at position 1 is for its reader to judge.
        if (entries.Count > 0)
        {
            log = null;
            return Admission.Known;
        }

        Openings.Check(incoming, core.Keys.Thread.ToBytes());
        log = core.Logs.Add(incoming.LogKey, incoming.Record.Identity.ToArray());
        NewLogs++;
        return Admission.Added;
    }

    /// <summary>Something stands at that position already: the same record, the same sealed anew, or a fork, of which both branches stay (I5).</summary>
    private Admission PlaceBeside(IncomingRecord incoming, IReadOnlyList<LogEntry> entries, LogEntry trunk, long position, out LogEntry? log)
    {
        log = null;
        Check(incoming, trunk.Identity, position, core.Records.EndTime(RecordId.Of(trunk.Id, position - 1)));
        var siblings = entries.Where(e => e.Parent == trunk.Id && e.Fork == position).Append(trunk);
        foreach (var sibling in siblings)
        {
            var id = RecordId.Of(sibling.Id, position);
            if (core.Records.CidOf(id) == incoming.Record.RecordCid)
            {
                return Admission.Known;
            }

            if (TrySameSealedAnew(id, incoming.Record, sibling, out var stored))
            {
                KeepTwin(sibling, position, stored, incoming);
                return Admission.Known;
            }
        }

        log = core.Logs.Add(trunk.PublicKey, trunk.Identity, trunk, position);
        log.HeadCid = incoming.Record.Previous;
        Forks++;
        OwnLogForked |= core.OwnLog.Find() is { } own && own.PublicKey.AsSpan().SequenceEqual(trunk.PublicKey);
        return Admission.Added;
    }

    private bool TrySameSealedAnew(long id, SealedRecord incoming, LogEntry log, out SealedRecord stored)
    {
        stored = core.Records.TryRead(id, out var row, out _) ? core.Sealer.Restore(row, incoming.Previous, log.Identity)! : null!;
        return stored is not null && stored.EventCid == incoming.EventCid;
    }

    /// <summary>Of records that differ only in sealing, the one a successor links counts, else the lowest CID (decision 11); a log's own writer knows which one it linked.</summary>
    private void KeepTwin(LogEntry log, long position, SealedRecord stored, IncomingRecord incoming)
    {
        var isOpen = log.Head == position && core.OwnLog.Find() != log;
        if (isOpen && incoming.Record.RecordCid.Digest.SequenceCompareTo(stored.RecordCid.Digest) < 0)
        {
            core.Records.ReplaceHead(log, incoming.Record.RecordCid, incoming.Record.Row);
            core.Pending.AddTwin(stored.RecordCid, log.PublicKey, PendingBlocks.Pack(stored));
        }
        else if (isOpen)
        {
            core.Pending.AddTwin(incoming.Record.RecordCid, log.PublicKey, PendingBlocks.Pack(incoming.Record));
        }
    }

    /// <summary>A record links one of two that differ only in sealing, and the other one was stored: they change places.</summary>
    private bool Exchange(Cid previous)
    {
        if (core.Pending.FindTwin(previous) is not { } blocks)
        {
            return false;
        }

        var twin = PendingBlocks.Open(blocks, new RecordIntake(core.Keys), null);
        foreach (var log in core.Logs.Find(twin.LogKey).Where(l => l.Head > 0 && l != core.OwnLog.Find()))
        {
            if (TrySameSealedAnew(RecordId.Of(log.Id, log.Head), twin.Record, log, out var stored))
            {
                core.Records.ReplaceHead(log, twin.Record.RecordCid, twin.Record.Row);
                core.Pending.Remove(previous);
                core.Pending.AddTwin(stored.RecordCid, log.PublicKey, PendingBlocks.Pack(stored));
                return true;
            }
        }

        return false;
    }

    /// <summary>What the log knows of its next record; nothing is stored of one that doesn't fit.</summary>
    private static void Check(IncomingRecord incoming, byte[] identity, long position, long after)
    {
        if (!incoming.Record.Identity.SequenceEqual(identity))
        {
            throw ThreadsErrors.RecordRefused(incoming.Record.RecordCid.ToString(), Resources.Strings.ReasonIdentity(), null);
        }

        if (incoming.Position != 0 && incoming.Position != position)
        {
            throw ThreadsErrors.RecordRefused(incoming.Record.RecordCid.ToString(), Resources.Strings.ReasonPosition(incoming.Position, position), null);
        }

        if (incoming.Events > 0 && incoming.Time <= after)
        {
            throw ThreadsErrors.TimeBackwards(incoming.Record.RecordCid.ToString(), incoming.Time, after);
        }
    }

    private void Fold(LogEntry log, long id, long time, int events, ReadOnlySpan<byte> payload)
    {
        if (log.Folded != long.MaxValue)
        {
            NotDue++;
            return;
        }

        if (time + events - 1 > _dueUntil)
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
