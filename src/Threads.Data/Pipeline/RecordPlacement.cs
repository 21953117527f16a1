using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Records;
using Threads.Data.Storage;

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
/// Says where a record from outside belongs among those that are stored: behind a head, beside another one, nowhere yet. The same for a thread's own file and for a
/// replicator, which has no tables. Nothing is appended here but an opening that was kept until a record linked it.
/// </summary>
/// <param name="stored">The thread's records.</param>
/// <param name="keys">Its keys.</param>
/// <param name="own">The log this file writes; null while, or where, it writes none.</param>
internal sealed class RecordPlacement(ThreadRecords stored, KeyRing keys, Func<LogEntry?> own)
{
    /// <summary>Records that came to stand beside another one at their position.</summary>
    public int Forks { get; private set; }

    /// <summary>A record stands beside one of this file's own log: somebody writes with its key.</summary>
    public bool OwnLogForked { get; private set; }

    /// <summary>Logs that were met for the first time.</summary>
    public int NewLogs { get; private set; }

    /// <summary>The log, or the branch, behind whose head the record is to be appended, made where it is new; null unless it is to be added.</summary>
    /// <exception cref="ThreadsException">The record is refused, by name; nothing of it is stored.</exception>
    public Admission Place(IncomingRecord incoming, out LogEntry? log)
    {
        var admission = Find(incoming, out log);
        return admission == Admission.Gap && Exchange(incoming) ? Find(incoming, out log) : admission;
    }

    /// <summary>Finds the log, or the branch, that the record continues.</summary>
    private Admission Find(IncomingRecord incoming, out LogEntry? log)
    {
        var record = incoming.Record;
        var entries = stored.Logs.Find(incoming.LogKey);
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
            if (stored.Records.FindPosition(entry, record.Previous, incoming.Position - 1) is { } position)
            {
                return PlaceBeside(incoming, entries, entry, position + 1, out log);
            }
        }

        log = null;
        return Admission.Gap;
    }

    private Admission PlaceFirst(IncomingRecord incoming, IReadOnlyList<LogEntry> entries, out LogEntry? log)
    {
        if (entries.Count == 0)
        {
            Openings.Check(incoming, keys.Thread.ToBytes());
            log = stored.Logs.Add(incoming.LogKey, incoming.Record.Identity.ToArray());
            NewLogs++;
            return Admission.Added;
        }

        // All valid copies of an opening are one (decision 11), until a record links another one than is stored: the log was begun twice, by a file and its snapshot.
        log = null;
        if (!entries.Any(e => stored.Records.CidOf(RecordId.Of(e.Id, 1)) == incoming.Record.RecordCid))
        {
            Openings.Check(incoming, keys.Thread.ToBytes());
            stored.Pending.AddTwin(incoming.Record.RecordCid, incoming.LogKey, PendingBlocks.Pack(incoming.Record));
        }

        return Admission.Known;
    }

    /// <summary>Something stands at that position already: the same record, the same sealed anew, or a fork, of which both branches stay (I5).</summary>
    private Admission PlaceBeside(IncomingRecord incoming, IReadOnlyList<LogEntry> entries, LogEntry trunk, long position, out LogEntry? log)
    {
        log = null;
        Check(incoming, trunk.Identity, position, stored.Records.EndTime(RecordId.Of(trunk.Id, position - 1)));
        var siblings = entries.Where(e => e.Parent == trunk.Id && e.Fork == position).Append(trunk);
        foreach (var sibling in siblings)
        {
            var id = RecordId.Of(sibling.Id, position);
            if (stored.Records.CidOf(id) == incoming.Record.RecordCid)
            {
                return Admission.Known;
            }

            if (TrySameSealedAnew(id, incoming.Record, sibling, out var kept))
            {
                KeepTwin(sibling, position, kept, incoming);
                return Admission.Known;
            }
        }

        log = stored.Logs.Add(trunk.PublicKey, trunk.Identity, trunk, position);
        log.HeadCid = incoming.Record.Previous;
        NoteFork(trunk);
        return Admission.Added;
    }

    private bool TrySameSealedAnew(long id, SealedRecord incoming, LogEntry log, out SealedRecord kept)
    {
        kept = stored.Records.TryRead(id, out var row, out _) ? stored.Sealer.Restore(row, incoming.Previous, log.Identity)! : null!;
        return kept is not null && kept.EventCid == incoming.EventCid;
    }

    /// <summary>Of records that differ only in sealing, the one a successor links counts, else the lowest CID (decision 11); a log's own writer knows which one it linked.</summary>
    private void KeepTwin(LogEntry log, long position, SealedRecord kept, IncomingRecord incoming)
    {
        var isOpen = log.Head == position && own() != log;
        if (isOpen && incoming.Record.RecordCid.Digest.SequenceCompareTo(kept.RecordCid.Digest) < 0)
        {
            stored.Records.ReplaceHead(log, incoming.Record.RecordCid, incoming.Record.Row);
            stored.Pending.AddTwin(kept.RecordCid, log.PublicKey, PendingBlocks.Pack(kept));
        }
        else if (isOpen)
        {
            stored.Pending.AddTwin(incoming.Record.RecordCid, log.PublicKey, PendingBlocks.Pack(incoming.Record));
        }
    }

    /// <summary>A record links one of two that differ only in sealing, and the other one was stored: they change places. Of two openings both stay.</summary>
    private bool Exchange(IncomingRecord incoming)
    {
        var previous = incoming.Record.Previous;
        if (stored.Pending.FindTwin(previous) is not { } blocks)
        {
            return false;
        }

        var twin = PendingBlocks.Open(blocks, new RecordIntake(keys), incoming.LogKey);
        if (!twin.Record.Previous.IsDefined)
        {
            BeginAgain(twin);
            return true;
        }

        foreach (var log in stored.Logs.Find(twin.LogKey).Where(l => l.Head > 0 && l != own()))
        {
            if (TrySameSealedAnew(RecordId.Of(log.Id, log.Head), twin.Record, log, out var kept))
            {
                stored.Records.ReplaceHead(log, twin.Record.RecordCid, twin.Record.Row);
                stored.Pending.Remove(previous);
                stored.Pending.AddTwin(kept.RecordCid, log.PublicKey, PendingBlocks.Pack(kept));
                return true;
            }
        }

        return false;
    }

    /// <summary>A log that was begun twice: the other beginning is a branch from position 1 on.</summary>
    private void BeginAgain(IncomingRecord opening)
    {
        var trunk = stored.Logs.Find(opening.LogKey)[0];
        var branch = stored.Logs.Add(trunk.PublicKey, opening.Record.Identity.ToArray(), trunk, fork: 1);
        stored.Records.Append(branch, opening.Record.RecordCid, opening.Time, opening.Events, opening.Record.Row);
        stored.Pending.Remove(opening.Record.RecordCid);
        NoteFork(trunk);
    }

    private void NoteFork(LogEntry trunk)
    {
        Forks++;
        OwnLogForked |= own() is { } mine && mine.PublicKey.AsSpan().SequenceEqual(trunk.PublicKey);
    }

    /// <summary>What the log knows of its next record; nothing is stored of one that doesn't fit.</summary>
    private static void Check(IncomingRecord incoming, byte[] identity, long position, long after)
    {
        if (!incoming.Record.Identity.SequenceEqual(identity))
        {
            throw ThreadsErrors.RecordRefused(incoming.Record.RecordCid.ToString(), Resources.Strings.ReasonIdentity(), null);
        }

        if (incoming.Key is not null)
        {
            // Whoever lacks its key can't judge what it holds, and must come to the same logs (Pipeline/LockedRecords).
            return;
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
}
