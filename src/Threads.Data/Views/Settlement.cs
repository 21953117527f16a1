namespace Threads.Data.Views;

/// <summary>
/// Decision 7 for the rows that changed and those they concern: F₀, the rows whose references hold; U, of these the oldest claimant of each key; F₁, references again. What
/// single rows say of themselves is known before. Bounded by the changed rows, their direct rivals, and what hangs on rows that come or go.
/// </summary>
internal sealed class Settlement(ConstraintGraph graph, ClockOrder order)
{
    private readonly Dictionary<KeyId, (UniqueKey Unique, ClaimKey Key)> _touched = [];
    private readonly Dictionary<KeyId, FoldNode?> _oldest = [];
    private readonly HashSet<FoldNode> _looked = [];

    public ConstraintGraph Graph => graph;

    /// <summary>The keys whose claimants may be others than before.</summary>
    public IEnumerable<(UniqueKey Unique, ClaimKey Key)> Touched => _touched.Values;

    /// <summary>Rows whose reasons may have changed, whatever became of them.</summary>
    public IEnumerable<FoldNode> Looked => _looked;

    private ReferencePass First() => new(graph, n => n.PassesAlone, n => n.IsReferenced, (n, value) => n.IsReferenced = value, orHeld: true);

    private ReferencePass Second() => new(graph, n => n.IsOldest, n => n.IsShown, (n, value) => n.IsShown = value, orHeld: false);

    /// <summary>Brings the sets up to date after these rows changed, and these claims were given up.</summary>
    public void Run(IReadOnlyCollection<FoldNode> changed, IEnumerable<(UniqueKey Unique, ClaimKey Key)> freed)
    {
        _oldest.Clear();
        var given = freed.ToList();
        var referrers = Referrers(changed, given);
        foreach (var (unique, key) in given)
        {
            Touch(unique, key);
        }

        var first = First();
        var moved = first.Update(changed.Concat(referrers));
        foreach (var node in moved.Concat(changed))
        {
            Touch(node);
        }

        var older = Oldest(moved.Concat(changed));
        var second = Second();
        foreach (var node in second.Update(older.Concat(changed).Concat(referrers)))
        {
            Touch(node);
        }

        _looked.UnionWith(first.Visited);
        _looked.UnionWith(second.Visited);
    }

    /// <summary>The oldest of the rows that claim a key and whose references hold.</summary>
    public FoldNode? OldestOf(UniqueKey unique, ClaimKey key)
    {
        var id = new KeyId(unique.Id, key.Bytes);
        if (!_oldest.TryGetValue(id, out var oldest))
        {
            foreach (var node in graph.Claimants(unique, key))
            {
                if (node.IsReferenced && (oldest is null || order.Compare(node.Rank, oldest.Rank) < 0))
                {
                    oldest = node;
                }
            }

            _oldest.Add(id, oldest);
        }

        return oldest;
    }

    /// <summary>The reference of a held-back row that finds no parent, one whose parent nobody has before one whose parent waits itself; null: that is not why.</summary>
    public (Reference Reference, ClaimKey Key)? Fault(FoldNode node)
    {
        var unmet = node.Standing switch
        {
            Standing.Orphan => First().Unmet(node),
            Standing.Stranded => Second().Unmet(node),
            _ => [],
        };
        var missing = unmet.FindIndex(u => !graph.IsClaimed(u.Reference.Target, u.Key));
        return unmet.Count > 0 ? unmet[Math.Max(missing, 0)] : null;
    }

    /// <summary>The rows that were, or are, found by keys that changed hands.</summary>
    private List<FoldNode> Referrers(IEnumerable<FoldNode> changed, List<(UniqueKey Unique, ClaimKey Key)> freed)
    {
        var found = new List<FoldNode>();
        foreach (var (unique, key) in freed.Where(f => f.Unique.Referrers.Count > 0))
        {
            found.AddRange(graph.Referrers(unique, key, withShown: true));
        }

        foreach (var node in changed)
        {
            foreach (var (unique, key) in node.Before.Claims.Where(c => c.Unique.Referrers.Count > 0 && !Has(node.Claims, c.Unique, c.Key)))
            {
                found.AddRange(graph.Referrers(unique, key, withShown: true));
            }

            foreach (var (unique, key) in node.Claims.Claims.Where(c => c.Unique.Referrers.Count > 0))
            {
                found.AddRange(graph.Referrers(unique, key, withShown: false));
            }
        }

        return found;
    }

    private static bool Has(RowClaims claims, UniqueKey unique, ClaimKey key)
        => Array.Exists(claims.Claims, c => c.Unique == unique && c.Key.Bytes.AsSpan().SequenceEqual(key.Bytes));

    /// <summary>Decides anew who of the claimants of the touched keys is the oldest for all of its own. Returns those for whom it changed.</summary>
    private List<FoldNode> Oldest(IEnumerable<FoldNode> moved)
    {
        var candidates = moved.ToHashSet();
        foreach (var (unique, key) in _touched.Values.ToArray())
        {
            candidates.UnionWith(graph.Claimants(unique, key));
        }

        var changed = new List<FoldNode>();
        foreach (var node in candidates)
        {
            var isOldest = node.IsReferenced && Array.TrueForAll(node.Claims.Claims, c => OldestOf(c.Unique, c.Key) == node);
            if (isOldest != node.IsOldest)
            {
                node.IsOldest = isOldest;
                changed.Add(node);
            }
        }

        return changed;
    }

    private void Touch(FoldNode node)
    {
        foreach (var (unique, key) in node.Claims.Claims.Concat(node.Before.Claims))
        {
            Touch(unique, key);
        }
    }

    private void Touch(UniqueKey unique, ClaimKey key) => _touched.TryAdd(new KeyId(unique.Id, key.Bytes), (unique, key));
}
