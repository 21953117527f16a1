using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using SQLitePCL;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>One or several SQL statements. What they write outside a transaction is one record of the thread each; inside one, all of it is one record.</summary>
public sealed class ThreadsCommand : DbCommand, IReaderOwner
{
    private ThreadsParameterCollection? _parameters;
    private ThreadsConnection? _connection;
    private ThreadsDataReader? _reader;
    private CommandScript? _script;
    private PhysicalConnection? _scriptOwner;
    private string _commandText = "";
    private int? _commandTimeout;

    /// <summary>A command whose text and connection are set later.</summary>
    public ThreadsCommand()
    {
    }

    /// <summary>A command.</summary>
    /// <param name="commandText">SQL in SQLite's dialect; statements are separated by semicolons.</param>
    /// <param name="connection">Where it runs.</param>
    /// <param name="transaction">The connection's open transaction, if it has one.</param>
    public ThreadsCommand(string? commandText, ThreadsConnection? connection = null, ThreadsTransaction? transaction = null)
    {
        CommandText = commandText;
        Connection = connection;
        Transaction = transaction;
    }

    /// <summary>SQL in SQLite's dialect; statements are separated by semicolons.</summary>
    [AllowNull]
    public override string CommandText
    {
        get => _commandText;
        set
        {
            ThrowIfReading(nameof(CommandText));
            _commandText = value ?? "";
            _script = null;
        }
    }

