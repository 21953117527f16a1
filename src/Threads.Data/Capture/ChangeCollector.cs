using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Merging;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>How many notes of a table there are, and whether one is of a row that was there before.</summary>
internal readonly record struct Notes(long Count, bool HasBefore);

/// <summary>Turns what the triggers noted into events: first image before against the image now, so a transaction is what it did in the end (T-STO-2).</summary>
internal sealed partial class ChangeCollector
{
    /// <summary>So many rows with the same change share an event.</summary>
    private const int LeastMany = 16;

    /// <summary>Larger new values are not compared with those of other rows.</summary>
    public const int MaxSharedBytes = 1_024;

    private readonly SqliteDatabase _database;
    private readonly PayloadWriter _payload;
    private readonly RowSchemas _schemas;
    private readonly SameChanges _same;
    private readonly MergeCapture _merge;
    private readonly CborWriter _values = new();
    private readonly CborWriter _sameKey = new();
    private readonly CborWriter _key = new();
    private readonly HashSet<byte[]> _seen = new(ByteComparer.Instance);
    private readonly Dictionary<EventShape, int> _shapes = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<EventShape, EventShape> _seeds = new(ReferenceEqualityComparer.Instance);
    private int[] _changed = [];
    private int[] _all = [];
    private MergeStamp _first;
    private TableSchema _table = null!;
    private IChangeSink _sink = null!;

    public ChangeCollector(SqliteDatabase database, PayloadWriter payload, RowSchemas schemas, MergeStore merges)
    {
        _merge = new MergeCapture(database, merges);
        _database = database;
        _schemas = schemas;
        _payload = payload;
        _same = new SameChanges(WriteSame);
    }

    /// <summary>Cells that the last <see cref="Collect"/> left to be set to what a fold makes of them.</summary>
    public bool HasCorrections => _merge.Corrections.Count > 0;

    /// <summary>Sets them, inside a fold scope.</summary>
    public void Correct() => _merge.Correct();

    /// <summary>What is collected is seed data.</summary>
    public Seeding? Seeding { get; set; }

    /// <summary>Begins a payload.</summary>
    public void Begin()
    {
        _payload.Begin();
        _shapes.Clear();
    }

    /// <summary>Writes one event for each row of the table that is not what it was, tells the sink, and forgets the notes.</summary>
    public void Collect(TableSchema table, in Notes notes, in MergeStamp first, IChangeSink sink)
    {
        _first = first;
        // Only inserts: no key can stand there twice, since its delete in between would have been noted.
        WriteEvents(table, mayRepeat: notes is { Count: > 1, HasBefore: true }, sink);
        _database[table.ClearNotesSql].Run();
    }

    /// <summary>What statements noted of the table since the last <see cref="Collect"/>.</summary>
    public Notes Notes(TableSchema table)
    {
        var row = _database[table.NotesSql];
        row.Step();
        var notes = new Notes(row.Int64(0), row.Int64(1) > 0);
        row.Reset();
        return notes;
    }

    /// <summary>Writes the event that tells of another name.</summary>
    public void WriteAlias(Alias alias)
    {
        _payload.StartEvent(Number(Aliases.Shape), Aliases.Shape.Columns.Length);
        Aliases.Write(_payload.Values, alias);
    }

    /// <summary>Writes the release of a row, by its key as CBOR.</summary>
    public void Release(TableSchema table, ReadOnlySpan<byte> key, IChangeSink sink)
    {
        var shape = table.ReleaseShape;
        _payload.StartEvent(Number(shape), shape.Columns.Length);
        var reader = new CborReader(key);
        var value = SqlValue.Read(ref reader);
        var parts = new CborReader(table.KeyCount == 1 ? key : value.Bytes);
        for (var n = table.KeyCount == 1 ? 1 : parts.ReadArray(); n > 0; n--)
        {
            SqlValue.Read(ref parts).Write(_payload.Values);
        }

        sink.OnChange(table, EventKind.Release, value, _payload.Count - 1, default);
    }

    /// <summary>Goes back to where the payload stood.</summary>
    public void Truncate((int Count, int Shapes, int Length) mark)
    {
        _payload.Truncate(mark);
        foreach (var (shape, number) in _shapes)
        {
            if (number >= mark.Shapes)
            {
                _shapes.Remove(shape);
            }
        }
    }

