using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// The held-back rows in the file, with what they claim and refer to: rows that are shown need none of it, since their claims are the user's own unique indexes
/// (FINDINGS 1a6). Also the shown row of each contested key, and the rows that show NULL for a missing parent.
/// </summary>
internal sealed class HeldRows(SqliteDatabase database, ConstraintCatalog constraints)
{
    /// <summary>In <c>_threads_claim.s</c> and <c>_threads_ref.s</c>: the row is among those whose references hold; it isn't; it is shown, with NULL for the reference.</summary>
    public const int Referenced = 0;
    public const int Orphan = 1;
    public const int Masked = 2;

    private HashSet<long>? _watched;

    /// <summary>Another connection wrote, the schema changed, or a transaction was rolled back.</summary>
    public void Forget() => _watched = null;

    /// <summary>Whether held-back or masked rows stand in the table, or wait for rows of it: then a change of it may concern them.</summary>
    public bool IsWatched(TableSchema table) => Watched.Contains(table.Collection);

    public bool Any => Watched.Count > 0;

    private HashSet<long> Watched => _watched ??= Read();

    public Standing Find(TableSchema table, byte[] key)
    {
        if (!IsWatched(table))
        {
            return Standing.Absent;
        }

        var row = database["SELECT pass FROM _threads_held WHERE c = ? AND k = ?"].Bind(1, table.Collection);
        RowKey.BindOne(row, 2, key);
        return (Standing)row.ScalarInt64();
    }

    public bool Contains(TableSchema table, in SqlValue key)
    {
        var row = database["SELECT 1 FROM _threads_held WHERE c = ? AND k = ?"].Bind(1, table.Collection);
        key.Bind(row, 2, pinned: false);
        return row.ScalarInt64() == 1;
    }

    /// <summary>What a held-back row claims and refers to.</summary>
    public RowClaims Claims(TableConstraints table, byte[] key)
    {
        var claims = new List<(UniqueKey, ClaimKey)>();
        var rows = database["SELECT u, key, raw FROM _threads_claim WHERE c = ? AND k = ? ORDER BY u"].Bind(1, table.Table.Collection);
        RowKey.BindOne(rows, 2, key);
        while (rows.Step())
        {
            if (Array.Find(table.Uniques, u => u.Id == rows.Int64(0)) is { } unique)
            {
                claims.Add((unique, Key(rows)));
            }
        }

        var references = new List<(Reference, ClaimKey)>();
        rows = database["SELECT f, key, raw FROM _threads_ref WHERE c = ? AND k = ? ORDER BY f"].Bind(1, table.Table.Collection);
        RowKey.BindOne(rows, 2, key);
        while (rows.Step())
        {
            if (Array.Find(table.References, r => r.Id == rows.Int64(0)) is { } reference)
            {
                references.Add((reference, Key(rows)));
            }
        }

        return new RowClaims([.. claims], [.. references]);
    }

    /// <summary>Held-back rows, references satisfied, that claim a key: the oldest first.</summary>
    public List<(byte[] Key, Clock Rank)> Claimants(UniqueKey unique, ClaimKey key, Func<byte[], bool> stop)
    {
        var found = new List<(byte[], Clock)>();
        var rows = database[$"SELECT k, t, r FROM _threads_claim WHERE u = ? AND key = ? AND s = 0 ORDER BY t, g"].Bind(1, unique.Id).Bind(2, key.Bytes);
        while (rows.Step())
        {
            var row = RowKey.ReadOne(rows, 0);
            found.Add((row, new Clock(rows.Int64(1), rows.Int64(2))));
            if (stop(row))
            {
                break;
            }
        }

        rows.Reset();
        return found;
    }

    /// <summary>Whether a held-back row claims a key, its own references satisfied or not, that <paramref name="counts"/>.</summary>
    public bool IsClaimed(UniqueKey unique, ClaimKey key, Func<byte[], bool> counts)
    {
        var found = false;
        var rows = database["SELECT k FROM _threads_claim WHERE u = ? AND key = ?"].Bind(1, unique.Id).Bind(2, key.Bytes);
        while (!found && rows.Step())
        {
            found = counts(RowKey.ReadOne(rows, 0));
        }

        rows.Reset();
        return found;
    }

