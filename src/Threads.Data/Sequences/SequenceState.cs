namespace Threads.Data.Sequences;

/// <summary>
/// Where concurrent edits go: a FugueMax tree (Weidner and Kleppmann 2023) over runs, kept as Eg-walker does (Gentle and Kleppmann 2024), so that it stands at a
/// <em>prepared</em> version, which operations can be taken out of and brought back to, and at the same time knows the <em>result</em> of all that was applied.
/// A unit inserted behind <c>a</c> and before <c>b</c> becomes a right child of <c>a</c>, or where <c>a</c> has one in that version, a left child of <c>b</c>. Children
/// of one place are concurrent. Those to the right go by their right origins, the farther first; the rest is settled by id. So runs typed forwards or backwards
/// at one place stay whole.
/// </summary>
internal sealed class SequenceState
{
    private const int None = SequenceTree.None;
    private const int End = int.MaxValue;

    private readonly SequenceTree _tree = new();

    /// <summary>The piece that holds a unit, by id.</summary>
    private readonly int[] _pieces;

    /// <summary>The ids at which another operation begins, rising, and where it stands in the total order; null: ids rise with it.</summary>
    private readonly List<(int Id, int Rank)>? _ranks;

    /// <summary>The first right child of the root.</summary>
    private int _rootChild = None;

    /// <summary>Ids below <paramref name="baseLength"/> are the units that are there to begin with; all ids are below <paramref name="capacity"/>.</summary>
    public SequenceState(int baseLength, int capacity, List<(int Id, int Rank)>? ranks = null)
    {
        _ranks = ranks;
        _pieces = new int[capacity];
        if (baseLength > 0)
        {
            _tree.PlaceAfter(None, _tree.Add(New(0, baseLength, None, End)));
            _rootChild = 0;
        }
    }

    /// <summary>Units of the prepared version.</summary>
    public int Length => _tree.Total.Visible;

    /// <summary>Units of the result.</summary>
    public int ResultLength => _tree.Total.Left;

    /// <summary>Inserts units of the ids from <paramref name="id"/> on at a position of the prepared version; where they are in the result.</summary>
    public int Insert(int position, int id, int length)
    {
        var (left, known) = (None, 0);
        if (position > 0)
        {
            var (piece, offset) = _tree.FindVisible(position - 1);
            left = _tree[piece].Start + offset;
            known = _tree.Before(piece).Known + offset + 1;
        }

        var right = End;
        var rightsLeft = None;
        if (known < _tree.Total.Known)
        {
            var (piece, offset) = _tree.FindKnown(known);
            right = _tree[piece].Start + offset;
            rightsLeft = offset > 0 ? right - 1 : _tree[piece].OriginLeft;
        }

        var added = _tree.Add(New(id, length, left, right));
        _pieces.AsSpan(id, length).Fill(added);
        if (right != End && rightsLeft == left)
        {
            AddLeftChild(right, added);
        }
        else
        {
            AddRightChild(left, added);
        }

        return _tree.Before(added).Left;
    }

    /// <summary>
    /// Deletes the unit at a position of the prepared version and as many behind it as lie in one piece with it, up to <paramref name="length"/>. Says which ones, and
    /// where and how many they were in the result: none where another operation deleted them before.
    /// </summary>
    public (int Id, int Length, int Position, bool WasLeft) Delete(int position, int length)
    {
        var (piece, offset) = _tree.FindVisible(position);
        var id = _tree[piece].Start + offset;
        piece = Isolate(id, length);
        ref var node = ref _tree[piece];
        var wasLeft = !node.IsGone;
        var result = (id, node.Length, wasLeft ? _tree.Before(piece).Left : 0, wasLeft);
        node.Deletes++;
        node.IsGone = true;
        _tree.Update(piece);
        return result;
    }

    /// <summary>The unit at a position of the prepared version.</summary>
    public int At(int position)
    {
        var (piece, offset) = _tree.FindVisible(position);
        return _tree[piece].Start + offset;
    }

    /// <summary>All units that ever were, in order.</summary>
    public IEnumerable<int> Order()
    {
        foreach (var piece in _tree.Nodes())
        {
            var (start, length) = (_tree[piece].Start, _tree[piece].Length);
            for (var i = 0; i < length; i++)
            {
                yield return start + i;
            }
        }
    }

    /// <summary>Takes an insertion out of the prepared version, or brings it back.</summary>
    public void SetKnown(int id, int length, bool isKnown)
    {
        for (var end = id + length; id < end;)
        {
            var piece = Isolate(id, end - id);
            _tree[piece].IsKnown = isKnown;
            _tree.Update(piece);
            id += _tree[piece].Length;
        }
    }

    /// <summary>Takes one deletion of these units out of the prepared version (-1), or brings it back (+1).</summary>
    public void AddDeletes(int id, int length, int by)
    {
        for (var end = id + length; id < end;)
        {
            var piece = Isolate(id, end - id);
            _tree[piece].Deletes += by;
            _tree.Update(piece);
            id += _tree[piece].Length;
        }
    }

