using System.Data.Common;

namespace Threads.Data;

/// <summary>
/// One thread's database, for the life of an application: makes connections and keeps their pool. Over a private database in memory every
/// connection has a database of its own, as in Microsoft.Data.Sqlite; use <c>Cache=Shared</c> with a name to share one.
/// </summary>
public sealed partial class ThreadsDataSource : DbDataSource
{
    private readonly ConnectionPool _pool;
    private bool _isDisposed;

    /// <summary>A data source over a file.</summary>
    /// <param name="connectionString">For example <c>Data Source=notes.db</c>; see <see cref="ThreadsConnectionStringBuilder"/>.</param>
    /// <exception cref="ArgumentException">A keyword is not known, or its value can't be read.</exception>
    public ThreadsDataSource(string connectionString)
        : this(new ConnectionSettings(connectionString ?? throw new ArgumentNullException(nameof(connectionString))))
    {
    }

    internal ThreadsDataSource(ConnectionSettings settings) => _pool = new ConnectionPool(settings);

    /// <summary>The connection string, without Password and Thread Key unless Persist Security Info is true.</summary>
    public override string ConnectionString => _pool.Settings.PublicString;

    /// <summary>A connection, not yet open.</summary>
    /// <exception cref="ObjectDisposedException">The data source was disposed.</exception>
    public new ThreadsConnection CreateConnection()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new ThreadsConnection(_pool);
    }

    /// <summary>An open connection; dispose it to give it back.</summary>
    public new ThreadsConnection OpenConnection()
    {
        var connection = CreateConnection();
        connection.Open();
        return connection;
    }

    /// <summary>An open connection; dispose it to give it back.</summary>
    /// <param name="cancellationToken">Cancels the opening.</param>
    public new async ValueTask<ThreadsConnection> OpenConnectionAsync(CancellationToken cancellationToken = default)
    {
        var connection = CreateConnection();
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return connection;
    }

    /// <summary>
    /// Calls <paramref name="listener"/> after every commit of this process that added records to the database, whichever connection made it, and after
    /// every import. It runs on the committing thread and must return at once. Disposing the result ends it.
    /// </summary>
    public IDisposable OnRecordsAdded(Action listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return Storage.CommitBus.Listen(_pool.Settings.File().DataSource, listener);
    }

    /// <summary>Says who keeps this database's thread in sync, for <see cref="LocalThread.Peers"/> and <see cref="LocalThread.WaitForSyncAsync"/> in this process. Disposing the result ends it.</summary>
    public IDisposable RegisterSync(IThreadSync sync)
    {
        ArgumentNullException.ThrowIfNull(sync);
        return Storage.SyncRegistry<IThreadSync>.Add(_pool.Settings.File().DataSource, sync);
    }

    /// <inheritdoc/>
    protected override DbConnection CreateDbConnection() => CreateConnection();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Close();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override ValueTask DisposeAsyncCore()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private void Close()
    {
        _isDisposed = true;
        _pool.Close();
    }
}
