using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Threads.Data.Ipld;

/// <summary>
/// Writes deterministic DAG-CBOR into a pooled buffer that grows. The caller orders map keys by length, then bytewise, and keeps the counts it
/// announced; debug builds throw where it does not. Not thread-safe; reuse one with <see cref="Reset"/>.
/// </summary>
internal sealed class CborWriter : IDisposable
{
    private const int MaxHeadBytes = 9;
    private byte[] _buffer;
    private int _length;
    private int _highWater;

    public CborWriter(int capacityBytes = 1024) => _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(capacityBytes, 16));

    public int Length => _length;

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, _length);

    /// <inheritdoc cref="WrittenSpan"/>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    public byte[] ToArray() => WrittenSpan.ToArray();

    public void WriteNull() => WriteSimple(0xf6);

    public void WriteBoolean(bool value) => WriteSimple(value ? (byte)0xf5 : (byte)0xf4);

    public void WriteInt64(long value)
    {
        CheckItem();
        if (value >= 0)
            WriteHead(0x00, (ulong)value);
        else
            WriteHead(0x20, (ulong)~value);
        CheckWritten();
    }

    public void WriteUInt64(ulong value)
    {
        CheckItem();
        WriteHead(0x00, value);
        CheckWritten();
    }

    /// <summary>Always 64 bits. NaN and the infinities have no DAG-CBOR form and are refused.</summary>
    public void WriteDouble(double value)
    {
        if (!double.IsFinite(value))
            throw new CborException(CborError.FloatNotFinite, _length);
        CheckItem();
        var span = Room(9);
        span[0] = 0xfb;
        BinaryPrimitives.WriteDoubleBigEndian(span[1..], value);
        _length += 9;
        CheckWritten();
    }

    /// <summary>Text, or in a map the next key. A lone surrogate has no UTF-8 form and is refused.</summary>
    public void WriteText(ReadOnlySpan<char> value)
    {
        CheckItem(isText: true);
        var span = Room(checked((value.Length * 3) + MaxHeadBytes));

        // One pass for the usual case: assume one byte per character, and move the bytes if the length then needs a longer head.
        var guess = HeadSize(value.Length);
        if (Utf8.FromUtf16(value, span[guess..], out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
            throw new CborException(CborError.InvalidText, _length);
        var head = HeadSize(written);
        if (head != guess)
            span.Slice(guess, written).CopyTo(span[head..]);
        WriteHead(0x60, (ulong)written);
        _length += written;
        CheckWritten();
    }

    /// <summary>Text, or in a map the next key, given as UTF-8; anything else than UTF-8 is refused.</summary>
    public void WriteTextUtf8(ReadOnlySpan<byte> value)
    {
        if (!Utf8.IsValid(value))
            throw new CborException(CborError.InvalidText, _length);
        CheckItem(isText: true);
        WriteString(0x60, value);
        CheckWritten();
    }

    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        CheckItem();
        WriteString(0x40, value);
        CheckWritten();
    }

    /// <summary>The next <paramref name="count"/> items are the array's.</summary>
    public void StartArray(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        CheckItem();
        WriteHead(0x80, (ulong)count);
        CheckOpened(count, isMap: false);
    }

    /// <summary>The next <paramref name="count"/> pairs, a text and any item, are the map's.</summary>
    public void StartMap(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        CheckItem();
        WriteHead(0xa0, (ulong)count);
        CheckOpened(count, isMap: true);
    }

    /// <summary>Tag 42 and the CID's bytes behind a 00.</summary>
    public void WriteLink(Cid cid)
    {
        var size = cid.SizeBytes;
        if (size == 0)
            throw new ArgumentException("An undefined CID can't be linked to.", nameof(cid));
        CheckItem();
        Room(2 + MaxHeadBytes + 1 + size);
        _buffer[_length++] = 0xd8;
        _buffer[_length++] = 42;
        WriteHead(0x40, (ulong)size + 1);
        _buffer[_length++] = 0;
        _length += cid.WriteBytes(_buffer.AsSpan(_length));
        CheckWritten();
    }

    /// <summary>One whole item that is encoded already and was checked by whoever encoded it.</summary>
    public void WriteRaw(ReadOnlySpan<byte> item)
    {
        CheckItem();
        item.CopyTo(Room(item.Length));
        _length += item.Length;
        CheckWritten();
    }

    /// <summary>So many whole items, one after another.</summary>
    public void WriteRaw(ReadOnlySpan<byte> items, int count)
    {
        CheckItem();
        items.CopyTo(Room(items.Length));
        _length += items.Length;
        for (; count > 0; count--)
            CheckWritten();
    }

    /// <summary>Forgets the items behind a <see cref="Length"/> noted earlier, between two of them.</summary>
    public void Truncate(int length) => _length = Math.Min(_length, length);

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Reset()
    {
        _highWater = Math.Max(_highWater, _length);
        _length = 0;
        CheckReset();
    }

    public void Dispose()
    {
        var buffer = _buffer;
        if (buffer.Length == 0)
            return;
        _buffer = [];
        Return(buffer, Math.Max(_highWater, _length));
        _length = 0;
    }

    private static int HeadSize(int value) => value switch
    {
        < 24 => 1,
        <= byte.MaxValue => 2,
        <= ushort.MaxValue => 3,
        _ => 5,
    };

    // Content keys and plaintext pass through here, so nothing may stay behind in a pooled buffer.
    private static void Return(byte[] buffer, int usedBytes)
    {
        buffer.AsSpan(0, usedBytes).Clear();
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private void WriteSimple(byte value)
    {
        CheckItem();
        Room(1)[0] = value;
        _length++;
        CheckWritten();
    }

    private void WriteString(byte major, ReadOnlySpan<byte> value)
    {
        Room(MaxHeadBytes + value.Length);
        WriteHead(major, (ulong)value.Length);
        value.CopyTo(_buffer.AsSpan(_length));
        _length += value.Length;
    }

    private void WriteHead(byte major, ulong value)
    {
        var span = Room(MaxHeadBytes);
        switch (value)
        {
            case < 24:
                span[0] = (byte)(major | (byte)value);
                _length += 1;
                break;
            case <= byte.MaxValue:
                span[0] = (byte)(major | 24);
                span[1] = (byte)value;
                _length += 2;
                break;
            case <= ushort.MaxValue:
                span[0] = (byte)(major | 25);
                BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)value);
                _length += 3;
                break;
            case <= uint.MaxValue:
                span[0] = (byte)(major | 26);
                BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)value);
                _length += 5;
                break;
            default:
                span[0] = (byte)(major | 27);
                BinaryPrimitives.WriteUInt64BigEndian(span[1..], value);
                _length += 9;
                break;
        }
    }

    private Span<byte> Room(int sizeBytes)
    {
        if (_buffer.Length - _length < sizeBytes)
            Grow(sizeBytes);
        return _buffer.AsSpan(_length);
    }

    private void Grow(int sizeBytes)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        var wanted = Math.Min(Math.Max((long)_length + sizeBytes, 2L * _buffer.Length), Array.MaxLength);
        if (wanted < (long)_length + sizeBytes)
            throw new OutOfMemoryException();
        var larger = ArrayPool<byte>.Shared.Rent((int)wanted);
        WrittenSpan.CopyTo(larger);
        Return(_buffer, Math.Max(_highWater, _length));
        _buffer = larger;
        _highWater = 0;
    }

