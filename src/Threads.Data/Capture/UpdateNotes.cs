using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// What the only UPDATE of a transaction did to a table, noted in memory: for each row its key, and the old and new value of what changed. Taken from the same trigger as the notes in the
/// TEMP table, whose rows it spares; good for statements that can meet no row twice and put no other value into a row than the trigger sees (<see cref="Suits"/>).
/// What comes after it in the transaction, or leaves open whether all of it stands, makes the usual notes of them (<see cref="Spill"/>), which know how to judge that.
/// </summary>
internal sealed class UpdateNotes(SqliteDatabase database, SessionFunctions functions)
{
    private readonly CborWriter _rows = new();
    private SqlStatement? _statement;

    /// <summary>The table of which there are notes here.</summary>
    public TableSchema? Table { get; private set; }

    /// <summary>The statement came to its end, so that what it set is what the rows hold.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>The rows, a CBOR array each: the values of the key, then of each changed column its place among the others, its old value and its new one.</summary>
    public ReadOnlySpan<byte> Rows => _rows.WrittenSpan;

    /// <summary>
    /// Whether a statement may be noted here: it sets columns that are no key, nobody's parent key and not what a conflict clause or a trigger might make another value of, and the rows of
    /// the table need not be looked at one by one.
    /// </summary>
    public static bool Suits(SqlStatement statement, TableSchema table, bool isParent)
        => statement is { Sets: { } columns, HasReturning: false, IsTemp: false } && table is { ShowsUpdates: true, HasTriggers: false, HasConflictClause: false, HasMerges: false }
            && columns.All(name => table.Others.ToArray().Any(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            && (!isParent || table.UniqueKeys.All(key => key is null || key.All(part => IsStored(table, part.Column) && !columns.Contains(part.Column, StringComparer.OrdinalIgnoreCase))));

    /// <summary>Before the statement runs: notes of the table come here.</summary>
    public void Begin(SqlStatement statement, TableSchema table)
    {
        Clear();
        (_statement, Table) = (statement, table);
        functions.Noting = table.Collection;
    }

    /// <summary>The statement succeeded.</summary>
    public void End(SqlStatement statement) => IsWhole |= ReferenceEquals(statement, _statement) && functions.Noting == Table?.Collection;

    /// <summary>No statement runs any more, or another one begins within it.</summary>
    public void Stop() => functions.Noting = null;

    public void Clear()
    {
        Stop();
        (_statement, Table, IsWhole) = (null, null, false);
        _rows.Reset();
    }

    /// <summary>Called by the trigger: the key, then old and new value of each other column.</summary>
    public void Note(ReadOnlySpan<nint> values)
    {
        var keyCount = Table!.KeyCount;
        Span<int> changed = stackalloc int[SessionFunctions.MostArguments / 2];
        var changes = 0;
        for (var i = keyCount; i < values.Length; i += 2)
        {
            if (!SqlValue.OfNative(values[i]).SameAs(SqlValue.OfNative(values[i + 1])))
            {
                changed[changes++] = i;
            }
        }

        if (changes == 0)
        {
            return;
        }

        _rows.StartArray(keyCount + (3 * changes));
        for (var i = 0; i < keyCount; i++)
        {
            SqlValue.OfNative(values[i]).AsKey().Write(_rows);
        }

        foreach (var old in changed[..changes])
        {
            _rows.WriteInt64((old - keyCount) / 2);
            SqlValue.OfNative(values[old]).Write(_rows);
            SqlValue.OfNative(values[old + 1]).Write(_rows);
        }
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
        var rest = Rows;
        var insert = database[SpillSql(table)];
        while (!rest.IsEmpty)
        {
            var row = new CborReader(rest);
            var changes = (row.ReadArray() - table.KeyCount) / 3;
            for (var i = 0; i < table.KeyCount; i++)
            {
                SqlValue.Read(ref row).Bind(insert, 1 + i, pinned: false);
            }

            for (var i = 0; i < others; i++)
            {
                insert.Bind(1 + table.KeyCount + i, 0).BindNull(1 + table.KeyCount + others + i);
            }

            for (; changes > 0; changes--)
            {
                var place = row.ReadInt32();
                insert.Bind(1 + table.KeyCount + place, 1);
                SqlValue.Read(ref row).Bind(insert, 1 + table.KeyCount + others + place, pinned: false);
                row.Skip();
            }

            insert.Run();
            rest = rest[row.Position..];
        }

        Clear();
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
