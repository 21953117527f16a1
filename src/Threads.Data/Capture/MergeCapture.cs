using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Merging;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>A cell that a fold would make of another value than the statement left: a counter's rounding, a maximum that was lowered.</summary>
internal sealed record Correction(TableSchema Table, byte[] Key, ColumnSchema Column, MergeCell Cell);

/// <summary>Turns what became of the cells of one row into operations, where their columns declare a merge kind.</summary>
internal sealed class MergeCapture(SqliteDatabase database, MergeStore merges)
{
    private readonly CellStates _states = new(database);
    private readonly CborWriter _arguments = new();
    private readonly CborWriter _key = new();
    private readonly List<(int From, int Length)> _ranges = [];
    private readonly MergeCell _was = new();
    private readonly MergeCell _check = new();
    private int[] _columns = [];

    /// <summary>Cells to be set to what the fold makes of them, once the table's events are written.</summary>
    public List<Correction> Corrections { get; } = [];

    /// <summary>The last <see cref="Take"/> met a cell that only its events can tell.</summary>
    public bool NeedsRefold { get; private set; }

    /// <summary>
    /// Which columns an event names, by their order among the others, with the number of the operation where it is not an assignment (<see cref="MergedColumn"/>); a change that
    /// comes to nothing is left out. Valid until the next call.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">The change, as <see cref="TableSchema.ChangesSql"/> gives it.</param>
    /// <param name="columns">The columns that changed, or all of a new row.</param>
    /// <param name="isNew">The row is new.</param>
    /// <param name="key">The entity.</param>
    /// <param name="stamp">The event to come; roughly, unless the table keeps states.</param>
    /// <param name="sink">Knows the clocks of entities.</param>
    public ReadOnlySpan<int> Take(TableSchema table, SqliteStatement rows, ReadOnlySpan<int> columns, bool isNew, in SqlValue key, MergeStamp stamp, IChangeSink sink)
    {
        _arguments.Reset();
        _ranges.Clear();
        NeedsRefold = false;
        if (_columns.Length < columns.Length)
        {
            _columns = new int[columns.Length];
        }

        var count = 0;
        foreach (var i in columns)
        {
            var column = table.Others[i];
            var operation = column.Merge.Kind is { } kind ? Diff(table, rows, i, kind, isNew, key, stamp, sink) : null;
            if (operation is { ChangesNothing: true } && !isNew)
            {
                continue;
            }

            if (operation is null)
            {
                _ranges.Add((0, 0));
            }

            _columns[count++] = operation is null ? i : MergedColumn.Of(i, operation.Value.Operation);
        }

        return _columns.AsSpan(0, count);
    }

    /// <summary>The arguments of the operation on the column at this place of what <see cref="Take"/> gave.</summary>
    public ReadOnlySpan<byte> Arguments(int place) => _arguments.WrittenSpan.Slice(_ranges[place].From, _ranges[place].Length);

    private (ICellOperation Operation, bool ChangesNothing)? Diff(TableSchema table, SqliteStatement rows, int i, IMergeKind kind, bool isNew, in SqlValue key, MergeStamp stamp, IChangeSink sink)
    {
        var column = table.Others[i];
        var now = SqlValue.Column(rows, 2 + table.KeyCount + table.Others.Length + i);
        _was.Reset(isNew ? SqlValue.Null : SqlValue.Column(rows, 1 + table.KeyCount + i));
        _check.Reset(_was.Value);
        if (kind.KeepsState && !isNew)
        {
            _was.Assigned = _check.Assigned = sink.Assigned(table, key, column.Id);
            _was.State = _check.State = _states.Load(table.Collection, key, column.Id, _was.Assigned.Time, _was.Assigned.Record);
        }

        (_was.Event, _was.Author) = (stamp, merges.Author);
        var from = _arguments.Length;
        if (kind.TryDiff(_was, now, isNew, _arguments) is not { } operation)
        {
            _arguments.Truncate(from);
            return null;
        }

        // What the fold makes of it here and elsewhere is what the table must hold.
        _was.Reset(_check.Value);
        if (!MergeKinds.Apply(operation, _check, _arguments.WrittenSpan[from..], stamp, isNew ? MergeMode.Whole : MergeMode.Newest))
        {
            // The cell shows less than it holds: only its events can tell.
            NeedsRefold = true;
            merges.Note(table.Collection, column.Id, column.Merge, operation.Name);
            _ranges.Add((from, _arguments.Length - from));
            return (operation, false);
        }

        operation.Finish(_check);
        if (!_check.Value.SameAs(now))
        {
            var corrected = new MergeCell();
            corrected.Reset(_check.Value);
            Corrections.Add(new Correction(table, Key(table, rows), column, corrected));
        }

        if (!isNew && _check.Value.SameAs(_was.Value))
        {
            _arguments.Truncate(from);
            return (operation, true);
        }

        if (operation.KeepsState && _check.State is { } state)
        {
            _states.Save(table.Collection, key, column.Id, _check.Assigned.Time, _check.Assigned.Record, state);
        }

        merges.Note(table.Collection, column.Id, column.Merge, operation.Name);
        merges.NoteMissing(table.Collection, column.Id, _check);
        _ranges.Add((from, _arguments.Length - from));
        return (operation, false);
    }

    private byte[] Key(TableSchema table, SqliteStatement rows)
    {
        _key.Reset();
        for (var i = 0; i < table.KeyCount; i++)
        {
            SqlValue.Column(rows, 1 + i).AsKey().Write(_key);
        }

        return _key.ToArray();
    }

    /// <summary>Sets the cells that need it, inside a fold scope.</summary>
    public void Correct()
    {
        foreach (var (table, key, column, cell) in Corrections)
        {
            var update = database[$"UPDATE {table.OrAbort}main.{table.Quoted} SET {column.Quoted} = ?{table.KeyCount + 1} WHERE {table.KeyEquals("", i => FormattableString.Invariant($"?{i + 1}"))}"];
            var at = 0;
            for (var i = 1; i <= table.KeyCount; i++)
            {
                var reader = new CborReader(key.AsSpan(at));
                SqlValue.Read(ref reader).Bind(update, i, pinned: false);
                at += reader.Position;
            }

            cell.Value.Bind(update, table.KeyCount + 1, pinned: false);
            update.Run();
        }

        Corrections.Clear();
    }
}

/// <summary>A column of an event, by its order among the other columns, and its operation by number, in one number.</summary>
internal static class MergedColumn
{
    private const int Bits = 16;

    public static int Of(int column, ICellOperation operation) => column | (MergeKinds.NumberOf(operation) + 1) << Bits;

    public static int Column(int merged) => merged & ((1 << Bits) - 1);

    /// <summary>Null: an assignment.</summary>
    public static ICellOperation? Operation(int merged) => merged >> Bits is 0 ? null : MergeKinds.OfNumber((merged >> Bits) - 1);

    public static bool IsAssignment(int merged) => merged >> Bits == 0;
}
