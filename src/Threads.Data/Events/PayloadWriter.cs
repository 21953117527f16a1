using Threads.Data.Ipld;

namespace Threads.Data.Events;

/// <summary>
/// Writes the default payload: [version, log id, position, time, [shape …], [event …]], a shape being [kind, collection, key count, [column …]] and an event
/// [shape, value …]; a column whose values are operations is [column, operation], a shape of seed data has its version behind the columns. It begins with log, position and time so that it can't be replayed elsewhere (decision 11). Event i has the time of the payload plus i.
/// </summary>
internal sealed class PayloadWriter : IDisposable
{
    public const int Version = 1;

    private readonly CborWriter _events = new();
    private readonly CborWriter _payload = new();
    private readonly List<EventShape> _shapes = [];

    /// <summary>Events so far.</summary>
    public int Count { get; private set; }

    public void Begin()
    {
        _events.Reset();
        _payload.Reset();
        _shapes.Clear();
        Count = 0;
    }

    /// <summary>Where the payload stands between two events; <see cref="Truncate"/> goes back there.</summary>
    public (int Count, int Shapes, int Length) Mark => (Count, _shapes.Count, _events.Length);

    public void Truncate((int Count, int Shapes, int Length) mark)
    {
        _events.Truncate(mark.Length);
        _shapes.RemoveRange(mark.Shapes, _shapes.Count - mark.Shapes);
        Count = mark.Count;
    }

    /// <summary>Registers a shape; the number is what <see cref="StartEvent"/> takes.</summary>
    public int Add(EventShape shape)
    {
        _shapes.Add(shape);
        return _shapes.Count - 1;
    }

    /// <summary>Begins an event; its values follow, keys first, through <see cref="Values"/>.</summary>
    public void StartEvent(int shape, int valueCount)
    {
        _events.StartArray(valueCount + 1);
        _events.WriteInt64(shape);
        Count++;
    }

    public CborWriter Values => _events;

    /// <summary>The whole payload; valid until the next <see cref="Begin"/>.</summary>
    public ReadOnlySpan<byte> Finish(ReadOnlySpan<byte> logId, long position, long time)
    {
        _payload.StartArray(6);
        _payload.WriteInt64(Version);
        _payload.WriteBytes(logId);
        _payload.WriteInt64(position);
        _payload.WriteInt64(time);
        _payload.StartArray(_shapes.Count);
        foreach (var shape in _shapes)
        {
            _payload.StartArray(shape.Seed is null ? 4 : 5);
            _payload.WriteInt64((long)shape.Kind);
            _payload.WriteText(shape.Collection);
            _payload.WriteInt64(shape.KeyCount);
            _payload.StartArray(shape.Columns.Length);
            for (var i = 0; i < shape.Columns.Length; i++)
            {
                if (shape.Operation(i) is { } operation)
                {
                    _payload.StartArray(2);
                    _payload.WriteText(shape.Columns[i]);
                    _payload.WriteText(operation);
                    continue;
                }

                _payload.WriteText(shape.Columns[i]);
            }

            if (shape.Seed is { } seed)
            {
                _payload.WriteInt64(seed);
            }
        }

        _payload.StartArray(Count);
        _payload.WriteRaw(_events.WrittenSpan);
        return _payload.WrittenSpan;
    }

    public void Dispose()
    {
        _events.Dispose();
        _payload.Dispose();
    }
}
