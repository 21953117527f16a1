using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Logs;

/// <summary>Records by (log, position): one row each. The only place that moves a head.</summary>
internal sealed class RecordStore(SqliteDatabase database)
{
    private const string Row = "SELECT data, coalesce(time, 0) FROM _threads_record WHERE id = ?";

    /// <summary>Appends behind the log's head. <paramref name="time"/> and <paramref name="events"/> are 0 where the body can't be read here.</summary>
    public long Append(LogEntry log, Cid cid, long time, int events, ReadOnlySpan<byte> row)
    {
        var id = RecordId.Of(log.Id, log.Head + 1);
        var insert = database["INSERT INTO _threads_record(id, cid, time, events, data) VALUES(?, ?, ?, ?, ?)"];
        insert.Bind(1, id).Bind(2, cid.Digest);
        if (events > 0)
        {
            insert.Bind(3, time).Bind(4, events);
            log.HeadTime = time + events - 1;
        }
        else
        {
            insert.BindNull(3).BindNull(4);
        }

        insert.Bind(5, row).Run();
        log.Head++;
        log.HeadCid = cid;
        return id;
    }

    /// <summary>The row's bytes, and its time (0 where unread); null without such a record. Valid until the next call or <see cref="Release"/>.</summary>
    public bool TryRead(long id, out ReadOnlySpan<byte> data, out long time)
    {
        var row = database[Row];
        row.Reset();
        if (!row.Bind(1, id).Step())
        {
            data = default;
            time = 0;
            return false;
        }

        data = row.Blob(0);
        time = row.Int64(1);
        return true;
    }

    /// <summary>Lets go of the row read last. Before a transaction ends: a statement on a row keeps its snapshot, from which no later write could begin.</summary>
    public void Release() => database[Row].Reset();

    /// <summary>Puts the same record, sealed anew, in the place of the head.</summary>
    public void ReplaceHead(LogEntry log, Cid cid, ReadOnlySpan<byte> row)
    {
        database["UPDATE _threads_record SET cid = ?, data = ? WHERE id = ?"].Bind(1, cid.Digest).Bind(2, row).Bind(3, RecordId.Of(log.Id, log.Head)).Run();
        log.HeadCid = cid;
    }

    /// <summary>The time of the last event of the record, or, where it can't be read, of the newest one before it in the log's own rows that can; 0: there is none.</summary>
    public long EndTime(long id)
        => database["SELECT time + events - 1 FROM _threads_record WHERE id BETWEEN ? AND ? AND time IS NOT NULL ORDER BY id DESC LIMIT 1"]
            .Bind(1, id & ~RecordId.PositionMask).Bind(2, id).ScalarInt64();

    /// <summary>The first record from this one on in the log's own rows that can be read, its time and that of its last event; zeros: there is none.</summary>
    public (long Id, long Time, long EndTime) NextRead(long id)
    {
        var row = database["SELECT id, time, time + events - 1 FROM _threads_record WHERE id BETWEEN ? AND ? AND time IS NOT NULL ORDER BY id LIMIT 1"]
            .Bind(1, id).Bind(2, id | RecordId.PositionMask);
        var found = row.Step() ? (row.Int64(0), row.Int64(1), row.Int64(2)) : default;
        row.Reset();
        return found;
    }

    /// <summary>What a record holds is known now.</summary>
    public void SetRead(LogEntry log, long id, long time, int events)
    {
        database["UPDATE _threads_record SET time = ?, events = ? WHERE id = ?"].Bind(1, time).Bind(2, events).Bind(3, id).Run();
        log.HeadTime = Math.Max(log.HeadTime, time + events - 1);
    }

    public Cid? CidOf(long id)
    {
        var row = database["SELECT cid FROM _threads_record WHERE id = ?"].Bind(1, id);
        if (!row.Step())
        {
            return null;
        }

        var cid = Cid.FromDagCborDigest(row.Blob(0));
        row.Reset();
        return cid;
    }

    /// <summary>Fills head, its CID and time from the newest row.</summary>
    public void ReadHead(LogEntry log)
    {
        var row = database["SELECT id, cid FROM _threads_record WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1"]
            .Bind(1, RecordId.Of(log.Id, 1)).Bind(2, RecordId.Of(log.Id, RecordId.PositionMask));
        if (row.Step())
        {
            log.Head = RecordId.Position(row.Int64(0));
            log.HeadCid = Cid.FromDagCborDigest(row.Blob(1));
            row.Reset();
            log.HeadTime = EndTime(RecordId.Of(log.Id, log.Head));
        }
    }

    /// <summary>Whether the record at this position of the log's own rows has this CID.</summary>
    public bool IsAt(LogEntry log, long position, Cid cid) => position > 0 && position <= log.Head && CidOf(RecordId.Of(log.Id, position)) == cid;

    /// <summary>The same where somebody names the position, which is looked at first.</summary>
    public long? FindPosition(LogEntry log, Cid cid, long likely) => IsAt(log, likely, cid) ? likely : FindPosition(log, cid);

    /// <summary>The position of the record with this CID in the log's own rows, or null; newest first, since links mostly go to the head.</summary>
    public long? FindPosition(LogEntry log, Cid cid)
    {
        var row = database["SELECT id FROM _threads_record WHERE id BETWEEN ? AND ? AND cid = ? ORDER BY id DESC LIMIT 1"]
            .Bind(1, RecordId.Of(log.Id, 1)).Bind(2, RecordId.Of(log.Id, RecordId.PositionMask)).Bind(3, cid.Digest);
        if (!row.Step())
        {
            return null;
        }

        var position = RecordId.Position(row.Int64(0));
        row.Reset();
        return position;
    }

    public long Count() => database.Int64("SELECT count(*) FROM _threads_record");
}
