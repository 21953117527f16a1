namespace Threads.Data.Sequences;

/// <summary>So many units of the old sequence, from <c>Old</c> on, became so many of the new one, from <c>New</c> on.</summary>
internal readonly record struct Hunk(int Old, int OldLength, int New, int NewLength);

/// <summary>
/// The shortest way from one sequence to another (Myers 1986, from both ends at once in linear space). It is minimal up to <see cref="ExactChanges"/> units inserted and
/// deleted. Beyond that each box is cut where the search came farthest, which is good but not minimal; and after <see cref="MaxSteps"/> comparisons what is left is
/// replaced whole between the common beginning and end.
/// </summary>
internal ref struct SequenceDiff
{
    public const int ExactChanges = 4096;
    public const int MaxSteps = 1 << 25;

    private readonly ReadOnlySpan<int> _old;
    private readonly ReadOnlySpan<int> _new;
    private readonly bool[] _isDeleted;
    private readonly bool[] _isInserted;
    private readonly int[] _forward = new int[ExactChanges + 4];
    private readonly int[] _backward = new int[ExactChanges + 4];
    private long _steps;

    private SequenceDiff(ReadOnlySpan<int> old, ReadOnlySpan<int> @new)
    {
        _old = old;
        _new = @new;
        _isDeleted = new bool[old.Length];
        _isInserted = new bool[@new.Length];
    }

    /// <summary>The changed parts in order; equal units stand for equal numbers.</summary>
    public static List<Hunk> Compare(ReadOnlySpan<int> old, ReadOnlySpan<int> @new)
    {
        var prefix = old.CommonPrefixLength(@new);
        old = old[prefix..];
        @new = @new[prefix..];
        var suffix = 0;
        while (suffix < old.Length && suffix < @new.Length && old[^(suffix + 1)] == @new[^(suffix + 1)])
        {
            suffix++;
        }

        old = old[..^suffix];
        @new = @new[..^suffix];
        if (old.IsEmpty || @new.IsEmpty)
        {
            return old.IsEmpty && @new.IsEmpty ? [] : [new Hunk(prefix, old.Length, prefix, @new.Length)];
        }

        var diff = new SequenceDiff(old, @new);
        diff.Mark();
        return diff.Hunks(prefix);
    }

    private void Mark()
    {
        var boxes = new Stack<(int OldFrom, int OldTo, int NewFrom, int NewTo)>();
        boxes.Push((0, _old.Length, 0, _new.Length));
        while (boxes.TryPop(out var box))
        {
            var (oldFrom, oldTo, newFrom, newTo) = box;
            while (oldFrom < oldTo && newFrom < newTo && _old[oldFrom] == _new[newFrom])
            {
                (oldFrom, newFrom) = (oldFrom + 1, newFrom + 1);
            }

            while (oldFrom < oldTo && newFrom < newTo && _old[oldTo - 1] == _new[newTo - 1])
            {
                (oldTo, newTo) = (oldTo - 1, newTo - 1);
            }

            if (oldFrom == oldTo || newFrom == newTo || _steps > MaxSteps)
            {
                _isDeleted.AsSpan(oldFrom, oldTo - oldFrom).Fill(true);
                _isInserted.AsSpan(newFrom, newTo - newFrom).Fill(true);
                continue;
            }

            var (x, y) = Middle(_old[oldFrom..oldTo], _new[newFrom..newTo]);
            boxes.Push((oldFrom, oldFrom + x, newFrom, newFrom + y));
            boxes.Push((oldFrom + x, oldTo, newFrom + y, newTo));
        }
    }

    private readonly List<Hunk> Hunks(int prefix)
    {
        var hunks = new List<Hunk>();
        for (var (x, y) = (0, 0); x < _old.Length || y < _new.Length;)
        {
            var (fromX, fromY) = (x, y);
            while (x < _old.Length && _isDeleted[x])
            {
                x++;
            }

            while (y < _new.Length && _isInserted[y])
            {
                y++;
            }

            if (x == fromX && y == fromY)
            {
                (x, y) = (x + 1, y + 1);
            }
            else
            {
                hunks.Add(new Hunk(prefix + fromX, x - fromX, prefix + fromY, y - fromY));
            }
        }

        return hunks;
    }

    /// <summary>A point on a shortest path, neither its beginning nor its end; the two begin and end differently, and none is empty.</summary>
    private (int X, int Y) Middle(ReadOnlySpan<int> old, ReadOnlySpan<int> @new)
    {
        var (n, m) = (old.Length, @new.Length);
        var delta = n - m;
        var isOdd = (delta & 1) != 0;
        var limit = Math.Min((n + m + 1) / 2, ExactChanges / 2);
        var zero = limit + 1;
        _forward[zero + 1] = 0;
        _backward[zero + 1] = 0;
        var best = (X: 0, Y: 0);
        for (var d = 0; d <= limit; d++)
        {
            for (var k = -(d - 2 * Math.Max(0, d - m)); k <= d - 2 * Math.Max(0, d - n); k += 2)
            {
                var from = k == -d || k != d && _forward[zero + k - 1] < _forward[zero + k + 1] ? _forward[zero + k + 1] : _forward[zero + k - 1] + 1;
                var x = from;
                while (x < n && x - k < m && old[x] == @new[x - k])
                {
                    x++;
                }

                _steps += x - from + 1;
                _forward[zero + k] = x;
                if (x > n || x - k > m)
                {
                    // Beyond the edge: nothing goes on from there.
                    continue;
                }

                if (x + x - k > best.X + best.Y)
                {
                    best = (x, x - k);
                }

                if (isOdd && Math.Abs(delta - k) < d && x + _backward[zero + delta - k] >= n)
                {
                    return (x, x - k);
                }
            }

            for (var k = -(d - 2 * Math.Max(0, d - m)); k <= d - 2 * Math.Max(0, d - n); k += 2)
            {
                var from = k == -d || k != d && _backward[zero + k - 1] < _backward[zero + k + 1] ? _backward[zero + k + 1] : _backward[zero + k - 1] + 1;
                var x = from;
                while (x < n && x - k < m && old[n - 1 - x] == @new[m - 1 - x + k])
                {
                    x++;
                }

                _steps += x - from + 1;
                _backward[zero + k] = x;
                if (x <= n && x - k <= m && !isOdd && Math.Abs(delta - k) <= d && x + _forward[zero + delta - k] >= n)
                {
                    return (n - x, m - x + k);
                }
            }

            if (_steps > MaxSteps)
            {
                break;
            }
        }

        return best;
    }
}
