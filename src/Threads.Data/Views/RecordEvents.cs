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

        var payload = _buffer.Take(_length);
        var reader = new CborReader(payload[_offsets[clock.Time - _time]..]);
        reader.ReadArray();
        shape = _shapesOfRecord[reader.ReadInt64()];
        item = payload[_offsets[clock.Time - _time]..];
        return true;
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