#if DEBUG
    private readonly Stack<OpenContainer> _open = new();
    private int _itemStart;

    private sealed class OpenContainer
    {
        public required bool IsMap { get; init; }
        public required long Remaining { get; set; }
        public int KeyStart { get; set; } = -1;
        public int KeyLength { get; set; }
    }

    private void CheckItem(bool isText = false)
    {
        _itemStart = _length;
        if (_open.TryPeek(out var top) && top is { IsMap: true } && top.Remaining % 2 == 0 && !isText)
            throw new InvalidOperationException($"A map's key must be text (byte {_length}).");
    }

    private void CheckOpened(int count, bool isMap)
    {
        _open.Push(new OpenContainer { IsMap = isMap, Remaining = isMap ? 2L * count : count });
        CloseFinished();
    }

    private void CheckWritten()
    {
        if (!_open.TryPeek(out var top))
            return;
        if (top.IsMap && top.Remaining % 2 == 0)
        {
            if (top.KeyStart >= 0 && WrittenSpan.Slice(top.KeyStart, top.KeyLength).SequenceCompareTo(WrittenSpan[_itemStart..]) >= 0)
                throw new InvalidOperationException($"Map keys must be ordered by length, then bytewise, without duplicates (byte {_itemStart}).");
            (top.KeyStart, top.KeyLength) = (_itemStart, _length - _itemStart);
        }
        top.Remaining--;
        CloseFinished();
    }

    // A container counts as its parent's item once it is full.
    private void CloseFinished()
    {
        while (_open.TryPeek(out var top) && top.Remaining == 0)
        {
            _open.Pop();
            if (_open.TryPeek(out var parent))
                parent.Remaining--;
        }
    }

    private void CheckReset() => _open.Clear();
#else
    private static void CheckItem(bool isText = false) => _ = isText;

    private static void CheckOpened(int count, bool isMap) => _ = (count, isMap);

    private static void CheckWritten()
    {
    }

    private static void CheckReset()
    {
    }
#endif
}
