using System.Runtime.InteropServices;
using SQLitePCL;
using Threads.Data.Sqlite;

namespace Threads.Data;

/// <summary>
/// changes() and last_insert_rowid() as the user's own statements left them: capture and sealing write rows of their own after these. The rowid is put
/// back; the count can't be, so changes() is a function of ours, which asks SQLite's counter only while the user's statement runs (in a trigger).
/// </summary>
internal sealed unsafe class StatementCounters : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly nint _database;
    private readonly State* _state;
    private long _rowid;

    public StatementCounters(sqlite3 handle)
    {
        _handle = handle;
        _database = handle.DangerousGetHandle();
        _state = (State*)NativeMemory.AllocZeroed((nuint)sizeof(State));
        _state->Database = _database;
        fixed (byte* name = "changes"u8)
        {
            const int utf8 = 1;
            ThreadsException.ThrowOnError(SqliteNative.CreateFunction(_database, name, 0, utf8, (nint)_state, &Changes, 0, 0), handle);
        }
    }

    /// <summary>Whether a statement of the user's that writes is in a step.</summary>
    public bool IsWriting
    {
        set => _state->IsWriting = value ? 1 : 0;
    }

    /// <summary>The rows the statement that just ended changed, from now on the answer of changes().</summary>
    public int Take() => _state->Changes = SqliteNative.Changes(_database);

    public void Keep() => _rowid = SqliteNative.LastInsertRowid(_database);

    public void Restore()
    {
        if (!_handle.IsClosed && SqliteNative.LastInsertRowid(_database) != _rowid) SqliteNative.SetLastInsertRowid(_database, _rowid);
    }

    /// <summary>Only after the connection is closed.</summary>
    public void Dispose() => NativeMemory.Free(_state);

    [UnmanagedCallersOnly]
    private static void Changes(nint context, int count, nint* arguments)
    {
        var state = (State*)SqliteNative.UserData(context);
        SqliteNative.ResultInt(context, state->IsWriting != 0 ? SqliteNative.Changes(state->Database) : state->Changes);
    }

    private struct State
    {
        public nint Database;
        public int IsWriting;
        public int Changes;
    }
}
