using SQLitePCL;
using Threads.Data.Capture;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// While a fold writes: nothing is captured, the user's triggers are off since their effects are events of their own, and foreign keys are off since a child may come
/// before its parent (decision 2). TEMP triggers keep firing, which mirrors of triggers on local tables use.
/// </summary>
internal sealed class FoldScope(sqlite3 handle, SqliteDatabase database, SessionFunctions functions, TriggerMirrors mirrors)
{
    private const int EnableForeignKeys = 1002;
    private const int EnableTriggers = 1003;

    private int _depth;
    private int _foreignKeys;

    public bool IsOpen => _depth > 0;

    /// <summary>Whether SQLite checks foreign keys in the user's own statements.</summary>
    public bool ChecksForeignKeys => (_depth > 0 ? _foreignKeys : Configure(EnableForeignKeys, -1)) != 0;

    public void Enter()
    {
        if (_depth++ > 0)
        {
            return;
        }

        mirrors.Ready();
        functions.Captures = false;
        _foreignKeys = Configure(EnableForeignKeys, -1);
        Configure(EnableForeignKeys, 0);
        Configure(EnableTriggers, 0);
    }

    public void Leave()
    {
        if (--_depth > 0)
        {
            return;
        }

        Configure(EnableTriggers, 1);
        Configure(EnableForeignKeys, _foreignKeys);
        functions.Captures = true;
        mirrors.Done();
    }

    private int Configure(int option, int value)
    {
        var rc = raw.sqlite3_db_config(handle, option, value, out var now);
        return rc == SqliteNative.Ok ? now : throw database.Error(rc);
    }
}