    private void WriteEvents(TableSchema table, bool mayRepeat, IChangeSink sink)
    {
        _seen.Clear();
        _same.Clear();
        _merge.Corrections.Clear();
        (_table, _sink) = (table, sink);
        var others = table.Columns.Length - table.KeyCount;
        Reserve(others);
        var rows = _database[table.ChangesSql];
        var checks = _schemas.For(table);
        try
        {
            while (rows.Step())
            {
                WriteEvent(table, rows, others, mayRepeat, checks, sink);
            }

            _same.Flush();
        }
        finally
        {
            // A refusal leaves in the middle; the statement must not hold the rollback up.
            rows.Reset();
        }
    }

    private void Reserve(int others)
    {
        if (_changed.Length < others)
        {
            _changed = new int[others];
            _all = [.. Enumerable.Range(0, others)];
        }
    }

    private void WriteEvent(TableSchema table, SqliteStatement rows, int others, bool mayRepeat, RowCheck[] checks, IChangeSink sink)
    {
        var existed = rows.Int64(0) == 1;
        var exists = rows.Int64(1 + table.KeyCount + others) == 1;
        if (HasNullKey(table, rows))
        {
            return;
        }

        var key = Key(table, rows, alsoAsBytes: mayRepeat);
        if (mayRepeat && !_seen.GetAlternateLookup<ReadOnlySpan<byte>>().Add(_key.WrittenSpan))
        {
            return;
        }

        if (existed && exists)
        {
            var changed = Merge(table, rows, Compare(table, rows, others), isNew: false, key);
            if (changed.Length > 0)
            {
                RowCheck.All(checks, table, rows, others);
                Write(table, table.SaveShape(changed), rows, others, changed, key);
                if (table.HasMerges && _merge.NeedsRefold && !IsSeed(EventKind.Save))
                {
                    sink.Refold(table, key);
                }
            }
        }
        else if (exists)
        {
            RowCheck.All(checks, table, rows, others);
            var columns = Merge(table, rows, _all.AsSpan(0, others), isNew: true, key);
            Write(table, table.HasMerges && !IsSeed(EventKind.Create) ? table.MergedCreateShape(columns) : table.CreateShape, rows, others, columns, key);
        }
        else if (existed)
        {
            Write(table, table.DeleteShape, rows, others, default, key);
        }
    }

    /// <summary>Makes operations of changes to columns that declare a merge kind.</summary>
    private ReadOnlySpan<int> Merge(TableSchema table, SqliteStatement rows, ReadOnlySpan<int> columns, bool isNew, in SqlValue key)
    {
        if (!table.HasMerges || columns.IsEmpty || IsSeed(isNew ? EventKind.Create : EventKind.Save))
        {
            // What every peer writes for itself is a value: added up it would count for each of them.
            return columns;
        }

        if (table.KeepsStates)
        {
            // Its operations know the event they are in.
            _same.Flush();
        }

        return _merge.Take(table, rows, columns, isNew, key, new MergeStamp(_first.Time + _payload.Count, _first.Record), _sink);
    }

    private ReadOnlySpan<int> Compare(TableSchema table, SqliteStatement rows, int others)
    {
        var count = 0;
        var before = 1 + table.KeyCount;
        for (var i = 0; i < others; i++)
        {
            if (!SqlValue.Column(rows, before + i).SameAs(SqlValue.Column(rows, before + others + 1 + i)))
            {
                _changed[count++] = i;
            }
        }

        return _changed.AsSpan(0, count);
    }

    private void Write(TableSchema table, EventShape shape, SqliteStatement rows, int others, ReadOnlySpan<int> changed, in SqlValue key)
    {
        shape = Seeded(shape);
        var now = 2 + table.KeyCount + others;
        if (shape.Kind != EventKind.Create && !table.KeepsStates && IsSmall(rows, now, changed))
        {
            _values.Reset();
            WriteValues(_values, rows, now, changed);
            var same = _same.Find(shape, changed, _values.WrittenSpan);
            for (var i = 0; i < table.KeyCount; i++)
            {
                same.AddKey(SqlValue.Column(rows, 1 + i).AsKey());
            }

            same.EndKey();
            return;
        }

        _same.Flush();
        _payload.StartEvent(Number(shape), shape.Columns.Length);
        for (var i = 0; i < table.KeyCount; i++)
        {
            SqlValue.Column(rows, 1 + i).AsKey().Write(_payload.Values);
        }

        WriteValues(_payload.Values, rows, now, changed);
        _sink.OnChange(table, shape.Kind, key, _payload.Count - 1, changed);
    }

