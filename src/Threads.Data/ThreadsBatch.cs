using System.Data;
using System.Data.Common;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>Several texts with parameters of their own, run as one. Without a transaction of the caller's they run in one: all of them, and one record, or none.</summary>
public sealed class ThreadsBatch : DbBatch, IReaderOwner
{
    private ThreadsDataReader? _reader;
    private int? _timeout;
    private int _countedBefore;

    /// <summary>A batch whose connection is set later.</summary>
    public ThreadsBatch()
    {
    }

    /// <summary>A batch.</summary>
    /// <param name="connection">Where it runs.</param>
    /// <param name="transaction">The connection's open transaction, if it has one.</param>
    public ThreadsBatch(ThreadsConnection? connection, ThreadsTransaction? transaction = null)
    {
        Connection = connection;
        Transaction = transaction;
    }

    /// <summary>The texts, in the order they run.</summary>
    public new ThreadsBatchCommandCollection BatchCommands { get; } = new();

    /// <summary>Where the batch runs.</summary>
    public new ThreadsConnection? Connection { get; set; }

    /// <summary>The connection's open transaction, if it has one.</summary>
    public new ThreadsTransaction? Transaction { get; set; }

    /// <summary>Seconds to wait for a lock, 0 for ever; the connection's default if not set.</summary>
    public override int Timeout
    {
        get => _timeout ?? Connection?.DefaultTimeout ?? 30;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeout = value;
        }
    }

    /// <inheritdoc/>
    protected override DbBatchCommandCollection DbBatchCommands => BatchCommands;

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

    /// <summary>Runs the texts up to the first statement that has rows.</summary>
    /// <param name="behavior">Of these, CloseConnection has an effect.</param>
    public new ThreadsDataReader ExecuteReader(CommandBehavior behavior = CommandBehavior.Default) => Execute(behavior, default);

    /// <inheritdoc/>
    public override int ExecuteNonQuery()
    {
        var reader = Execute(CommandBehavior.Default, default);
        reader.Close();
        return reader.RecordsAffected;
    }

    /// <inheritdoc/>
    public override object? ExecuteScalar()
    {
        using var reader = Execute(CommandBehavior.Default, default);
        return reader.Read() ? reader.GetValue(0) : null;
    }

    /// <inheritdoc/>
    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken = default) => AsTask(
        static (batch, token) =>
        {
            var reader = batch.Execute(CommandBehavior.Default, token);
            reader.Drain();
            reader.Close();
            return reader.RecordsAffected;
        },
        cancellationToken);

    /// <inheritdoc/>
    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken = default) => AsTask(
        static (batch, token) =>
        {
            using var reader = batch.Execute(CommandBehavior.Default, token);
            return reader.Read() ? reader.GetValue(0) : null;
        },
        cancellationToken);

    /// <summary>Nothing to do: the connection keeps the compiled statements of texts it has run.</summary>
    public override void Prepare()
    {
    }

    /// <inheritdoc/>
    public override Task PrepareAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <summary>Stops the running statement, from any thread; it fails with SQLite's error 9.</summary>
    public override void Cancel()
    {
        if (_reader is not null) Connection?.Physical?.Interrupt();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _reader?.Close();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override DbBatchCommand CreateDbBatchCommand() => new ThreadsBatchCommand();

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Execute(behavior, default);

    /// <inheritdoc/>
    protected override Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        AsTask<DbDataReader>((batch, token) => batch.Execute(behavior, token), cancellationToken);

    bool IReaderOwner.IsAtomic => true;

    (CommandScript Script, ThreadsParameterCollection? Parameters)? IReaderOwner.Script(int index, PhysicalConnection physical) =>
        index < BatchCommands.Count ? (physical.Scripts.Get(BatchCommands[index].CommandText), BatchCommands[index].ParametersOrNull) : null;

    void IReaderOwner.Finished(int index, int recordsAffected)
    {
        if (recordsAffected < 0) return;
        BatchCommands[index].SetRecordsAffected(recordsAffected - _countedBefore);
        _countedBefore = recordsAffected;
    }

    ThreadsBatchCommand? IReaderOwner.CommandAt(int index) => index < BatchCommands.Count ? BatchCommands[index] : null;

    void IReaderOwner.ReaderClosed() => _reader = null;

    private ThreadsDataReader Execute(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        if (_reader is not null) throw new InvalidOperationException(Strings.Ado_ReaderOpen);
        if (Connection is not { State: ConnectionState.Open } connection) throw new InvalidOperationException(Strings.Ado_ConnectionNotOpen(nameof(ExecuteReader)));
        if (BatchCommands.Count == 0) throw new InvalidOperationException(Strings.Ado_BatchEmpty);
        connection.ThrowIfNotCurrent(Transaction);
        connection.Physical!.Begin(Timeout);
        foreach (ThreadsBatchCommand command in BatchCommands) LogMessages.CommandExecuting(connection.Settings.Logger, command.CommandText);
        _countedBefore = 0;
        var reader = _reader = new ThreadsDataReader(this, connection, behavior, cancellationToken);
        reader.NextResult();
        return reader;
    }

    private Task<T> AsTask<T>(Func<ThreadsBatch, CancellationToken, T> action, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<T>(cancellationToken);
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
}
