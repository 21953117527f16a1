using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Pipeline;
using Threads.Data.Views;

namespace Threads.Simulation.Model;

/// <summary>Reads what a peer has stored, as events; each record is read once for all peers.</summary>
internal sealed class RecordDecoder
{
    private readonly Dictionary<string, DecodedRecord> _read = new(StringComparer.Ordinal);
    private readonly ShapeCache _shapes = new();
    private readonly PinnedBuffer _buffer = new();

    private const EventKind ReleaseKind = (EventKind)5;

    /// <summary>The records that a peer's tables are of: those it has and holds for due.</summary>
    public List<DecodedRecord> Folded(SimPeer peer)
    {
        var core = peer.Core;
        core.Logs.Forget();
        var records = new List<DecodedRecord>();
        foreach (var log in core.Logs.All())
        {
            for (var position = log.Fork ?? 1; position <= Math.Min(log.Head, log.Folded); position++)
            {
                records.Add(Read(core, log, position));
            }
        }

        return records;
    }

    /// <summary>What leads to what, of all that a peer has stored: each record's log and place, and which one it follows.</summary>
    public static Dictionary<string, StoredRecord> Stored(SimPeer peer)
    {
        var core = peer.Core;
        core.Logs.Forget();
        var stored = new Dictionary<string, StoredRecord>(StringComparer.Ordinal);
        foreach (var log in core.Logs.All())
        {
            string? previous = log.Parent is { } parent && log.Fork > 1 ? CidOf(core, parent, log.Fork.Value - 1) : null;
            for (var position = log.Fork ?? 1; position <= log.Head; position++)
            {
                var cid = CidOf(core, log.Id, position);
                stored.Add(cid, new StoredRecord(Convert.ToHexStringLower(log.PublicKey), position, previous));
                previous = cid;
            }
        }

        return stored;
    }

    private static string CidOf(ThreadCore core, long log, long position) => Convert.ToHexStringLower(core.Records.CidOf(RecordId.Of(log, position))!.Value.Digest);

    private DecodedRecord Read(ThreadCore core, LogEntry log, long position)
    {
        var id = RecordId.Of(log.Id, position);
        var cid = Convert.ToHexStringLower(core.Records.CidOf(id)!.Value.Digest);
        if (_read.TryGetValue(cid, out var known))
        {
            return known;
        }

        if (!core.OpenPayload(id, _buffer, out var payload))
        {
            throw new CheckFailedException("stored record", $"record {position} of log {log.Id} can't be read");
        }

        var record = Decode(payload, Convert.ToHexStringLower(log.PublicKey), cid, core.Logs.AuthorOf(log.Id)?.ToString() ?? "");
        core.Records.Release();
        _read.Add(cid, record);
        return record;
    }

    private DecodedRecord Decode(ReadOnlySpan<byte> payload, string log, string cid, string author)
    {
        var reader = new CborReader(payload);
        var header = PayloadHeader.Read(ref reader, _shapes);
        var events = new List<DecodedEvent>();
        var (lists, chains) = (new List<(int, byte[])>(), new List<byte[]>());
        for (var i = 0; i < header.EventCount; i++)
        {
            var items = reader.ReadArray() - 1;
            var shape = header.Shapes[reader.ReadInt64()];
            var clock = new EventClock(header.Time + i, log, header.Position, cid, i);
            if (shape.Kind is EventKind.Create or EventKind.Save or EventKind.Delete or ReleaseKind)
            {
                var key = Values(ref reader, shape.KeyCount);
                Add(events, clock, shape, shape.Kind, key, Cells(ref reader, shape));
            }
            else if (shape.Kind is EventKind.SaveMany or EventKind.DeleteMany)
            {
                var keys = Keys(ref reader, shape.KeyCount);
                var values = Cells(ref reader, shape);
                foreach (var key in keys)
                {
                    Add(events, clock, shape, shape.Kind == EventKind.SaveMany ? EventKind.Save : EventKind.Delete, key, values);
                }
            }
            else if (shape is { Kind: EventKind.Access, Columns.Length: 1 })
            {
                lists.Add((i, reader.ReadBytes().ToArray()));
            }
            else if (shape is { Kind: EventKind.Capability, Columns.Length: 1 })
            {
                chains.Add(reader.ReadBytes().ToArray());
            }
            else
            {
                for (; items > 0; items--)
                {
                    reader.Skip();
                }
            }
        }

        return new DecodedRecord(cid, log, header.LogId.ToArray(), author, header.Position, header.Time, header.EventCount, events, lists, chains);
    }

    private static void Add(List<DecodedEvent> events, EventClock clock, EventShape shape, EventKind kind, Value[] key, DecodedCell[] cells)
        => events.Add(new DecodedEvent(clock, kind, shape.Collection, Array.ConvertAll(key, k => k.AsKey()), shape.Columns[..shape.KeyCount], cells));

    private static DecodedCell[] Cells(ref CborReader reader, EventShape shape)
    {
        var cells = new DecodedCell[shape.Columns.Length - shape.KeyCount];
        for (var i = 0; i < cells.Length; i++)
        {
            var place = shape.KeyCount + i;
            if (shape.Operation(place) is { } operation)
            {
                var raw = reader.SkipRaw().ToArray();
                cells[i] = new DecodedCell(shape.Columns[place], Argument(raw), operation, raw);
            }
            else
            {
                cells[i] = new DecodedCell(shape.Columns[place], Value.Of(SqlValue.Read(ref reader)), null, []);
            }
        }

        return cells;
    }

    private static Value Argument(byte[] raw)
    {
        var reader = new CborReader(raw);
        return reader.Peek() is CborKind.Array or CborKind.Map or CborKind.Boolean or CborKind.Link ? Value.Null : Value.Of(SqlValue.Read(ref reader));
    }

    private static Value[] Values(ref CborReader reader, int count)
    {
        var values = new Value[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = Value.Of(SqlValue.Read(ref reader));
        }

        return values;
    }

    private static List<Value[]> Keys(ref CborReader reader, int keyCount)
    {
        var list = new KeyList(ref reader, keyCount);
        var keys = new List<Value[]>();
        using var writer = new CborWriter();
        while (list.MoveNext())
        {
            writer.Reset();
            writer.StartArray(keyCount);
            list.WriteTo(writer);
            var one = new CborReader(writer.WrittenSpan);
            one.ReadArray();
            keys.Add(Values(ref one, keyCount));
        }

        return keys;
    }
}
