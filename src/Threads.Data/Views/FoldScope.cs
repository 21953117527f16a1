using SQLitePCL;
using Threads.Data.Capture;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// While a fold writes: nothing is captured, the user's triggers are off since their effects are events of their own, and foreign keys are off since a child may come
/// before its parent (decision 2). TEMP triggers keep firing, which mirrors of triggers on local tables use.
/// A switch that is turned makes SQLite prepare every statement of the connection anew, so those that nothing hangs on are let alone: the file's triggers stay off where
/// none is the user's, since ours in it only note what other tools write (Views/OutsideMarks).
/// </summary>
internal sealed class FoldScope(sqlite3 handle, SqliteDatabase database, SessionFunctions functions, SchemaCatalog catalog, TriggerMirrors mirrors)
{
    private const int EnableForeignKeys = 1002;
    private const int EnableTriggers = 1003;

    /// <summary>From this version on TEMP triggers, capture's own, fire whatever the switch says.</summary>
    private const int SparesTemporary = 3_035_000;

    private int _depth;
    private int _foreignKeys;
    private bool _hasForeignKeys = true;
    private bool _hasTriggers = true;
    private bool _hasTemporaryTriggers;

    public bool IsOpen => _depth > 0;

    /// <summary>Whether SQLite checks foreign keys in the user's own statements.</summary>
    public bool ChecksForeignKeys => (_depth > 0 ? _foreignKeys : Configure(EnableForeignKeys, -1)) != 0;

    /// <summary>Before the first write under a schema: what is switched, and what is not, goes by it.</summary>
    public void Follow()
    {
        _hasForeignKeys = catalog.HasForeignKeys;
        _hasTriggers = _hasTemporaryTriggers || catalog.Triggers().Count > 0 || raw.sqlite3_libversion_number() < SparesTemporary;
        if (!IsOpen)
        {
            Configure(EnableTriggers, _hasTriggers ? 1 : 0);
        }
    }

    /// <summary>The user makes TEMP triggers: those on TEMP tables and views go by the switch.</summary>
    public void MeetTemporaryTriggers()
    {
        _hasTriggers = _hasTemporaryTriggers = true;
        if (!IsOpen)
        {
            Configure(EnableTriggers, 1);
        }
    }

    public void Enter()
    {
        if (_depth++ > 0)
        {
            return;
        }

        mirrors.Ready();
        functions.Captures = false;
        _foreignKeys = Configure(EnableForeignKeys, -1);
        if (_hasForeignKeys)
        {
            Configure(EnableForeignKeys, 0);
        }

        Configure(EnableTriggers, 0);
    }

    public void Leave()
    {
        if (--_depth > 0)
        {
            return;
        }

        Configure(EnableTriggers, _hasTriggers ? 1 : 0);
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
