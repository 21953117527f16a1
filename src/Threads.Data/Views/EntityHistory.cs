using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Views;

/// <summary>One write of one column, or of a whole row where it is a delete or a row of nothing but its key.</summary>
internal sealed class CellWrite
{
    public required Clock Clock { get; init; }

    public required EventKind Kind { get; init; }

    /// <summary>As the table has it now; as events name it where the table lacks it.</summary>
    public string? Column { get; init; }

    /// <summary>The operation, where the value was not assigned.</summary>
    public string? Operation { get; init; }

    /// <summary>What stood there at this place of the total order, as CBOR; null: nothing.</summary>
    public byte[]? Old { get; init; }

    /// <summary>What stood there afterwards.</summary>
    public byte[]? New { get; init; }

    /// <summary>What the table shows, or that the row is gone, comes from this write.</summary>
    public bool Won { get; set; }
}

/// <summary>Every write of an entity in total order, by the index entity → events alone; late ones stand where they belong.</summary>
internal sealed class EntityHistory(EntityStore entities, ClockOrder order, IEventSource source, CellMerger merger)
{
    private readonly List<CellWrite> _writes = [];
    private readonly Dictionary<string, Cell> _cells = new(StringComparer.Ordinal);
    private CellWrite? _row;
    private bool _isLive;
    private Clock _create;

    public IReadOnlyList<CellWrite> Of(TableSchema table, in SqlValue key)
    {
        var events = entities.Events(table.Collection, key);
        events.Sort(order);
        _writes.Clear();
        _cells.Clear();
        (_row, _isLive, _create) = (null, false, Clock.None);
        foreach (var clock in events)
        {
            if (source.TryRead(clock, out var shape, out var item) && shape.KeyCount == table.KeyCount)
            {
                Step(table, shape, item, clock);
            }
        }

        foreach (var write in _isLive ? _cells.Values.SelectMany(c => c.Standing) : [])
        {
            write.Won = true;
        }

        _row?.Won = true;
        return _writes.ToArray();
    }

    private void Step(TableSchema table, EventShape shape, ReadOnlySpan<byte> item, Clock clock)
    {
        if (shape.Kind == EventKind.Delete)
        {
            _writes.Add(_row = new CellWrite { Clock = clock, Kind = EventKind.Delete });
            _cells.Clear();
            _isLive = false;
            return;
        }

        var revives = shape.Kind == EventKind.Create && !_isLive;
        if (shape.Kind == EventKind.Create)
        {
            (_row, _isLive, _create) = (null, true, clock);
        }

        var reader = new CborReader(item);
        reader.ReadArray();
        reader.ReadInt64();
        var named = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < shape.Columns.Length; i++)
        {
            var raw = reader.SkipRaw();
            var column = i < shape.KeyCount ? null : table.FindCanonical(shape.Columns[i]);
            if (i >= shape.KeyCount && column is not { IsKey: true } && named.Add(column?.Name ?? shape.Columns[i]))
            {
                Write(column, shape, i, raw, clock, revives);
            }
        }

        if (named.Count == 0 && shape.Kind == EventKind.Create)
        {
            _writes.Add(_row = new CellWrite { Clock = clock, Kind = EventKind.Create });
        }
    }

    private void Write(ColumnSchema? column, EventShape shape, int place, ReadOnlySpan<byte> raw, Clock clock, bool revives)
    {
        var name = column?.Name ?? shape.Columns[place];
        if (!_cells.TryGetValue(name, out var cell))
        {
            _cells.Add(name, cell = new Cell(new FoldedCell(_create)));
        }

        var operation = shape.Operation(place);
        var old = revives ? null : cell.Shown;
        if (column is not null)
        {
            merger.Step(cell.Folded, column, shape, place, raw, clock, revives);
            cell.Shown = merger.Show(cell.Folded);
        }
        else
        {
            // Of a column that this table lacks an operation's arguments are all there is to show.
            cell.Shown = raw.ToArray();
        }

        var write = new CellWrite { Clock = clock, Kind = shape.Kind, Column = name, Operation = operation, Old = old, New = cell.Shown };
        if (operation is null || revives)
        {
            cell.Standing.Clear();
        }

        cell.Standing.Add(write);
        _writes.Add(write);
    }

    private sealed class Cell(FoldedCell folded)
    {
        public FoldedCell Folded { get; } = folded;

        public byte[]? Shown { get; set; }

        /// <summary>The newest assignment and what was done upon it.</summary>
        public List<CellWrite> Standing { get; } = [];
    }
}
