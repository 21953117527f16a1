using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Records;
using Threads.Data.Sqlite;

namespace Threads.Data.Storage;

/// <summary>Read keys that came after the thread's first: of rotations, sealed to this peer in a record or handed over with an invitation.</summary>
internal sealed partial class KeyRing
{
    /// <summary>All read keys held, 32 bytes each, the thread's first one first: what an invitation hands over, and <see cref="TakeReads"/> takes. The caller wipes them.</summary>
    public List<byte[]> ExportReads()
    {
        var keys = new List<byte[]>();
        foreach (var id in Reads.Ids)
        {
            var bytes = new byte[KeySize];
            Reads.Find(id)!.CopyTo(bytes);
            keys.Add(bytes);
        }

        return keys;
    }

    /// <summary>In a write transaction: keeps read keys, 32 bytes each, those that are here already apart. Whoever calls it has the records that waited for them read: <c>ThreadCore.Locked</c>.</summary>
    /// <returns>How many were not here.</returns>
    public int TakeReads(SqliteDatabase database, ThreadFileOptions options, IReadOnlyCollection<byte[]> keys)
    {
        var taken = 0;
        foreach (var key in keys)
        {
            var id = ReadKeyId.Of(key);
            if (Read is null || id == Reads.FirstId || IsStored(database, id))
            {
                continue;
            }

            var stored = Sealed(key, Wrapping(database, options.Protection), options.Random);
            database["INSERT INTO _threads_key(log, kind, since, key, id) SELECT 0, ?1, 1 + coalesce(max(since), 0), ?2, ?3 FROM _threads_key WHERE log = 0 AND kind = ?1"]
                .Bind(1, (long)KeyKind.RotatedRead).Bind(2, stored).Bind(3, id.ToBytes()).Run();
            Reads.Add(key);
            taken++;
        }

        return taken;
    }

    /// <summary>Another connection may have taken keys, or a transaction that took some is undone: those in memory are those in the file.</summary>
    public void FollowReads(SqliteDatabase database, KeyProtection protection)
    {
        var stored = new List<ReadKeyId>();
        var rows = database["SELECT id FROM _threads_key WHERE log = 0 AND kind = ?"].Bind(1, (long)KeyKind.RotatedRead);
        while (rows.Step())
        {
            stored.Add(ReadKeyId.FromBytes(rows.Blob(0)));
        }

        if (stored.Count == 0 && Reads.RotatedCount == 0)
        {
            return;
        }

        Reads.Keep(stored);
        if (!stored.All(Reads.Has))
        {
            LoadReads(database, protection);
        }
    }

    /// <summary>Reads those that the file holds.</summary>
    public void LoadReads(SqliteDatabase database, KeyProtection protection)
        => LoadRotated(database, Wrapping(database, protection));

    private static bool IsStored(SqliteDatabase database, ReadKeyId id)
        => database["SELECT 1 FROM _threads_key WHERE log = 0 AND kind = ? AND id = ?"].Bind(1, (long)KeyKind.RotatedRead).Bind(2, id.ToBytes()).ScalarInt64() == 1;

    private void LoadRotated(SqliteDatabase database, SymmetricKey? wrap)
    {
        Span<byte> key = stackalloc byte[KeySize];
        try
        {
            var rows = database["SELECT key FROM _threads_key WHERE log = 0 AND kind = ?"].Bind(1, (long)KeyKind.RotatedRead);
            while (rows.Step())
            {
                if (!TryOpen(rows.Blob(0), wrap, key))
                {
                    rows.Reset();
                    throw ThreadsErrors.KeyDamaged(nameof(KeyKind.RotatedRead));
                }

                Reads.Add(key);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
