using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace Threads.Data.Ipld;

/// <summary>
/// Reads one strict deterministic DAG-CBOR item: minimal heads, definite lengths, 64-bit finite floats, UTF-8 text, text keys in order and once,
/// no tag but 42, nothing behind the item. Everything else is a <see cref="CborException"/> at the byte where it was found. Spans it hands out
/// are slices of the data. Pass it by reference: a copy goes its own way.
/// </summary>
internal ref struct CborReader
{
    private const byte LinkTag = 42;

    private readonly ReadOnlySpan<byte> _data;
    private readonly int _maxDepth;
    private CborFrames _frames;
    private CborFrame[]? _deepFrames;
    private int _position;
    private int _depth;
    private bool _begun;

    public CborReader(ReadOnlySpan<byte> data, CborLimits? limits = null)
    {
        _data = data;
        _maxDepth = (limits ?? CborLimits.Default).MaxDepth;
    }

    public readonly int Position => _position;

    /// <summary>No bytes are left. Says nothing about arrays and maps still open: <see cref="EnsureEnd"/> does.</summary>
    public readonly bool IsAtEnd => _position == _data.Length;

    /// <summary>Refuses data that is not exactly one item.</summary>
    public static void Validate(ReadOnlySpan<byte> block, CborLimits? limits = null)
    {
        var reader = new CborReader(block, limits);
        reader.Skip();
        reader.EnsureEnd();
    }

    /// <summary>The kind of the next item, by its first byte; a key in a map is Text.</summary>
    public readonly CborKind Peek()
    {
        if (_position >= _data.Length)
            return CborKind.End;
        var first = _data[_position];
        switch (first >> 5)
        {
            case 0 or 1:
                return CborKind.Integer;
            case 2:
                return CborKind.Bytes;
            case 3:
                return CborKind.Text;
            case 4:
                return CborKind.Array;
            case 5:
                return CborKind.Map;
            case 6:
                return CborKind.Link;
        }
        switch (first)
        {
            case 0xf4 or 0xf5:
                return CborKind.Boolean;
            case 0xf6:
                return CborKind.Null;
            case 0xfb:
                return CborKind.Double;
            case 0xf9 or 0xfa:
                Throw(CborError.FloatNot64Bits, _position);
                break;
            case 0xff:
                Throw(CborError.IndefiniteLength, _position);
                break;
            case 0xfc or 0xfd or 0xfe:
                Throw(CborError.ReservedInformation, _position);
                break;
        }
        Throw(CborError.UnsupportedSimpleValue, _position);
        return default;
    }

    public void ReadNull()
    {
        BeginValue(CborKind.Null);
        _position++;
    }

    /// <summary>Takes a null if one is next.</summary>
    public bool TryReadNull()
    {
        if (_position >= _data.Length || _data[_position] != 0xf6)
            return false;
        ReadNull();
        return true;
    }

    public bool ReadBoolean()
    {
        BeginValue(CborKind.Boolean);
        return _data[_position++] == 0xf5;
    }

    public long ReadInt64()
    {
        BeginValue(CborKind.Integer);
        var start = _position;
        var negative = _data[start] >= 0x20;
        var value = ReadHead();
        if (value > long.MaxValue)
            Throw(CborError.IntegerOutOfRange, start);
        return negative ? ~(long)value : (long)value;
    }

    public int ReadInt32()
    {
        var start = _position;
        var value = ReadInt64();
        if (value is < int.MinValue or > int.MaxValue)
            Throw(CborError.IntegerOutOfRange, start);
        return (int)value;
    }

    public ulong ReadUInt64()
    {
        BeginValue(CborKind.Integer);
        var start = _position;
        var negative = _data[start] >= 0x20;
        var value = ReadHead();
        if (negative)
            Throw(CborError.IntegerOutOfRange, start);
        return value;
    }

    public double ReadDouble()
    {
        BeginValue(CborKind.Double);
        if (_data.Length - _position < 9)
            Throw(CborError.EndOfData, _position);
        var value = BinaryPrimitives.ReadDoubleBigEndian(_data[(_position + 1)..]);
        if (!double.IsFinite(value))
            Throw(CborError.FloatNotFinite, _position);
        _position += 9;
        return value;
    }

    public string ReadText() => Encoding.UTF8.GetString(ReadTextUtf8());

    public ReadOnlySpan<byte> ReadTextUtf8()
    {
        BeginValue(CborKind.Text);
        return ReadString(isText: true);
    }

    public ReadOnlySpan<byte> ReadBytes()
    {
        BeginValue(CborKind.Bytes);
        return ReadString(isText: false);
    }

    /// <summary>Returns how many items follow; no more than there are bytes left.</summary>
    public int ReadArray()
    {
        BeginValue(CborKind.Array);
        return Open(isMap: false);
    }

    /// <summary>Returns how many pairs follow: <see cref="ReadKey"/>, then the value.</summary>
    public int ReadMap()
    {
        BeginValue(CborKind.Map);
        return Open(isMap: true);
    }

    /// <summary>The next key of the open map, UTF-8; refuses one that is not behind the key before it.</summary>
    public ReadOnlySpan<byte> ReadKey()
    {
        CloseFinished();
        if (_depth == 0 || Top is not { IsMap: true } || Top.Remaining % 2 != 0)
            throw new InvalidOperationException($"No map key is next at byte {_position}.");
        var start = _position;
        if (start >= _data.Length)
            Throw(CborError.EndOfData, start);
        if (_data[start] >> 5 != 3)
            Throw(CborError.KeyNotText, start);
        var key = ReadString(isText: true);

        // Heads are minimal, so encoded keys compare bytewise in the order length first, then content.
        ref var frame = ref Top;
        if (frame.KeyLength > 0)
        {
            var order = _data.Slice(frame.KeyStart, frame.KeyLength).SequenceCompareTo(_data[start.._position]);
            if (order >= 0)
                Throw(order == 0 ? CborError.DuplicateKey : CborError.KeyOrder, start);
        }
        (frame.KeyStart, frame.KeyLength) = (start, _position - start);
        frame.Remaining--;
        return key;
    }

    public Cid ReadLink()
    {
        BeginValue(CborKind.Link);
        var start = _position;
        if (ReadHead() != LinkTag)
            Throw(CborError.UnsupportedTag, start);
        if (_position >= _data.Length)
            Throw(CborError.EndOfData, start);
        if (_data[_position] >> 5 != 2)
            Throw(CborError.InvalidLink, start);
        var bytes = ReadString(isText: false);
        if (bytes.Length == 0 || bytes[0] != 0 || Cid.TryRead(bytes[1..], out var cid) is not CidError.None)
        {
            Throw(CborError.InvalidLink, start);
            return default;
        }
        return cid;
    }

    /// <summary>Steps over the next item, checking all of it.</summary>
    public void Skip()
    {
        CloseFinished();
        var floor = _depth;
        do
        {
            if (_depth > floor && Top.IsMap && Top.Remaining % 2 == 0)
                ReadKey();
            SkipOne();
            CloseFinished();
        }
        while (_depth > floor);
    }

    /// <summary>Steps over the next item, checking all of it, and returns its bytes.</summary>
    public ReadOnlySpan<byte> SkipRaw()
    {
        var start = _position;
        Skip();
        return _data[start.._position];
    }

    /// <summary>Refuses arrays and maps that are not read to their end, and bytes behind the item.</summary>
    public void EnsureEnd()
    {
        CloseFinished();
        if (_depth > 0 || !_begun)
            Throw(CborError.EndOfData, _position);
        if (!IsAtEnd)
            Throw(CborError.TrailingBytes, _position);
    }

    private void SkipOne()
    {
        switch (Peek())
        {
            case CborKind.Null:
                ReadNull();
                break;
            case CborKind.Boolean:
                ReadBoolean();
                break;
            case CborKind.Integer:
                BeginValue(CborKind.Integer);
                ReadHead();
                break;
            case CborKind.Double:
                ReadDouble();
                break;
            case CborKind.Text:
                ReadTextUtf8();
                break;
            case CborKind.Bytes:
                ReadBytes();
                break;
            case CborKind.Array:
                ReadArray();
                break;
            case CborKind.Map:
                ReadMap();
                break;
            case CborKind.Link:
                ReadLink();
                break;
            default:
                Throw(CborError.EndOfData, _position);
                break;
        }
    }

    private void BeginValue(CborKind expected)
    {
        CloseFinished();
        var found = Peek();
        if (_depth > 0)
        {
            ref var frame = ref Top;
            if (frame.IsMap && frame.Remaining % 2 == 0)
                throw new InvalidOperationException($"A map key is next at byte {_position}, not a value.");
            if (found == expected)
                frame.Remaining--;
        }
        else if (_begun)
        {
            Throw(found == CborKind.End ? CborError.EndOfData : CborError.TrailingBytes, _position);
        }
        if (found != expected)
            ThrowUnexpected(expected, found);
        _begun = true;
    }

    private int Open(bool isMap)
    {
        var start = _position;
        var count = ReadHead();
        // Each item takes a byte at least, so a count of a billion in a short block is refused before anybody allocates for it.
        var left = (ulong)(_data.Length - _position);
        if (count > (isMap ? left / 2 : left))
            Throw(CborError.LengthBeyondData, start);
        if (_depth >= _maxDepth)
            Throw(CborError.TooDeep, start);
        if (_depth >= CborFrames.InlineDepth && (_deepFrames is null || _depth - CborFrames.InlineDepth >= _deepFrames.Length))
            Array.Resize(ref _deepFrames, (_deepFrames?.Length ?? CborFrames.InlineDepth / 2) * 2);
        _depth++;
        Top = new CborFrame { IsMap = isMap, Remaining = isMap ? 2 * (long)count : (long)count };
        return (int)count;
    }

    private ReadOnlySpan<byte> ReadString(bool isText)
    {
        var start = _position;
        var length = ReadHead();
        if (length > (ulong)(_data.Length - _position))
            Throw(CborError.LengthBeyondData, start);
        var value = _data.Slice(_position, (int)length);
        if (isText && !Utf8.IsValid(value))
            Throw(CborError.InvalidText, start);
        _position += value.Length;
        return value;
    }

    private ulong ReadHead() => CborHead.Read(_data, ref _position);

    // A container is closed when the next thing happens, not with its last item, so that a caller may still look at it.
    private void CloseFinished()
    {
        while (_depth > 0 && Top.Remaining == 0)
            _depth--;
    }

    [UnscopedRef]
    private ref CborFrame Top
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (_depth <= CborFrames.InlineDepth)
                return ref _frames[_depth - 1];
            return ref _deepFrames![_depth - 1 - CborFrames.InlineDepth];
        }
    }

    [DoesNotReturn]
    private static void Throw(CborError error, int offset) => throw new CborException(error, offset);

    [DoesNotReturn]
    private readonly void ThrowUnexpected(CborKind expected, CborKind found) => throw (found == CborKind.End
        ? new CborException(CborError.EndOfData, _position)
        : new CborException(CborError.UnexpectedKind, _position, $"{found}, not {expected}"));
}
