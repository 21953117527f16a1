using System.Runtime.InteropServices;
using SQLitePCL;

namespace Threads.Data.Sqlite;

/// <summary>
/// The SQLite functions of the hot paths as plain function pointers into the very library SQLitePCLRaw loaded: capture and fold read and bind millions of
/// columns, and a SafeHandle round trip for each of them costs more than the column. Those that only look at a value, take no lock and call nothing back, go without the
/// runtime's own transition too.
/// </summary>
internal static unsafe class SqliteNative
{
    public const int Ok = 0;
    public const int GeneralError = 1;
    public const int TooBig = 18;
    public const int Constraint = 19;
    public const int Mismatch = 20;
    public const int Row = 100;
    public const int Done = 101;
    public const int Integer = 1;
    public const int Float = 2;
    public const int Text = 3;
    public const int Blob = 4;
    public const int Null = 5;
    public const uint PreparePersistent = 1;

    public static readonly delegate* unmanaged<nint, byte*, int, uint, nint*, byte**, int> PrepareV3;
    public static readonly delegate* unmanaged<nint, int> Step;
    public static readonly delegate* unmanaged<nint, int> Reset;
    public static readonly delegate* unmanaged<nint, int> FinalizeStatement;
    public static readonly delegate* unmanaged<nint, int, long, int> BindInt64;
    public static readonly delegate* unmanaged<nint, int, double, int> BindDouble;
    public static readonly delegate* unmanaged<nint, int, byte*, int, nint, int> BindText;
    public static readonly delegate* unmanaged<nint, int, byte*, int, nint, int> BindBlob;
    public static readonly delegate* unmanaged<nint, int, int> BindNull;
    public static readonly delegate* unmanaged<nint, int, int> ColumnType;
    public static readonly delegate* unmanaged<nint, int, long> ColumnInt64;
    public static readonly delegate* unmanaged<nint, int, double> ColumnDouble;
    public static readonly delegate* unmanaged<nint, int, byte*> ColumnText;
    public static readonly delegate* unmanaged<nint, int, byte*> ColumnBlob;
    public static readonly delegate* unmanaged<nint, int, int> ColumnBytes;
    public static readonly delegate* unmanaged<nint, byte*> ErrorMessage;
    public static readonly delegate* unmanaged<nint, int> ExtendedErrorCode;
    public static readonly delegate* unmanaged<nint, int> Changes;
    public static readonly delegate* unmanaged<nint, int> TotalChanges;
    public static readonly delegate* unmanaged<nint, long> LastInsertRowid;
    public static readonly delegate* unmanaged<nint, long, void> SetLastInsertRowid;
    public static readonly delegate* unmanaged<nint, byte*, int, void*, int> FileControl;
    public static readonly delegate* unmanaged<nint, int> GetAutocommit;
    public static readonly delegate* unmanaged<nint, delegate* unmanaged[Cdecl]<nint, int, int>, nint, int> BusyHandler;
    public static readonly delegate* unmanaged<nint, int, int*, int*, int, int> DatabaseStatus;
    public static readonly delegate* unmanaged<nint, delegate* unmanaged<nint, int>, nint, nint> CommitHook;
    public static readonly delegate* unmanaged<nint, delegate* unmanaged<nint, int, byte*, byte*, byte*, byte*, int>, nint, int> SetAuthorizer;
    public static readonly delegate* unmanaged<nint, byte*, int, int, nint, delegate* unmanaged<nint, int, nint*, void>, nint, nint, int> CreateFunction;
    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, int, void> ResultInt;
    public static readonly delegate* unmanaged<nint, void> ResultNull;
    public static readonly delegate* unmanaged<nint, byte*> ValueText;
    public static readonly delegate* unmanaged<nint, byte*> ValueBlob;
    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, int> ValueBytes;
    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, int> ValueType;
    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, long> ValueInt64;
    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, double> ValueDouble;
    public static readonly delegate* unmanaged<nint, int, nint> ColumnValue;
    public static readonly delegate* unmanaged<nint, nint> DatabaseMutex;
    public static readonly delegate* unmanaged<nint, void> MutexEnter;
    public static readonly delegate* unmanaged<nint, void> MutexLeave;
    public static readonly delegate* unmanaged<nint, long, void> ResultInt64;
    public static readonly delegate* unmanaged<nint, byte*, int, void> ResultError;
    public static readonly delegate* unmanaged<nint, double, void> ResultDouble;
    public static readonly delegate* unmanaged<nint, byte*, int, nint, void> ResultText;
    public static readonly delegate* unmanaged<nint, byte*, int, nint, void> ResultBlob;
    public static readonly delegate* unmanaged<nint, byte*, void*, nint, nint, int> CreateModule;
    public static readonly delegate* unmanaged<nint, byte*, int> DeclareVirtualTable;
    public static readonly delegate* unmanaged<int, byte*> Allocate;
    public static readonly delegate* unmanaged<void*, void> Free;
    public static readonly delegate* unmanaged[SuppressGCTransition]<nint, nint> UserData;
    public static readonly delegate* unmanaged<byte*, int> CompileOptionUsed;

#pragma warning disable CA1810 // one look-up of the library serves all fields
    static SqliteNative()
    {
        var library = NativeLibrary.Load(raw.GetNativeLibraryName(), typeof(Batteries_V2).Assembly, null);
        nint Export(string name) => NativeLibrary.GetExport(library, "sqlite3_" + name);

        PrepareV3 = (delegate* unmanaged<nint, byte*, int, uint, nint*, byte**, int>)Export("prepare_v3");
        Step = (delegate* unmanaged<nint, int>)Export("step");
        Reset = (delegate* unmanaged<nint, int>)Export("reset");
        FinalizeStatement = (delegate* unmanaged<nint, int>)Export("finalize");
        BindInt64 = (delegate* unmanaged<nint, int, long, int>)Export("bind_int64");
        BindDouble = (delegate* unmanaged<nint, int, double, int>)Export("bind_double");
        BindText = (delegate* unmanaged<nint, int, byte*, int, nint, int>)Export("bind_text");
        BindBlob = (delegate* unmanaged<nint, int, byte*, int, nint, int>)Export("bind_blob");
        BindNull = (delegate* unmanaged<nint, int, int>)Export("bind_null");
        ColumnType = (delegate* unmanaged<nint, int, int>)Export("column_type");
        ColumnInt64 = (delegate* unmanaged<nint, int, long>)Export("column_int64");
        ColumnDouble = (delegate* unmanaged<nint, int, double>)Export("column_double");
        ColumnText = (delegate* unmanaged<nint, int, byte*>)Export("column_text");
        ColumnBlob = (delegate* unmanaged<nint, int, byte*>)Export("column_blob");
        ColumnBytes = (delegate* unmanaged<nint, int, int>)Export("column_bytes");
        ErrorMessage = (delegate* unmanaged<nint, byte*>)Export("errmsg");
        ExtendedErrorCode = (delegate* unmanaged<nint, int>)Export("extended_errcode");
        Changes = (delegate* unmanaged<nint, int>)Export("changes");
        TotalChanges = (delegate* unmanaged<nint, int>)Export("total_changes");
        LastInsertRowid = (delegate* unmanaged<nint, long>)Export("last_insert_rowid");
        SetLastInsertRowid = (delegate* unmanaged<nint, long, void>)Export("set_last_insert_rowid");
        FileControl = (delegate* unmanaged<nint, byte*, int, void*, int>)Export("file_control");
        GetAutocommit = (delegate* unmanaged<nint, int>)Export("get_autocommit");
        BusyHandler = (delegate* unmanaged<nint, delegate* unmanaged[Cdecl]<nint, int, int>, nint, int>)Export("busy_handler");
        DatabaseStatus = (delegate* unmanaged<nint, int, int*, int*, int, int>)Export("db_status");
        CommitHook = (delegate* unmanaged<nint, delegate* unmanaged<nint, int>, nint, nint>)Export("commit_hook");
        SetAuthorizer = (delegate* unmanaged<nint, delegate* unmanaged<nint, int, byte*, byte*, byte*, byte*, int>, nint, int>)Export("set_authorizer");
        CreateFunction = (delegate* unmanaged<nint, byte*, int, int, nint, delegate* unmanaged<nint, int, nint*, void>, nint, nint, int>)Export("create_function");
        ResultInt = (delegate* unmanaged[SuppressGCTransition]<nint, int, void>)Export("result_int");
        ResultNull = (delegate* unmanaged<nint, void>)Export("result_null");
        ValueText = (delegate* unmanaged<nint, byte*>)Export("value_text");
        ValueBlob = (delegate* unmanaged<nint, byte*>)Export("value_blob");
        ValueBytes = (delegate* unmanaged[SuppressGCTransition]<nint, int>)Export("value_bytes");
        ValueType = (delegate* unmanaged[SuppressGCTransition]<nint, int>)Export("value_type");
        ValueInt64 = (delegate* unmanaged[SuppressGCTransition]<nint, long>)Export("value_int64");
        ValueDouble = (delegate* unmanaged[SuppressGCTransition]<nint, double>)Export("value_double");
        ColumnValue = (delegate* unmanaged<nint, int, nint>)Export("column_value");
        DatabaseMutex = (delegate* unmanaged<nint, nint>)Export("db_mutex");
        MutexEnter = (delegate* unmanaged<nint, void>)Export("mutex_enter");
        MutexLeave = (delegate* unmanaged<nint, void>)Export("mutex_leave");
        ResultInt64 = (delegate* unmanaged<nint, long, void>)Export("result_int64");
        ResultDouble = (delegate* unmanaged<nint, double, void>)Export("result_double");
        ResultText = (delegate* unmanaged<nint, byte*, int, nint, void>)Export("result_text");
        ResultBlob = (delegate* unmanaged<nint, byte*, int, nint, void>)Export("result_blob");
        CreateModule = (delegate* unmanaged<nint, byte*, void*, nint, nint, int>)Export("create_module_v2");
        DeclareVirtualTable = (delegate* unmanaged<nint, byte*, int>)Export("declare_vtab");
        Allocate = (delegate* unmanaged<int, byte*>)Export("malloc");
        Free = (delegate* unmanaged<void*, void>)Export("free");
        ResultError = (delegate* unmanaged<nint, byte*, int, void>)Export("result_error");
        UserData = (delegate* unmanaged[SuppressGCTransition]<nint, nint>)Export("user_data");
        CompileOptionUsed = (delegate* unmanaged<byte*, int>)Export("compileoption_used");
    }
#pragma warning restore CA1810
}