    /// <summary>Rows, held back or masked, that refer to a parent's key.</summary>
    public List<byte[]> Referrers(Reference reference, ClaimKey parent, bool masked)
    {
        var found = new List<byte[]>();
        var rows = database[masked ? "SELECT k FROM _threads_ref WHERE f = ? AND key = ? AND s = 2" : "SELECT k FROM _threads_ref WHERE f = ? AND key = ? AND s < 2"]
            .Bind(1, reference.Id).Bind(2, parent.Bytes);
        while (rows.Step())
        {
            found.Add(RowKey.ReadOne(rows, 0));
        }

        return found;
    }

    /// <summary>The references for which a shown row shows NULL.</summary>
    public HashSet<Reference> Masks(TableConstraints table, byte[] key)
    {
        var found = new HashSet<Reference>();
        if (IsWatched(table.Table))
        {
            var rows = database["SELECT f FROM _threads_ref WHERE c = ? AND k = ? AND s = 2"].Bind(1, table.Table.Collection);
            RowKey.BindOne(rows, 2, key);
            while (rows.Step())
            {
                if (Array.Find(table.References, r => r.Id == rows.Int64(0)) is { } reference)
                {
                    found.Add(reference);
                }
            }
        }

        return found;
    }

    /// <summary>All held-back rows of a table.</summary>
    public List<byte[]> All(TableSchema table) => Keys(database["SELECT k FROM _threads_held WHERE c = ?"].Bind(1, table.Collection));

    /// <summary>All rows of a table that show NULL for a reference.</summary>
    public List<byte[]> AllMasked(TableSchema table) => Keys(database["SELECT DISTINCT k FROM _threads_ref WHERE c = ? AND s = 2"].Bind(1, table.Collection));

    /// <summary>All rows, of whatever table, that have an entry for a reference.</summary>
    public List<byte[]> AllReferring(Reference reference, bool masked)
        => Keys(database[masked ? "SELECT DISTINCT k FROM _threads_ref WHERE f = ? AND s = 2" : "SELECT DISTINCT k FROM _threads_ref WHERE f = ? AND s < 2"].Bind(1, reference.Id));

    /// <summary>Forgets a held-back row; masks of a shown one too.</summary>
    public void Remove(TableSchema table, byte[] key)
    {
        foreach (var sql in new[] { "DELETE FROM _threads_held WHERE c = ? AND k = ?", "DELETE FROM _threads_claim WHERE c = ? AND k = ?", "DELETE FROM _threads_ref WHERE c = ? AND k = ?" })
        {
            var delete = database[sql].Bind(1, table.Collection);
            RowKey.BindOne(delete, 2, key);
            delete.Run();
        }
    }

    public void Add(FoldNode node, byte[] tieBreak, (Reference Reference, ClaimKey Key)? fault)
    {
        var collection = node.Table.Table.Collection;
        var insert = database["INSERT INTO _threads_held(c, k, pass, reason, label, t, f, fkey, flabel) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"].Bind(1, collection);
        RowKey.BindOne(insert, 2, node.Key);
        insert.Bind(3, (long)node.Standing).Bind(4, node.Refusal).Bind(5, RowKey.Label(node.Table.Table, node.Key)).Bind(6, node.Rank.Time);
        if (fault is { } missing)
        {
            insert.Bind(7, missing.Reference.Id).Bind(8, missing.Key.Bytes).Bind(9, ParentLabel(missing.Key));
        }
        else
        {
            insert.BindNull(7).BindNull(8).BindNull(9);
        }

        insert.Run();
        var set = node.IsReferenced ? Referenced : Orphan;
        foreach (var (unique, key) in node.Claims.Claims)
        {
            var claim = database["INSERT INTO _threads_claim(u, key, s, t, g, c, k, r, raw) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"]
                .Bind(1, unique.Id).Bind(2, key.Bytes).Bind(3, set).Bind(4, node.Rank.Time).Bind(5, tieBreak).Bind(6, collection);
            RowKey.BindOne(claim, 7, node.Key);
            BindRaw(claim.Bind(8, node.Rank.Record), 9, key).Run();
        }

        foreach (var (reference, key) in node.Claims.References.Where(r => !r.Reference.IsSoft))
        {
            AddReference(reference, key, set, collection, node.Key);
        }
    }

