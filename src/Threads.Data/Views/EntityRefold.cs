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
/// Rows that a constraint refuses are held back and listed, and tried again whenever something was written.
/// </summary>
internal sealed class EntityRefold(SqliteDatabase database, EntityStore entities, ClockOrder order, IEventSource source, CellMerger merger)
{
    private readonly EntityState _state = new();
    private bool? _hasHeld;

    /// <summary>Folds the deferred entities: all their rows go first, then come back oldest first, so that rows which swap a unique value meet no stale rival.</summary>
    public void Settle(DeferredEntities deferred)
    {
        while (deferred.Count > 0)
        {
            Settle(deferred.Take());
        }
    }

    /// <summary>Whether rows are held back; looked up again after <see cref="Forget"/> and whenever one came or went.</summary>
    public bool HasHeld => _hasHeld ??= database["SELECT 1 FROM _threads_held LIMIT 1"].ScalarInt64() == 1;

    /// <summary>Another connection wrote, or a transaction was rolled back.</summary>
    public void Forget() => _hasHeld = null;

    /// <summary>Tries the held-back rows again; cheap while there are none.</summary>
    public void RetryHeld(SchemaCatalog catalog)
    {
        var held = new List<(TableSchema, byte[])>();
        var writer = new CborWriter();
        var rows = database["SELECT c.name, h.k FROM _threads_held h JOIN _threads_collection c ON c.id = h.c WHERE c.kind = 0 AND c.tbl IS NOT NULL"];
        while (rows.Step())
        {
            writer.Reset();
            SqlValue.Column(rows, 1).Write(writer);
            var (name, key) = (rows.Text(0), writer.ToArray());
            if (catalog.FindCanonical(name) is { } table)
            {
                held.Add((table, key));
            }
        }

        writer.Dispose();
        if (held.Count > 0)
        {
            Settle([.. held]);
        }
    }

    private void Settle((TableSchema Table, byte[] Key)[] list)
    {
        var images = new List<(TableSchema Table, byte[] Key, Clock Rank, Dictionary<ColumnSchema, byte[]> Cells)>();
        foreach (var (table, key) in list)
        {
            var cells = Fold(table, key);
            DeleteRow(table, key);
            Release(table, key);
            if (cells is not null)
            {
                images.Add((table, key, _state.Rank, cells));
            }
        }

        images.Sort((x, y) => order.Compare(x.Rank, y.Rank));
        foreach (var image in images)
        {
            var rc = InsertRow(image.Table, image.Key, image.Cells);
            if (rc != SqliteNative.Ok)
            {
                Hold(image.Table, image.Key, image.Rank, database.Error(rc).Message);
            }
        }
    }

    /// <summary>Computes the state and stores it; the winning cell values as CBOR, or null when the entity is not live.</summary>
    private Dictionary<ColumnSchema, byte[]>? Fold(TableSchema table, byte[] keyBytes)
    {
        var reader = new CborReader(keyBytes);
        var key = SqlValue.Read(ref reader);
        var events = entities.Events(table.Collection, key);
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

    private void DeleteRow(TableSchema table, byte[] key)
    {
        var delete = database[$"DELETE FROM main.{table.Quoted} WHERE {table.KeyEquals("", i => FormattableString.Invariant($"?{i + 1}"))}"];
        BindKey(delete, table, key);
        delete.Run();
    }

    private int InsertRow(TableSchema table, byte[] key, Dictionary<ColumnSchema, byte[]> cells)
    {
        var columns = cells.Keys.OrderBy(c => c.Id).ToArray();
        var names = string.Join(", ", table.Keys.ToArray().Concat(columns).Select(c => c.Quoted));
        var insert = database[$"INSERT {table.OrAbort}INTO main.{table.Quoted}({names}) VALUES({string.Join(", ", Enumerable.Repeat("?", table.KeyCount + columns.Length))})"];
        BindKey(insert, table, key);
        for (var i = 0; i < columns.Length; i++)
        {
            var reader = new CborReader(cells[columns[i]]);
            SqlValue.Read(ref reader).Bind(insert, table.KeyCount + i + 1, pinned: false);
        }

        return insert.TryRun();
    }

    private static void BindKey(SqliteStatement statement, TableSchema table, byte[] key)
    {
        var reader = new CborReader(key);
        var value = SqlValue.Read(ref reader);
        if (table.KeyCount == 1)
        {
            value.Bind(statement, 1, pinned: false);
            return;
        }

        var parts = new CborReader(value.Bytes);
        parts.ReadArray();
        for (var i = 1; i <= table.KeyCount; i++)
        {
            SqlValue.Read(ref parts).Bind(statement, i, pinned: false);
        }
    }

    private void Hold(TableSchema table, byte[] key, Clock rank, string reason)
    {
        _hasHeld = null;
        var insert = database["INSERT OR REPLACE INTO _threads_held(c, k, reason, since) VALUES(?, ?, ?, ?)"].Bind(1, table.Collection);
        var reader = new CborReader(key);
        SqlValue.Read(ref reader).Bind(insert, 2, pinned: false);
        insert.Bind(3, reason).Bind(4, rank.Time).Run();
    }

    private void Release(TableSchema table, byte[] key)
    {
        if (!HasHeld)
        {
            return;
        }

        _hasHeld = null;
        var delete = database["DELETE FROM _threads_held WHERE c = ? AND k = ?"].Bind(1, table.Collection);
        var reader = new CborReader(key);
        SqlValue.Read(ref reader).Bind(delete, 2, pinned: false);
        delete.Run();
    }
}
