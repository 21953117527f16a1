using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Data.Events;

/// <summary>Walks a payload's events once when it comes from outside, so that a fold meets no malformed one in the middle of its writes.</summary>
internal static class PayloadCheck
{
    /// <summary>The reader stands at the first event; behind the last one afterwards.</summary>
    /// <exception cref="EventFormatException">An event is none of its shapes', or a value is of a kind no column holds.</exception>
    public static void Events(scoped ref CborReader reader, in PayloadHeader header)
    {
        for (var i = 0; i < header.EventCount; i++)
        {
            var values = reader.ReadArray() - 1;
            var number = values >= 0 ? reader.ReadInt64() : -1;
            PayloadHeader.Expect((ulong)number < (ulong)header.Shapes.Length && header.Shapes[number].Columns.Length == values, "an event of one of its shapes");
            var shape = header.Shapes[number];
            for (var value = 0; value < values; value++)
            {
                if (shape is { Kind: EventKind.Range, Columns.Length: 3 })
                {
                    Range(ref reader, value);
                }
                else if (shape.Kind > EventKind.Delete)
                {
                    reader.Skip();
                }
                else if (SqlValue.Read(ref reader).IsNull)
                {
                    // SQLite would give such a row a key of its own, another one on each peer.
                    PayloadHeader.Expect(value >= shape.KeyCount, "a key: one of its values is NULL");
                }
            }
        }

        reader.EnsureEnd();
    }

    private static void Range(scoped ref CborReader reader, int value)
    {
        if (value > 0)
        {
            reader.ReadInt64();
            return;
        }

        PayloadHeader.Expect(LogId.TryFromBytes(reader.ReadBytes(), out _), "the log that a range is granted to");
    }
}