    /// <summary>A shown row shows NULL for a reference.</summary>
    public void AddMask(Reference reference, ClaimKey parent, byte[] key) => AddReference(reference, parent, Masked, reference.Child.Collection, key);

    /// <summary>A contested key's shown claimant, or none.</summary>
    public void SetOwner(UniqueKey unique, ClaimKey key, FoldNode? owner)
    {
        if (owner is null)
        {
            database["DELETE FROM _threads_owner WHERE u = ? AND key = ?"].Bind(1, unique.Id).Bind(2, key.Bytes).Run();
            return;
        }

        var insert = database["INSERT OR REPLACE INTO _threads_owner(u, key, c, k, label, t) VALUES(?, ?, ?, ?, ?, ?)"]
            .Bind(1, unique.Id).Bind(2, key.Bytes).Bind(3, owner.Table.Table.Collection);
        RowKey.BindOne(insert, 4, owner.Key);
        insert.Bind(5, RowKey.Label(owner.Table.Table, owner.Key)).Bind(6, owner.Rank.Time).Run();
    }

    /// <summary>Forgets everything about rows of one collection.</summary>
    public void Clear(long collection)
    {
        foreach (var table in new[] { "held", "claim", "ref", "owner" })
        {
            database[$"DELETE FROM _threads_{table} WHERE c = ?"].Bind(1, collection).Run();
        }

        _watched = null;
    }

    public void ClearAll()
    {
        database.Execute("DELETE FROM _threads_held; DELETE FROM _threads_claim; DELETE FROM _threads_ref; DELETE FROM _threads_owner");
        _watched = null;
    }

    private static string ParentLabel(ClaimKey key)
    {
        var label = RowKey.Label(key.Raw);
        return new Ipld.CborReader(key.Raw).ReadArray() == 1 ? label[1..^1] : label;
    }

    private static ClaimKey Key(SqliteStatement row)
    {
        var bytes = row.Blob(1).ToArray();
        return new ClaimKey(bytes, row.IsNull(2) ? bytes : row.Blob(2).ToArray());
    }

    private static SqliteStatement BindRaw(SqliteStatement statement, int parameter, ClaimKey key)
        => ReferenceEquals(key.Raw, key.Bytes) ? statement.BindNull(parameter) : statement.Bind(parameter, key.Raw);

    private void AddReference(Reference reference, ClaimKey parent, int set, long collection, byte[] key)
    {
        var insert = database["INSERT OR REPLACE INTO _threads_ref(f, key, s, c, k, raw) VALUES(?, ?, ?, ?, ?, ?)"]
            .Bind(1, reference.Id).Bind(2, parent.Bytes).Bind(3, set).Bind(4, collection);
        RowKey.BindOne(insert, 5, key);
        BindRaw(insert, 6, parent).Run();
    }

    private static List<byte[]> Keys(SqliteStatement rows)
    {
        var found = new List<byte[]>();
        while (rows.Step())
        {
            found.Add(RowKey.ReadOne(rows, 0));
        }

        return found;
    }

    private HashSet<long> Read()
    {
        var watched = new HashSet<long>();
        var next = database["SELECT min(c) FROM _threads_held WHERE c > ?"];
        for (var c = -1L; Step(next, c) is { } found; c = found)
        {
            watched.Add(found);
        }

        next = database["SELECT min(f) FROM _threads_ref WHERE f > ?"];
        for (var f = -1L; Step(next, f) is { } found; f = found)
        {
            watched.Add(ConstraintCatalog.CollectionOf(found));
            if (constraints.FindReference(found) is { } reference)
            {
                watched.Add(reference.Target.Table.Collection);
            }
        }

        return watched;
    }

    private static long? Step(SqliteStatement statement, long after)
    {
        statement.Bind(1, after).Step();
        long? found = statement.IsNull(0) ? null : statement.Int64(0);
        statement.Reset();
        return found;
    }
}
