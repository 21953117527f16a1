using Threads.Data.Pipeline;

namespace Threads.Data;

public sealed partial class LocalThread
{
    /// <summary>
    /// Takes an existing SQLite database into the thread: tables, rows, indexes, views and triggers, keys as they are. Rows become records of about a thousand rows each, in one
    /// transaction: all of it or nothing. The source is only read. Generated columns are computed anew; triggers don't fire for imported rows; a table without a primary key gets a key column
    /// (<see cref="ImportSqliteOptions.KeyColumn"/>); references that were broken in the source are taken and listed.
    /// </summary>
    /// <param name="path">The database file.</param>
    /// <param name="options">What to take, and how large a record may be.</param>
    /// <param name="progress">Rows copied, of how many.</param>
    /// <param name="cancellationToken">Leaves the thread as it was.</param>
    /// <exception cref="ThreadsException">The file is no SQLite database, a name is taken or kept for the log, or a row breaks a constraint.</exception>
    public ImportSqliteResult ImportSqlite(string path, ImportSqliteOptions? options = null, IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => _connection.Guarded(() =>
        {
            ArgumentException.ThrowIfNullOrEmpty(path);
            using var source = SqliteImportSource.Open(path);
            return Writing(() => new SqliteImport(Session, source, options ?? new ImportSqliteOptions()).Run(progress, cancellationToken));
        });

    /// <inheritdoc cref="ImportSqlite" />
    public Task<ImportSqliteResult> ImportSqliteAsync(
        string path, ImportSqliteOptions? options = null, IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(() => ImportSqlite(path, options, progress, cancellationToken), cancellationToken);
}
