using System.Collections;
using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Capture;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>
/// The rows of a command's statements, one result after another. Statements run when the reader reaches them. Outside a transaction every
/// statement that writes is one of its own: sealed and committed when the reader moves past it or closes, whether or not its rows were read.
/// </summary>
public sealed partial class ThreadsDataReader : DbDataReader
{
    private readonly IReaderOwner _owner;
    private readonly ThreadsConnection _connection;
    private readonly PhysicalConnection _physical;
    private readonly CommandBehavior _behavior;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;
    private CommandScript _script;
    private ThreadsParameterCollection? _parameters;
    private int _commandIndex;
    private int _statementIndex = -1;
    private PreparedStatement? _current;
    private sqlite3_stmt? _row;
    private bool _writes;
    private bool _ownsTransaction;
    private bool _hasRows;
    private bool _isBeforeFirst;
    private bool _isThrough;
    private bool _isClosed;
    private int _fieldCount;
    private int _recordsAffected = -1;

    internal ThreadsDataReader(IReaderOwner owner, ThreadsConnection connection, CommandBehavior behavior, CancellationToken cancellation)
    {
        _owner = owner;
        _connection = connection;
        _physical = connection.Physical!;
        _behavior = behavior;
        _cancellation = cancellation;
        (_script, _parameters) = owner.Script(0, _physical)!.Value;
        if (cancellation.CanBeCanceled) _registration = cancellation.UnsafeRegister(static p => ((PhysicalConnection)p!).Interrupt(), _physical);
        connection.Add(this);
    }

    /// <inheritdoc/>
    public override int Depth => 0;

    /// <inheritdoc/>
    public override int FieldCount => _isClosed ? throw Closed(nameof(FieldCount)) : _fieldCount;

    /// <inheritdoc/>
    public override bool HasRows => _hasRows;

    /// <inheritdoc/>
    public override bool IsClosed => _isClosed;

    /// <summary>Rows inserted, updated or deleted by the statements that are through; -1 while there was none that could. Complete once closed.</summary>
    public override int RecordsAffected => _recordsAffected;

    /// <summary>SQLite's statement of the current result, null between results.</summary>
    public sqlite3_stmt? Handle => _current?.Handle;

    /// <summary>Whether the rows still to be read come from a statement that wrote.</summary>
    internal bool IsWriting => _writes && _current is not null;

    internal bool OwnsTransaction => _ownsTransaction;

    internal string StatementText => _current?.Source.Text ?? "";

    /// <inheritdoc/>
    public override bool Read()
    {
        if (_isBeforeFirst)
        {
            _isBeforeFirst = false;
            if (_hasRows) _row = _current!.Handle;
            return _hasRows;
        }
        if (_row is null) return _isClosed ? throw Closed(nameof(Read)) : false;
        var result = raw.sqlite3_step(_row);
        if (result == raw.SQLITE_ROW) return true;
        _row = null;
        if (result != raw.SQLITE_DONE) throw Fail(ThreadsException.FromResult(result, _physical.Handle));
        return false;
    }

    /// <inheritdoc/>
    public override Task<bool> ReadAsync(CancellationToken cancellationToken) => Interruptible(this, static r => r.Read(), cancellationToken);

    /// <inheritdoc/>
    public override bool NextResult()
    {
        if (_isClosed) throw Closed(nameof(NextResult));
        try
        {
            Finish();
            while (true)
            {
                if (++_statementIndex < _script.Statements.Length)
                {
                    _cancellation.ThrowIfCancellationRequested();
                    if (Run(_script.Statements[_statementIndex])) return true;
                }
                else if (_isThrough || !NextCommand())
                {
                    _isThrough = true;
                    CommitOwn();
                    return false;
                }
            }
        }
        catch (Exception e)
        {
            var error = Fail(e);
            if (ReferenceEquals(error, e)) throw;
            throw error;
        }
    }

    /// <inheritdoc/>
    public override Task<bool> NextResultAsync(CancellationToken cancellationToken) => Interruptible(this, static r => r.NextResult(), cancellationToken);

    /// <summary>Runs the statements not reached yet (none if its token was cancelled), commits what was written outside a transaction, and closes.</summary>
    public override void Close()
    {
        if (_isClosed) return;
        if (_cancellation.IsCancellationRequested)
        {
            Abandon();
            return;
        }
        try
        {
            Drain();
        }
        finally
        {
            Detach();
        }
    }

