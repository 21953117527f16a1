using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// The SQL functions a session gives its connection: whether changes are captured just now, and whether a statement comes from one of our connections at all,
/// which the marks of outside changes ask (Views/OutsideMarks).
/// </summary>
internal sealed unsafe class SessionFunctions : IDisposable
{
    /// <summary>True while the user's own statements run; false while a fold writes.</summary>
    public const string Capturing = "_threads_capturing()";

    /// <summary>
    /// True on connections that are not ours: SQLite's own function says 0 to an unknown option, ours says 1 to this one. Other tools know the function, so they
    /// can write the table, and the trigger notes it.
    /// </summary>
    public const string Outside = "NOT sqlite_compileoption_used('THREADS_SESSION')";

    private readonly int* _capturing = (int*)NativeMemory.AllocZeroed(sizeof(int));

    public SessionFunctions(SqliteDatabase database)
    {
        *_capturing = 1;
        Register(database, "_threads_capturing"u8, 0, &IsCapturing, (nint)_capturing);
        Register(database, "sqlite_compileoption_used"u8, 1, &CompileOption, 0);
    }

    /// <summary>Whether triggers note what is written.</summary>
    public bool Captures
    {
        get => *_capturing == 1;
        set => *_capturing = value ? 1 : 0;
    }

    /// <summary>Only after the connection is closed.</summary>
    public void Dispose() => NativeMemory.Free(_capturing);

    internal static void Register(SqliteDatabase database, ReadOnlySpan<byte> name, int arguments, delegate* unmanaged<nint, int, nint*, void> function, nint data)
    {
        // Harmless, so that it works in triggers under PRAGMA trusted_schema = 0 too.
        const int Utf8 = 1;
        const int Innocuous = 0x200000;
        fixed (byte* pointer = name)
        {
            var rc = SqliteNative.CreateFunction(database.Handle, pointer, arguments, Utf8 | Innocuous, data, function, 0, 0);
            if (rc != SqliteNative.Ok)
            {
                throw database.Error(rc);
            }
        }
    }

    [UnmanagedCallersOnly]
    private static void IsCapturing(nint context, int count, nint* arguments)
        => SqliteNative.ResultInt(context, *(int*)SqliteNative.UserData(context));

    [UnmanagedCallersOnly]
    private static void CompileOption(nint context, int count, nint* arguments)
    {
        var text = SqliteNative.ValueText(arguments[0]);
        if (text is null)
        {
            SqliteNative.ResultNull(context);
            return;
        }

        var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text);
        SqliteNative.ResultInt(context, name.SequenceEqual("THREADS_SESSION"u8) ? 1 : SqliteNative.CompileOptionUsed(text));
    }
}
