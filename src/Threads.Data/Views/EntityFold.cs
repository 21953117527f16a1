using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// Folds one event at a time into the tables: last writer wins per path, a delete beats every save, only a later create revives (decision 6). What can't be settled
/// by the clocks alone — a late create or delete, a row that a constraint refuses — is left to <see cref="ConstraintFold"/> by key.
/// </summary>
internal sealed class EntityFold(SqliteDatabase database, EntityStore entities, ClockOrder order, OperationFold operations, ConstraintFold constraints)
{
    private readonly EntityState _state = new();
    private readonly CborWriter _keyWriter = new();
    private readonly List<ColumnSchema?> _winners = [];

    /// <summary>The table can hold the key of the event at hand: <see cref="RowKey.Stands(TableSchema, byte[])"/>.</summary>
    private bool _stands;

    /// <summary>Entities to be folded anew from their events once the record is in.</summary>
    public DeferredEntities Deferred => constraints.Unsettled.Deferred;

    /// <summary>Names turned out to be others'.</summary>
    public void ForgetSchema() => constraints.ForgetSchema();

    public void Watch(ShapeBinding shape) => shape.Watch = constraints.Watch(shape);

    /// <summary>Takes an event whose values are next in the reader, in a payload that is pinned. The reader is left behind the event.</summary>
    public void Apply(ShapeBinding shape, ref CborReader values, Clock clock)
    {
        var table = shape.Table;
        var raw = values;
        var key = ReadKey(table.KeyCount, ref values);
        _stands = RowKey.Stands(table, raw);
        if (shape.Shape.Kind == EventKind.Create && entities.TryCreate(table.Collection, key, clock))
        {
            Insert(shape, raw, key, clock);
        }
        else
        {
            ApplyToKnown(shape, raw, key, clock);
        }

        for (var i = table.KeyCount; i < shape.Columns.Length; i++)
        {
            values.Skip();
        }
    }

    /// <summary>The entity's key: the value itself, or the CBOR of all of a composite one. Valid until the next call.</summary>
    public SqlValue ReadKey(int keyCount, ref CborReader values)
    {
        if (keyCount == 1)
        {
            return SqlValue.Read(ref values).AsKey();
        }

        _keyWriter.Reset();
        _keyWriter.StartArray(keyCount);
        for (var i = 0; i < keyCount; i++)
        {
            SqlValue.Read(ref values).AsKey().Write(_keyWriter);
        }

        return SqlValue.OfBlob(_keyWriter.WrittenSpan);
    }

    private void ApplyToKnown(ShapeBinding shape, CborReader raw, in SqlValue key, Clock clock)
    {
        var collection = shape.Table.Collection;
        if (!entities.TryRead(collection, key, _state))
        {
            // A save or delete of what nobody here has seen created: it waits in the index.
            _state.SetUnseen(clock);
            _state.Delete = shape.Shape.Kind == EventKind.Delete ? clock : Clock.None;
            entities.Add(collection, key, _state);
            return;
        }

        var compared = order.Compare(clock, _state.Newest);
        if (compared == 0)
        {
            return;
        }

        var newest = compared > 0;
        var before = _state.Newest;
        entities.Supersede(collection, key, newest ? before : clock);
        if (newest)
        {
            _state.Newest = clock;
        }

        switch (shape.Shape.Kind)
        {
            case EventKind.Save when _state.IsLive && (newest || order.IsAfter(clock, _state.Create)):
                Save(shape, raw, key, clock, newest);
                break;
            case EventKind.Save when !_state.IsLive || order.IsAfter(_state.Delete, clock):
                break;
            case EventKind.Delete when newest:
                _state.Delete = clock;
                _state.IsLive = false;
                _state.Cells.Clear();
                Write(shape, raw, key);
                break;
            case EventKind.Delete when order.IsAfter(_state.Delete, clock):
                break;
            case EventKind.Create when newest && !_state.IsLive && before == _state.Delete:
                _state.Create = _state.Rank = clock;
                _state.IsLive = true;
                Insert(shape, raw, key, clock);
                break;
            default:
                Deferred.Add(shape.Table, key);
                break;
        }

        entities.Update(collection, key, _state);
    }

