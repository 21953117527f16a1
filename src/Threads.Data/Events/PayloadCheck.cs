using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Data.Events;

/// <summary>Walks a payload's events once when it comes from outside, so that a fold meets no malformed one in the middle of its writes.</summary>
internal static class PayloadCheck
{
    private const int MaxName = 4_096;

    /// <summary>The reader stands at the first event; behind the last one afterwards.</summary>
    /// <exception cref="EventFormatException">An event is none of its shapes', or a value is of a kind no column holds.</exception>
    public static void Events(scoped ref CborReader reader, in PayloadHeader header)
    {
        var keys = 0;
        for (var i = 0; i < header.EventCount; i++)
        {
            var values = reader.ReadArray() - 1;
            var number = values >= 0 ? reader.ReadInt64() : -1;
            PayloadHeader.Expect((ulong)number < (ulong)header.Shapes.Length && header.Shapes[number].ItemCount == values, "an event of one of its shapes");
            var shape = header.Shapes[number];
            if (shape.IsMany)
            {
                keys += Many(ref reader, shape);
                PayloadHeader.Expect(keys <= PayloadHeader.MaxEvents, "at most 16,777,216 keys");
                continue;
            }

            for (var value = 0; value < values; value++)
            {
                if (shape is { Kind: EventKind.Range, Columns.Length: 3 })
                {
                    Range(ref reader, value);
                }
                else if (shape is { Kind: EventKind.Alias, Columns.Length: 4 })
                {
                    Alias(ref reader, value);
                }
                else if (shape is { Kind: EventKind.Access or EventKind.Capability or EventKind.Join, Columns.Length: 1 })
                {
                    reader.ReadBytes();
                }
                else if (shape.Kind is > EventKind.Delete and not EventKind.Release || shape.Operation(value) is not null)
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

    /// <summary>Looks at the keys, one by one, and at what they get. Returns how many there are.</summary>
    private static int Many(scoped ref CborReader reader, EventShape shape)
    {
        var list = new KeyList(ref reader, shape.KeyCount);
        var start = reader.Position;
        for (var i = shape.KeyCount; i < shape.Columns.Length; i++)
        {
            if (shape.Operation(i) is not null)
            {
                reader.Skip();
            }
            else
            {
                SqlValue.Read(ref reader);
            }
        }

        PayloadHeader.Expect(reader.Position - start <= KeyList.MaxValueBytes, "new values of at most 4,096 bytes for many keys");
        return Keys(list, shape.KeyCount);
    }

    private static int Keys(KeyList list, int keyCount)
    {
        using var key = new CborWriter();
        var count = 0;
        for (; list.MoveNext(); count++)
        {
            key.Reset();
            key.StartArray(keyCount);
            list.WriteTo(key);
            var values = new CborReader(key.WrittenSpan);
            values.ReadArray();
            for (var i = 0; i < keyCount; i++)
            {
                PayloadHeader.Expect(!SqlValue.Read(ref values).IsNull, "a key: one of its values is NULL");
            }
        }

        return count;
    }

    private static void Alias(scoped ref CborReader reader, int value)
    {
        if (value == 3)
        {
            reader.ReadInt64();
            return;
        }

        PayloadHeader.Expect(reader.ReadTextUtf8().Length is var length && length <= MaxName && (length > 0 || value == 1), "the names of an alias");
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
