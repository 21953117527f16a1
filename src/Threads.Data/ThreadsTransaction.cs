using System.Data;
using System.Data.Common;
using SQLitePCL;
using Threads.Data.Pipeline;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>A transaction. What it changed in shared tables is sealed into one signed record by <see cref="Commit"/>, and committed with it or not at all.</summary>
public sealed class ThreadsTransaction : DbTransaction
{
    private readonly PhysicalConnection _physical;
    private ThreadsConnection? _connection;

    internal ThreadsTransaction(ThreadsConnection connection, IsolationLevel isolationLevel, bool deferred)
    {
        var readsUncommitted = isolationLevel == IsolationLevel.ReadUncommitted && deferred && connection.Settings.IsSharedCache;
        if (isolationLevel is IsolationLevel.Chaos or IsolationLevel.Snapshot)
            throw new ArgumentException(Strings.Ado_IsolationLevelNotSupported(isolationLevel), nameof(isolationLevel));
        _connection = connection;
        _physical = connection.Physical!;
        IsolationLevel = readsUncommitted ? IsolationLevel.ReadUncommitted : IsolationLevel.Serializable;
        ReadUncommitted(true);
        try
        {
            connection.Guard(static (PhysicalConnection physical, bool deferred) => physical.BeginTransaction(deferred), deferred);
        }
        catch
        {
            ReadUncommitted(false);
            throw;
        }
    }

    /// <summary>The connection; null once the transaction has ended and was let go.</summary>
    public new ThreadsConnection? Connection => _connection;

    /// <summary>Serializable, whatever weaker was asked for; ReadUncommitted only on a shared cache and deferred.</summary>
    public override IsolationLevel IsolationLevel { get; }

    /// <inheritdoc/>
    public override bool SupportsSavepoints => true;

    /// <inheritdoc/>
    protected override DbConnection? DbConnection => _connection;

    /// <summary>It ended without <see cref="Commit"/> or Rollback: by SQL text, or because SQLite rolled back after an error.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>Seals what was changed and commits it. When that fails everything is rolled back.</summary>
    /// <exception cref="ThreadsException">A deferred constraint failed, the disk is full, a reader of a writing statement is open …</exception>
    public override void Commit()
    {
        var connection = Usable();
        connection.ThrowIfReturning();
        try
        {
            connection.Guard(static (ThreadsSession session, int _) => session.CommitUser(), 0);
        }
        catch
        {
            connection.NoticeEndOfTransaction();
            throw;
        }
        Complete();
    }

    /// <summary>Undoes everything since the transaction began.</summary>
    public override void Rollback()
    {
        if (_connection is not { State: ConnectionState.Open } connection) throw Completed();
        if (!HasEnded) connection.Guard(static (ThreadsSession session, int _) => session.Rollback(), 0);
        Complete();
    }

    /// <summary>Sets a savepoint.</summary>
    /// <param name="savepointName">Any name; the same one again hides the earlier.</param>
    public override void Save(string savepointName)
    {
        ArgumentNullException.ThrowIfNull(savepointName);
        Usable().Guard(static (ThreadsSession session, string name) => session.Savepoint(name), savepointName);
    }

    /// <summary>Undoes everything since a savepoint, and keeps the savepoint.</summary>
    /// <param name="savepointName">Its name.</param>
    public override void Rollback(string savepointName)
    {
        ArgumentNullException.ThrowIfNull(savepointName);
        Usable().Guard(static (ThreadsSession session, string name) => session.RollbackTo(name), savepointName);
    }

    /// <summary>Forgets a savepoint and those after it; what was changed since stays.</summary>
    /// <param name="savepointName">Its name.</param>
    public override void Release(string savepointName)
    {
        ArgumentNullException.ThrowIfNull(savepointName);
        Usable().Guard(static (ThreadsSession session, string name) => session.Release(name), savepointName);
    }

    internal void MarkEnded() => HasEnded = true;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _connection is { State: ConnectionState.Open }) Rollback();
        base.Dispose(disposing);
    }

    private ThreadsConnection Usable() => _connection is { State: ConnectionState.Open } connection && !HasEnded ? connection : throw Completed();

    private void Complete()
    {
        ReadUncommitted(false);
        _connection!.Transaction = null;
        _connection = null;
    }

    private void ReadUncommitted(bool on)
    {
        if (IsolationLevel != IsolationLevel.ReadUncommitted) return;
        ThreadsException.ThrowOnError(raw.sqlite3_exec(_physical.Handle, on ? "PRAGMA read_uncommitted = 1" : "PRAGMA read_uncommitted = 0"), _physical.Handle);
    }

    private static InvalidOperationException Completed() => new(Strings.Ado_TransactionCompleted);
}
