using Microsoft.Data.Sqlite;
using Threads.Data.Pipeline;

namespace Threads.Data;

public sealed partial class ThreadsConnection
{
    private LocalThread? _thread;
    private ThreadAccess? _access;

    /// <summary>The thread in this database: its id and keys, exchange of records, rebuild and verification.</summary>
    public LocalThread Thread => _thread ??= new LocalThread(this);

    /// <summary>Who may do what in the thread: roles, groups, lists.</summary>
    public ThreadAccess Access => _access ??= new ThreadAccess(this);

    /// <summary>The pool keeps nothing that was opened before now, this connection neither once it is given back.</summary>
    internal void ForgetPooled() => _pool.Clear();

    /// <exception cref="InvalidOperationException">The connection is closed.</exception>
    internal ThreadsSession OpenSession()
        => Physical?.Session ?? throw new InvalidOperationException(Resources.Strings.ConnectionClosed());

    /// <summary>Work on the session below; its SQLite errors leave as ours.</summary>
    internal T Guarded<T>(Func<T> work)
    {
        OpenSession();
        ThrowIfReturning();
        try
        {
            return work();
        }
        catch (SqliteException e)
        {
            throw ThreadsException.From(e);
        }
    }
}
