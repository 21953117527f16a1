using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// The rows a settlement has met, and how it finds more: those that claim a key, those that refer to a parent. Rows it has not met are as the file says: in their
/// table, or held back.
/// </summary>
internal sealed class ConstraintGraph(SqliteDatabase database, EntityStore entities, HeldRows held, RowReader rows)
{
    private readonly Dictionary<KeyId, FoldNode> _nodes = [];
    private readonly Dictionary<KeyId, List<FoldNode>> _claimants = [];
    private readonly Dictionary<KeyId, List<FoldNode>> _referrers = [];
    private readonly EntityState _state = new();

    public IReadOnlyCollection<FoldNode> Nodes => _nodes.Values;

    public FoldNode? Find(TableSchema table, byte[] key) => _nodes.GetValueOrDefault(new KeyId(table.Collection, key));

    /// <summary>The row as the file has it, or as it is known by now.</summary>
    public FoldNode Get(TableConstraints table, byte[] key)
    {
        if (_nodes.TryGetValue(new KeyId(table.Table.Collection, key), out var known))
        {
            return known;
        }

        var node = new FoldNode(table, key);
        ReadState(node);
        var standing = held.Find(table.Table, key);
        if (standing == Standing.Absent && rows.Read(table, key) is { } claims)
        {
            node.Claims = claims;
            node.IsPresent = true;
            standing = Standing.Shown;
        }
        else if (standing != Standing.Absent)
        {
            node.Claims = held.Claims(table, key);
            // What it says is kept in the file; here only that there is something.
            node.Refusal = standing == Standing.Invalid ? "" : null;
        }

        node.IsLive = standing != Standing.Absent;
        node.Stored = standing;
        node.Stand(standing);
        node.Before = node.Claims;
        _nodes.Add(node.Id, node);
        Index(node);
        return node;
    }

    /// <summary>Takes in what became of a row: its values, its age.</summary>
    public void Change(FoldNode node, bool isLive, RowClaims claims, string? refusal)
    {
        Unindex(node);
        node.IsChanged = true;
        node.IsLive = isLive;
        node.Claims = claims;
        node.Refusal = refusal;
        if (!node.PassesAlone)
        {
            node.Stand(Standing.Absent);
        }

        Index(node);
    }

    /// <summary>Reads the age of a row from the index of entities.</summary>
    public void ReadState(FoldNode node)
    {
        var reader = new CborReader(node.Key);
        node.Rank = entities.TryRead(node.Table.Table.Collection, SqlValue.Read(ref reader), _state) ? _state.Rank : Clock.None;
    }

    /// <summary>Everybody who may claim a key among those whose references hold: all that are known by now, the one in the table, and the oldest of those held back.</summary>
    public List<FoldNode> Claimants(UniqueKey unique, ClaimKey key)
    {
        var found = new List<FoldNode>();
        if (Shown(unique, key) is { } shown)
        {
            _ = Get(Constraints(unique), shown);
        }

        if (held.IsWatched(unique.Table))
        {
            foreach (var (row, _) in held.Claimants(unique, key, row => !IsKnown(unique.Table, row)))
            {
                _ = Get(Constraints(unique), row);
            }
        }

        if (_claimants.TryGetValue(new KeyId(unique.Id, key.Bytes), out var known))
        {
            found.AddRange(known);
        }

        return found;
    }

    /// <summary>Whether a parent stands in a set: <paramref name="isIn"/> answers for rows known by now; of others those in the tables do, and, in F₀, those held back with their own references satisfied.</summary>
    public bool HasParent(Reference reference, ClaimKey key, Func<FoldNode, bool> isIn, bool orHeld)
    {
        var target = reference.Target;
        if (_claimants.TryGetValue(new KeyId(target.Id, key.Bytes), out var known) && known.Exists(n => isIn(n)))
        {
            return true;
        }

        if (Shown(target, key) is { } shown && !IsKnown(target.Table, shown))
        {
            return true;
        }

        if (!orHeld || !held.IsWatched(target.Table))
        {
            return false;
        }

        var found = false;
        held.Claimants(target, key, row => found = !IsKnown(target.Table, row));
        return found;
    }

    /// <summary>Whether any row has a key, shown or held back for whatever reason.</summary>
    public bool IsClaimed(UniqueKey unique, ClaimKey key)
        => (_claimants.TryGetValue(new KeyId(unique.Id, key.Bytes), out var known) && known.Exists(n => n.IsLive)) || Shown(unique, key) is not null || held.IsClaimed(unique, key, row => !IsKnown(unique.Table, row));

