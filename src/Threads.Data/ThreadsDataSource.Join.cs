using Threads.Data.Access;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;
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

    /// <summary>
    /// Joins a thread by an invitation: makes the file with the keys it hands over, and shows its token in the first records of a log of its own, by which all writers learn of the new peer. Works without a connection: where an owner
    /// invited, rows can be written at once; where another admin did, as soon as his records are here. The same invitation again, into the same file, changes nothing.
    /// </summary>
    /// <param name="invitation">A link, or what stands behind <c>threads:</c> in it.</param>
    /// <param name="connectionString">The new file, for example <c>Data Source=notes.db;Password=…</c>.</param>
    /// <exception cref="ThreadsException">The invitation is damaged, has expired, is to somebody else, or is known here to be withdrawn or used up; or the file is another's.</exception>
    public static ThreadsDataSource Join(string invitation, string connectionString) => Join(invitation, new ThreadsDataSourceBuilder(connectionString));

    /// <inheritdoc cref="Join(string, string)"/>
    /// <param name="invitation">A link, or what stands behind <c>threads:</c> in it.</param>
    /// <param name="builder">The new file, and what a connection string can't carry: an invitation to a peer needs its <see cref="ThreadsDataSourceBuilder.UseIdentity"/>.</param>
    public static ThreadsDataSource Join(string invitation, ThreadsDataSourceBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var token = ThreadInvitation.Parse(invitation).Token;
        if (token.Terms is { } terms && HybridTime.FromWallClock(builder.Now) >= terms.Expires)
        {
            throw ThreadsErrors.InvitationExpired(token.Token!);
        }

        using var there = token.To is not null && builder.Identity is null ? IdentityIn(builder) : null;
        var identity = builder.Identity ?? there;
        using var secret = Open(token, identity);
        using var seed = new ThreadSeed(token.Thread, secret.Replica.ToArray(), secret.Reads, token.FirstList);
        return Make(builder, seed, identity, connection => connection.Thread.Join(token, secret));
    }

    /// <inheritdoc cref="Join(string, string)"/>
    /// <param name="invitation">A link, or what stands behind <c>threads:</c> in it.</param>
    /// <param name="connectionString">The new file.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public static Task<ThreadsDataSource> JoinAsync(string invitation, string connectionString, CancellationToken cancellationToken = default)
        => Task.Run(() => Join(invitation, connectionString), cancellationToken);

    /// <inheritdoc cref="Join(string, ThreadsDataSourceBuilder)"/>
    /// <param name="invitation">A link, or what stands behind <c>threads:</c> in it.</param>
    /// <param name="builder">The new file, and what a connection string can't carry.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public static Task<ThreadsDataSource> JoinAsync(string invitation, ThreadsDataSourceBuilder builder, CancellationToken cancellationToken = default)
        => Task.Run(() => Join(invitation, builder), cancellationToken);

    private static InvitationSecret Open(InvitationToken token, PeerIdentity? identity)
    {
        try
        {
            return token.Open(identity?.Key) ?? throw ThreadsErrors.InvitationAddressed(token.To!);
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            throw ThreadsErrors.InvitationDamaged(e.Message, e);
        }
    }

    /// <summary>Who writes a file that is there.</summary>
    private static PeerIdentity? IdentityIn(ThreadsDataSourceBuilder builder)
    {
        var file = new FileInfo(builder.ConnectionStringBuilder.DataSource);
        if (builder.ConnectionStringBuilder.IsMemory || !file.Exists || file.Length == 0)
        {
            return null;
        }

        using var source = new ThreadsDataSource(builder.Settings(null));
        using var connection = source.OpenConnection();
        return connection.Thread.CopyIdentity();
    }

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
            connection.Thread.TakeReads(seed.Reads);
            begin(connection);
        }

        return new ThreadsDataSource(builder.Settings(null, identity: null));
    }
}
