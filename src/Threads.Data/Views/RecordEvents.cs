using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Logs;

namespace Threads.Data.Views;

/// <summary>Opens a stored record's payload into a pinned buffer; the bytes live until the next call. False where the key is not here.</summary>
internal delegate bool PayloadOpener(long record, PinnedBuffer buffer, out ReadOnlySpan<byte> payload);

/// <summary>Single events, read back from their records; the record read last stays open, since one transaction's entities are mostly asked for together.</summary>
internal sealed class RecordEvents(PayloadOpener open) : IEventSource
{
    private readonly PinnedBuffer _buffer = new();
    private readonly CborWriter _item = new();
    private readonly PinnedBuffer _itemBuffer = new();
    private readonly ShapeCache _shapes = new();
    private long _record;
    private long _time;
    private int _length;
    private EventShape[] _shapesOfRecord = [];
    private int[] _offsets = [];

    /// <summary>Records may have come or gone under the same key.</summary>
    public void Forget() => _record = 0;

    public bool TryRead(Clock clock, out EventShape shape, out ReadOnlySpan<byte> item)
    {
        if (clock.Record != _record && !Open(clock.Record))
        {
            shape = null!;
            item = default;
            return false;
        }

        item = _buffer.Take(_length)[_offsets[EventShape.IndexOf(clock.Time, _time, _offsets.Length)]..];
        var reader = new CborReader(item);
        reader.ReadArray();
        var number = reader.ReadInt64();
        shape = _shapesOfRecord[number];
        if (shape.IsMany)
        {
            reader.Skip();
            shape = shape.Single;
            item = OfOne(shape, number, ref reader);
        }

        return true;
    }

    /// <summary>The keys of an event that names many entities, as one item; valid as long as what <see cref="TryRead"/> gives.</summary>
    public bool TryReadKeys(Clock clock, out ReadOnlySpan<byte> keys)
    {
        keys = default;
        if (clock.Record != _record && !Open(clock.Record))
        {
            return false;
        }

        var reader = new CborReader(_buffer.Take(_length)[_offsets[EventShape.IndexOf(clock.Time, _time, _offsets.Length)]..]);
        reader.ReadArray();
        if (!_shapesOfRecord[reader.ReadInt64()].IsMany)
        {
            return false;
        }

        keys = reader.SkipRaw();
        return true;
    }

    /// <summary>An event that names many entities as each of them knows it: with NULL for the key, which whoever asks knows.</summary>
    private ReadOnlySpan<byte> OfOne(EventShape shape, long number, scoped ref CborReader reader)
    {
        _item.Reset();
        _item.StartArray(shape.Columns.Length + 1);
        _item.WriteInt64(number);
        for (var i = 0; i < shape.KeyCount; i++)
        {
            _item.WriteNull();
        }

        for (var i = shape.KeyCount; i < shape.Columns.Length; i++)
        {
            _item.WriteRaw(reader.SkipRaw());
        }

        var item = _itemBuffer.Take(_item.Length);
        _item.WrittenSpan.CopyTo(item);
        return item;
    }

    private bool Open(long record)
    {
        _record = 0;
        if (!open(record, _buffer, out var payload))
        {
            return false;
        }

        var reader = new CborReader(payload);
        var header = PayloadHeader.Read(ref reader, _shapes);
        _offsets = new int[header.EventCount];
        for (var i = 0; i < _offsets.Length; i++)
        {
            _offsets[i] = reader.Position;
            reader.Skip();
        }

        (_record, _time, _length, _shapesOfRecord) = (record, header.Time, payload.Length, header.Shapes);
        return true;
    }
}