    /// <summary>Rows that refer to a key: those known by now and those held back; those in the tables as well where asked.</summary>
    public List<FoldNode> Referrers(UniqueKey parent, ClaimKey key, bool withShown)
    {
        var found = new List<FoldNode>();
        foreach (var reference in parent.Referrers.Where(r => !r.IsSoft))
        {
            var child = rows.Constraints(reference.Child);
            if (withShown)
            {
                foreach (var row in Children(reference, key))
                {
                    _ = Get(child, row);
                }
            }

            if (held.IsWatched(reference.Child))
            {
                foreach (var row in held.Referrers(reference, key, masked: false))
                {
                    _ = Get(child, row);
                }
            }

            if (_referrers.TryGetValue(new KeyId(reference.Id, key.Bytes), out var known))
            {
                found.AddRange(known);
            }
        }

        return found;
    }

    /// <summary>The row of a table that has a unique value; null: none.</summary>
    public byte[]? Shown(UniqueKey unique, ClaimKey key)
    {
        var table = unique.Table;
        var conditions = string.Join(" AND ", unique.Parts.Select((_, i) => FormattableString.Invariant($"{unique.Compared(i)} = ?{i + 1}")));
        var row = database[$"SELECT {string.Join(", ", table.Keys.ToArray().Select(c => c.Quoted))} FROM main.{table.Quoted} WHERE {conditions}{(unique.Where is null ? "" : $" AND ({unique.Where})")}"];
        key.Bind(row, 1);
        var found = row.Step() ? RowKey.Read(row, 0, table.KeyCount) : null;
        row.Reset();
        return found;
    }

    /// <summary>The rows in the child's table that refer to a parent's key.</summary>
    public List<byte[]> Children(Reference reference, ClaimKey key)
    {
        var child = reference.Child;
        var keys = string.Join(", ", child.Keys.ToArray().Select(c => c.Quoted));
        var found = new List<byte[]>();
        if (reference.Converts)
        {
            // Which of the child's values become this one in the parent's column, no index knows.
            var all = database[$"SELECT {keys} FROM main.{child.Quoted} WHERE {string.Join(" AND ", reference.Columns.Select(c => $"{c.Quoted} IS NOT NULL"))}"];
            while (all.Step())
            {
                found.Add(RowKey.Read(all, 0, child.KeyCount));
            }

            return found.FindAll(row => rows.Read(rows.Constraints(child), row) is { } claims
                && Array.Exists(claims.References, r => r.Reference == reference && r.Key.Bytes.AsSpan().SequenceEqual(key.Bytes)));
        }

        var conditions = reference.Columns.Select((c, i) =>
        {
            var collation = reference.Target.Collations[i];
            return FormattableString.Invariant($"{c.Quoted}{(collation == "BINARY" ? "" : $" COLLATE \"{collation}\"")} = ?{i + 1}");
        });
        var children = database[$"SELECT {keys} FROM main.{child.Quoted} WHERE {string.Join(" AND ", conditions)}"];
        key.Bind(children, 1);
        while (children.Step())
        {
            found.Add(RowKey.Read(children, 0, child.KeyCount));
        }

        return found;
    }

    private TableConstraints Constraints(UniqueKey unique) => rows.Constraints(unique.Table);

    private bool IsKnown(TableSchema table, byte[] key) => _nodes.ContainsKey(new KeyId(table.Collection, key));

    private void Index(FoldNode node)
    {
        foreach (var (unique, key) in node.Claims.Claims)
        {
            Add(_claimants, new KeyId(unique.Id, key.Bytes), node);
        }

        foreach (var (reference, key) in node.Claims.References)
        {
            Add(_referrers, new KeyId(reference.Id, key.Bytes), node);
        }
    }

    private void Unindex(FoldNode node)
    {
        foreach (var (unique, key) in node.Claims.Claims)
        {
            _claimants[new KeyId(unique.Id, key.Bytes)].Remove(node);
        }

        foreach (var (reference, key) in node.Claims.References)
        {
            _referrers[new KeyId(reference.Id, key.Bytes)].Remove(node);
        }
    }

    private static void Add(Dictionary<KeyId, List<FoldNode>> index, KeyId id, FoldNode node)
    {
        if (!index.TryGetValue(id, out var list))
        {
            index.Add(id, list = []);
        }

        list.Add(node);
    }
}
