using Dapper;
using Threads.Data.Ipld;
using Threads.Data.Views;

namespace Threads.Data.Tests.Views;

/// <summary>
/// Decision 7 said a second time, slowly: the merged rows come from a peer whose schema has no constraints at all, and the four passes are run over all of them. Shares no line with
/// what it judges: keys and conditions are evaluated here, in C#.
/// </summary>
internal sealed class ConstraintModel
{
    private readonly List<ModelTable> _tables = [];

    public ConstraintModel(IEnumerable<ModelTable> tables) => _tables.AddRange(tables);

    /// <summary>CREATE statements with every constraint.</summary>
    public string[] Schema => [.. _tables.SelectMany(t => t.Create(constrained: true))];

    /// <summary>The same tables, types and keys, and no constraint.</summary>
    public string[] BareSchema => [.. _tables.SelectMany(t => t.Create(constrained: false))];

    /// <summary>Which rows must be shown, with NULL for what is masked, and which be held back by which pass: "t 5 a b c" and "t 5 3".</summary>
    public (string[] Shown, string[] Held) Judge(Peer bare)
    {
        var all = _tables.SelectMany(t => Rows(bare, t)).ToList();
        var valid = all.Where(r => r.Table.IsValid(r)).ToHashSet();
        var referenced = Greatest(valid);
        var oldest = referenced.Where(r => r.Table.Uniques.All(u => u.Claim(r) is not { } key
            || !referenced.Any(o => o != r && o.Table == r.Table && u.Claim(o) == key && Older(o, r)))).ToHashSet();
        var shown = Greatest(oldest);
        var masked = shown.Select(r => Describe(r, shown)).Order(StringComparer.Ordinal).ToArray();
        var held = all.Except(shown).Select(r => $"{r.Table.Name} {r.Key} {(!valid.Contains(r) ? 1 : !referenced.Contains(r) ? 2 : !oldest.Contains(r) ? 3 : 4)}");
        return (masked, [.. held.Order(StringComparer.Ordinal)]);
    }

    public static (string[] Shown, string[] Held) Actual(Peer peer, IEnumerable<ModelTable> tables)
    {
        var shown = new List<string>();
        foreach (var table in tables)
        {
            shown.AddRange(peer.Connection.Query<(object, object?, object?, object?)>($"SELECT id, a, b, c FROM {table.Name}").Select(r => $"{table.Name} {r.Item1} {r.Item2} {r.Item3} {r.Item4}"));
        }

        var held = peer.Connection.Query<(string, object, long)>("SELECT c.tbl, h.k, h.pass FROM _threads_held h JOIN _threads_collection c ON c.id = h.c").Select(h => $"{h.Item1} {h.Item2} {h.Item3}");
        return ([.. shown.Order(StringComparer.Ordinal)], [.. held.Order(StringComparer.Ordinal)]);
    }

    private HashSet<ModelRow> Greatest(HashSet<ModelRow> rows)
    {
        var set = rows.ToHashSet();
        while (set.RemoveWhere(r => r.Table.References.Any(f => !f.IsSoft && f.Value(r) is { } key && !HasParent(set, f, key))) > 0)
        {
        }

        return set;
    }

    private bool HasParent(HashSet<ModelRow> set, ModelReference reference, string key)
    {
        var parent = _tables.Single(t => t.Name == reference.Parent);
        var unique = parent.Uniques.Single(u => u.Name == reference.Unique);
        return set.Any(r => r.Table == parent && unique.Claim(r) == key);
    }

    private string Describe(ModelRow row, HashSet<ModelRow> shown)
    {
        var values = new Dictionary<string, object?> { ["a"] = row.A, ["b"] = row.B, ["c"] = row.C };
        foreach (var reference in row.Table.References.Where(f => f.IsSoft && f.Value(row) is { } key && !HasParent(shown, f, key)))
        {
            values[reference.Column] = null;
        }

        return $"{row.Table.Name} {row.Key} {values["a"]} {values["b"]} {values["c"]}";
    }

    private static bool Older(ModelRow x, ModelRow y) => (x.Time, x.Tie).CompareTo((y.Time, y.Tie)) < 0;

    private static IEnumerable<ModelRow> Rows(Peer bare, ModelTable table)
    {
        var collection = bare.One<long>($"SELECT id FROM _threads_collection WHERE name = '{table.Name}'");
        var ranks = new Dictionary<object, Clock>();
        foreach (var (key, time, record, x) in bare.Connection.Query<(object, long, long, byte[]?)>($"SELECT k, t, r, x FROM _threads_entity WHERE c = {collection}"))
        {
            var state = new EntityState();
            state.Read(new Clock(time, record), x);
            ranks.Add(key, state.Rank);
        }

        foreach (var row in bare.Connection.Query<(object Id, object? A, object? B, object? C)>($"SELECT id, a, b, c FROM {table.Name}").ToList())
        {
            var rank = ranks[row.Id];
            var tie = bare.One<string>($"SELECT hex(l.public_key) || hex(r.cid) FROM _threads_record r JOIN _threads_log l ON l.id = r.id >> 40 WHERE r.id = {rank.Record}");
            yield return new ModelRow(table, row.Id, row.A, row.B, row.C, rank.Time, tie);
        }
    }
}

internal sealed record ModelRow(ModelTable Table, object Key, object? A, object? B, object? C, long Time, string Tie)
{
    public object? this[string column] => column switch { "id" => Key, "a" => A, "b" => B, _ => C };

    public bool Equals(ModelRow? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => HashCode.Combine(Table.Name, Key);
}

/// <summary>A table of id, a, b, c: integers and texts.</summary>
internal sealed record ModelTable(string Name, string KeyType, ModelUnique[] Uniques, ModelReference[] References, int? MaxB, bool RequiresA)
{
    public bool IsValid(ModelRow row) => (MaxB is not { } max || row.B is not long b || b < max) && (!RequiresA || row.A is not null);

    public IEnumerable<string> Create(bool constrained)
    {
        if (!constrained)
        {
            yield return $"CREATE TABLE {Name}(id {KeyType.Replace(" COLLATE NOCASE", "", StringComparison.Ordinal)} PRIMARY KEY, a TEXT, b INTEGER, c INTEGER)";
            yield break;
        }

        var parts = References.Select(f => $"FOREIGN KEY({f.Column}) REFERENCES {f.Parent}({f.ParentColumn}) ON DELETE {f.OnDelete} DEFERRABLE INITIALLY DEFERRED").ToList();
        if (MaxB is { } max)
        {
            parts.Add($"CHECK(b < {max})");
        }

        yield return $"CREATE TABLE {Name}(id {KeyType} PRIMARY KEY, a TEXT{(RequiresA ? " NOT NULL" : "")}, b INTEGER, c INTEGER{string.Concat(parts.Select(p => ", " + p))})";
        foreach (var unique in Uniques.Where(u => u.Sql is not null))
        {
            yield return $"CREATE UNIQUE INDEX {Name}_{unique.Name} ON {Name}{unique.Sql}";
        }
    }
}

/// <summary>A unique key as SQL and as a function: the same text exactly when SQLite holds the values equal; null: the row claims nothing.</summary>
internal sealed record ModelUnique(string Name, string? Sql, Func<ModelRow, string?> Claim);

internal sealed record ModelReference(string Column, string Parent, string ParentColumn, string Unique, string OnDelete, Func<ModelRow, string?> Value)
{
    public bool IsSoft { get; init; }
}
