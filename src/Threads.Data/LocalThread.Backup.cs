using Microsoft.Data.Sqlite;
using Threads.Data.Storage;

namespace Threads.Data;

public sealed partial class LocalThread
{
    /// <summary>
    /// Copies the whole database, log and keys included, to a new file while others go on reading and writing: its state at one moment. The file opens like any other; the first time something
    /// is written there it begins a log of its own, so that the two never write one log.
    /// </summary>
    /// <param name="path">The new file. It holds the keys: keep it as safe as the database.</param>
    /// <exception cref="ThreadsException">The file exists, or a transaction is open.</exception>
    public void Backup(string path) => _connection.Guarded(() =>
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Session.InTransaction)
        {
            throw ThreadsErrors.BackupInTransaction();
        }

        if (Path.Exists(path))
        {
            throw ThreadsErrors.BackupTarget(path);
        }

        // Whole or not there: it gets its name last.
        var part = path + ".part";
        File.Delete(part);
        try
        {
            using (var copy = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = part, Pooling = false }.ToString()))
            {
                copy.Open();
                Session.Inner.BackupDatabase(copy);
                using var disown = copy.CreateCommand();
                disown.CommandText = "PRAGMA journal_mode = DELETE; " + FilePlace.DisownSql;
                disown.ExecuteNonQuery();
            }

            File.Move(part, path, overwrite: false);
        }
        catch (IOException) when (Path.Exists(path))
        {
            throw ThreadsErrors.BackupTarget(path);
        }
        finally
        {
            File.Delete(part);
        }

        return true;
    });

    /// <inheritdoc cref="Backup" />
    /// <param name="path">The new file. It holds the keys: keep it as safe as the database.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public Task BackupAsync(string path, CancellationToken cancellationToken = default) => Task.Run(() => Backup(path), cancellationToken);
}
