using System.Runtime.InteropServices;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// The integer keys this log may give out (decision 8): the thread's creator has 1 … 2^31 - 1, every other log what was granted to it. Where SQLite's own choice, the
/// number after the largest one in the table, lies in the range, nothing is changed.
/// </summary>
internal sealed unsafe class KeyRanges : IDisposable
{
    /// <summary>So far from the end of a range SQLite's own choice can't leave it within a statement.</summary>
    private const long NaturalMargin = 1 << 20;

    private readonly SqliteDatabase _database;
    private readonly Dictionary<long, Left> _next = [];
    private readonly Dictionary<long, Guarding> _guarded = [];
    private readonly GCHandle _handle;

    public KeyRanges(SqliteDatabase database)
    {
        _database = database;
        _handle = GCHandle.Alloc(this);
        SessionFunctions.Register(database, "_threads_key"u8, 1, &NextKey, GCHandle.ToIntPtr(_handle));
    }

    /// <summary>What gives a row of the table its key.</summary>
    public static string Expression(TableSchema table) => FormattableString.Invariant($"_threads_key({table.Collection})");

    /// <summary>Whether SQLite's own choice of a key is one of ours.</summary>
    public bool IsNatural(TableSchema table)
    {
        var next = _database[$"SELECT coalesce(max({table.Columns[0].Quoted}), 0) + 1 FROM main.{table.Quoted}"].ScalarInt64();
        if (table.IsAutoincrement)
        {
            next = Math.Max(next, _database["SELECT seq + 1 FROM sqlite_sequence WHERE name = ?"].Bind(1, table.Name).ScalarInt64());
        }

        return Ranges().Exists(r => next >= r.First && next <= r.Last - NaturalMargin);
    }

    /// <summary>Makes the next keys of a table ready for <see cref="Expression"/>.</summary>
    /// <exception cref="ThreadsException">No range has a key left.</exception>
    public void Prepare(TableSchema table)
    {
        foreach (var (first, last) in Ranges())
        {
            var next = _database[$"SELECT coalesce(max({table.Columns[0].Quoted}), ?1 - 1) + 1 FROM main.{table.Quoted} WHERE {table.Columns[0].Quoted} BETWEEN ?1 AND ?2"]
                .Bind(1, first).Bind(2, last).ScalarInt64();
            if (next <= last)
            {
                _next[table.Collection] = new(next, last);
                return;
            }
        }

        throw ThreadsErrors.NoKeyRange(table.Name);
    }

    /// <summary>Refuses, by name, rows of the table that come without a key while SQLite's choice would not be ours.</summary>
    public void Guard(TableSchema table)
    {
        if (!_guarded.TryGetValue(table.Collection, out var guarding))
        {
            _guarded.Add(table.Collection, guarding = new Guarding());
        }

        if (guarding.Stands != true)
        {
            guarding.Stands = true;
            var message = Resources.Strings.NoKeyRange(table.Name).Replace("'", "''", StringComparison.Ordinal);
            _database.Execute(
                $"CREATE TEMP TRIGGER IF NOT EXISTS _threads_g{table.Collection} BEFORE INSERT ON main.{table.Quoted} WHEN NEW.{table.Columns[0].Quoted} = -1 AND {SessionFunctions.Capturing} BEGIN SELECT RAISE(ABORT, '{message}'); END");
        }
    }

    /// <summary>TEMP triggers made or dropped in a transaction go or come back with its rollback: which stand is unknown now.</summary>
    public void Forget()
    {
        foreach (var guarding in _guarded.Values)
        {
            guarding.Stands = null;
        }

        _next.Clear();
    }

    public void Unguard(TableSchema table)
    {
        if (_guarded.TryGetValue(table.Collection, out var guarding) && guarding.Stands != false)
        {
            guarding.Stands = false;
            _database.Execute(FormattableString.Invariant($"DROP TRIGGER IF EXISTS temp._threads_g{table.Collection}"));
        }
    }

    /// <summary>Takes a part of what is left off the end of the largest range, to grant it to another log; null when too little is left.</summary>
    public (long First, long Last)? Split(IEnumerable<TableSchema> tables)
    {
        const long MinGrant = 4_096;
        const long Share = 16;
        if (Ranges().OrderByDescending(r => r.Last - r.First).Cast<(long First, long Last)?>().FirstOrDefault() is not { } range)
        {
            return null;
        }

        var used = range.First - 1;
        foreach (var table in tables.Where(t => t.HasRowIdKey))
        {
            used = Math.Max(used, _database[$"SELECT coalesce(max({table.Columns[0].Quoted}), 0) FROM main.{table.Quoted} WHERE {table.Columns[0].Quoted} BETWEEN ? AND ?"]
                .Bind(1, range.First).Bind(2, range.Last).ScalarInt64());
        }

        var grant = (range.Last - used) / Share;
        if (grant < MinGrant)
        {
            return null;
        }

        var first = range.Last - grant + 1;
        _database["UPDATE _threads_range SET last = ? WHERE first = ?"].Bind(1, first - 1).Bind(2, range.First).Run();
        return (first, range.Last);
    }

    /// <summary>After the connection is closed.</summary>
    public void Dispose() => _handle.Free();

    private List<(long First, long Last)> Ranges()
    {
        var ranges = new List<(long, long)>();
        var rows = _database["SELECT first, last FROM _threads_range ORDER BY first"];
        while (rows.Step())
        {
            ranges.Add((rows.Int64(0), rows.Int64(1)));
        }

        return ranges;
    }

    [UnmanagedCallersOnly]
    private static void NextKey(nint context, int count, nint* arguments)
    {
        var ranges = (KeyRanges)GCHandle.FromIntPtr(SqliteNative.UserData(context)).Target!;
        var collection = SqliteNative.ValueInt64(arguments[0]);
        if (ranges._next.TryGetValue(collection, out var range) && range.Next <= range.Last)
        {
            SqliteNative.ResultInt64(context, range.Next++);
            return;
        }

        var message = "no key is left in the range of this log"u8;
        fixed (byte* text = message)
        {
            SqliteNative.ResultError(context, text, message.Length);
        }
    }

    /// <summary>What is left of a table's range.</summary>
    private sealed class Left(long next, long last)
    {
        public long Next { get; set; } = next;

        public long Last { get; } = last;
    }

    /// <summary>Whether a table's guard stands; null: unknown.</summary>
    private sealed class Guarding
    {
        public bool? Stands { get; set; }
    }
}
