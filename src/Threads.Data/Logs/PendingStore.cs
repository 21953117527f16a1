using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Logs;

/// <summary>Records that are whole but wait: for their predecessor, or for a signature that vouches for them. None is dropped (T-INV-4).</summary>
/// <param name="database">The file.</param>
/// <param name="thread">In a replicator's file, which holds many: the thread's number there.</param>
internal sealed class PendingStore(SqliteDatabase database, long? thread = null)
{
    /// <summary>More waiting records than this are refused: a peer may send holes only (I7).</summary>
    public const int MaxRecords = 1_000_000;

    private const int WaitsForPredecessor = 1;
    private const int Twin = 2;

    /// <summary>Nothing waits for a predecessor.</summary>
    public bool IsEmpty => Of("SELECT 1 FROM _threads_pending WHERE prev IS NOT NULL", " LIMIT 1").ScalarInt64() == 0;

    public long Count => Of("SELECT count(*) FROM _threads_pending WHERE 1").ScalarInt64();

    /// <summary>Keeps the four blocks, each behind its length in four bytes; false when they are kept already.</summary>
    public bool Add(Cid cid, ReadOnlySpan<byte> log, Cid previous, ReadOnlySpan<byte> blocks)
    {
        var insert = Insert(cid, log, blocks, WaitsForPredecessor);
        (previous.IsDefined ? insert.Bind(3, previous.Digest) : insert.BindNull(3)).Run();
        return database.Changes == 1;
    }

    /// <summary>Takes out the records that follow this one.</summary>
    public List<(byte[] Log, byte[] Blocks)> TakeAfter(Cid previous)
    {
        var found = new List<(byte[], byte[])>();
        var rows = Of("SELECT log, blocks FROM _threads_pending WHERE prev = ?1").Bind(1, previous.Digest);
        while (rows.Step())
        {
            found.Add((rows.Blob(0).ToArray(), rows.Blob(1).ToArray()));
        }

        if (found.Count > 0)
        {
            Of("DELETE FROM _threads_pending WHERE prev = ?1").Bind(1, previous.Digest).Run();
        }

        return found;
    }

    /// <summary>Keeps a record that differs from a stored one in its sealing alone: a successor may link it yet (decision 11).</summary>
    public void AddTwin(Cid cid, ReadOnlySpan<byte> log, ReadOnlySpan<byte> blocks)
    {
        if (Count < MaxRecords)
        {
            Insert(cid, log, blocks, Twin).BindNull(3).Run();
        }
    }

    /// <summary>The blocks of such a record, or null.</summary>
    public byte[]? FindTwin(Cid cid)
    {
        var row = Of("SELECT blocks FROM _threads_pending WHERE cid = ?1 AND reason = 2").Bind(1, cid.Digest);
        var blocks = row.Step() ? row.Blob(0).ToArray() : null;
        row.Reset();
        return blocks;
    }

    public void Remove(Cid cid) => Of("DELETE FROM _threads_pending WHERE cid = ?1").Bind(1, cid.Digest).Run();

    private SqliteStatement Insert(Cid cid, ReadOnlySpan<byte> log, ReadOnlySpan<byte> blocks, int reason)
    {
        var insert = database[thread is null ? "INSERT INTO _threads_pending(cid, log, prev, blocks, reason) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING"
            : "INSERT INTO _threads_pending(cid, log, prev, blocks, reason, thread) VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING"];
        insert.Bind(1, cid.Digest).Bind(2, log).Bind(4, blocks).Bind(5, reason);
        return thread is { } number ? insert.Bind(6, number) : insert;
    }

    private SqliteStatement Of(string sql, string end = "") => thread is { } number ? database[$"{sql} AND thread = ?2{end}"].Bind(2, number) : database[sql + end];
}
