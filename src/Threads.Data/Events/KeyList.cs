using System.Buffers.Binary;
using Threads.Data.Ipld;

namespace Threads.Data.Events;

/// <summary>
/// The keys of an event that changes many entities alike, in one byte string. Its first byte is the form:
/// <code>0  ascending integers: the first in 8 bytes, big-endian, then the distance of each from the one before, less one, as a varint
/// 1  one CBOR array of the keys' values, those of a composite key one after another</code>
/// A key takes a byte at least, so a record names no more entities than it has bytes (I7).
/// </summary>
internal ref struct KeyList
{
    /// <summary>What the new values of such an event may take together, in bytes: they are written once and meant for each key.</summary>
    public const int MaxValueBytes = 4_096;

    private const byte Integers = 0;
    private const byte Values = 1;

    private readonly int _keyCount;
    private readonly bool _areIntegers;
    private ReadOnlySpan<byte> _distances;
    private CborReader _values;
    private long _integer;
    private int _left;
    private bool _begun;

    /// <summary>Takes the list that is next in the reader.</summary>
    public KeyList(scoped ref CborReader reader, int keyCount)
    {
        var bytes = reader.ReadBytes();
        PayloadHeader.Expect(bytes.Length > 1 && bytes[0] <= Values, "keys in a form this reader knows");
        _keyCount = keyCount;
        _areIntegers = bytes[0] == Integers;
        if (_areIntegers)
        {
            PayloadHeader.Expect(keyCount == 1 && bytes.Length >= 9, "a first integer key");
            _integer = BinaryPrimitives.ReadInt64BigEndian(bytes[1..]);
            _distances = bytes[9..];
        }
        else
        {
            _values = new CborReader(bytes[1..]);
            _left = _values.ReadArray();
            PayloadHeader.Expect(_left > 0 && _left % keyCount == 0, "whole keys");
        }
    }

    /// <summary>False behind the last key; otherwise <see cref="WriteTo"/> must take it.</summary>
    public bool MoveNext()
    {
        if (!_areIntegers)
        {
            if (_left == 0)
            {
                _values.EnsureEnd();
                return false;
            }

            _left -= _keyCount;
            return true;
        }

        if (!_begun)
        {
            return _begun = true;
        }

        if (_distances.IsEmpty)
        {
            return false;
        }

        PayloadHeader.Expect(Varint.Read(_distances, out var distance, out var size) == VarintStatus.Ok, "a distance between two keys");
        PayloadHeader.Expect(distance < unchecked((ulong)long.MaxValue - (ulong)_integer), "an integer key of 64 bits");
        _integer = unchecked(_integer + (long)distance + 1);
        _distances = _distances[size..];
        return true;
    }

    /// <summary>Writes the values of the key, in its order.</summary>
    public void WriteTo(CborWriter writer)
    {
        if (_areIntegers)
        {
            writer.WriteInt64(_integer);
            return;
        }

        for (var i = 0; i < _keyCount; i++)
        {
            writer.WriteRaw(_values.SkipRaw());
        }
    }

    /// <summary>The form for integers; <paramref name="keys"/> ascend, and none stands twice. False where two lie too far apart for it.</summary>
    public static bool TryWriteIntegers(ReadOnlySpan<long> keys, CborWriter writer)
    {
        var bytes = new byte[9 + ((keys.Length - 1) * Varint.MaxSizeBytes)];
        bytes[0] = Integers;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), keys[0]);
        var length = 9;
        for (var i = 1; i < keys.Length; i++)
        {
            var distance = unchecked((ulong)keys[i] - (ulong)keys[i - 1] - 1);
            if (distance > long.MaxValue)
            {
                return false;
            }

            length += Varint.Write(bytes.AsSpan(length), distance);
        }

        writer.WriteBytes(bytes.AsSpan(0, length));
        return true;
    }

    /// <summary>The form for any keys; <paramref name="array"/> is one CBOR array of their values.</summary>
    public static void WriteValues(ReadOnlySpan<byte> array, CborWriter writer) => writer.WriteBytes([Values, .. array]);
}
