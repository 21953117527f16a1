using Threads.Data.Events;

namespace Threads.Data.Capture;

/// <summary>
/// Gathers the changes of one table while they are read, so that rows that had the same one share an event. A few are kept open, since an UPDATE of two columns may meet
/// rows of which one or the other had the value already.
/// </summary>
internal sealed class SameChanges(Action<SameChange> write)
{
    private const int MaxOpen = 8;
    private readonly List<SameChange> _open = [];
    private readonly Stack<SameChange> _spare = new();
    private EventKind _kind;

    /// <summary>What the row's change is kept in; the caller adds the key.</summary>
    public SameChange Find(EventShape shape, ReadOnlySpan<int> changed, ReadOnlySpan<byte> values)
    {
        if (_kind != shape.Kind)
        {
            // What a delete gives free, a save may take: the order between kinds stays.
            Flush();
            _kind = shape.Kind;
        }

        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].Is(shape, values))
            {
                return _open[i];
            }
        }

        if (_open.Count == MaxOpen)
        {
            Write(Smallest());
        }

        var change = _spare.TryPop(out var spare) ? spare : new SameChange();
        change.Begin(shape, changed, values);
        _open.Add(change);
        return change;
    }

    /// <summary>Writes all that is open, in the order in which it came.</summary>
    public void Flush()
    {
        while (_open.Count > 0)
        {
            Write(0);
        }
    }

    /// <summary>Forgets what is open: the transaction failed.</summary>
    public void Clear()
    {
        foreach (var change in _open)
        {
            _spare.Push(change);
        }

        _open.Clear();
    }

    private int Smallest()
    {
        var found = 0;
        for (var i = 1; i < _open.Count; i++)
        {
            if (_open[i].Count < _open[found].Count)
            {
                found = i;
            }
        }

        return found;
    }

    private void Write(int index)
    {
        var change = _open[index];
        _open.RemoveAt(index);
        _spare.Push(change);
        write(change);
    }
}
