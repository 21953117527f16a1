namespace Threads.Data.Sequences;

/// <summary>
/// The order of all units that ever were, in pieces: a treap whose nodes sum up the pieces below them by four measures, so that a piece is found by position and a
/// position by piece in logarithmic time. What stands in a node beside links and sums is for <see cref="SequenceState"/>.
/// </summary>
internal sealed class SequenceTree
{
    public const int None = -1;

    /// <summary>The shape of the tree never shows in a result; unguessable priorities keep others from making it a list.</summary>
    private static readonly uint Seed = (uint)"treap".GetHashCode(StringComparison.Ordinal);

    private Node[] _nodes = new Node[64];
    private int _count;
    private int _root = None;

    public ref Node this[int node] => ref _nodes[node];

    /// <summary>The sums over everything.</summary>
    public Sums Total => _root == None ? default : _nodes[_root].Sums;

    /// <summary>A node that is in no place yet. References to nodes are void afterwards.</summary>
    public int Add(in Node node)
    {
        if (_count == _nodes.Length)
        {
            Array.Resize(ref _nodes, _count * 2);
        }

        ref var added = ref _nodes[_count];
        added = node;
        added.Left = added.Right = added.Parent = None;
        var hash = ((uint)_count + Seed) * 0x9E3779B1u;
        hash = (hash ^ hash >> 15) * 0x85EBCA77u;
        added.Priority = hash ^ hash >> 13;
        return _count++;
    }

    /// <summary>Puts a new node right behind another one; <see cref="None"/>: before all.</summary>
    public void PlaceAfter(int node, int added)
    {
        if (_root == None)
        {
            _root = added;
        }
        else if (node != None && _nodes[node].Right == None)
        {
            Attach(node, added, right: true);
        }
        else
        {
            Attach(LeftMost(node == None ? _root : _nodes[node].Right), added, right: false);
        }

        Rise(added);
    }

    /// <summary>Puts a new node right before another one.</summary>
    public void PlaceBefore(int node, int added)
    {
        if (_nodes[node].Left == None)
        {
            Attach(node, added, right: false);
        }
        else
        {
            var last = _nodes[node].Left;
            while (_nodes[last].Right != None)
            {
                last = _nodes[last].Right;
            }

            Attach(last, added, right: true);
        }

        Rise(added);
    }

    /// <summary>The node's own measures changed.</summary>
    public void Update(int node)
    {
        for (; node != None; node = _nodes[node].Parent)
        {
            Sum(node);
        }
    }

    /// <summary>What lies before a node.</summary>
    public Sums Before(int node)
    {
        var before = SumsOf(_nodes[node].Left);
        for (var parent = _nodes[node].Parent; parent != None; node = parent, parent = _nodes[node].Parent)
        {
            if (_nodes[parent].Right == node)
            {
                before += SumsOf(_nodes[parent].Left) + _nodes[parent].Own;
            }
        }

        return before;
    }

    /// <summary>The piece that holds the unit of that index, counting units that are visible in the prepared version.</summary>
    public (int Node, int Offset) FindVisible(int index)
    {
        var node = _root;
        while (true)
        {
            ref var n = ref _nodes[node];
            var left = SumsOf(n.Left).Visible;
            if (index < left)
            {
                node = n.Left;
                continue;
            }

            index -= left;
            if (index < n.Own.Visible)
            {
                return (node, index);
            }

            index -= n.Own.Visible;
            node = n.Right;
        }
    }

    /// <summary>The piece that holds the unit of that index, counting units that the prepared version knows, deleted or not.</summary>
    public (int Node, int Offset) FindKnown(int index)
    {
        var node = _root;
        while (true)
        {
            ref var n = ref _nodes[node];
            var left = SumsOf(n.Left).Known;
            if (index < left)
            {
                node = n.Left;
                continue;
            }

            index -= left;
            if (index < n.Own.Known)
            {
                return (node, index);
            }

            index -= n.Own.Known;
            node = n.Right;
        }
    }

    /// <summary>All nodes in order.</summary>
    public IEnumerable<int> Nodes()
    {
        var node = _root == None ? None : LeftMost(_root);
        while (node != None)
        {
            yield return node;
            if (_nodes[node].Right != None)
            {
                node = LeftMost(_nodes[node].Right);
                continue;
            }

            var parent = _nodes[node].Parent;
            while (parent != None && _nodes[parent].Right == node)
            {
                (node, parent) = (parent, _nodes[parent].Parent);
            }

            node = parent;
        }
    }

    private Sums SumsOf(int node) => node == None ? default : _nodes[node].Sums;

    private int LeftMost(int node)
    {
        while (_nodes[node].Left != None)
        {
            node = _nodes[node].Left;
        }

        return node;
    }

    private void Attach(int parent, int added, bool right)
    {
        _nodes[added].Parent = parent;
        if (right)
        {
            _nodes[parent].Right = added;
        }
        else
        {
            _nodes[parent].Left = added;
        }
    }

    private void Rise(int node)
    {
        Update(node);
        for (var parent = _nodes[node].Parent; parent != None && _nodes[parent].Priority < _nodes[node].Priority; parent = _nodes[node].Parent)
        {
            Rotate(node, parent);
        }
    }

    private void Rotate(int node, int parent)
    {
        ref var n = ref _nodes[node];
        ref var p = ref _nodes[parent];
        var above = p.Parent;
        int moved;
        if (p.Left == node)
        {
            p.Left = moved = n.Right;
            n.Right = parent;
        }
        else
        {
            p.Right = moved = n.Left;
            n.Left = parent;
        }

        if (moved != None)
        {
            _nodes[moved].Parent = parent;
        }

        p.Parent = node;
        n.Parent = above;
        if (above == None)
        {
            _root = node;
        }
        else if (_nodes[above].Left == parent)
        {
            _nodes[above].Left = node;
        }
        else
        {
            _nodes[above].Right = node;
        }

        n.Sums = p.Sums;
        Sum(parent);
    }

    private void Sum(int node)
    {
        ref var n = ref _nodes[node];
        n.Sums = SumsOf(n.Left) + n.Own + SumsOf(n.Right);
    }

    /// <summary>Units by measure. All: whatever happened to them; known: inserted in the prepared version; visible: and not deleted in it; left: shown in the result.</summary>
    internal readonly record struct Sums(int All, int Known, int Visible, int Left)
    {
        public static Sums operator +(in Sums a, in Sums b) => new(a.All + b.All, a.Known + b.Known, a.Visible + b.Visible, a.Left + b.Left);
    }

    /// <summary>A piece of a run: neighbours in it were inserted one behind the other, and everything that happened to one happened to all.</summary>
    internal struct Node
    {
        public int Left;
        public int Right;
        public int Parent;
        public uint Priority;
        public Sums Sums;

        /// <summary>The id of the first unit; the others follow.</summary>
        public int Start;
        public int Length;

        /// <summary>Inserted in the prepared version.</summary>
        public bool IsKnown;

        /// <summary>Deleted by whatever version.</summary>
        public bool IsGone;

        /// <summary>How many operations of the prepared version delete it.</summary>
        public int Deletes;

        /// <summary>What stood to the left and to the right of the first unit when it was inserted.</summary>
        public int OriginLeft;
        public int OriginRight;

        /// <summary>The first child to the left of the first unit, to the right of the last unit, and of the same parent and side as the first unit.</summary>
        public int LeftChild;
        public int RightChild;
        public int NextSibling;

        public readonly Sums Own => new(Length, IsKnown ? Length : 0, IsKnown && Deletes == 0 ? Length : 0, IsGone ? 0 : Length);
    }
}
