using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// What the only UPDATE of a transaction did to a table, noted in memory: for each row its key and the old values of what changed; the new values once for all rows, one after
/// another, that had the same change. Taken from the same trigger as the notes in the TEMP table, whose rows it spares; good for statements that can meet no row twice and put no other value into a row than the trigger sees (<see cref="Suits"/>).
/// What comes after it in the transaction, or leaves open whether all of it stands, makes the usual notes of them (<see cref="Spill"/>), which know how to judge that.
/// </summary>
internal sealed class UpdateNotes(SqliteDatabase database, SessionFunctions functions)
{
    private readonly CborWriter _keys = new();
    private readonly CborWriter _before = new();
    private readonly CborWriter _after = new();
    private readonly List<UpdateRun> _runs = [];
    private SqlStatement? _statement;
    private int[] _sets = [];
    private int[] _changed = [];

    /// <summary>The table of which there are notes here.</summary>
    public TableSchema? Table { get; private set; }

    /// <summary>The statement came to its end, so that what it set is what the rows hold.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>A row has NULL in its key: the column's place; null: none.</summary>
    public int? NullKey { get; private set; }

    /// <summary>The rows in their order, those together that had the same change.</summary>
    public IReadOnlyList<UpdateRun> Runs => _runs;

    /// <summary>The keys of a run's rows: their values as CBOR items one after another.</summary>
    public ReadOnlySpan<byte> Keys(int run) => _keys.WrittenSpan[(run == 0 ? 0 : _runs[run - 1].KeysEnd).._runs[run].KeysEnd];

    /// <summary>What a run's rows were changed to: the values of its columns as CBOR items one after another.</summary>
    public ReadOnlySpan<byte> Values(int run) => _after.WrittenSpan[(run == 0 ? 0 : _runs[run - 1].ValuesEnd).._runs[run].ValuesEnd];