    private void Insert(ShapeBinding shape, CborReader raw, in SqlValue key, Clock clock)
    {
        if (!shape.HasOperations)
        {
            Write(shape, raw, key);
            return;
        }

        if (!_stands || !shape.Watch!.Before(raw, key) || operations.Insert(shape, raw, key, clock) != SqliteNative.Ok)
        {
            Deferred.Add(shape.Table, key);
            return;
        }

        shape.Watch!.After(raw, key, all: false);
    }

    /// <summary>Each column of its own: the later clock keeps it.</summary>
    private void Save(ShapeBinding shape, CborReader raw, in SqlValue key, Clock clock, bool newest)
    {
        if (shape.HasOperations)
        {
            if (!_stands || !shape.Watch!.Before(raw, key) || !operations.Save(shape, raw, key, _state, clock, newest))
            {
                Deferred.Add(shape.Table, key);
                return;
            }

            shape.Watch!.After(raw, key, all: false);
            return;
        }

        _winners.Clear();
        var all = true;
        var passesOperations = false;
        for (var i = shape.Table.KeyCount; i < shape.Columns.Length; i++)
        {
            var column = shape.Columns[i];
            if (column is not null && order.IsAfter(clock, _state.CellClock(column.Id)))
            {
                _state.SetCell(column.Id, clock);
                _winners.Add(column);
                passesOperations |= !newest && column.Merge.Operations is not null;
            }
            else
            {
                all &= column is null;
                _winners.Add(null);
            }
        }

        if (passesOperations)
        {
            // What came after this assignment counts upon it.
            Deferred.Add(shape.Table, key);
            return;
        }

        Write(shape, raw, key, all);
    }

    /// <summary>Writes the row, or leaves it to the settlement: it is held back, or SQLite refuses it as it stands.</summary>
    private void Write(ShapeBinding shape, CborReader raw, in SqlValue key, bool all = true)
    {
        var watch = shape.Watch!;
        if (!_stands || !watch.Before(raw, key) || (all ? Write(shape, raw) : WriteWinners(shape, raw)) != SqliteNative.Ok)
        {
            Deferred.Add(shape.Table, key);
            return;
        }

        watch.After(raw, key, all);
    }

    private int Write(ShapeBinding shape, CborReader raw)
    {
        if (shape.Write is not { } write)
        {
            return SqliteNative.Ok;
        }

        var parameter = 1;
        for (var i = 0; i < shape.Columns.Length; i++)
        {
            if (shape.Columns[i] is null)
            {
                raw.Skip();
                continue;
            }

            var value = SqlValue.Read(ref raw);
            (i < shape.Table.KeyCount ? value.AsKey() : value).Bind(write, parameter++, pinned: true);
        }

        return write.TryRun();
    }

    private int WriteWinners(ShapeBinding shape, CborReader raw)
    {
        var table = shape.Table;
        var key = raw;
        for (var i = 0; i < table.KeyCount; i++)
        {
            raw.Skip();
        }

        foreach (var column in _winners)
        {
            if (column is null)
            {
                raw.Skip();
                continue;
            }

            var update = database[$"UPDATE {table.OrAbort}main.{table.Quoted} SET {column.Quoted} = ?{table.KeyCount + 1} WHERE {table.KeyEquals("", i => FormattableString.Invariant($"?{i + 1}"))}"];
            var keys = key;
            for (var i = 0; i < table.KeyCount; i++)
            {
                SqlValue.Read(ref keys).AsKey().Bind(update, i + 1, pinned: true);
            }

            SqlValue.Read(ref raw).Bind(update, table.KeyCount + 1, pinned: true);
            var rc = update.TryRun();
            if (rc != SqliteNative.Ok)
            {
                return rc;
            }
        }

        return SqliteNative.Ok;
    }
}
