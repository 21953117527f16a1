using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using static Threads.Data.Sqlite.SqliteNative;

namespace Threads.Data.Sqlite;

/// <summary>The session's own way to its connection: prepared statements, kept by text, beside the user's commands.</summary>
internal sealed unsafe class SqliteDatabase : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly nint _mutex;
    private readonly Dictionary<string, SqliteStatement> _kept = new(StringComparer.Ordinal);

    public SqliteDatabase(sqlite3 handle)
    {
        _handle = handle;
        Handle = handle.DangerousGetHandle();
        _mutex = DatabaseMutex(Handle);
    }

    public nint Handle { get; }

    /// <summary>
    /// On a shared cache another connection's lock is reported at once, without the busy handler: this pauses for the n-th time, or is false when there is no time left.
    /// Null where the cache is not shared.
    /// </summary>
    public Func<int, bool>? Pause { get; init; }

    /// <summary>The main database's file; empty in memory.</summary>
    public string FileName => raw.sqlite3_db_filename(_handle, "main").utf8_to_string() ?? "";

    public bool InTransaction => GetAutocommit(Handle) == 0;

    /// <summary>Rows changed by all statements so far, temporary tables and triggers included.</summary>
    public int TotalChanges => SqliteNative.TotalChanges(Handle);

    public int Changes => SqliteNative.Changes(Handle);

    /// <summary>Whether a deferred foreign key is unmet just now, so that a COMMIT would be refused.</summary>
    public bool HasUnmetForeignKeys
    {
        get
        {
            const int DeferredForeignKeys = 10;
            int current, highest;
            return DatabaseStatus(Handle, DeferredForeignKeys, &current, &highest, 0) == Ok && current != 0;
        }
    }

    /// <summary>The statement for this text, prepared once a connection. The caller steps it to its end or resets it.</summary>
    public SqliteStatement this[string sql]
    {
        get
        {
            if (!_kept.TryGetValue(sql, out var statement))
            {
                _kept.Add(sql, statement = Prepare(sql, PreparePersistent));
            }

            return statement;
        }
    }

    public SqliteStatement Prepare(string sql, uint flags = 0)
    {
        var utf8 = Encoding.UTF8.GetBytes(sql);
        fixed (byte* text = utf8)
        {
            var statement = Prepare(text, text + utf8.Length, flags, null);
            return new SqliteStatement(this, statement, sql);
        }
    }

    /// <summary>Runs all statements of a text, each to its end.</summary>
    public void Execute(string sql)
    {
        var utf8 = Encoding.UTF8.GetBytes(sql);
        fixed (byte* text = utf8)
        {
            for (byte* next = text, end = text + utf8.Length; next < end;)
            {
                var prepared = Prepare(next, end, 0, &next);
                if (prepared == 0)
                {
                    continue; // a comment or white space
                }

                using var statement = new SqliteStatement(this, prepared, sql);
                statement.Run();
            }
        }
    }

    /// <summary>Whether a step or a compilation that came to <paramref name="rc"/> should be done again: another connection on the shared cache had a lock, and time is left.</summary>
    public bool MayRetry(int rc, ref int pauses)
    {
        const int LockedBySharedCache = 262;
        return Pause is not null && (rc & 0xFF) == raw.SQLITE_LOCKED && ExtendedErrorCode(Handle) == LockedBySharedCache && Pause(pauses++);
    }

    public long Int64(string sql) => this[sql].ScalarInt64();

    /// <summary>Forgets the kept statements whose text names <paramref name="name"/>: a dropped table's may not stay open.</summary>
    public void Forget(string name)
    {
        foreach (var (sql, statement) in _kept.ToArray())
        {
            if (sql.Contains(name, StringComparison.Ordinal))
            {
                statement.Dispose();
                _kept.Remove(sql);
            }
        }
    }

    public SqliteException Error(int rc)
    {
        var extended = ExtendedErrorCode(Handle);
        var message = Marshal.PtrToStringUTF8((nint)ErrorMessage(Handle)) ?? "unknown error";
        return new SqliteException($"SQLite Error {rc & 0xFF}: '{message}'.", rc & 0xFF, (extended & 0xFF) == (rc & 0xFF) ? extended : rc);
    }

    /// <summary>Holds the connection's mutex over a stretch of many calls, each of which then takes it at no cost; SQLite's mutex may be taken again by its holder.</summary>
    public void EnterMutex() => MutexEnter(_mutex);

    public void LeaveMutex() => MutexLeave(_mutex);

    /// <summary>One number from a text that is not kept.</summary>
    public long Scalar(string sql)
    {
        using var statement = Prepare(sql);
        return statement.ScalarInt64();
    }

    private nint Prepare(byte* text, byte* end, uint flags, byte** rest)
    {
        nint statement;
        int rc;
        var pauses = 0;
        do
        {
            rc = PrepareV3(Handle, text, (int)(end - text), flags, &statement, rest);
        }
        while (rc != Ok && MayRetry(rc, ref pauses));
        return rc == Ok ? statement : throw Error(rc);
    }

    public static string Literal(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    public static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    public void Dispose()
    {
        foreach (var statement in _kept.Values)
        {
            statement.Dispose();
        }

        _kept.Clear();
    }
}
