using System.Runtime.InteropServices;
using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Capture;

/// <summary>Rows that got the same new values in the same columns, or that all went.</summary>
internal sealed class SameChange
{
    private readonly CborWriter _keys = new();
    private readonly CborWriter _values = new();
    private readonly List<long> _integers = [];
    private readonly List<int> _changed = [];
    private bool _areIntegers = true;

    public EventShape Shape { get; private set; } = null!;

    /// <summary>How many rows.</summary>
    public int Count { get; private set; }

    /// <summary>Which of the table's other columns changed, by their order.</summary>
    public ReadOnlySpan<int> Changed => CollectionsMarshal.AsSpan(_changed);

    /// <summary>The keys' values, as CBOR items one after another.</summary>
    public ReadOnlySpan<byte> Keys => _keys.WrittenSpan;

    /// <summary>The new values, as CBOR items one after another.</summary>
    public ReadOnlySpan<byte> Values => _values.WrittenSpan;

    public void Begin(EventShape shape, ReadOnlySpan<int> changed, ReadOnlySpan<byte> values)
    {
        Shape = shape;
        Count = 0;
        _keys.Reset();
        _integers.Clear();
        _areIntegers = shape.KeyCount == 1;
        _changed.Clear();
        _changed.AddRange(changed);
        _values.Reset();
        _values.WriteRaw(values);
    }

    public bool Is(EventShape shape, ReadOnlySpan<byte> values) => ReferenceEquals(Shape, shape) && _values.WrittenSpan.SequenceEqual(values);

    /// <summary>One value of the next row's key; all of a composite one's follow one another.</summary>
    public void AddKey(in SqlValue value)
    {
        value.Write(_keys);
        if (_areIntegers && value.Type == Sqlite.SqliteNative.Integer)
        {
            _integers.Add(value.Integer);
        }
        else
        {
            _areIntegers = false;
        }
    }

    public void EndKey() => Count++;

    /// <summary>The keys of so many rows, as CBOR items one after another.</summary>
    public void AddKeys(ReadOnlySpan<byte> items, int rows)
    {
        Count += rows;
        _keys.WriteRaw(items, rows * Shape.KeyCount);
        while (_areIntegers && !items.IsEmpty)
        {
            var reader = new CborReader(items);
            _areIntegers = reader.Peek() == CborKind.Integer;
            if (_areIntegers)
            {
                _integers.Add(reader.ReadInt64());
                items = items[reader.Position..];
            }
        }
    }

    /// <summary>Writes all keys as one item; those that are integers in ascending order.</summary>
    public void WriteKeys(CborWriter writer)
    {
        if (_areIntegers)
        {
            _integers.Sort();
            if (KeyList.TryWriteIntegers(CollectionsMarshal.AsSpan(_integers), writer))
            {
                return;
            }
        }

        using var array = new CborWriter(_keys.Length + 16);
        array.StartArray(Count * Shape.KeyCount);
        array.WriteRaw(_keys.WrittenSpan, Count * Shape.KeyCount);
        KeyList.WriteValues(array.WrittenSpan, writer);
    }
}
