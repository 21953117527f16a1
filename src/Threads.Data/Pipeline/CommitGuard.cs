using System.Runtime.InteropServices;
using Threads.Data.Sqlite;

namespace Threads.Data.Pipeline;

/// <summary>
/// The last guard: a commit hook that turns a commit into a rollback (SQLite error 19) when rows changed after the last seal, so nothing unsealed ever gets into the
/// file, whichever way the COMMIT came.
/// </summary>
internal sealed unsafe class CommitGuard : IDisposable
{
    private readonly SqliteDatabase _database;
    private readonly State* _state;

    public CommitGuard(SqliteDatabase database)
    {
        _database = database;
        _state = (State*)NativeMemory.Alloc((nuint)sizeof(State));
        *_state = new State { Database = database.Handle, TotalChanges = SqliteNative.TotalChanges(database.Handle) };
        SqliteNative.CommitHook(database.Handle, &OnCommit, (nint)_state);
    }

    /// <summary>What has changed up to now is sealed, or needs no seal.</summary>
    public void Allow() => _state->TotalChanges = _database.TotalChanges;

    /// <summary>True around the COMMIT of what is sealed: virtual tables write rows of theirs only then.</summary>
    public bool IsSealed
    {
        set => _state->IsSealed = value ? 1 : 0;
    }

    public void Remove() => SqliteNative.CommitHook(_database.Handle, null, 0);

    /// <summary>Only after the connection is closed or the hook removed.</summary>
    public void Dispose() => NativeMemory.Free(_state);

    [UnmanagedCallersOnly]
    private static int OnCommit(nint data)
    {
        var state = (State*)data;
        var total = SqliteNative.TotalChanges(state->Database);
        if (total == state->TotalChanges || state->IsSealed == 1)
        {
            return 0;
        }

        // All of it is rolled back now, so nothing unsealed is left to guard against.
        state->TotalChanges = total;
        return 1;
    }

    private struct State
    {
        public nint Database;
        public int TotalChanges;
        public int IsSealed;
    }
}