    /// <summary>
    /// Whether a statement may be noted here: it sets columns that are no key, nobody's parent key and not what a conflict clause or a trigger might make another value of, and the rows of
    /// the table need not be looked at one by one.
    /// </summary>
    public static bool Suits(SqlStatement statement, TableSchema table, bool isParent)
        => statement is { Sets: { } columns, HasReturning: false, IsTemp: false } && table is { ShowsUpdates: true, HasTriggers: false, HasConflictClause: false, HasMerges: false }
            && columns.All(name => table.Others.ToArray().Any(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            && (!isParent || table.UniqueKeys.All(key => key is null || key.All(part => IsStored(table, part.Column) && !columns.Contains(part.Column, StringComparer.OrdinalIgnoreCase))));

    /// <summary>Before the statement runs: notes of the table come here. Only columns that it sets can change.</summary>
    public void Begin(SqlStatement statement, TableSchema table)
    {
        Clear();
        (_statement, Table) = (statement, table);
        var sets = statement.Sets!;
        var others = table.Others.ToArray();
        _sets = [.. Enumerable.Range(0, others.Length).Where(i => sets.Contains(others[i].Name, StringComparer.OrdinalIgnoreCase))];
        _changed = new int[_sets.Length];
        functions.Noting = table.Collection;
    }

    /// <summary>The statement succeeded.</summary>
    public void End(SqlStatement statement) => IsWhole |= ReferenceEquals(statement, _statement) && functions.Noting == Table?.Collection;

    /// <summary>No statement runs any more, or another one begins within it.</summary>
    public void Stop() => functions.Noting = null;

    public void Clear()
    {
        Stop();
        (_statement, Table, IsWhole, NullKey) = (null, null, false, null);
        _keys.Reset();
        _before.Reset();
        _after.Reset();
        _runs.Clear();
    }

    /// <summary>Called by the trigger: the key, then old and new value of each other column.</summary>
    public void Note(ReadOnlySpan<nint> values)
    {
        var keyCount = Table!.KeyCount;
        var count = 0;
        foreach (var place in _sets)
        {
            if (!SqlValue.OfNative(values[keyCount + (2 * place)]).SameAs(SqlValue.OfNative(values[keyCount + (2 * place) + 1])))
            {
                _changed[count++] = place;
            }
        }

        if (count == 0)
        {
            return;
        }

        for (var i = 0; i < keyCount; i++)
        {
            var key = SqlValue.OfNative(values[i]).AsKey();
            NullKey = key.IsNull ? i : NullKey;
            key.Write(_keys);
        }

        var start = _after.Length;
        for (var i = 0; i < count; i++)
        {
            var place = keyCount + (2 * _changed[i]);
            SqlValue.OfNative(values[place]).Write(_before);
            SqlValue.OfNative(values[place + 1]).Write(_after);
        }

        End(_changed.AsSpan(0, count), start);
    }

    /// <summary>Ends the note of a row: one more with the change of the row before it, or the first with its own.</summary>
    private void End(ReadOnlySpan<int> changed, int start)
    {
        var run = _runs.Count == 0 ? null : _runs[^1];
        var isSame = run is not null && changed.SequenceEqual(run.Places);
        if (isSame && _after.Length - start <= ChangeCollector.MaxSharedBytes && _after.WrittenSpan[start..].SequenceEqual(Values(_runs.Count - 1)))
        {
            _after.Truncate(start);
            run!.Rows++;
            run.KeysEnd = _keys.Length;
            return;
        }

        _runs.Add(new UpdateRun(isSame ? run!.Places : changed.ToArray()) { KeysEnd = _keys.Length, ValuesEnd = _after.Length });
    }

    /// <summary>Makes notes in the TEMP table of them, before anything else changes their rows: each as it was before the statement, whether that stands or was undone.</summary>
    public void Spill()
    {
        if (Table is not { } table)
        {
            return;
        }

        Stop();
        var others = table.Others.Length;
        var insert = database[SpillSql(table)];
        var (keys, before) = (0, 0);
        foreach (var run in _runs)
        {
            for (var rows = run.Rows; rows > 0; rows--)
            {
                for (var i = 0; i < table.KeyCount; i++)
                {
                    Next(_keys, ref keys).Bind(insert, 1 + i, pinned: false);
                }

                for (var i = 0; i < others; i++)
                {
                    insert.Bind(1 + table.KeyCount + i, 0).BindNull(1 + table.KeyCount + others + i);
                }

                foreach (var place in run.Places)
                {
                    insert.Bind(1 + table.KeyCount + place, 1);
                    Next(_before, ref before).Bind(insert, 1 + table.KeyCount + others + place, pinned: false);
                }

                insert.Run();
            }
        }

        Clear();
    }

    private static SqlValue Next(CborWriter values, ref int position)
    {
        var reader = new CborReader(values.WrittenSpan[position..]);
        var value = SqlValue.Read(ref reader);
        position += reader.Position;
        return value;
    }

    /// <summary>Copies a row that is in the table, but for the columns whose old value is at hand.</summary>
    private static string SpillSql(TableSchema table)
    {
        var (keys, others) = (table.KeyCount, table.Others.Length);
        var names = Enumerable.Range(0, keys).Select(i => FormattableString.Invariant($"k{i}")).Concat(Enumerable.Range(0, others).Select(i => FormattableString.Invariant($"v{i}")));
        var values = table.Keys.ToArray().Select(c => "t." + c.Quoted)
            .Concat(table.Others.ToArray().Select((c, i) => FormattableString.Invariant($"CASE WHEN ?{1 + keys + i} THEN ?{1 + keys + others + i} ELSE t.{c.Quoted} END")));
        return $"INSERT INTO temp.{table.CaptureTable}(o, {string.Join(", ", names)}) SELECT 1, {string.Join(", ", values)} FROM main.{table.Quoted} t WHERE {table.KeyEquals("t.", i => FormattableString.Invariant($"?{i + 1}"))}";
    }

    /// <summary>Not generated from others.</summary>
    private static bool IsStored(TableSchema table, string column)
        => Array.Exists(table.Columns, c => c.Name.Equals(column, StringComparison.OrdinalIgnoreCase)) || column.Equals("rowid", StringComparison.OrdinalIgnoreCase)
            || column.Equals("_rowid_", StringComparison.OrdinalIgnoreCase) || column.Equals("oid", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Rows one after another with the same change: of the columns at these places among the table's others.</summary>
internal sealed class UpdateRun(int[] places)
{
    public int[] Places { get; } = places;

    /// <summary>How many.</summary>
    public int Rows { get; set; } = 1;

    /// <summary>Where their keys end.</summary>
    public int KeysEnd { get; set; }

    /// <summary>Where the new values end.</summary>
    public required int ValuesEnd { get; init; }
}
