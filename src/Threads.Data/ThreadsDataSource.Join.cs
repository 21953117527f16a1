using Threads.Data.Identity;
using Threads.Data.Storage;

namespace Threads.Data;

public sealed partial class ThreadsDataSource
{
    /// <summary>
    /// Goes on, in a new file, as the peer whose identity was exported: same identity, same thread, a log of its own. The rows come with the records of any peer. A file that is there already is taken if it is this identity's and
    /// this thread's.
    /// </summary>
    /// <param name="text">What <see cref="LocalThread.ExportIdentity"/> gave.</param>
    /// <param name="passphrase">The one it was encrypted under.</param>
    /// <param name="connectionString">The new file, for example <c>Data Source=notes.db;Password=…</c>.</param>
    /// <exception cref="ThreadsException">The text is damaged, the passphrase wrong, or the file another's.</exception>
    public static ThreadsDataSource ImportIdentity(string text, string passphrase, string connectionString)
        => ImportIdentity(text, passphrase, new ThreadsDataSourceBuilder(connectionString));

    /// <inheritdoc cref="ImportIdentity(string, string, string)"/>
    /// <param name="text">What <see cref="LocalThread.ExportIdentity"/> gave.</param>
    /// <param name="passphrase">The one it was encrypted under.</param>
    /// <param name="builder">The new file, and what a connection string can't carry.</param>
    public static ThreadsDataSource ImportIdentity(string text, string passphrase, ThreadsDataSourceBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(passphrase);
        ArgumentNullException.ThrowIfNull(builder);
        var (seed, identity) = IdentityText.Read(text, passphrase);
        using (seed)
        using (identity)
        {
            return Make(builder, seed, identity, _ => { });
        }
    }

    /// <inheritdoc cref="ImportIdentity(string, string, string)"/>
    /// <param name="text">What <see cref="LocalThread.ExportIdentity"/> gave.</param>
    /// <param name="passphrase">The one it was encrypted under.</param>
    /// <param name="connectionString">The new file.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public static Task<ThreadsDataSource> ImportIdentityAsync(string text, string passphrase, string connectionString, CancellationToken cancellationToken = default)
        => Task.Run(() => ImportIdentity(text, passphrase, connectionString), cancellationToken);

    /// <inheritdoc cref="ImportIdentity(string, string, string)"/>
    /// <param name="text">What <see cref="LocalThread.ExportIdentity"/> gave.</param>
    /// <param name="passphrase">The one it was encrypted under.</param>
    /// <param name="builder">The new file, and what a connection string can't carry.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public static Task<ThreadsDataSource> ImportIdentityAsync(string text, string passphrase, ThreadsDataSourceBuilder builder, CancellationToken cancellationToken = default)
        => Task.Run(() => ImportIdentity(text, passphrase, builder), cancellationToken);

    /// <summary>A data source over a file that is made of the seed, or holds it already.</summary>
    private static ThreadsDataSource Make(ThreadsDataSourceBuilder builder, ThreadSeed seed, PeerIdentity? identity, Action<ThreadsConnection> begin)
    {
        if (builder.ConnectionStringBuilder.IsMemory)
        {
            throw ThreadsErrors.NewFileInMemory();
        }

        using (var making = new ThreadsDataSource(builder.Settings(seed, identity)))
        using (var connection = making.OpenConnection())
        {
            begin(connection);
        }

        return new ThreadsDataSource(builder.Settings(null, identity: null));
    }
}
