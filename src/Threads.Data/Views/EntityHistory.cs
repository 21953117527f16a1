using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Views;

/// <summary>One write of one column, or of a whole row where it is a delete, a release, or a row of nothing but its key.</summary>
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
    public byte[]? New { get; set; }

    /// <summary>What the table shows, or that the row is gone, comes from this write.</summary>
    public bool Won { get; set; }
}

/// <summary>Every write of an entity in total order, by the index entity → events alone; late ones stand where they belong.</summary>
internal sealed class EntityHistory(EntityStore entities, ClockOrder order, IEventSource source, CellMerger merger)
{
    /// <summary>Of a cell that is edited and edited what came in between is not shown any more: each time costs what the whole of it does.</summary>
    private const int MostShown = 200;

    private readonly List<CellWrite> _writes = [];
    private readonly Dictionary<string, Cell> _cells = new(StringComparer.Ordinal);
    private CellWrite? _row;
    private CellWrite? _release;
    private bool _isLive;
    private Clock _create;

    public IReadOnlyList<CellWrite> Of(TableSchema table, in SqlValue key)
    {
        var events = entities.Events(table.Collection, key);
        events.Sort(order);
        _writes.Clear();
        _cells.Clear();
        (_row, _release, _isLive, _create) = (null, null, false, Clock.None);
        foreach (var clock in events)
        {
            if (source.TryRead(clock, out var shape, out var item) && shape.KeyCount == table.KeyCount)
            {
                Take(table, shape, item, clock);
            }
        }

        foreach (var cell in _cells.Values.Where(c => c.Steps.Count > MostShown && c.Steps[^1].Column is not null))
        {
            cell.Standing[^1].New = Show(cell);
        }

        foreach (var write in _isLive ? _cells.Values.SelectMany(c => c.Standing) : [])
        {
            write.Won = true;
        }

        _row?.Won = true;
        if (_isLive)
        {
            _release?.Won = true;
        }

        return _writes.ToArray();
    }

    private void Take(TableSchema table, EventShape shape, ReadOnlySpan<byte> item, Clock clock)
    {
        if (shape.Kind == EventKind.Delete)
        {
            _writes.Add(_row = new CellWrite { Clock = clock, Kind = EventKind.Delete });
            _cells.Clear();
            _isLive = false;
            _release = null;
            return;
        }

        if (shape.Kind == EventKind.Release)
        {
            _writes.Add(_release = new CellWrite { Clock = clock, Kind = EventKind.Release });
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
            _cells.Add(name, cell = new Cell());
        }

        var operation = shape.Operation(place);
        var old = revives ? null : cell.Shown;
        if (operation is null || revives)
        {
            cell.Steps.Clear();
            cell.Standing.Clear();
        }

        cell.Steps.Add(new Step(column, shape, place, raw.ToArray(), clock, _create, revives));
        cell.Shown = operation is null || column is null ? raw.ToArray() : cell.Steps.Count <= MostShown ? Show(cell) : null;
        var write = new CellWrite { Clock = clock, Kind = shape.Kind, Column = name, Operation = operation, Old = old, New = cell.Shown };
        cell.Standing.Add(write);
        _writes.Add(write);
    }

    /// <summary>What the cell is by now; kinds replay what was done upon an assignment as a whole.</summary>
    private byte[] Show(Cell cell)
    {
        var folded = new FoldedCell(cell.Steps[0].Create);
        foreach (var step in cell.Steps)
        {
            merger.Step(folded, step.Column!, step.Shape, step.Place, step.Raw, step.Clock, step.Revives);
        }

        return merger.Show(folded);
    }

    private sealed record Step(ColumnSchema? Column, EventShape Shape, int Place, byte[] Raw, Clock Clock, Clock Create, bool Revives);

    private sealed class Cell
    {
        public byte[]? Shown { get; set; }

        /// <summary>The newest assignment and what was done upon it.</summary>
        public List<Step> Steps { get; } = [];

        public List<CellWrite> Standing { get; } = [];
    }
}