    /// <summary>Seconds to wait for a lock, 0 for ever; the connection's default if not set.</summary>
    public override int CommandTimeout
    {
        get => _commandTimeout ?? _connection?.DefaultTimeout ?? 30;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _commandTimeout = value;
        }
    }

    /// <summary>Always <see cref="CommandType.Text"/>.</summary>
    /// <exception cref="ArgumentException">Another type was set.</exception>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text) throw new ArgumentException(Strings.Ado_CommandTypeNotSupported(value), nameof(value));
        }
    }

    /// <summary>Where the command runs.</summary>
    public new ThreadsConnection? Connection
    {
        get => _connection;
        set
        {
            ThrowIfReading(nameof(Connection));
            _connection = value;
        }
    }

    /// <summary>The connection's open transaction; a command created while it is open has it already.</summary>
    public new ThreadsTransaction? Transaction { get; set; }

    /// <summary>The values of the text's parameters.</summary>
    public new ThreadsParameterCollection Parameters => _parameters ??= new ThreadsParameterCollection();

    /// <inheritdoc/>
    public override bool DesignTimeVisible { get; set; }

    /// <inheritdoc/>
    public override UpdateRowSource UpdatedRowSource { get; set; }

    /// <inheritdoc/>
    protected override DbConnection? DbConnection
    {
        get => Connection;
        set => Connection = (ThreadsConnection?)value;
    }

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction
    {
        get => Transaction;
        set => Transaction = (ThreadsTransaction?)value;
    }

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => Parameters;

    /// <summary>A parameter, not yet among <see cref="Parameters"/>.</summary>
    public new ThreadsParameter CreateParameter() => new();

    /// <summary>Compiles the statements now, those that can be: a statement over a table made earlier in the same text has to wait.</summary>
    public override void Prepare()
    {
        var physical = OpenConnection(nameof(Prepare)).Physical!;
        var script = ScriptOn(physical);
        for (var i = 0; i < script.Statements.Length; i++)
        {
            if (script.Statements[i].Kind is not (Capture.SqlStatementKind.Read or Capture.SqlStatementKind.Write)) return;
            CommandScript.Release(script.Take(i, physical.Handle, script.Statements[i]));
        }
    }

    /// <summary>Stops the running statement, from any thread; it fails with SQLite's error 9.</summary>
    public override void Cancel()
    {
        if (_reader is not null) _connection?.Physical?.Interrupt();
    }

    /// <summary>Runs the statements up to the first that has rows.</summary>
    public new ThreadsDataReader ExecuteReader() => Execute(CommandBehavior.Default, default);

    /// <summary>Runs the statements up to the first that has rows.</summary>
    /// <param name="behavior">Of these, CloseConnection has an effect.</param>
    public new ThreadsDataReader ExecuteReader(CommandBehavior behavior) => Execute(behavior, default);

    /// <summary>Runs all statements.</summary>
    /// <returns>How many rows they inserted, updated or deleted; -1 when none of them could.</returns>
    public override int ExecuteNonQuery()
    {
        var reader = Execute(CommandBehavior.Default, default);
        reader.Close();
        return reader.RecordsAffected;
    }

    /// <summary>Runs all statements.</summary>
    /// <returns>The first value of the first row; null when there is no row.</returns>
    public override object? ExecuteScalar()
    {
        using var reader = Execute(CommandBehavior.Default, default);
        return reader.Read() ? reader.GetValue(0) : null;
    }

    /// <inheritdoc cref="ExecuteReader()"/>
    /// <param name="cancellationToken">Interrupts the running statement, as long as the reader is open.</param>
    public new Task<ThreadsDataReader> ExecuteReaderAsync(CancellationToken cancellationToken = default) =>
        ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);

    /// <inheritdoc cref="ExecuteReader(CommandBehavior)"/>
    /// <param name="behavior">Of these, CloseConnection has an effect.</param>
    /// <param name="cancellationToken">Interrupts the running statement, as long as the reader is open.</param>
    public new Task<ThreadsDataReader> ExecuteReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken = default) =>
        AsTask((this_, token) => this_.Execute(behavior, token), cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) => AsTask(
        static (command, token) =>
        {
            var reader = command.Execute(CommandBehavior.Default, token);
            reader.Drain();
            reader.Close();
            return reader.RecordsAffected;
        },
        cancellationToken);

    /// <inheritdoc/>
    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) => AsTask(
        static (command, token) =>
        {
            using var reader = command.Execute(CommandBehavior.Default, token);
            return reader.Read() ? reader.GetValue(0) : null;
        },
        cancellationToken);

    /// <inheritdoc/>
    protected override DbParameter CreateDbParameter() => CreateParameter();

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Execute(behavior, default);

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ExecuteReaderAsync(behavior, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _reader?.Close();
        base.Dispose(disposing);
    }

    bool IReaderOwner.IsAtomic => false;

    (CommandScript Script, ThreadsParameterCollection? Parameters)? IReaderOwner.Script(int index, PhysicalConnection physical) =>
        index == 0 ? (ScriptOn(physical), _parameters) : null;

    void IReaderOwner.Finished(int index, int recordsAffected)
    {
    }

    ThreadsBatchCommand? IReaderOwner.CommandAt(int index) => null;

    void IReaderOwner.ReaderClosed() => _reader = null;

    private ThreadsDataReader Execute(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        if (_reader is not null) throw new InvalidOperationException(Strings.Ado_ReaderOpen);
        var connection = OpenConnection(nameof(ExecuteReader));
        connection.ThrowIfNotCurrent(Transaction);
        connection.Physical!.Begin(CommandTimeout);
        LogMessages.CommandExecuting(connection.Logger, _commandText);
        var reader = _reader = new ThreadsDataReader(this, connection, behavior, cancellationToken);
        reader.NextResult();
        return reader;
    }

    private ThreadsConnection OpenConnection(string method) =>
        _connection is { State: ConnectionState.Open } open ? open : throw new InvalidOperationException(Strings.Ado_ConnectionNotOpen(method));

    private CommandScript ScriptOn(PhysicalConnection physical)
    {
        if (_script is { IsDropped: false } && ReferenceEquals(_scriptOwner, physical)) return _script;
        _scriptOwner = physical;
        return _script = physical.Scripts.Get(_commandText);
    }

    /// <summary>SQLite works on the caller's thread; what asynchrony adds is the token, which interrupts it.</summary>
    private Task<T> AsTask<T>(Func<ThreadsCommand, CancellationToken, T> action, CancellationToken cancellationToken)
    {
        // Thrown here and not as a cancelled task, as Microsoft.Data.Sqlite does: callers meet OperationCanceledException itself.
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return Task.FromResult(action(this, cancellationToken));
        }
        catch (OperationCanceledException e) when (e.CancellationToken == cancellationToken)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }
        catch (Exception e)
        {
            return Task.FromException<T>(e);
        }
    }

    private void ThrowIfReading(string property)
    {
        if (_reader is not null) throw new InvalidOperationException(Strings.Ado_ReaderOpenForProperty(property));
    }
}
