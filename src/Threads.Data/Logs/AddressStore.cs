using Threads.Data.Identity;
using Threads.Data.Sqlite;

namespace Threads.Data.Logs;

/// <summary>The address book in the file (T-LOG-6), and the announcements it was filled from. Each write takes out what is past its time.</summary>
internal sealed class AddressStore(SqliteDatabase database, TimeProvider time)
{
    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Add(ReadOnlySpan<byte> log, Multiaddress address, TimeSpan ttl)
    {
        if (ttl <= TimeSpan.Zero)
        {
            return;
        }

        Put("INSERT INTO _threads_address(log, address, ttl, expires) VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET ttl = excluded.ttl, expires = excluded.expires WHERE excluded.expires > expires", log, address, ttl);
    }

    public void Set(ReadOnlySpan<byte> log, Multiaddress address, TimeSpan ttl)
    {
        if (ttl <= TimeSpan.Zero)
        {
            database["DELETE FROM _threads_address WHERE log = ? AND address = ?"].Bind(1, log).Bind(2, address.ToString()).Run();
            return;
        }

        Put("INSERT INTO _threads_address(log, address, ttl, expires) VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET ttl = excluded.ttl, expires = excluded.expires", log, address, ttl);
    }

    public void UpdateTtl(ReadOnlySpan<byte> log, TimeSpan from, TimeSpan to)
    {
        if (to <= TimeSpan.Zero)
        {
            database["DELETE FROM _threads_address WHERE log = ? AND ttl = ?"].Bind(1, log).Bind(2, Milliseconds(from)).Run();
            return;
        }

        database["UPDATE _threads_address SET ttl = ?3, expires = ?4 WHERE log = ?1 AND ttl = ?2"].Bind(1, log).Bind(2, Milliseconds(from)).Bind(3, Milliseconds(to)).Bind(4, Expiry(to)).Run();
    }

    public IReadOnlyList<(LogId Log, Multiaddress Address)> All(ReadOnlySpan<byte> log = default)
    {
        var found = new List<(LogId, Multiaddress)>();
        var rows = log.IsEmpty ? database["SELECT log, address FROM _threads_address WHERE expires > ?1 ORDER BY log, address"].Bind(1, NowMs)
            : database["SELECT log, address FROM _threads_address WHERE expires > ?1 AND log = ?2 ORDER BY address"].Bind(1, NowMs).Bind(2, log);
        while (rows.Step())
        {
            if (Multiaddress.TryParse(rows.Text(1), out var address))
            {
                found.Add((LogId.FromPublicKey(rows.Blob(0)), address));
            }
        }

        return found;
    }

    public void Clear(ReadOnlySpan<byte> log) => database["DELETE FROM _threads_address WHERE log = ?"].Bind(1, log).Run();

    /// <summary>Takes an announcement in the place of the one before; false when a newer one, or this one, is here already.</summary>
    public bool Take(AddressAnnouncement announcement, ReadOnlySpan<byte> bytes)
    {
        if (SequenceOf(announcement.Log) >= announcement.Sequence)
        {
            return false;
        }

        database["INSERT INTO _threads_announcement(log, sequence, bytes) VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET sequence = excluded.sequence, bytes = excluded.bytes"]
            .Bind(1, announcement.Log).Bind(2, announcement.Sequence).Bind(3, bytes).Run();
        Clear(announcement.Log);
        foreach (var address in announcement.Addresses)
        {
            Set(announcement.Log, address, announcement.Ttl);
        }

        return true;
    }

    public long SequenceOf(ReadOnlySpan<byte> log) => database["SELECT sequence FROM _threads_announcement WHERE log = ?"].Bind(1, log).ScalarInt64(-1);

    public IReadOnlyList<byte[]> Announcements()
    {
        var found = new List<byte[]>();
        var rows = database["SELECT bytes FROM _threads_announcement ORDER BY log"];
        while (rows.Step())
        {
            found.Add(rows.Blob(0).ToArray());
        }

        return found;
    }

    private void Put(string sql, ReadOnlySpan<byte> log, Multiaddress address, TimeSpan ttl)
    {
        database["DELETE FROM _threads_address WHERE expires <= ?"].Bind(1, NowMs).Run();
        database[sql].Bind(1, log).Bind(2, address.ToString()).Bind(3, Milliseconds(ttl)).Bind(4, Expiry(ttl)).Run();
    }

    private long Expiry(TimeSpan ttl) => Milliseconds(ttl) is var ms && ms >= long.MaxValue - NowMs ? long.MaxValue : NowMs + ms;

    private static long Milliseconds(TimeSpan ttl) => ttl == TimeSpan.MaxValue ? long.MaxValue : (long)ttl.TotalMilliseconds;
}
