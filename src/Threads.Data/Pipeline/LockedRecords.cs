using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Records;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// Records whose headers name a read key that is not here: stored, linked and passed on like any other, and folded as late ones when their key comes. What they hold can't be a reason to refuse them, since whoever lacks the key
/// can't see it: a log counts up to its first record that does not fit, on every peer alike, whenever the key came there.
/// </summary>
internal sealed class LockedRecords(SqliteDatabase database, ThreadCore core)
{
    private const int MaxReasonChars = 200;

    private readonly PinnedBuffer _buffer = new();
    private readonly ShapeCache _shapes = new();

    /// <summary>Nothing waits for a key, or does not fit.</summary>
    public bool IsEmpty => database["SELECT 1 FROM _threads_locked LIMIT 1"].ScalarInt64() == 0;

    public bool Has(long record) => database["SELECT 1 FROM _threads_locked WHERE r = ?"].Bind(1, record).ScalarInt64() == 1;

    /// <summary>The first of the log's own records that does not fit: from there on nothing of it counts; <see cref="long.MaxValue"/>: all fit.</summary>
    public long BrokenAt(LogEntry log)
    {
        var record = database["SELECT coalesce(min(r), 0) FROM _threads_locked WHERE reason IS NOT NULL AND r BETWEEN ? AND ?"]
            .Bind(1, RecordId.Of(log.Id, 1)).Bind(2, RecordId.Of(log.Id, RecordId.PositionMask)).ScalarInt64();
        return record == 0 ? long.MaxValue : RecordId.Position(record);
    }

    /// <summary>Before a record is appended: reads it where its key came after it was opened, and says whether it fits behind the head.</summary>
    public IncomingRecord Look(IncomingRecord incoming, LogEntry log)
    {
        if (log.Head + 1 == log.Fork && BeginsBroken(log))
        {
            return new IncomingRecord(incoming.Record) { Key = incoming.Key ?? core.Keys.Reads.FirstId!, LogKey = incoming.LogKey, Misfit = Resources.Strings.ReasonBroken() };
        }

        if (incoming.Key is not { } key)
        {
            return incoming;
        }

        if (incoming is { Payload: null, Misfit: null } && core.Keys.Reads.Has(key))
        {
            incoming = new RecordIntake(core.Keys).OpenNamed(incoming.Record, key, log.PublicKey);
        }

        var misfit = incoming.Misfit ?? (incoming.Payload is null ? null : Misfit(log.Head + 1, incoming.Position, incoming.Time, EndBefore(log, log.Head + 1)));
        return misfit is null ? incoming : new IncomingRecord(incoming.Record) { Key = key, LogKey = incoming.LogKey, Misfit = misfit };
    }

    /// <summary>Notes a record that was appended unread.</summary>
    public void Add(LogEntry log, long record, ReadKeyId key, string? misfit)
    {
        Note(record, key.ToBytes(), misfit);
        if (misfit is not null)
        {
            core.Logs.SetFolded(log, Math.Min(log.Folded, RecordId.Position(record) - 1));
        }
    }

    /// <summary>In a write transaction: folds what keys that came lately open.</summary>
    public void Settle()
    {
        if (IsEmpty || !core.Sealer.CanRead || Opened().Count == 0)
        {
            return;
        }

        core.FoldScope.Enter();
        try
        {
            Unlock();
            core.Access.Settle();
            core.Constraints.Settle();
            core.Meta.Set("clock", core.Clock.Last);
        }
        finally
        {
            core.FoldScope.Leave();
        }
    }

    /// <summary>In a fold scope of a write transaction: the same for who settles the rest himself. Returns how many records and events there were.</summary>
    public (long Records, long Events) Unlock()
    {
        var (records, events) = (0L, 0L);
        for (var read = Read(); read.Count > 0; read = Read())
        {
            // What is folded may bring further keys.
            records += read.Count;
            events += Fold(read);
        }

        return (records, events);
    }

    /// <summary>Reads, without folding, what can be read now: their times, in order of them.</summary>
    public List<(long Time, long Record)> Read()
    {
        var read = new List<(long Time, long Record)>();
        if (IsEmpty)
        {
            return read;
        }

        var isBroken = false;
        foreach (var (record, key) in Opened())
        {
            var log = core.Logs.Get(RecordId.Log(record));
            isBroken |= Read(log, record, key, read);
        }

        read.Sort();
        if (read.Count > 0)
        {
            // Whoever made something of the events takes them again.
            core.Meta.Set(AccessGate.TurnsName, (core.Meta.Int64(AccessGate.TurnsName) ?? 0) + 1);
        }

        if (!isBroken)
        {
            return read;
        }

        // Records that counted don't any more, by what one before them turned out to be.
        core.Rebuild.All(null, CancellationToken.None);
        return [];
    }

    /// <summary>A branch was begun behind a record that does not fit: nothing of it counts.</summary>
    private bool BeginsBroken(LogEntry branch)
    {
        for (var log = branch; log.Parent is { } parent; log = core.Logs.Get(parent))
        {
            if (BrokenAt(core.Logs.Get(parent)) < log.Fork)
            {
                return true;
            }
        }

        return false;
    }

