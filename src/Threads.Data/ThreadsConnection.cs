using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SQLitePCL;
using Threads.Data.Capture;
using Threads.Data.Pipeline;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>A connection to a thread's database: a SQLite file in which everything that is committed also becomes a signed record of this peer's log.</summary>
public sealed partial class ThreadsConnection : DbConnection
{
    private readonly List<ThreadsDataReader> _readers = [];
    private ConnectionPool _pool;
    private bool _wasOpen;
    private int? _defaultTimeout;
    private ILogger? _logger;

    /// <summary>A connection whose connection string is set later.</summary>
    public ThreadsConnection()
        : this("")
    {
    }

    /// <summary>A connection, not yet open.</summary>
    /// <param name="connectionString">For example <c>Data Source=notes.db</c>; see <see cref="ThreadsConnectionStringBuilder"/>.</param>
    /// <exception cref="ArgumentException">A keyword is not known, or its value can't be read.</exception>
    public ThreadsConnection(string? connectionString) => _pool = ConnectionPool.For(connectionString ?? "");

    /// <summary>A connection of a data source's.</summary>
    internal ThreadsConnection(ConnectionPool pool) => _pool = pool;

    /// <summary>The connection string; once opened without Password and Thread Key, unless Persist Security Info is true.</summary>
    [AllowNull]
    public override string ConnectionString
    {
        get => _wasOpen ? Settings.PublicString : Settings.ConnectionString;
        set
        {
            if (State != ConnectionState.Closed) throw new InvalidOperationException(Strings.Ado_ConnectionStringInUse);
            _pool = ConnectionPool.For(value ?? "");
            _wasOpen = false;
        }
    }

    /// <summary>Always "main": the file itself.</summary>
    public override string Database => "main";

    /// <summary>The file, with its full path while the connection is open.</summary>
    public override string DataSource =>
        (Physical is null ? null : raw.sqlite3_db_filename(Physical.Handle, "main").utf8_to_string()) is { Length: > 0 } path ? path : Settings.DataSource;

