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
        nint statement;
        int rc;
        fixed (byte* text = utf8)
        {
            rc = PrepareV3(Handle, text, utf8.Length, flags, &statement, null);
        }

        return rc == Ok ? new SqliteStatement(this, statement, sql) : throw Error(rc);
    }

    public void Execute(string sql)
    {
        var rc = raw.sqlite3_exec(_handle, sql);
        if (rc != Ok)
        {
            throw Error(rc);
        }
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