    private long Fold(List<(long Time, long Record)> read)
    {
        var events = 0L;
        foreach (var (_, record) in read)
        {
            // What lies ahead of the clock waits for its time, too.
            if (RecordId.Position(record) <= core.Logs.Get(RecordId.Log(record)).Folded && core.OpenPayload(record, _buffer, out var payload))
            {
                events += core.RecordFold.Fold(record, payload);
                core.Clock.Observe(core.Records.EndTime(record));
            }
        }

        return events;
    }

    /// <summary>Takes one record out; true: something counted that does not any more.</summary>
    private bool Read(LogEntry log, long record, byte[] key, List<(long Time, long Record)> read)
    {
        var position = RecordId.Position(record);
        if (TryRead(log, record, out var time, out var events) is { } misfit)
        {
            return Break(log, position, key, misfit);
        }

        var end = time + events - 1;
        database["DELETE FROM _threads_locked WHERE r = ?"].Bind(1, record).Run();
        core.Records.SetRead(log, record, time, events);
        read.Add((time, record));
        if (end > core.Clock.DueUntil(core.Options.ClockBound) && position <= log.Folded && core.OwnLog.Find() != log)
        {
            core.Logs.SetFolded(log, position - 1);
            core.Due.Look();
        }

        return BreakAfter(log, position + 1, end);
    }

    private string? TryRead(LogEntry log, long record, out long time, out int events)
    {
        (time, events) = (0, 0);
        if (!core.Records.TryRead(record, out var row, out _))
        {
            return Resources.Strings.VerifyMissing();
        }

        var refusal = core.Sealer.TryOpen(row, _buffer, out var payload);
        core.Records.Release();
        if (refusal != RecordRefusal.None)
        {
            return Resources.Strings.ReasonBlocks(refusal.ToString());
        }

        try
        {
            var reader = new CborReader(payload);
            var header = PayloadHeader.Read(ref reader, _shapes);
            PayloadCheck.Events(ref reader, header);
            (time, events) = (header.Time, header.EventCount);
            var position = RecordId.Position(record);
            return header.LogId.SequenceEqual(Identity.LogId.FromPublicKey(log.PublicKey).ToBytes())
                ? Misfit(position, header.Position, time, EndBefore(log, position)) : Resources.Strings.VerifyOtherLog();
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            return Resources.Strings.ReasonPayload(e.Message);
        }
    }

    /// <summary>Records that were read before this one stand behind it, and must be later than it.</summary>
    private bool BreakAfter(LogEntry log, long from, long end)
    {
        var isBroken = false;
        var (next, time, _) = core.Records.NextRead(RecordId.Of(log.Id, from));
        if (next != 0 && time <= end)
        {
            isBroken = Break(log, RecordId.Position(next), [], Resources.Strings.VerifyTime(time, end, time));
        }

        foreach (var branch in core.Logs.Find(log.PublicKey).Where(l => l.Parent == log.Id && l.Fork >= from))
        {
            isBroken |= BreakAfter(branch, branch.Fork!.Value, end);
        }

        return isBroken;
    }

    private bool Break(LogEntry log, long position, byte[] key, string misfit)
    {
        Note(RecordId.Of(log.Id, position), key, misfit);
        var (counted, _, _) = core.Records.NextRead(RecordId.Of(log.Id, position));
        var isBroken = counted != 0 && RecordId.Position(counted) <= log.Folded;
        core.Logs.SetFolded(log, Math.Min(log.Folded, position - 1));
        foreach (var branch in core.Logs.Find(log.PublicKey).Where(l => l.Parent == log.Id && l.Fork > position))
        {
            isBroken |= Break(branch, branch.Fork!.Value, [], misfit);
        }

        return isBroken;
    }

    private static string? Misfit(long position, long claimed, long time, long after)
        => claimed != position ? Resources.Strings.ReasonPosition(claimed, position) : time <= after ? Resources.Strings.VerifyTime(time, after, time) : null;

    /// <summary>When the newest record before the position was written that can be read, on the branch or what it left.</summary>
    private long EndBefore(LogEntry log, long position)
    {
        while (true)
        {
            var end = core.Records.EndTime(RecordId.Of(log.Id, position - 1));
            if (end != 0 || log.Parent is not { } parent)
            {
                return end;
            }

            position = log.Fork!.Value;
            log = core.Logs.Get(parent);
        }
    }

    private void Note(long record, byte[] key, string? misfit)
    {
        var insert = database["INSERT INTO _threads_locked(r, key, reason) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET reason = ?3"].Bind(1, record).Bind(2, key);
        (misfit is null ? insert.BindNull(3) : insert.Bind(3, misfit.Length > MaxReasonChars ? misfit[..MaxReasonChars] : misfit)).Run();
    }

    /// <summary>Records that wait for a key which is here, log by log in order.</summary>
    private List<(long Record, byte[] Key)> Opened()
    {
        var keys = new List<byte[]>();
        var names = database["SELECT DISTINCT key FROM _threads_locked WHERE reason IS NULL"];
        while (names.Step())
        {
            if (core.Keys.Reads.Has(ReadKeyId.FromBytes(names.Blob(0))))
            {
                keys.Add(names.Blob(0).ToArray());
            }
        }

        var found = new List<(long Record, byte[] Key)>();
        foreach (var key in keys)
        {
            var rows = database["SELECT r FROM _threads_locked WHERE key = ? AND reason IS NULL"].Bind(1, key);
            while (rows.Step())
            {
                found.Add((rows.Int64(0), key));
            }
        }

        found.Sort((a, b) => a.Record.CompareTo(b.Record));
        return found;
    }
}
