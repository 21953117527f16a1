using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>Reads an event back from its record; the values are valid until the next call.</summary>
internal interface IEventSource
{
    /// <summary>The shape, and the event from its array head on, in a pinned payload; false where the body can't be read.</summary>
    bool TryRead(Clock clock, out EventShape shape, out ReadOnlySpan<byte> item);
}

/// <summary>
/// Folds single entities from all events that ever named them, oldest first: the meaning of decision 6 itself, which <see cref="EntityFold"/> only abbreviates.
/// What its constraints say of the row is for <see cref="ConstraintFold"/>.
/// </summary>
internal sealed class EntityRefold(SqliteDatabase database, EntityStore entities, ClockOrder order, IEventSource source, CellMerger merger)
{
    private readonly EntityState _state = new();

    /// <summary>Computes the state and stores it; the winning cell values as CBOR, or null when the entity is not live.</summary>
    public Dictionary<ColumnSchema, byte[]>? Fold(TableSchema table, byte[] keyBytes, out Clock rank)
    {
        var reader = new CborReader(keyBytes);
        var key = SqlValue.Read(ref reader);
        entities.CatchUp(table.Collection, key);
        var events = entities.Events(table.Collection, key);
        if (events.Count == 0)
        {
            // All that named it have no effect any more.
            rank = Clock.None;
            return null;
        }

        events.Sort(order);
        var cells = new Dictionary<ColumnSchema, FoldedCell>();
        _state.SetCreated(events[^1]);
        _state.Create = _state.Rank = _state.Delete = Clock.None;
        _state.IsLive = false;
        foreach (var clock in events)
        {
            if (!source.TryRead(clock, out var shape, out var item) || shape.KeyCount != table.KeyCount)
            {
                continue;
            }

            Step(table, shape, item, clock, cells);
        }

        foreach (var (column, cell) in cells)
        {
            if (_state.IsLive && cell.Assigned != _state.Create)
            {
                _state.SetCell(column.Id, cell.Assigned);
            }

            merger.Finish(cell, table, key, column);
        }

        entities.Update(table.Collection, key, _state);
        rank = _state.Rank;
        return _state.IsLive ? cells.Where(c => c.Value.Raw.Length > 0).ToDictionary(c => c.Key, c => c.Value.Raw) : null;
    }

    private void Step(TableSchema table, EventShape shape, ReadOnlySpan<byte> item, Clock clock, Dictionary<ColumnSchema, FoldedCell> cells)
    {
        if (shape.Kind == EventKind.Delete)
        {
            _state.Delete = clock;
            _state.IsLive = false;
            cells.Clear();
            return;
        }

        if (shape.Kind == EventKind.Release)
        {
            // The row becomes the youngest; its values stay as they are.
            _state.Rank = _state.IsLive ? clock : _state.Rank;
            return;
        }

        var revives = shape.Kind == EventKind.Create && !_state.IsLive;
        if (shape.Kind == EventKind.Create)
        {
            _state.Create = clock;
            if (!_state.IsLive)
            {
                _state.Rank = clock;
                _state.IsLive = true;
            }
        }

        var reader = new CborReader(item);
        reader.ReadArray();
        reader.ReadInt64();
        for (var i = 0; i < shape.Columns.Length; i++)
        {
            var raw = reader.SkipRaw();
            if (i >= shape.KeyCount && table.FindCanonical(shape.Columns[i]) is { IsKey: false } column && !IsNamedBefore(table, shape, i, column))
            {
                if (!cells.TryGetValue(column, out var cell))
                {
                    cells.Add(column, cell = new FoldedCell(_state.Create));
                }

                merger.Step(cell, column, shape, i, raw, clock, revives);
            }
        }
    }

    /// <summary>Two columns over there that are one here, by an alias: the first one counts (<see cref="ShapeBinding"/>).</summary>
    private static bool IsNamedBefore(TableSchema table, EventShape shape, int index, ColumnSchema column)
        => table.Aliases.Count > 0 && shape.Columns.AsSpan(0, index).ToArray().Any(name => table.FindCanonical(name) == column);

    /// <summary>Folds an entity whose row is shown, and writes the row again.</summary>
    public void Rewrite(TableSchema table, byte[] key)
    {
        var image = Fold(table, key, out _);
        if (!RowKey.Stands(table, key))
        {
            return;
        }

        var row = database[$"SELECT 1 FROM main.{table.Quoted} WHERE {table.KeyEquals("", i => FormattableString.Invariant($"?{i + 1}"))}"];
        RowKey.Bind(row, table, key);
        if (row.ScalarInt64() == 1)
        {
            DeleteRow(table, key);
            if (image is not null && InsertRow(table, key, image) is var rc && rc != SqliteNative.Ok)
            {
                throw database.Error(rc);
            }
        }
    }

    public void DeleteRow(TableSchema table, byte[] key)
    {
        var delete = database[$"DELETE FROM main.{table.Quoted} WHERE {table.KeyEquals("", i => FormattableString.Invariant($"?{i + 1}"))}"];
        RowKey.Bind(delete, table, key);
        delete.Run();
    }

    /// <summary>The columns an image has values for, in a fixed order behind the key's.</summary>
    public static ColumnSchema[] Columns(TableSchema table, Dictionary<ColumnSchema, byte[]> cells) => [.. table.Keys, .. cells.Keys.OrderBy(c => c.Id)];

    /// <summary>Binds a key and an image to the parameters of an INSERT of these columns.</summary>
    public static void Bind(SqliteStatement insert, TableSchema table, byte[] key, Dictionary<ColumnSchema, byte[]> cells, ColumnSchema[] columns)
    {
        RowKey.Bind(insert, table, key);
        for (var i = table.KeyCount; i < columns.Length; i++)
        {
            var reader = new CborReader(cells[columns[i]]);
            SqlValue.Read(ref reader).Bind(insert, i + 1, pinned: false);
        }
    }

    /// <summary>Inserts the row; SQLite's result code where it is refused.</summary>
    public int InsertRow(TableSchema table, byte[] key, Dictionary<ColumnSchema, byte[]> cells)
    {
        var columns = Columns(table, cells);
        var insert = database[$"INSERT {table.OrAbort}INTO main.{table.Quoted}({string.Join(", ", columns.Select(c => c.Quoted))}) VALUES({string.Join(", ", columns.Select((_, i) => FormattableString.Invariant($"?{i + 1}")))})"];
        Bind(insert, table, key, cells, columns);
        return insert.TryRun();
    }
}