    private void WriteValues(CborWriter values, SqliteStatement rows, int now, ReadOnlySpan<int> changed)
    {
        for (var place = 0; place < changed.Length; place++)
        {
            if (MergedColumn.IsAssignment(changed[place]))
            {
                SqlValue.Column(rows, now + changed[place]).Write(values);
            }
            else
            {
                values.WriteRaw(_merge.Arguments(place));
            }
        }
    }

    private bool IsSmall(SqliteStatement rows, int now, ReadOnlySpan<int> changed)
    {
        var size = 0L;
        for (var place = 0; place < changed.Length; place++)
        {
            size += MergedColumn.IsAssignment(changed[place]) ? SqlValue.Column(rows, now + changed[place]).Bytes.Length : _merge.Arguments(place).Length;
        }

        return size <= MaxSharedBytes;
    }

    /// <summary>One event for all rows of the change where they are many, otherwise one for each.</summary>
    private void WriteSame(SameChange change)
    {
        var (shape, values) = (change.Shape, change.Shape.Columns.Length - change.Shape.KeyCount);
        var isMany = change.Count >= LeastMany;
        if (isMany)
        {
            _payload.StartEvent(Number(shape.Many), values + 1);
            change.WriteKeys(_payload.Values);
            _payload.Values.WriteRaw(change.Values, values);
            if (_sink.TryOnMany(_table, shape.Kind, _payload.Count - 1, change.Changed, change.Count, change.Keys))
            {
                return;
            }
        }

        var keys = change.Keys;
        while (!keys.IsEmpty)
        {
            var length = KeyLength(keys, shape.KeyCount);
            if (!isMany)
            {
                _payload.StartEvent(Number(shape), shape.Columns.Length);
                _payload.Values.WriteRaw(keys[..length], shape.KeyCount);
                _payload.Values.WriteRaw(change.Values, values);
            }

            _sink.OnChange(_table, shape.Kind, Key(keys[..length], shape.KeyCount), _payload.Count - 1, change.Changed);
            keys = keys[length..];
        }
    }

    private static int KeyLength(ReadOnlySpan<byte> keys, int keyCount)
    {
        var length = 0;
        for (; keyCount > 0; keyCount--)
        {
            var reader = new CborReader(keys[length..]);
            reader.Skip();
            length += reader.Position;
        }

        return length;
    }

    private SqlValue Key(ReadOnlySpan<byte> items, int keyCount)
    {
        if (keyCount == 1)
        {
            var reader = new CborReader(items);
            return SqlValue.Read(ref reader);
        }

        _sameKey.Reset();
        _sameKey.StartArray(keyCount);
        _sameKey.WriteRaw(items, keyCount);
        return SqlValue.OfBlob(_sameKey.WrittenSpan);
    }

    private bool IsSeed(EventKind kind) => Seeding is not null && Seeding.Covers(kind);

    private EventShape Seeded(EventShape shape)
    {
        if (!IsSeed(shape.Kind))
        {
            return shape;
        }

        return _seeds.TryGetValue(shape, out var seed) && seed.Seed == Seeding!.Version ? seed : _seeds[shape] = shape.AsSeed(Seeding!.Version);
    }

    private int Number(EventShape shape)
    {
        if (!_shapes.TryGetValue(shape, out var number))
        {
            _shapes.Add(shape, number = _payload.Add(shape));
        }

        return number;
    }

    /// <summary>A row with NULL in its key is refused; one that did not come to be (UPDATE OR IGNORE noted it before it failed) or is gone is nothing.</summary>
    private bool HasNullKey(TableSchema table, SqliteStatement rows)
    {
        for (var i = 0; i < table.KeyCount; i++)
        {
            if (rows.IsNull(1 + i))
            {
                var column = table.Columns[i];
                return _database[$"SELECT 1 FROM main.{table.Quoted} WHERE {column.Quoted} IS NULL LIMIT 1"].ScalarInt64() == 0
                    ? true
                    : throw ThreadsErrors.NullKey(table.Name, column.Name);
            }
        }

        return false;
    }

    private SqlValue Key(TableSchema table, SqliteStatement rows, bool alsoAsBytes)
    {
        if (table.KeyCount == 1 && !alsoAsBytes)
        {
            return SqlValue.Column(rows, 1).AsKey();
        }

        _key.Reset();
        if (table.KeyCount > 1)
        {
            _key.StartArray(table.KeyCount);
        }

        for (var i = 0; i < table.KeyCount; i++)
        {
            SqlValue.Column(rows, 1 + i).AsKey().Write(_key);
        }

        return table.KeyCount > 1 ? SqlValue.OfBlob(_key.WrittenSpan) : SqlValue.Column(rows, 1).AsKey();
    }
}
