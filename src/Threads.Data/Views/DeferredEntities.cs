using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Views;

/// <summary>Entities to fold anew, each once, in the order in which they came.</summary>
internal sealed class DeferredEntities
{
    private readonly CborWriter _writer = new();
    private readonly HashSet<(long, string)> _seen = [];
    private readonly List<(TableSchema Table, byte[] Key)> _list = [];

    public int Count => _list.Count;

    public void Add(TableSchema table, in SqlValue key)
    {
        _writer.Reset();
        key.Write(_writer);
        var bytes = _writer.ToArray();
        if (_seen.Add((table.Collection, Convert.ToBase64String(bytes))))
        {
            _list.Add((table, bytes));
        }
    }

    /// <summary>Forgets those added after so many: what deferred them was rolled back.</summary>
    public void Truncate(int count)
    {
        for (var i = count; i < _list.Count; i++)
        {
            _seen.Remove((_list[i].Table.Collection, Convert.ToBase64String(_list[i].Key)));
        }

        _list.RemoveRange(count, _list.Count - count);
    }

    /// <summary>Hands out the list, each key as the CBOR of its value, and begins a new one.</summary>
    public (TableSchema Table, byte[] Key)[] Take()
    {
        var taken = _list.ToArray();
        _list.Clear();
        _seen.Clear();
        return taken;
    }
}
