namespace Threads.Data.Sequences;

/// <summary>
/// What an author did to a list that is known by the result alone. Elements are the same by <see cref="JsonList.IdentityOf"/>: as many as can stay where they are, those
/// that stand elsewhere moved, those whose text is another one were set.
/// </summary>
internal sealed class ListDiff
{
    private const int Nowhere = -1;

    /// <summary>For each new element the old one that it is.</summary>
    private readonly int[] _sources;
    private readonly bool[] _isMoved;
    private readonly List<ListStep> _steps = [];

    /// <summary>The list on its way from old to new: elements by their old index, added ones by the old count and their new index.</summary>
    private readonly List<int> _list;

    private ListDiff(List<string> old, List<string> @new)
    {
        _list = [.. Enumerable.Range(0, old.Count)];
        _sources = new int[@new.Count];
        _isMoved = new bool[@new.Count];
        Match(old, @new);
    }

    /// <summary>The operation that makes the new list of the old one; null when they are the same.</summary>
    public static ListOperation? Between(List<string> old, List<string> @new)
    {
        var diff = new ListDiff(old, @new);
        diff.Delete(old.Count);
        diff.Arrange(old, @new);
        return diff._steps.Count == 0 ? null : new ListOperation(old.Count, [.. diff._steps]);
    }

    /// <summary>The longest common subsequence stays; what is left over is matched by identity, and moved.</summary>
    private void Match(List<string> old, List<string> @new)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var from = Number(old, numbers);
        var to = Number(@new, numbers);
        var left = new Dictionary<int, Queue<int>>();
        var (x, y) = (0, 0);
        foreach (var hunk in SequenceDiff.Compare(from, to).Append(new Hunk(from.Length, 0, to.Length, 0)))
        {
            for (; x < hunk.Old; x++, y++)
            {
                _sources[y] = x;
            }

            for (; x < hunk.Old + hunk.OldLength; x++)
            {
                if (!left.TryGetValue(from[x], out var queue))
                {
                    left.Add(from[x], queue = new Queue<int>());
                }

                queue.Enqueue(x);
            }

            for (; y < hunk.New + hunk.NewLength; y++)
            {
                _sources[y] = Nowhere;
            }
        }

        for (y = 0; y < to.Length; y++)
        {
            if (_sources[y] == Nowhere && left.TryGetValue(to[y], out var queue) && queue.TryDequeue(out x))
            {
                (_sources[y], _isMoved[y]) = (x, true);
            }
        }
    }

    private static int[] Number(List<string> elements, Dictionary<string, int> numbers)
    {
        var numbered = new int[elements.Count];
        for (var i = 0; i < numbered.Length; i++)
        {
            var identity = JsonList.IdentityOf(elements[i]);
            if (!numbers.TryGetValue(identity, out numbered[i]))
            {
                numbers.Add(identity, numbered[i] = numbers.Count);
            }
        }

        return numbered;
    }

    private void Delete(int oldCount)
    {
        var stays = new bool[oldCount];
        foreach (var source in _sources)
        {
            if (source != Nowhere)
            {
                stays[source] = true;
            }
        }

        for (var to = oldCount; to > 0;)
        {
            var from = to;
            while (from > 0 && !stays[from - 1])
            {
                from--;
            }

            if (from < to)
            {
                _steps.Add(new ListStep(ListStepKind.Delete, from, to - from, []));
                _list.RemoveRange(from, to - from);
            }

            to = from - 1;
        }
    }

    /// <summary>From left to right; elements that are still to be moved may stand between those that are right.</summary>
    private void Arrange(List<string> old, List<string> @new)
    {
        var at = -1;
        for (var i = 0; i < @new.Count; i++)
        {
            var source = _sources[i];
            if (source == Nowhere)
            {
                Insert(++at, old.Count + i, @new[i]);
                continue;
            }

            if (_isMoved[i])
            {
                var from = _list.IndexOf(source);
                _list.RemoveAt(from);
                at = from <= at ? at : at + 1;
                _list.Insert(at, source);
                if (from != at)
                {
                    _steps.Add(new ListStep(ListStepKind.Move, from, at, []));
                }
            }
            else
            {
                at = _list.IndexOf(source, at + 1);
            }

            if (old[source] != @new[i])
            {
                _steps.Add(new ListStep(ListStepKind.Set, at, 0, [@new[i]]));
            }
        }
    }

    private void Insert(int at, int element, string value)
    {
        _list.Insert(at, element);
        if (_steps.Count > 0 && _steps[^1] is { Kind: ListStepKind.Insert } last && last.Position + last.Values.Length == at)
        {
            _steps[^1] = last with { Values = [.. last.Values, value] };
        }
        else
        {
            _steps.Add(new ListStep(ListStepKind.Insert, at, 0, [value]));
        }
    }
}
