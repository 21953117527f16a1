using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Views;

/// <summary>Folds an event that changes many entities alike, as if each of them had an event of its own with the same clock.</summary>
internal sealed class ManyFold(EntityFold fold)
{
    private readonly CborWriter _writer = new();
    private readonly PinnedBuffer _event = new();

    /// <summary>Takes an event whose keys are next in the reader; leaves the reader behind it. <paramref name="shape"/> is that of the change to one entity.</summary>
    public void Apply(ShapeBinding shape, ref CborReader reader, Clock clock)
    {
        var (keyCount, columns) = (shape.Shape.KeyCount, shape.Shape.Columns.Length);
        var keys = new KeyList(ref reader, keyCount);
        var values = reader;
        for (var i = keyCount; i < columns; i++)
        {
            reader.Skip();
        }

        while (keys.MoveNext())
        {
            _writer.Reset();
            _writer.StartArray(columns);
            keys.WriteTo(_writer);
            var rest = values;
            for (var i = keyCount; i < columns; i++)
            {
                _writer.WriteRaw(rest.SkipRaw());
            }

            var item = _event.Take(_writer.Length);
            _writer.WrittenSpan.CopyTo(item);
            var one = new CborReader(item);
            one.ReadArray();
            fold.Apply(shape, ref one, clock);
        }
    }
}