    private static SequenceTree.Node New(int id, int length, int left, int right) => new()
    {
        Start = id,
        Length = length,
        IsKnown = true,
        OriginLeft = left,
        OriginRight = right,
        LeftChild = None,
        RightChild = None,
        NextSibling = None,
    };

    private void AddLeftChild(int parent, int added)
    {
        var piece = Isolate(parent, int.MaxValue);
        var id = _tree[added].Start;
        var (before, after) = (None, _tree[piece].LeftChild);
        while (after != None && IsOlder(after, id))
        {
            (before, after) = (after, _tree[_pieces[after]].NextSibling);
        }

        Link(ref before == None ? ref _tree[piece].LeftChild : ref _tree[_pieces[before]].NextSibling, added, after);
        _tree.PlaceBefore(after == None ? piece : FirstBelow(after), added);
    }

    private void AddRightChild(int parent, int added)
    {
        var (before, after) = (None, parent == None ? _rootChild : _tree[_pieces[parent]].RightChild);
        while (after != None && GoesBefore(after, added))
        {
            (before, after) = (after, _tree[_pieces[after]].NextSibling);
        }

        if (before != None)
        {
            Link(ref _tree[_pieces[before]].NextSibling, added, after);
        }
        else
        {
            Link(ref parent == None ? ref _rootChild : ref _tree[_pieces[parent]].RightChild, added, after);
        }

        if (after != None)
        {
            _tree.PlaceBefore(FirstBelow(after), added);
        }
        else
        {
            _tree.PlaceAfter(before != None ? LastBelow(before) : parent == None ? None : _pieces[parent], added);
        }
    }

    private void Link(ref int link, int added, int after)
    {
        link = _tree[added].Start;
        _tree[added].NextSibling = after;
    }

    /// <summary>Among right children, the order of a present one and one to be added.</summary>
    private bool GoesBefore(int sibling, int added)
    {
        var (theirs, ours) = (_tree[_pieces[sibling]].OriginRight, _tree[added].OriginRight);
        return theirs == ours ? IsOlder(sibling, _tree[added].Start) : theirs == End || ours != End && Place(theirs) > Place(ours);
    }

    /// <summary>The total order of units: that of the operations that inserted them, and in one operation, that of insertion.</summary>
    private bool IsOlder(int id, int than)
    {
        var (rank, other) = (RankOf(id), RankOf(than));
        return rank == other ? id < than : rank < other;
    }

    private int RankOf(int id)
    {
        if (_ranks is null)
        {
            return 0;
        }

        // The last of those that begin at or before it: one that inserted nothing begins where the next one does.
        var (low, high) = (0, _ranks.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _ranks[middle].Id <= id ? (middle, high) : (low, middle - 1);
        }

        return _ranks[low].Rank;
    }

    private int Place(int id)
    {
        var piece = _pieces[id];
        return _tree.Before(piece).All + id - _tree[piece].Start;
    }

    /// <summary>The first piece of what hangs below a unit.</summary>
    private int FirstBelow(int id)
    {
        var piece = _pieces[id];
        while (_tree[piece].LeftChild != None)
        {
            piece = _pieces[_tree[piece].LeftChild];
        }

        return piece;
    }

    /// <summary>The last piece of what hangs below a unit.</summary>
    private int LastBelow(int id)
    {
        var piece = _pieces[id];
        while (_tree[piece].RightChild is var child and not None)
        {
            while (_tree[_pieces[child]].NextSibling is var next and not None)
            {
                child = next;
            }

            piece = _pieces[child];
        }

        return piece;
    }

    /// <summary>Splits so that a piece begins at the unit and ends at most so many units on.</summary>
    private int Isolate(int id, int length)
    {
        var piece = _pieces[id];
        if (_tree[piece].Start < id)
        {
            Split(piece, id);
            piece = _pieces[id];
        }

        if (_tree[piece].Length > length)
        {
            Split(piece, id + length);
            piece = _pieces[id];
        }

        return piece;
    }

    /// <summary>Splits before a unit. The shorter half gets the new node, so that all splits of a run together cost no more than n log n.</summary>
    private void Split(int piece, int id)
    {
        var added = _tree.Add(_tree[piece]);
        ref var old = ref _tree[piece];
        ref var half = ref _tree[added];
        var head = id - old.Start;
        var isTail = head >= old.Length - head;
        ref var first = ref isTail ? ref old : ref half;
        ref var last = ref isTail ? ref half : ref old;
        last.Start = id;
        last.Length -= head;
        last.OriginLeft = id - 1;
        last.LeftChild = None;
        last.NextSibling = None;
        first.Length = head;
        first.RightChild = id;
        _pieces.AsSpan(half.Start, half.Length).Fill(added);
        _tree.Update(piece);
        if (isTail)
        {
            _tree.PlaceAfter(piece, added);
        }
        else
        {
            _tree.PlaceBefore(piece, added);
        }
    }
}
