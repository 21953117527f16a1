using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Capture;
using Threads.Data.Pipeline;
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
    private int _busyTimeoutMs = -1;
    private bool _isDisposed;

    static PhysicalConnection() => Batteries_V2.Init();

    private PhysicalConnection(ThreadsSession session)
    {
        Session = session;
        Handle = session.Inner.Handle!;
        Counters = new StatementCounters(Handle);
    }

    public ThreadsSession Session { get; }

    public sqlite3 Handle { get; }

    public CommandScriptCache Scripts { get; } = new();

    public StatementCounters Counters { get; }

    /// <summary>The user's functions that SQLite knows on it, by kind, name and arity.</summary>
    public Dictionary<string, UserFunction> Functions { get; } = new(StringComparer.Ordinal);

    /// <summary>Which generation of its pool it belongs to; an older one is not taken back.</summary>
    public int Generation { get; set; }

    /// <summary>Something was done to it that the next user would notice: a PRAGMA, ATTACH, TEMP objects, a loaded extension.</summary>
    public bool IsChanged { get; set; }

    public static PhysicalConnection Open(ConnectionSettings settings, ThreadFileOptions file)
    {
        var inner = new SqliteConnection(settings.SqliteString);
        try
        {
            inner.Open();
            Configure(inner, settings);
            return new PhysicalConnection(ThreadsSession.Open(inner, file));
        }
        catch (SqliteException e)
        {
            inner.Dispose();
            throw ThreadsException.From(e);
        }
        catch
        {
            inner.Dispose();
            throw;
        }
    }

    /// <summary>SQLite itself waits for locks; 0 waits for ever, as CommandTimeout has it.</summary>
    public void SetBusyTimeout(int seconds)
    {
        var milliseconds = seconds == 0 ? int.MaxValue : (int)Math.Min(seconds * 1000L, int.MaxValue);
        if (milliseconds == _busyTimeoutMs) return;
        ThreadsException.ThrowOnError(raw.sqlite3_busy_timeout(Handle, milliseconds), Handle);
        _busyTimeoutMs = milliseconds;
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

    /// <summary>Stops the statement that runs now, from any thread.</summary>
    public void Interrupt()
    {
        lock (_gate)
        {
            if (!_isDisposed) raw.sqlite3_interrupt(Handle);
        }
    }

    public void Dispose()
    {
        lock (_gate) _isDisposed = true;
        Scripts.Clear();
        Session.Dispose();
        Counters.Dispose();
    }

    private static void Configure(SqliteConnection inner, ConnectionSettings settings)
    {
        var milliseconds = (int)Math.Min(settings.DefaultTimeout * 1000L, int.MaxValue);
        ThreadsException.ThrowOnError(raw.sqlite3_busy_timeout(inner.Handle, milliseconds == 0 ? int.MaxValue : milliseconds), inner.Handle!);
        ThreadsException.ThrowOnError(raw.sqlite3_exec(inner.Handle, settings.Pragmas), inner.Handle!);
    }
}