    /// <summary>Runs all that is left; unlike <see cref="Close"/> it fails when the token is cancelled meanwhile.</summary>
    internal void Drain()
    {
        while (NextResult())
        {
        }
    }

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Close();
        base.Dispose(disposing);
    }

    /// <summary>Ends at once without running anything further, because the connection is closing: a statement's own transaction is committed, a batch's is not.</summary>
    internal void Abandon()
    {
        if (_isClosed) return;
        try
        {
            Finish();
            if (_ownsTransaction) _connection.EndImplicit(keepChanges: false);
        }
        catch (Exception e)
        {
            var error = Fail(e);
            if (ReferenceEquals(error, e)) throw;
            throw error;
        }
        finally
        {
            _ownsTransaction = false;
            Detach();
        }
    }

    private bool NextCommand()
    {
        _owner.Finished(_commandIndex, _recordsAffected);
        if (_owner.Script(++_commandIndex, _physical) is not { } next) return false;
        (_script, _parameters) = next;
        _statementIndex = -1;
        return true;
    }

    private bool Run(SqlStatement statement)
    {
        switch (statement.Kind)
        {
            case SqlStatementKind.Read:
                if (_physical.Session.HasDue) _physical.TakeDue();
                return Start(statement);
            case SqlStatementKind.Write or SqlStatementKind.Schema or SqlStatementKind.Other:
                _physical.Counters.Keep();
                if (!_physical.Session.InTransaction)
                {
                    // What concerns TEMP tables alone must not wait for the file's lock, nor need one that a read-only connection can't have.
                    _physical.BeginTransaction(deferred: _physical.Session.IsTemporary(statement));
                    _ownsTransaction = true;
                }
                return StartWatched(statement);
            case SqlStatementKind.Pragma or SqlStatementKind.Attach or SqlStatementKind.Detach:
                _physical.Counters.Keep();
                return StartWatched(statement);
            case SqlStatementKind.Vacuum:
                return Start(statement);
            default:
                _connection.Control(statement);
                return false;
        }
    }

    private PreparedStatement Prepare(SqlStatement run)
    {
        for (var pauses = 0; ; pauses++)
        {
            try
            {
                return _script.Take(_statementIndex, _physical.Handle, run);
            }
            catch (ThreadsException e) when (IsLocked(e.SqliteErrorCode) && _physical.Locks.Pause(pauses))
            {
                // Another connection on the shared cache is changing the schema; again.
            }
        }
    }

    private bool IsLocked(int result) => _physical.IsSharedCache && (result & 0xFF) == raw.SQLITE_LOCKED;

    private bool StartWatched(SqlStatement statement)
    {
        _writes = true;
        _physical.Note(statement);
        var run = _physical.Session.BeforeStatement(statement);
        _physical.Counters.Restore();
        return Start(run);
    }

    /// <summary>Runs to the first row, or to the end of a statement without columns. True when there are columns to read.</summary>
    private bool Start(SqlStatement run)
    {
        var statement = _current = Prepare(run);
        statement.Bind(_parameters);
        _physical.Counters.IsWriting = _writes;
        var result = raw.sqlite3_step(statement.Handle);
        for (var pauses = 0; IsLocked(result) && _physical.Locks.Pause(pauses); pauses++)
        {
            statement.Reset();
            result = raw.sqlite3_step(statement.Handle);
        }
        _physical.Counters.IsWriting = false;
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) throw ThreadsException.FromResult(result, _physical.Handle);
        // Asked after the step: a statement kept from earlier is compiled anew there when the schema changed.
        _fieldCount = raw.sqlite3_column_count(statement.Handle);
        if (_fieldCount != 0)
        {
            _hasRows = _isBeforeFirst = result == raw.SQLITE_ROW;
            return true;
        }
        Finish();
        return false;
    }

    /// <summary>Ends the current statement: counts, tells the session, commits when the transaction was only for this statement.</summary>
    private void Finish()
    {
        if (_current is null) return;
        if (_writes) StepToEnd();
        var statement = Release();
        if (!_writes)
        {
            if (_recordsAffected < 0 && statement.Kind == SqlStatementKind.Vacuum) _recordsAffected = 0;
            return;
        }
        _writes = false;
        var changes = statement.Kind == SqlStatementKind.Write ? _physical.Counters.Take() : 0;
        _recordsAffected = Math.Max(0, _recordsAffected) + changes;
        _physical.Counters.Keep();
        _physical.Session.AfterStatement(statement);
        if (!_owner.IsAtomic) CommitOwn();
        _physical.Counters.Restore();
    }

    /// <summary>SQLite checks foreign keys at the end of a statement with RETURNING: rows nobody reads must not hide a violation.</summary>
    private void StepToEnd()
    {
        if (!_hasRows || (!_isBeforeFirst && _row is null)) return;
        int result;
        do
        {
            result = raw.sqlite3_step(_current!.Handle);
        }
        while (result == raw.SQLITE_ROW);
        _row = null;
        _isBeforeFirst = false;
        if (result != raw.SQLITE_DONE) throw ThreadsException.FromResult(result, _physical.Handle);
    }

    private void CommitOwn()
    {
        if (!_ownsTransaction) return;
        // SQLite commits with the last statement that writes, not with the first that ends.
        if (_connection.FindWriter(this) is { } heir) heir._ownsTransaction = true;
        else _connection.CommitImplicit();
        _ownsTransaction = false;
    }

    private SqlStatement Release()
    {
        var statement = _current!;
        _current = null;
        _row = null;
        _hasRows = _isBeforeFirst = false;
        _fieldCount = 0;
        ForgetColumns();
        CommandScript.Release(statement);
        return statement.Source;
    }

    /// <summary>After an error: what belonged to this statement alone is undone, the reader is closed, the exception is put into its public form.</summary>
    private Exception Fail(Exception exception)
    {
        var error = exception is SqliteException native ? ThreadsException.From(native) : exception;
        var code = (error as ThreadsException)?.SqliteErrorCode ?? 0;
        if (error is ThreadsException ours) ours.FailedCommand = _owner.CommandAt(_commandIndex);
        // OR FAIL keeps what it did before it failed, outside a transaction too; any other conflict left nothing to commit.
        var keepsChanges = !_owner.IsAtomic && code == raw.SQLITE_CONSTRAINT && _current?.Source.Kind == SqlStatementKind.Write;
        if (_current is not null) Release();
        if (_writes) _physical.Session.StatementEnded();
        _writes = false;
        try
        {
            if (_ownsTransaction) _connection.EndImplicit(keepsChanges);
            else _connection.NoticeEndOfTransaction();
        }
        finally
        {
            _ownsTransaction = false;
            Detach();
        }
        // A statement that was waiting for a lock when it was cancelled is busy, not interrupted.
        if (code is not (raw.SQLITE_INTERRUPT or raw.SQLITE_BUSY or raw.SQLITE_LOCKED) || !_physical.Locks.IsCancelled) return error;
        if (_cancellation.IsCancellationRequested) return new OperationCanceledException(error.Message, error, _cancellation);
        return code == raw.SQLITE_INTERRUPT ? error : new ThreadsException(Strings.Ado_SqliteError(raw.SQLITE_INTERRUPT, "interrupted"), raw.SQLITE_INTERRUPT, raw.SQLITE_INTERRUPT, error);
    }

    private void Detach()
    {
        if (_isClosed) return;
        _isClosed = true;
        _hasRows = false;
        _row = null;
        _registration.Dispose();
        _connection.Remove(this);
        _owner.ReaderClosed();
        if (_behavior.HasFlag(CommandBehavior.CloseConnection)) _connection.Close();
    }

    private Task<bool> Interruptible(ThreadsDataReader reader, Func<ThreadsDataReader, bool> action, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<bool>(cancellationToken);
        try
        {
            // The token the command was run with is registered as long as the reader is open.
            if (!cancellationToken.CanBeCanceled || cancellationToken == _cancellation) return action(reader) ? TrueTask : FalseTask;
            using (cancellationToken.UnsafeRegister(static p => ((PhysicalConnection)p!).Interrupt(), _physical)) return action(reader) ? TrueTask : FalseTask;
        }
        catch (ThreadsException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT && cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellationToken);
        }
        catch (Exception e)
        {
            return Task.FromException<bool>(e);
        }
    }

    private static readonly Task<bool> TrueTask = Task.FromResult(true);

    private static readonly Task<bool> FalseTask = Task.FromResult(false);

    private static InvalidOperationException Closed(string method) => new(Strings.Ado_ReaderClosed(method));
}
