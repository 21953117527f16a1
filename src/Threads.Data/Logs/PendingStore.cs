using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Logs;

/// <summary>Records that are whole but wait: for their predecessor, or for a signature that vouches for them. None is dropped (T-INV-4).</summary>
internal sealed class PendingStore(SqliteDatabase database)
{
    /// <summary>More waiting records than this are refused: a peer may send holes only (I7).</summary>
    public const int MaxRecords = 1_000_000;

    /// <summary>Nothing waits for a predecessor.</summary>
    public bool IsEmpty => database["SELECT 1 FROM _threads_pending WHERE prev IS NOT NULL LIMIT 1"].ScalarInt64() == 0;

    public long Count => database.Int64("SELECT count(*) FROM _threads_pending");

    /// <summary>Keeps the four blocks, each behind its length in four bytes; false when they are kept already.</summary>
    public bool Add(Cid cid, ReadOnlySpan<byte> log, Cid previous, ReadOnlySpan<byte> blocks)
    {
        var insert = database["INSERT INTO _threads_pending(cid, log, prev, blocks, reason) VALUES(?, ?, ?, ?, 1) ON CONFLICT DO NOTHING"].Bind(1, cid.Digest).Bind(2, log);
        if (previous.IsDefined)
        {
            insert.Bind(3, previous.Digest);
        }
        else
        {
            insert.BindNull(3);
        }

        insert.Bind(4, blocks).Run();
        return database.Changes == 1;
    }

    /// <summary>Takes out the records that follow this one.</summary>
    public List<(byte[] Log, byte[] Blocks)> TakeAfter(Cid previous)
    {
        var found = new List<(byte[], byte[])>();
        var rows = database["SELECT log, blocks FROM _threads_pending WHERE prev = ?"].Bind(1, previous.Digest);
        while (rows.Step())
        {
            found.Add((rows.Blob(0).ToArray(), rows.Blob(1).ToArray()));
        }

        if (found.Count > 0)
        {
            database["DELETE FROM _threads_pending WHERE prev = ?"].Bind(1, previous.Digest).Run();
        }

        return found;
    }

    /// <summary>Keeps a record that differs from a stored one in its sealing alone: a successor may link it yet (decision 11).</summary>
    public void AddTwin(Cid cid, ReadOnlySpan<byte> log, ReadOnlySpan<byte> blocks)
    {
        if (Count < MaxRecords)
        {
            database["INSERT INTO _threads_pending(cid, log, prev, blocks, reason) VALUES(?, ?, NULL, ?, 2) ON CONFLICT DO NOTHING"].Bind(1, cid.Digest).Bind(2, log).Bind(3, blocks).Run();
        }
    }

    /// <summary>The blocks of such a record, or null.</summary>
    public byte[]? FindTwin(Cid cid)
    {
        var row = database["SELECT blocks FROM _threads_pending WHERE cid = ? AND reason = 2"].Bind(1, cid.Digest);
        var blocks = row.Step() ? row.Blob(0).ToArray() : null;
        row.Reset();
        return blocks;
    }

    public void Remove(Cid cid) => database["DELETE FROM _threads_pending WHERE cid = ?"].Bind(1, cid.Digest).Run();
}
