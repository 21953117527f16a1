using Threads.Data.Ipld;

namespace Threads.Data.Events;

/// <summary>Where a payload belongs, and its shapes; the events follow in the reader. See <see cref="PayloadWriter"/> for the layout.</summary>
internal readonly ref struct PayloadHeader
{
    /// <summary>Events in one payload; a record with more is refused (I7).</summary>
    public const int MaxEvents = 16_777_216;

    private const int MaxShapes = 65_536;
    private const int MaxColumns = 4_096;
    private const int MaxOperationName = 32;

    public ReadOnlySpan<byte> LogId { get; private init; }

    public long Position { get; private init; }

    public long Time { get; private init; }

    public EventShape[] Shapes { get; private init; }

    public int EventCount { get; private init; }

    /// <summary>Reads up to the first event.</summary>
    public static PayloadHeader Read(scoped ref CborReader reader, ShapeCache shapes)
    {
        Expect(reader.ReadArray() == 6, "six parts");
        Expect(reader.ReadInt64() == PayloadWriter.Version, "payload version 1");
        var logId = reader.ReadBytes();
        var position = reader.ReadInt64();
        var time = reader.ReadInt64();
        Expect(position > 0, "a position from 1 on");
        Expect(time >= 0, "a time from 1970 on");
        var shapeCount = reader.ReadArray();
        Expect(shapeCount <= MaxShapes, "at most 65,536 shapes");
        var read = new EventShape[shapeCount];
        for (var i = 0; i < shapeCount; i++)
        {
            var from = reader.Position;
            var raw = reader.SkipRaw();
            read[i] = shapes.Get(raw, from);
        }

        var events = reader.ReadArray();
        Expect(events is > 0 and <= MaxEvents, "at least one event and at most 16,777,216");
        Expect(time <= long.MaxValue - events, "a time before April 2262");
        return new PayloadHeader { LogId = logId, Position = position, Time = time, Shapes = read, EventCount = events };
    }

    internal static EventShape ReadShape(ReadOnlySpan<byte> raw)
    {
        var reader = new CborReader(raw);
        var parts = reader.ReadArray();
        Expect(parts is 4 or 5, "a shape of four parts, or five");
        var kind = reader.ReadInt64();
        Expect(kind is >= 0 and <= int.MaxValue, "a kind of event");
        var collection = reader.ReadText();
        var keys = reader.ReadInt64();
        var columns = reader.ReadArray();
        Expect(columns <= MaxColumns && keys >= 0 && keys <= columns, "at most 4,096 columns, keys among them");
        var names = new string[columns];
        string?[]? operations = null;
        for (var i = 0; i < columns; i++)
        {
            if (reader.Peek() == CborKind.Array)
            {
                Expect(i >= keys && kind is (int)EventKind.Create or (int)EventKind.Save or (int)EventKind.SaveMany && reader.ReadArray() == 2, "a column and its operation, in a create or save and behind the keys");
                names[i] = reader.ReadText();
                (operations ??= new string?[columns])[i] = reader.ReadText();
                Expect(operations[i]!.Length is > 0 and <= MaxOperationName, "an operation's name of 1 to 32 characters");
                continue;
            }

            names[i] = reader.ReadText();
        }

        Expect(keys > 0 || kind is not ((int)EventKind.SaveMany or (int)EventKind.DeleteMany), "a key that many entities are named by");
        Expect(names.Distinct(StringComparer.Ordinal).Count() == names.Length, "a shape that names each column once");
        long? seed = parts == 5 ? reader.ReadInt64() : null;
        Expect(seed is null or (>= 0 and < EventShape.EndOfSeeds) && (seed is null || kind <= (long)EventKind.DeleteMany), "a version of seed data below 2^34");
        return new EventShape((EventKind)kind, collection, (int)keys, names, operations, seed);
    }

    internal static void Expect(bool holds, string what)
    {
        if (!holds)
        {
            throw new EventFormatException($"the payload lacks {what}");
        }
    }
}
