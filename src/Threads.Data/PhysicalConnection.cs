using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Capture;
using Threads.Data.Pipeline;
using Threads.Data.Sqlite;
using Threads.Data.Storage;

namespace Threads.Data;

/// <summary>An open session with what outlives the <see cref="ThreadsConnection"/> that uses it now: compiled statements and the reason it can't be pooled.</summary>
internal sealed class PhysicalConnection : IDisposable
{
    /// <summary>Pragmas that take a value and leave nothing behind on the connection.</summary>
    private static readonly HashSet<string> NeutralPragmas = new(StringComparer.OrdinalIgnoreCase)
    {
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list", "foreign_key_check", "integrity_check",
        "quick_check", "wal_checkpoint", "incremental_vacuum", "optimize", "user_version", "application_id", "defer_foreign_keys",
    };

    private readonly Lock _gate = new();
    private bool _isDisposed;
    private long _protections = KeyRing.Protections;

    static PhysicalConnection() => Batteries_V2.Init();

    private PhysicalConnection(ThreadsSession session, LockWait locks, bool isSharedCache)
    {
        Session = session;
        Locks = locks;
        IsSharedCache = isSharedCache;
        Handle = session.Inner.Handle!;
        Counters = new StatementCounters(Handle);
    }

    public ThreadsSession Session { get; }

    public sqlite3 Handle { get; }

    public CommandScriptCache Scripts { get; } = new();

    public StatementCounters Counters { get; }

    public LockWait Locks { get; }

    /// <summary>On a shared cache another connection's lock on a table is reported at once: SQLite asks no busy handler then.</summary>
    public bool IsSharedCache { get; }

    /// <summary>The user's functions that SQLite knows on it, by kind, name and arity.</summary>
    public Dictionary<string, UserFunction> Functions { get; } = new(StringComparer.Ordinal);

    /// <summary>Which generation of its pool it belongs to; an older one is not taken back.</summary>
    public int Generation { get; set; }

    /// <summary>Something was done to it that the next user would notice: a PRAGMA, ATTACH, TEMP objects, a loaded extension.</summary>
    public bool IsChanged { get; set; }

    public static PhysicalConnection Open(ConnectionSettings settings, ThreadFileOptions file)
    {
        var inner = new SqliteConnection(settings.SqliteString);
        var locks = new LockWait { TimeoutMs = Milliseconds(settings.DefaultTimeout) };
        try
        {
            inner.Open();
            locks.Install(inner.Handle!);
            ThreadsException.ThrowOnError(raw.sqlite3_exec(inner.Handle, settings.Pragmas), inner.Handle!);
            return new PhysicalConnection(ThreadsSession.Open(inner, file, settings.IsSharedCache ? locks.Pause : null), locks, settings.IsSharedCache);
        }
        catch (Exception e)
        {
            inner.Dispose();
            locks.Dispose();
            if (IsNotADatabase(e)) throw ThreadsErrors.NotADatabase(file.DataSource, e);
            if (e is SqliteException native) throw ThreadsException.From(native);
            throw;
        }
    }

    /// <summary>Records that waited for this moment are in the tables before anybody reads them.</summary>
    public void TakeDue()
    {
        Counters.Keep();
        Session.TakeDue();
        Counters.Restore();
    }

    /// <summary>An execution begins: how long it may wait for locks, 0 for ever, as CommandTimeout has it.</summary>
    public void Begin(int timeoutSeconds)
    {
        Locks.Begin();
        Locks.TimeoutMs = Milliseconds(timeoutSeconds);
    }

    /// <summary>Begins a transaction, or leaves none behind.</summary>
    public void BeginTransaction(bool deferred)
    {
        // A transaction inside another is SQLite's own error, and the outer one goes on.
        if (Session.InTransaction) ThreadsException.ThrowOnError(raw.sqlite3_exec(Handle, "BEGIN"), Handle);
        try
        {
            Session.Begin(deferred);
        }
        catch
        {
            if (Session.InTransaction) Session.Rollback();
            throw;
        }
    }

    /// <summary>Remembers what a statement leaves behind on the connection.</summary>
    public void Note(SqlStatement statement)
    {
        IsChanged = IsChanged || statement.IsTemp || statement.Kind switch
        {
            SqlStatementKind.Attach or SqlStatementKind.Detach => true,
            SqlStatementKind.Pragma => statement.Text.AsSpan().IndexOfAny('=', '(') >= 0 && !NeutralPragmas.Contains(statement.Target ?? ""),
            _ => false,
        };
    }

    /// <summary>Whether it has no function that is missing, or another, among these.</summary>
    public bool HasOnly(Dictionary<string, UserFunction>? functions)
    {
        foreach (var (key, function) in Functions)
        {
            if (functions is null || !functions.TryGetValue(key, out var wanted) || !wanted.Equals(function)) return false;
        }
        return true;
    }

    /// <summary>Whether another file, or none, has the name of the file this connection has open: what it wrote would be lost.</summary>
    public unsafe bool HasMoved()
    {
        const int hasMoved = 20;
        var moved = 0;
        fixed (byte* main = "main"u8) return SqliteNative.FileControl(Handle.DangerousGetHandle(), main, hasMoved, &moved) == raw.SQLITE_OK && moved != 0;
    }

    /// <summary>Whether the file's keys lie under another protection than when this connection was opened. Of a file without one it is asked only after this process has protected one.</summary>
    public bool IsProtectionOther(bool isProtected)
    {
        var changes = KeyRing.Protections;
        if (!isProtected && changes == _protections) return false;
        _protections = changes;
        return Session.Core.IsProtectionOther;
    }

    /// <summary>Stops the statement that runs now, from any thread.</summary>
    public void Interrupt()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            Locks.Cancel();
            raw.sqlite3_interrupt(Handle);
        }
    }

    public void Dispose()
    {
        lock (_gate) _isDisposed = true;
        Scripts.Clear();
        Session.Dispose();
        Counters.Dispose();
        Locks.Dispose();
    }

    private static int Milliseconds(int seconds) => seconds == 0 ? int.MaxValue : (int)Math.Min(seconds * 1000L, int.MaxValue);

    /// <summary>Not yet by the session, which names the file itself.</summary>
    private static bool IsNotADatabase(Exception e)
        => e is SqliteException { SqliteErrorCode: raw.SQLITE_NOTADB } or ThreadsException { SqliteErrorCode: raw.SQLITE_NOTADB, ThreadsErrorCode: ThreadsErrorCode.None };
}
