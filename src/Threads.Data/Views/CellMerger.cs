using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Merging;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>A cell on its way through the events of its entity, oldest first.</summary>
internal sealed class FoldedCell(Clock created)
{
    /// <summary>The value as CBOR; with operations only once <see cref="CellMerger.Finish"/> was called.</summary>
    public byte[] Raw { get; set; } = [];

    /// <summary>The newest assignment; a create counts as one.</summary>
    public Clock Assigned { get; set; } = created;

    /// <summary>The cell while operations come; null: none since the assignment.</summary>
    public MergeCell? Merged { get; set; }

    public ICellOperation? Last { get; set; }
}

/// <summary>Assignments and operations on one cell in total order, with the values that the table would have shown in between.</summary>
internal sealed class CellMerger(SqliteDatabase database, CellStates states, MergeStore? merges)
{
    private readonly CellValues _values = new(database);
    private readonly CborWriter _writer = new();

    public void Step(FoldedCell cell, ColumnSchema column, EventShape shape, int place, ReadOnlySpan<byte> raw, Clock clock, bool revives)
    {
        if (shape.Operation(place) is not { } name)
        {
            cell.Raw = raw.ToArray();
            cell.Assigned = clock;
            cell.Merged = null;
            cell.Last = null;
            return;
        }

        if (shape.Kind == EventKind.Create)
        {
            cell.Assigned = clock;
        }

        if (revives)
        {
            // What was done to a row that was not there counts no more.
            cell.Raw = [];
            cell.Merged = null;
            cell.Last = null;
        }

        if (MergeKinds.Operation(name) is { } operation)
        {
            var merged = cell.Merged ??= Begin(cell, column, shape.Kind == EventKind.Create);
            if (cell.Last is { } last && last != operation)
            {
                merged.Assigned = new MergeStamp(cell.Assigned.Time, cell.Assigned.Record);
                last.Finish(merged);
                merged.Live = null;
                merged.State = null;
            }

            cell.Last = operation;
            MergeKinds.Apply(operation, merged, raw, new MergeStamp(clock.Time, clock.Record), MergeMode.Whole);
            if (merged.Live is null)
            {
                _values.Coerce(merged, column.Affinity);
            }
        }
    }

    /// <summary>The value of a cell to which nothing more will be applied, as CBOR; nothing is kept.</summary>
    public byte[] Show(FoldedCell cell)
    {
        if (cell is not { Merged: { } merged, Last: { } last })
        {
            return cell.Raw;
        }

        merged.Assigned = new MergeStamp(cell.Assigned.Time, cell.Assigned.Record);
        last.Finish(merged);
        _writer.Reset();
        merged.Value.Write(_writer);
        return _writer.ToArray();
    }

    /// <summary>Makes the value of what was applied, and keeps what the kind keeps.</summary>
    public void Finish(FoldedCell cell, TableSchema table, in SqlValue key, ColumnSchema column)
    {
        if (cell is not { Merged: { } merged, Last: { } last })
        {
            return;
        }

        merged.Assigned = new MergeStamp(cell.Assigned.Time, cell.Assigned.Record);
        last.Finish(merged);
        merges?.NoteMissing(table.Collection, column.Id, merged);
        _writer.Reset();
        merged.Value.Write(_writer);
        cell.Raw = _writer.ToArray();
        if (last.KeepsState && merged.State is { } state)
        {
            states.Save(table.Collection, key, column.Id, cell.Assigned.Time, cell.Assigned.Record, state);
        }
    }

    private MergeCell Begin(FoldedCell cell, ColumnSchema column, bool isCreate)
    {
        var merged = new MergeCell();
        if (cell.Raw.Length > 0)
        {
            var reader = new CborReader(cell.Raw);
            merged.Reset(SqlValue.Read(ref reader));
            _values.Coerce(merged, column.Affinity);
        }
        else if (!isCreate)
        {
            // The row was made without a word about this column, and shows its default.
            _values.Default(merged, column.Affinity, column.Default);
        }

        return merged;
    }
}
