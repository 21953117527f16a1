using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Merging;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// Folds one event that holds operations into its row: reads the cells, applies, writes. What needs operations in order that is not the order they came in is left to
/// <see cref="EntityRefold"/>.
/// </summary>
internal sealed class OperationFold(SqliteDatabase database, CellStates states, ClockOrder order, MergeStore merges, TextCatchUp texts)
{
    private readonly List<MergeCell> _cells = [];
    private readonly List<ColumnSchema> _winners = [];
    private readonly List<(int Winner, ICellOperation Operation, Clock Assigned)> _operated = [];

    /// <summary>Makes the row of an entity that was not there; the operations find nothing.</summary>
    public int Insert(ShapeBinding shape, CborReader raw, in SqlValue key, Clock clock)
    {
        if (shape.Write is not { } write)
        {
            return SqliteNative.Ok;
        }

        var parameter = 1;
        for (var i = 0; i < shape.Columns.Length; i++)
        {
            if (shape.Columns[i] is not { } column)
            {
                raw.Skip();
            }
            else if (shape.Operations[i] is { } operation)
            {
                var cell = Cell(0);
                cell.Reset(SqlValue.Null);
                cell.Assigned = new MergeStamp(clock.Time, clock.Record);
                Apply(operation, cell, raw.SkipRaw(), clock, MergeMode.Whole);
                cell.Value.Bind(write, parameter++, pinned: false);
                Keep(shape.Table, key, column, operation, cell, clock);
            }
            else
            {
                var value = SqlValue.Read(ref raw);
                (i < shape.Table.KeyCount ? value.AsKey() : value).Bind(write, parameter++, pinned: true);
            }
        }

        return write.TryRun();
    }

    /// <summary>Applies a save to a live entity, whose state takes in the assignments. False: the entity is to be folded anew.</summary>
    public bool Save(ShapeBinding shape, CborReader raw, in SqlValue key, EntityState state, Clock clock, bool newest)
    {
        var table = shape.Table;
        var keys = raw;
        var row = shape.Read;
        if (row is not null && !Find(row, table, keys))
        {
            // Held back: what it would show is not in the table.
            return false;
        }

        _winners.Clear();
        _operated.Clear();
        try
        {
            var read = 0;
            for (var i = 0; i < shape.Columns.Length; i++)
            {
                var operation = shape.Operations[i];
                if (i < table.KeyCount || shape.Columns[i] is not { } column)
                {
                    raw.Skip();
                    continue;
                }

                var place = operation is null ? -1 : read++;
                var assigned = state.CellClock(column.Id);
                if (!newest && !order.IsAfter(clock, assigned))
                {
                    raw.Skip();
                    continue;
                }

                if (!newest && (operation is null ? column.Merge.Operations is not null : operation is not TextEdit && !column.Merge.MayComeLate(operation)))
                {
                    return false;
                }

                var cell = Cell(_winners.Count);
                if (operation is null)
                {
                    cell.Reset(SqlValue.Read(ref raw));
                    state.SetCell(column.Id, clock);
                }
                else
                {
                    cell.Reset(SqlValue.Column(row!, place));
                    cell.Assigned = new MergeStamp(assigned.Time, assigned.Record);
                    cell.State = operation.KeepsState ? states.Load(table.Collection, key, column.Id, assigned.Time, assigned.Record) : null;
                    var arguments = raw.SkipRaw();
                    if (!Apply(operation, cell, arguments, clock, newest ? MergeMode.Newest : MergeMode.Late)
                        && !(operation is TextEdit && texts.TryApply(table, column, key, cell, arguments, clock)))
                    {
                        return false;
                    }

                    _operated.Add((_winners.Count, operation, assigned));
                }

                _winners.Add(column);
            }
        }
        finally
        {
            row?.Reset();
        }

        if (!Write(shape, keys))
        {
            return false;
        }

        // What a cell keeps says what its row shows: where the row was not written, it stays as it was too.
        foreach (var (winner, operation, assigned) in _operated)
        {
            Keep(table, key, _winners[winner], operation, _cells[winner], assigned);
        }

        return true;
    }

    private static bool Find(SqliteStatement row, TableSchema table, CborReader keys)
    {
        for (var i = 1; i <= table.KeyCount; i++)
        {
            SqlValue.Read(ref keys).AsKey().Bind(row, i, pinned: true);
        }

        return row.Step();
    }

    /// <summary>Writes the winners; a row that is not there any more, or that a constraint refuses, is folded anew.</summary>
    private bool Write(ShapeBinding shape, CborReader keys)
    {
        if (_winners.Count == 0)
        {
            return true;
        }

        var table = shape.Table;
        var update = _winners.Count == shape.KnownCount ? shape.Write! : database[
            $"UPDATE {table.OrAbort}main.{table.Quoted} SET {string.Join(", ", _winners.Select((c, i) => FormattableString.Invariant($"{c.Quoted} = ?{table.KeyCount + i + 1}")))} WHERE {table.KeyEquals("", i => FormattableString.Invariant($"?{i + 1}"))}"];
        for (var i = 1; i <= table.KeyCount; i++)
        {
            SqlValue.Read(ref keys).AsKey().Bind(update, i, pinned: true);
        }

        for (var i = 0; i < _winners.Count; i++)
        {
            _cells[i].Value.Bind(update, table.KeyCount + i + 1, pinned: false);
        }

        return update.TryRun() == SqliteNative.Ok;
    }

    private static bool Apply(ICellOperation operation, MergeCell cell, ReadOnlySpan<byte> arguments, Clock clock, MergeMode mode)
    {
        if (!MergeKinds.Apply(operation, cell, arguments, new MergeStamp(clock.Time, clock.Record), mode))
        {
            return false;
        }

        operation.Finish(cell);
        return true;
    }

    private void Keep(TableSchema table, in SqlValue key, ColumnSchema column, ICellOperation operation, MergeCell cell, Clock assigned)
    {
        merges.NoteMissing(table.Collection, column.Id, cell);
        if (operation.KeepsState && cell.State is { } state)
        {
            states.Save(table.Collection, key, column.Id, assigned.Time, assigned.Record, state);
        }
    }

    private MergeCell Cell(int index)
    {
        while (_cells.Count <= index)
        {
            _cells.Add(new MergeCell());
        }

        return _cells[index];
    }
}
