namespace Threads.Data.Events;

/// <summary>
/// Shapes by their bytes: a log repeats a handful of them in every record, and whoever binds a shape to a table does it once. Bounded: beyond the limit shapes
/// are read anew.
/// </summary>
internal sealed class ShapeCache
{
    private const int MaxShapes = 4_096;
    private readonly Dictionary<byte[], EventShape> _shapes = new(ByteComparer.Instance);
    private readonly Dictionary<byte[], EventShape>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;

    public ShapeCache() => _bySpan = _shapes.GetAlternateLookup<ReadOnlySpan<byte>>();

    public EventShape Get(ReadOnlySpan<byte> raw, int offset)
    {
        if (_bySpan.TryGetValue(raw, out var shape))
        {
            return shape;
        }

        try
        {
            shape = PayloadHeader.ReadShape(raw);
        }
        catch (EventFormatException e)
        {
            throw new EventFormatException($"{e.Message} (shape at offset {offset})");
        }

        if (_shapes.Count < MaxShapes)
        {
            _shapes.Add(raw.ToArray(), shape);
        }

        return shape;
    }
}
