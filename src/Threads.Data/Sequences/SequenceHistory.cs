namespace Threads.Data.Sequences;

/// <summary>What a walk over a history asks of the state it drives; operations are named by their number in the history.</summary>
internal interface ISequenceState
{
    /// <summary>Applies an operation to the prepared version, which is that of its parents. False where it does not fit it: it then counts as if it had never been.</summary>
    bool TryApply(int operation);

    /// <summary>Takes an operation out of the prepared version.</summary>
    void Retreat(int operation);

    /// <summary>Brings an operation back into the prepared version.</summary>
    void Advance(int operation);
}

/// <summary>
/// The operations of one text or list, oldest first in the total order, and which ones each of them had seen: its parents, all of them older, are the newest of what
/// it saw; <see cref="Base"/> stands for what is there to begin with.
/// </summary>
internal sealed class SequenceHistory
{
    /// <summary>The parent of an operation that saw nothing but the beginning.</summary>
    public const int Base = -1;

    private readonly int[][] _parents;
    private readonly byte[] _sides;
    private readonly PriorityQueue<int, int> _queue = new();

    /// <exception cref="ArgumentException">An operation names a parent that is not older than itself.</exception>
    public SequenceHistory(int[][] parents)
    {
        for (var i = 0; i < parents.Length; i++)
        {
            foreach (var parent in parents[i])
            {
                if (parent < Base || parent >= i)
                {
                    throw new ArgumentException($"Operation {i} names operation {parent} as its parent.", nameof(parents));
                }
            }
        }

        _parents = parents;
        _sides = new byte[parents.Length];
        IsVoid = new bool[parents.Length];
    }

    public int Count => _parents.Length;

    /// <summary>Operations that did not fit their version, and those that build on them.</summary>
    public bool[] IsVoid { get; }

    /// <summary>
    /// Where the history comes together: each end of a stretch, exclusive. Everything behind it has seen everything before it, so a stretch needs to know of those
    /// before it no more than the text they left.
    /// </summary>
    public List<int> Stretches()
    {
        var ends = new List<int>();
        var oldest = new int[Count + 1];
        oldest[Count] = Count;
        for (var i = Count - 1; i >= 0; i--)
        {
            oldest[i] = Math.Min(oldest[i + 1], _parents[i].Length == 0 ? Base : _parents[i].Min());
        }

        var heads = new HashSet<int>();
        for (var i = 0; i < Count; i++)
        {
            heads.ExceptWith(_parents[i]);
            heads.Add(i);
            if (heads.Count == 1 && oldest[i + 1] >= i || i == Count - 1)
            {
                ends.Add(i + 1);
            }
        }

        return ends;
    }

    /// <summary>The operations that no other one has seen.</summary>
    public List<int> Heads()
    {
        var heads = new SortedSet<int>();
        for (var i = 0; i < Count; i++)
        {
            if (!IsVoid[i])
            {
                heads.ExceptWith(_parents[i]);
                heads.Add(i);
            }
        }

        return [.. heads];
    }

    /// <summary>Whether an operation builds on one that is void, and so is void too.</summary>
    public bool BuildsOnVoid(int operation) => Array.Exists(_parents[operation], p => p != Base && IsVoid[p]);

    /// <summary>
    /// Takes the operations of one stretch to a state: first those for which <paramref name="isFirst"/> holds, which must be all that any of them has seen, then the
    /// rest; and within that, branch by branch, so that the version is seldom changed.
    /// </summary>
    public void Walk<TState>(int from, int to, TState state, Predicate<int>? isFirst = null, Action? between = null)
        where TState : ISequenceState
    {
        var (waiting, children) = Links(from, to);
        var ready = new Stack<int>();
        var later = new Stack<int>();
        for (var i = to - 1; i >= from; i--)
        {
            if (waiting[i - from] == 0)
            {
                (isFirst is null || isFirst(i) ? ready : later).Push(i);
            }
        }

        var version = Base;
        while (true)
        {
            if (!ready.TryPop(out var next))
            {
                between?.Invoke();
                between = null;
                if (later.Count == 0)
                {
                    return;
                }

                (ready, later, isFirst) = (later, ready, null);
                continue;
            }

            if (BuildsOnVoid(next))
            {
                IsVoid[next] = true;
            }
            else
            {
                GoTo(version, next, from, state);
                if (state.TryApply(next))
                {
                    version = next;
                }
                else
                {
                    IsVoid[next] = true;
                    Return(version, next, from, state);
                }
            }

            for (var child = children[next - from].Count - 1; child >= 0; child--)
            {
                var operation = children[next - from][child];
                if (--waiting[operation - from] == 0)
                {
                    (isFirst is null || isFirst(operation) ? ready : later).Push(operation);
                }
            }
        }
    }

    private (int[] Waiting, List<int>[] Children) Links(int from, int to)
    {
        var waiting = new int[to - from];
        var children = new List<int>[to - from];
        for (var i = from; i < to; i++)
        {
            children[i - from] = [];
            foreach (var parent in _parents[i])
            {
                if (parent >= from)
                {
                    waiting[i - from]++;
                    children[parent - from].Add(i);
                }
            }
        }

        return (waiting, children);
    }

    /// <summary>Prepares the version of an operation's parents.</summary>
    private void GoTo<TState>(int version, int next, int from, TState state)
        where TState : ISequenceState
    {
        if (_parents[next] is [var only] && (only == version || only < from && version == Base))
        {
            return;
        }

        Move(version == Base ? [] : [version], _parents[next], from, state);
    }

    /// <summary>Back to where the state stood before an operation that did not fit.</summary>
    private void Return<TState>(int version, int next, int from, TState state)
        where TState : ISequenceState
        => Move(_parents[next], version == Base ? [] : [version], from, state);

    private void Move<TState>(int[] version, int[] target, int from, TState state)
        where TState : ISequenceState
    {
        const byte here = 1;
        const byte there = 2;
        var open = 0;
        var advance = new List<int>();
        var touched = new List<int>();

        void Mark(int operation, byte side)
        {
            if (operation < from)
            {
                return;
            }

            var before = _sides[operation];
            if (before == 0)
            {
                _queue.Enqueue(operation, -operation);
                touched.Add(operation);
            }

            _sides[operation] = (byte)(before | side);
            open += (_sides[operation] != (here | there) ? 1 : 0) - (before is here or there ? 1 : 0);
        }

        foreach (var operation in version)
        {
            Mark(operation, here);
        }

        foreach (var operation in target)
        {
            Mark(operation, there);
        }

        while (open > 0)
        {
            var operation = _queue.Dequeue();
            var side = _sides[operation];
            if (side != (here | there))
            {
                open--;
            }

            if (side == here)
            {
                state.Retreat(operation);
            }
            else if (side == there)
            {
                advance.Add(operation);
            }

            foreach (var parent in _parents[operation])
            {
                Mark(parent, side);
            }
        }

        _queue.Clear();
        foreach (var operation in touched)
        {
            _sides[operation] = 0;
        }

        for (var i = advance.Count - 1; i >= 0; i--)
        {
            state.Advance(advance[i]);
        }
    }
}
