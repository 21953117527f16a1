namespace Threads.Data.Views;

/// <summary>
/// The second and the fourth pass: the largest set of the allowed rows in which every reference finds its parent, brought up to date after a change. Rows that lost a
/// parent go, and their children after them; rows that were allowed or found a parent come back with all that waits for them, as far as everything they refer to
/// is there. Both ways are bounded by what changes: down the referrers, up only through held-back rows.
/// </summary>
internal sealed class ReferencePass(ConstraintGraph graph, Func<FoldNode, bool> allowed, Func<FoldNode, bool> isIn, Action<FoldNode, bool> set, bool orHeld)
{
    private readonly HashSet<FoldNode> _changed = [];
    private readonly HashSet<FoldNode> _adding = [];

    /// <summary>Every row the pass looked at.</summary>
    public HashSet<FoldNode> Visited { get; } = [];

    /// <summary>Returns the rows that came or went.</summary>
    public HashSet<FoldNode> Update(IEnumerable<FoldNode> dirty)
    {
        var start = dirty.ToList();
        Visited.UnionWith(start);
        Take(start);
        Bring(start.Concat(_changed).ToList());
        return _changed;
    }

    private void Take(List<FoldNode> start)
    {
        var open = new Queue<FoldNode>(start);
        while (open.TryDequeue(out var node))
        {
            if (!isIn(node) || (allowed(node) && FindsParents(node)))
            {
                continue;
            }

            set(node, false);
            Toggle(node);
            foreach (var child in Referrers(node, withShown: true))
            {
                Visited.Add(child);
                open.Enqueue(child);
            }
        }
    }

    private void Bring(List<FoldNode> start)
    {
        var open = new Queue<FoldNode>(start);
        while (open.TryDequeue(out var node))
        {
            if (isIn(node) || !allowed(node) || !_adding.Add(node))
            {
                continue;
            }

            foreach (var child in Referrers(node, withShown: false))
            {
                Visited.Add(child);
                open.Enqueue(child);
            }
        }

        open = new Queue<FoldNode>(_adding);
        while (open.TryDequeue(out var node))
        {
            if (_adding.Contains(node) && !FindsParents(node))
            {
                _adding.Remove(node);
                foreach (var child in Referrers(node, withShown: false))
                {
                    open.Enqueue(child);
                }
            }
        }

        foreach (var node in _adding)
        {
            set(node, true);
            Toggle(node);
        }

        _adding.Clear();
    }

    private bool FindsParents(FoldNode node) => Unmet(node).Count == 0;

    /// <summary>The references of a row that find no parent in the set.</summary>
    public List<(Reference Reference, ClaimKey Key)> Unmet(FoldNode node)
    {
        var unmet = new List<(Reference, ClaimKey)>();
        foreach (var (reference, key) in node.Claims.References)
        {
            if (!reference.IsSoft && !graph.HasParent(reference, key, n => isIn(n) || _adding.Contains(n), orHeld))
            {
                unmet.Add((reference, key));
            }
        }

        return unmet;
    }

    private IEnumerable<FoldNode> Referrers(FoldNode node, bool withShown)
        => node.Claims.Claims.Where(c => c.Unique.Referrers.Count > 0).SelectMany(c => graph.Referrers(c.Unique, c.Key, withShown));

    private void Toggle(FoldNode node)
    {
        if (!_changed.Remove(node))
        {
            _changed.Add(node);
        }
    }
}