    /// <summary>Seconds a command waits for a lock unless it says otherwise, 0 for ever.</summary>
    public int DefaultTimeout
    {
        get => _defaultTimeout ?? Settings.DefaultTimeout;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _defaultTimeout = value;
        }
    }

    /// <summary>SQLite's version.</summary>
    public override string ServerVersion => raw.sqlite3_libversion().utf8_to_string();

    /// <inheritdoc/>
    public override ConnectionState State => Physical is null ? ConnectionState.Closed : ConnectionState.Open;

    /// <summary>SQLite's connection while this one is open, else null.</summary>
    public sqlite3? Handle => Physical?.Handle;

    /// <summary>Whether the connection string asks for Mode=ReadOnly: nothing is written, no key is needed.</summary>
    public bool IsReadOnly => Settings.IsReadOnly;

    /// <inheritdoc/>
    public override bool CanCreateBatch => true;

    internal ILogger Logger => _logger ?? Settings.Logger;

    internal ConnectionSettings Settings => _pool.Settings;

    internal PhysicalConnection? Physical { get; private set; }

    internal ThreadsTransaction? Transaction { get; set; }

    /// <inheritdoc/>
    protected override DbProviderFactory DbProviderFactory => ThreadsFactory.Instance;

    /// <summary>Closes the idle connections of every pool; those in use close when they are returned.</summary>
    public static void ClearAllPools() => ConnectionPool.ClearAll();

    /// <summary>Closes the idle connections of one connection's pool, for example before its file is deleted.</summary>
    /// <param name="connection">Any connection with the same connection string.</param>
    public static void ClearPool(ThreadsConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection._pool.Clear();
    }

    /// <summary>
    /// Where this connection says what it opens and executes (category "Threads.Data"), from its next opening on; in the place of its data source's logger. Values of parameters,
    /// passwords and keys are never logged.
    /// </summary>
    /// <param name="loggerFactory">Makes the logger.</param>
    public void UseLoggerFactory(ILoggerFactory loggerFactory)
    {
        ArgumentNullException.ThrowIfNull(loggerFactory);
        _logger = loggerFactory.CreateLogger(LogMessages.Category);
    }

    /// <summary>Opens the file, and makes the thread in it when it has none.</summary>
    public override void Open()
    {
        if (State == ConnectionState.Open) return;
        Physical = _pool.Rent(_functions, Logger);
        try
        {
            Activate();
        }
        catch
        {
            Physical.Dispose();
            Physical = null;
            throw;
        }
        _wasOpen = true;
        OnStateChange(new StateChangeEventArgs(ConnectionState.Closed, ConnectionState.Open));
    }

    /// <summary>Rolls back an open transaction, closes open readers, and gives the file's handle back to the pool.</summary>
    public override void Close()
    {
        if (Physical is not { } physical) return;
        try
        {
            while (_readers.Count > 0) _readers[^1].Abandon();
            Transaction?.Dispose();
            if (physical.Session.InTransaction) Guard(static (ThreadsSession session, int _) => session.Rollback(), 0);
        }
        finally
        {
            Transaction = null;
            Physical = null;
            physical.Session.OnTriggerAdds = null;
            _pool.Return(physical, Logger);
        }
        OnStateChange(new StateChangeEventArgs(ConnectionState.Open, ConnectionState.Closed));
    }

    /// <summary>A command on this connection, in its open transaction.</summary>
    public new ThreadsCommand CreateCommand() => new() { Connection = this, Transaction = Transaction };

    /// <summary>A batch on this connection, in its open transaction.</summary>
    public new ThreadsBatch CreateBatch() => new(this, Transaction);

    /// <summary>Begins a transaction and takes the write lock.</summary>
    public new ThreadsTransaction BeginTransaction() => BeginTransaction(IsolationLevel.Unspecified, deferred: false);

    /// <summary>Begins a transaction.</summary>
    /// <param name="deferred">Whether to take the write lock only when something is written; then that statement may find the database busy.</param>
    public ThreadsTransaction BeginTransaction(bool deferred) => BeginTransaction(IsolationLevel.Unspecified, deferred);

    /// <summary>Begins a transaction.</summary>
    /// <param name="isolationLevel">Serializable or weaker; it will be Serializable. ReadUncommitted is deferred.</param>
    public new ThreadsTransaction BeginTransaction(IsolationLevel isolationLevel) =>
        BeginTransaction(isolationLevel, deferred: isolationLevel == IsolationLevel.ReadUncommitted);

    /// <summary>Begins a transaction.</summary>
    /// <param name="isolationLevel">Serializable or weaker; it will be Serializable, except ReadUncommitted on a shared cache when deferred.</param>
    /// <param name="deferred">Whether to take the write lock only when something is written; then that statement may find the database busy.</param>
    /// <exception cref="InvalidOperationException">The connection is not open, or has a transaction already.</exception>
    public ThreadsTransaction BeginTransaction(IsolationLevel isolationLevel, bool deferred)
    {
        if (Physical is null) throw new InvalidOperationException(Strings.Ado_ConnectionNotOpen(nameof(BeginTransaction)));
        if (Transaction is not null) throw new InvalidOperationException(Strings.Ado_TransactionParallel);
        ThrowIfImplicit();
        Physical.Begin(DefaultTimeout);
        return Transaction = new ThreadsTransaction(this, isolationLevel, deferred);
    }

    /// <summary>Not possible: a connection has one file.</summary>
    /// <param name="databaseName">Not used.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException(Strings.Ado_DatabaseChangeNotSupported(databaseName));

    /// <inheritdoc/>
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => BeginTransaction(isolationLevel);

    /// <summary>As <see cref="BeginTransaction()"/>; the token ends the wait for the lock.</summary>
    protected override ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<DbTransaction>(cancellationToken);
        try
        {
            using (cancellationToken.UnsafeRegister(static c => ((ThreadsConnection)c!).Physical?.Interrupt(), this)) return new(BeginTransaction(isolationLevel));
        }
        catch (ThreadsException e) when (cancellationToken.IsCancellationRequested && e.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_INTERRUPT)
        {
            return ValueTask.FromCanceled<DbTransaction>(cancellationToken);
        }
        catch (Exception e)
        {
            return ValueTask.FromException<DbTransaction>(e);
        }
    }

    /// <inheritdoc/>
    protected override DbCommand CreateDbCommand() => CreateCommand();

    /// <inheritdoc/>
    protected override DbBatch CreateDbBatch() => CreateBatch();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Close();
        base.Dispose(disposing);
    }

    internal void Add(ThreadsDataReader reader) => _readers.Add(reader);

    internal void Remove(ThreadsDataReader reader) => _readers.Remove(reader);

    /// <summary>A command has to be in the connection's transaction, and that has to be alive.</summary>
    internal void ThrowIfNotCurrent(ThreadsTransaction? transaction)
    {
        if (!ReferenceEquals(transaction, Transaction))
            throw new InvalidOperationException(transaction is null ? Strings.Ado_TransactionRequired : Strings.Ado_TransactionOfOtherConnection);
        if (transaction?.HasEnded == true) throw new InvalidOperationException(Strings.Ado_TransactionCompleted);
    }

    /// <summary>SQLite refuses a COMMIT while a statement that writes is not through, and sealing must not even begin then.</summary>
    internal void ThrowIfReturning()
    {
        if (_readers.Find(r => r.IsWriting) is { } reader)
            throw new ThreadsException(ThreadsErrorCode.ReaderOpen, Strings.Ado_ReturningReaderOpen(reader.StatementText), null, raw.SQLITE_BUSY);
    }

    /// <summary>Another reader whose writing statement is not through.</summary>
    internal ThreadsDataReader? FindWriter(ThreadsDataReader except) => _readers.Count < 2 ? null : _readers.Find(r => r != except && r.IsWriting);

    internal void CommitImplicit() => Physical!.Session.CommitUser();

    /// <summary>Ends, after an error, the transaction that was only for one statement.</summary>
    internal void EndImplicit(bool keepChanges)
    {
        var session = Physical!.Session;
        if (!session.InTransaction) return;
        if (keepChanges) session.CommitUser();
        else session.Rollback();
    }

    /// <summary>After an error, or a transaction statement in SQL text: is there still a transaction?</summary>
    internal void NoticeEndOfTransaction(bool afterError = true)
    {
        if (Transaction is not { HasEnded: false } transaction || Physical!.Session.InTransaction) return;
        transaction.MarkEnded();
        if (afterError) LogMessages.TransactionRolledBack(Logger, Settings.DataSource);
    }

    /// <summary>Transaction statements in SQL text go the same way as the methods: past the session, which seals.</summary>
    internal void Control(SqlStatement statement)
    {
        var session = Physical!.Session;
        ThrowIfImplicit();
        if (!session.InTransaction && statement.Kind is not (SqlStatementKind.Begin or SqlStatementKind.Savepoint))
        {
            // Nothing to end: SQLite knows the error for it.
            ThreadsException.ThrowOnError(raw.sqlite3_exec(Physical.Handle, statement.Text), Physical.Handle);
        }
        Physical.Counters.Keep();
        switch (statement.Kind)
        {
            case SqlStatementKind.Begin:
                Physical.BeginTransaction(deferred: !statement.IsImmediate);
                break;
            case SqlStatementKind.Commit:
                ThrowIfReturning();
                session.CommitUser();
                break;
            case SqlStatementKind.Rollback:
                session.Rollback();
                break;
            case SqlStatementKind.Savepoint:
                session.Savepoint(statement.Target!);
                break;
            case SqlStatementKind.Release:
                session.Release(statement.Target!);
                break;
            case SqlStatementKind.RollbackTo:
                session.RollbackTo(statement.Target!);
                break;
        }
        Physical.Counters.Restore();
        NoticeEndOfTransaction(afterError: false);
    }

    /// <summary>Calls the session; what SQLite reports becomes ours.</summary>
    internal void Guard<T>(Action<ThreadsSession, T> action, T argument) => Guard(static (physical, a) => a.action(physical.Session, a.argument), (action, argument));

    /// <summary>Calls the session by way of the physical connection; what SQLite reports becomes ours.</summary>
    internal void Guard<T>(Action<PhysicalConnection, T> action, T argument)
    {
        var physical = Physical!;
        physical.Counters.Keep();
        try
        {
            action(physical, argument);
        }
        catch (SqliteException e)
        {
            throw ThreadsException.From(e);
        }
        finally
        {
            physical.Counters.Restore();
        }
    }

    private void ThrowIfImplicit()
    {
        if (_readers.Find(r => r.OwnsTransaction) is { } reader) throw new InvalidOperationException(Strings.Ado_ImplicitTransactionOpen(reader.StatementText));
    }

    private void Activate()
    {
        Physical!.Begin(DefaultTimeout);
        Physical.Session.OnTriggerAdds = Logger == NullLogger.Instance ? null : (trigger, table, column) => LogMessages.TriggerAdds(Logger, trigger, table, column);
        ApplyExtensions();
        if (_functions is null) return;
        foreach (var (key, function) in _functions)
        {
            if (!Physical.Functions.ContainsKey(key)) Apply(key, function);
        }
    }
}
