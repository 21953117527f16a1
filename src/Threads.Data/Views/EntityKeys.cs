using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>The entities that an event names, to be asked whether one is among them. A few bytes beside each key, since there may be very many.</summary>
internal sealed class EntityKeys
{
    public static readonly EntityKeys None = new(1, 0);

    private readonly int _keyCount;
    private readonly CborWriter _bytes = new();
    private readonly CborWriter _asked = new(64);
    private readonly int[] _ends;
    private readonly int[] _slots;
    private int _count;

    private EntityKeys(int keyCount, int count)
    {
        _keyCount = keyCount;
        _ends = new int[count];
        _slots = new int[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count * 2 + 1)];
    }

    public int Count => _count;

    /// <summary>Of the values of so many keys as CBOR items, one after another.</summary>
    public static EntityKeys OfItems(ReadOnlySpan<byte> items, int keyCount, int count)
    {
        var keys = new EntityKeys(keyCount, count);
        for (var i = 0; i < count; i++)
        {
            keys.Begin();
            for (var part = 0; part < keyCount; part++)
            {
                var item = new CborReader(items).SkipRaw();
                keys._bytes.WriteRaw(item);
                items = items[item.Length..];
            }

            keys.End();
        }

        return keys;
    }

    /// <summary>Of a list as it stands in a record.</summary>
    public static EntityKeys OfList(ReadOnlySpan<byte> item, int keyCount, int count)
    {
        var keys = new EntityKeys(keyCount, count);
        var reader = new CborReader(item);
        var list = new KeyList(ref reader, keyCount);
        while (keys._count < count && list.MoveNext())
        {
            keys.Begin();
            list.WriteTo(keys._bytes);
            keys.End();
        }

        return keys;
    }

    /// <summary>Whether an entity, by its key in the index, is among them.</summary>
    public bool Contains(in SqlValue key)
    {
        ReadOnlySpan<byte> bytes;
        if (_keyCount == 1)
        {
            _asked.Reset();
            key.Write(_asked);
            bytes = _asked.WrittenSpan;
        }
        else
        {
            bytes = key.Bytes;
        }

        return _slots[Slot(bytes)] != 0;
    }

    /// <summary>The key of an entity in the index; valid while this is.</summary>
    public SqlValue this[int index]
    {
        get
        {
            var bytes = Bytes(index);
            if (_keyCount > 1)
            {
                return SqlValue.OfBlob(bytes);
            }

            var reader = new CborReader(bytes);
            return SqlValue.Read(ref reader);
        }
    }

    private void Begin()
    {
        if (_keyCount > 1)
        {
            _bytes.StartArray(_keyCount);
        }
    }

    private void End()
    {
        _ends[_count] = _bytes.Length;
        var slot = Slot(Bytes(_count));
        if (_slots[slot] == 0)
        {
            _slots[slot] = ++_count;
        }
        else
        {
            _bytes.Truncate(_count == 0 ? 0 : _ends[_count - 1]);
        }
    }

    private ReadOnlySpan<byte> Bytes(int index)
    {
        var start = index == 0 ? 0 : _ends[index - 1];
        return _bytes.WrittenSpan[start.._ends[index]];
    }

    /// <summary>Where the key stands, or would.</summary>
    private int Slot(ReadOnlySpan<byte> key)
    {
        var mask = _slots.Length - 1;
        for (var slot = ByteComparer.Instance.GetHashCode(key) & mask; ; slot = (slot + 1) & mask)
        {
            if (_slots[slot] == 0 || Bytes(_slots[slot] - 1).SequenceEqual(key))
            {
                return slot;
            }
        }
    }
}
