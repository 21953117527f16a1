using System.Globalization;
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

    /// <summary>SQLite refuses more.</summary>
    public const int MostArguments = 100;

    private readonly State* _state = (State*)NativeMemory.AllocZeroed((nuint)sizeof(State));
    private GCHandle _notes;

    public SessionFunctions(SqliteDatabase database)
    {
        _state->Captures = 1;
        Register(database, "_threads_capturing"u8, 0, &IsCapturing, (nint)_state);
        Register(database, "_threads_updating"u8, -1, &IsCapturingUpdate, (nint)_state);
        Register(database, "sqlite_compileoption_used"u8, 1, &CompileOption, 0);
    }

    /// <summary>Whether triggers note what is written.</summary>
    public bool Captures
    {
        get => _state->Captures == 1;
        set => _state->Captures = value ? 1 : 0;
    }

    /// <summary>The collection whose updates are noted in memory instead; null: none.</summary>
    public long? Noting
    {
        get => _state->IsNoting == 1 ? _state->Collection : null;
        set => (_state->IsNoting, _state->Collection) = (value is null ? 0 : 1, value ?? 0);
    }

    /// <summary>As <see cref="Capturing"/> for an update, of which both images are shown.</summary>
    public static string CapturingUpdate(TableSchema table)
    {
        var keys = table.Keys.ToArray().Select(c => ", OLD." + c.Quoted);
        var others = table.Others.ToArray().Select(c => $", OLD.{c.Quoted}, NEW.{c.Quoted}");
        return string.Create(CultureInfo.InvariantCulture, $"_threads_updating({table.Collection}{string.Concat(keys)}{string.Concat(others)})");
    }

    /// <summary>Where <see cref="Noting"/> makes notes.</summary>
    public void NoteIn(UpdateNotes notes)
    {
        _notes = GCHandle.Alloc(notes);
        _state->Notes = GCHandle.ToIntPtr(_notes);
    }

    /// <summary>Only after the connection is closed.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_state);
        if (_notes.IsAllocated)
        {
            _notes.Free();
        }
    }

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
        => SqliteNative.ResultInt(context, ((State*)SqliteNative.UserData(context))->Captures);

    /// <summary>No exception may pass through SQLite.</summary>
    [UnmanagedCallersOnly]
    private static void IsCapturingUpdate(nint context, int count, nint* arguments)
    {
        var state = (State*)SqliteNative.UserData(context);
        if (state->IsNoting == 0 || state->Captures == 0 || SqliteNative.ValueInt64(arguments[0]) != state->Collection)
        {
            SqliteNative.ResultInt(context, state->Captures);
            return;
        }

        try
        {
            ((UpdateNotes)GCHandle.FromIntPtr(state->Notes).Target!).Note(new ReadOnlySpan<nint>(arguments + 1, count - 1));
            SqliteNative.ResultInt(context, 0);
        }
        catch (Exception e)
        {
            var message = Encoding.UTF8.GetBytes(e.Message);
            fixed (byte* text = message)
            {
                SqliteNative.ResultError(context, text, message.Length);
            }
        }
    }

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

    private struct State
    {
        public int Captures;
        public int IsNoting;
        public long Collection;
        public nint Notes;
    }
}
