using System.Threading.Channels;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Infrastructure;
using Microsoft.EntityFrameworkCore.Threads.Resources;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Logs;

namespace Microsoft.EntityFrameworkCore.Infrastructure;

/// <summary>
/// The thread behind a context: <c>context.Thread</c>, beside <c>context.Database</c>. It uses the context's connection, opened for the call where it is
/// closed. What other peers' records change is in the tables when a call returns; entities tracked before keep their values until they are read again.
/// </summary>
public sealed class ThreadFacade
{
    private readonly DbContext context;

    internal ThreadFacade(DbContext context) => this.context = context;

    /// <summary>The thread's id; the same on every peer.</summary>
    public ThreadId Id => Use(t => t.Id);

    /// <summary>The key that admits to the thread, a copy to dispose of: whoever has it may read, and write a log of their own.</summary>
    public ThreadKey Key => Use(t => t.Key);

    /// <summary>The log this database writes.</summary>
    public LogId LogId => Use(t => t.LogId);

    /// <summary>The identity that writes it.</summary>
    public PeerId Identity => Use(t => t.Identity);

    /// <summary>How far each log is here; another peer exports what lies beyond.</summary>
    public ThreadHeads Heads => Use(t => t.Heads);

    /// <summary>All records of all logs, to be queried with LINQ; no entities, never tracked.</summary>
    public IQueryable<ThreadRecordRow> Records => context.Database.SqlQueryRaw<ThreadRecordRow>(
        "SELECT log AS Log, position AS Position, cid AS Cid, time AS Time, written_at AS WrittenAt, events AS Events, size_bytes AS SizeBytes FROM threads_records");

    /// <summary>The logs of the thread, to be queried with LINQ.</summary>
    public IQueryable<ThreadLogRow> Logs => context.Database.SqlQueryRaw<ThreadLogRow>(
        "SELECT id AS Id, public_key AS PublicKey, identity AS Identity, branch_of AS BranchOf, forked_at AS ForkedAt, counter AS Counter, is_own AS IsOwn FROM threads_logs");

    /// <summary>Rows that are held back because a constraint stands against them, to be queried with LINQ; they return by themselves.</summary>
    public IQueryable<ThreadConflictRow> Conflicts => context.Database.SqlQueryRaw<ThreadConflictRow>(
        "SELECT table_name AS TableName, collection AS Collection, CAST(row_key AS TEXT) AS RowKey, "
        + "CASE typeof(row_key) WHEN 'blob' THEN '{{\"hex\":\"' || lower(hex(row_key)) || '\"}}' ELSE json_quote(row_key) END AS KeyJson, "
        + "constraint_name AS ConstraintName, reason AS Reason, rivals AS Rivals, since AS Since FROM threads_conflicts");

    /// <summary>Settles a conflict: for the row that is shown, for the one that is held back, or by changing that one. It is a record like any write.</summary>
    /// <exception cref="ArgumentException">The row is not held back any more.</exception>
    /// <exception cref="InvalidOperationException">No row stands against it, and one was to be chosen; or it is to be edited while the context has changes to save.</exception>
    /// <exception cref="DbUpdateException">The edited row breaks a constraint still.</exception>
    public Task ResolveAsync(ThreadConflictRow conflict, ConflictResolution resolution, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(conflict);
        ArgumentNullException.ThrowIfNull(resolution);
        return UseAsync(
            async _ =>
            {
                await new ConflictResolver(context, Connection).ResolveAsync(conflict, resolution, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken);
    }

    /// <summary>The entity that is held back, as the merge made it; not tracked.</summary>
    public Task<TEntity> HeldAsync<TEntity>(ThreadConflictRow conflict, CancellationToken cancellationToken = default)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(conflict);
        return UseAsync(_ => Task.Run(() => (TEntity)new ConflictResolver(context, Connection).Held(conflict, typeof(TEntity)), cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Asks the policy of the context's options (<see cref="ThreadsDbContextOptionsBuilder.OnConflict"/>) of each conflict there is, oldest first, and carries out what it decides.
    /// <see cref="ImportAsync"/> does so by itself.
    /// </summary>
    /// <returns>How many were settled; 0 where there is no policy.</returns>
    public async Task<int> ResolveConflictsAsync(CancellationToken cancellationToken = default)
    {
        if (context.GetService<IDbContextOptions>().FindExtension<ThreadsOptionsExtension>()?.ConflictPolicy is not { } policy)
        {
            return 0;
        }

        var left = new HashSet<(string, string?, string?, string)>();
        for (var settled = 0; ; settled++)
        {
            ConflictResolution? resolution = null;
            ThreadConflictRow? conflict = null;
            foreach (var open in await Conflicts.Where(c => c.TableName != null).OrderBy(c => c.Since).ToListAsync(cancellationToken).ConfigureAwait(false))
            {
                // One that was left is asked of again only when somebody else stands in its way.
                if (left.Add((open.Collection, open.RowKey, open.ConstraintName, open.Rivals)))
                {
                    resolution = await policy(context, conflict = open, cancellationToken).ConfigureAwait(false);
                    if (resolution is not null)
                    {
                        break;
                    }
                }
            }

            if (resolution is null)
            {
                return settled;
            }

            await ResolveAsync(conflict!, resolution, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Every write of an entity by anybody, in total order, with author, time, values, and whether it won: why each property has the value it has. Late writes and deletes are in it. It
    /// costs what the entity's own writes cost.
    /// </summary>
    /// <exception cref="InvalidOperationException">The entity's type has no key, or no table.</exception>
    public IReadOnlyList<EntityWrite> HistoryOf(object entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        var entry = context.Entry(entity);
        return Use(t => new EntityHistoryReader(Connection).Of(entry));
    }

    /// <summary>The same of an entity by its key's values, in the key's order: also of one that is gone.</summary>
    /// <exception cref="ArgumentException">The key has another number of properties.</exception>
    public IReadOnlyList<EntityWrite> HistoryOf<TEntity>(params object?[] key)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(key);
        var type = context.Model.FindEntityType(typeof(TEntity)) ?? throw new InvalidOperationException(CoreStrings.EntityTypeNotFound(typeof(TEntity).Name));
        return Use(t => new EntityHistoryReader(Connection).Of(type, key));
    }

    /// <inheritdoc cref="HistoryOf(object)"/>
    public Task<IReadOnlyList<EntityWrite>> HistoryOfAsync(object entity, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entity);
        var entry = context.Entry(entity);
        return UseAsync(t => Task.Run(() => new EntityHistoryReader(Connection).Of(entry), cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Settles conflicts as records arrive, whoever brings them, until it is cancelled: asks the policy of the context's options of those there are, and again after everything that is
    /// committed in this process or taken from peers. The context belongs to it meanwhile; give it one of its own, in a background service for example.
    /// </summary>
    /// <exception cref="InvalidOperationException">The context's options have no policy.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task SettleConflictsAsync(CancellationToken cancellationToken)
    {
        if (context.GetService<IDbContextOptions>().FindExtension<ThreadsOptionsExtension>()?.ConflictPolicy is null)
        {
            throw new InvalidOperationException(Strings.ConflictWithoutPolicy);
        }

        // Held open: entities that the policy reads and the records that were told of are of one database, also of one in memory.
        await context.Database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var arrivals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
            using var source = new ThreadsDataSource(Connection.ConnectionString);
            using var listening = source.OnRecordsAdded(() => arrivals.Writer.TryWrite(true));
            do
            {
                context.ChangeTracker.Clear();
                await ResolveConflictsAsync(cancellationToken).ConfigureAwait(false);
            }
            while (await arrivals.Reader.ReadAsync(cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            await context.Database.CloseConnectionAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The peers that this thread is, or was, exchanged with, and how far each is; connected ones as they are now.</summary>
    public IReadOnlyList<ThreadPeer> Peers => Use(t => t.Peers);

    /// <summary>
    /// Ends when everything that is committed here now is at the peer, and everything it had when the waiting began is here. Waits for the peer to connect, too.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nobody keeps this thread in sync in this process: Threads.Net's <c>ThreadsPeer.ServeAsync</c> does.</exception>
    public Task WaitForSyncAsync(PeerId peer, CancellationToken cancellationToken = default)
        => UseAsync(
            async t =>
            {
                await t.WaitForSyncAsync(peer, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    /// <summary>Invitations that count, to be queried with LINQ.</summary>
    public IQueryable<ThreadInvitationRow> Invitations => context.Database.SqlQueryRaw<ThreadInvitationRow>(
        "SELECT invitation AS Invitation, roles AS Roles, invited AS Invited, since AS Since, expires AS Expires, uses AS Uses, used AS Used, withdrawn AS Withdrawn, inviter AS Inviter FROM threads_invites");

    /// <summary>
    /// Invites somebody to the thread (docs/access.md): <c>(await db.Thread.InviteAsync(ThreadPrincipal.Everybody, ThreadRoles.Write)).Link</c>. Only admins can, where the thread has lists; a raw thread's invitation is its keys alone.
    /// </summary>
    /// <param name="to">A <see cref="PeerId"/>, whom alone it is sealed to, or <see cref="ThreadPrincipal.Everybody"/>: whoever has it.</param>
    /// <param name="roles">At the whole thread, below admin.</param>
    /// <param name="expires">Joins at this time or later count for nobody; null: no end.</param>
    /// <param name="uses">How many peers may join by it; null: one.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    /// <exception cref="ThreadsException">This peer is no admin, a group was invited, or what is asked for can't be kept to.</exception>
    public Task<ThreadInvitation> InviteAsync(ThreadPrincipal to, ThreadRoles roles, DateTimeOffset? expires = null, int? uses = null, CancellationToken cancellationToken = default)
        => UseAsync(t => t.InviteAsync(to, roles, expires, uses, cancellationToken), cancellationToken);

    /// <summary>Ends an invitation: who joined by it, and whose join is here, keeps its roles.</summary>
    /// <exception cref="ThreadsException">It is not in this thread, or this peer is no admin.</exception>
    public Task WithdrawAsync(PeerId invitation, CancellationToken cancellationToken = default)
        => UseAsync(
            async t =>
            {
                await t.WithdrawAsync(invitation, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    /// <summary>Lets a device in that asked: grants it the roles by name, and seals the thread's keys to it.</summary>
    /// <exception cref="ThreadsException">This peer is no admin, or the roles can't be given.</exception>
    public Task<ThreadInvitation> ApproveAsync(ThreadJoinRequest request, ThreadRoles roles, CancellationToken cancellationToken = default)
        => UseAsync(t => t.ApproveAsync(request, roles, cancellationToken), cancellationToken);

    private ThreadsConnection Connection => (ThreadsConnection)context.Database.GetDbConnection();

    /// <summary>Writes the records another peer lacks as a CAR file. The stream stays open.</summary>
    /// <returns>The number of records written.</returns>
    public Task<long> ExportAsync(
        Stream destination, ThreadHeads? since = null, IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => UseAsync(t => t.ExportAsync(destination, since, progress, cancellationToken), cancellationToken);

    /// <summary>Takes the records of a CAR file from anybody; order, duplicates and gaps don't matter.</summary>
    /// <exception cref="ThreadsException">The file is cut short, damaged or of another thread, or a record is refused.</exception>
    public async Task<ImportResult> ImportAsync(Stream source, IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var result = await UseAsync(t => t.ImportAsync(source, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        await ResolveConflictsAsync(cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <summary>Takes an existing SQLite database, with its schema, into the thread.</summary>
    public Task<ImportSqliteResult> ImportSqliteAsync(
        string path, ImportSqliteOptions? options = null, IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => UseAsync(t => t.ImportSqliteAsync(path, options, progress, cancellationToken), cancellationToken);

    /// <summary>A view's state after all that was committed and has arrived.</summary>
    /// <param name="view">Made once, for the program's life.</param>
    public TState Read<TState>(ThreadView<TState> view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return Use(t => view.Read(t));
    }

    /// <summary>Empties the shared tables and makes them again from the records alone.</summary>
    public Task RebuildViewsAsync(IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => UseAsync(
            async t =>
            {
                await t.RebuildViewsAsync(progress, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    /// <summary>Checks every record, link, signature and row, and names the first that does not hold.</summary>
    public Task<VerificationResult> VerifyAsync(IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => UseAsync(t => t.VerifyAsync(progress, cancellationToken), cancellationToken);

    /// <summary>SHA-256 over all rows of all shared tables: equal on two peers whose schema and rows are.</summary>
    public Task<byte[]> DigestAsync(CancellationToken cancellationToken = default) => UseAsync(t => t.DigestAsync(cancellationToken), cancellationToken);

    /// <summary>
    /// Puts all keys in the file under another password (docs/security.md). The context's connection string has the old one: contexts made from now on need the new one.
    /// </summary>
    /// <param name="password">Null or empty: the keys lie open in the file.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    /// <exception cref="ThreadsException">A transaction is open, the file is read only, or the password given is the file's no longer.</exception>
    public Task ChangePasswordAsync(string? password, CancellationToken cancellationToken = default)
        => UseAsync(
            async t =>
            {
                await t.ChangePasswordAsync(password, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    /// <summary>This peer's identity and the thread's keys as text, encrypted under a passphrase, to go on as the same peer on a new device: <see cref="ThreadsDataSource.ImportIdentity(string, string, string)"/>.</summary>
    /// <param name="passphrase">Whoever has it and the text is this peer.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public Task<string> ExportIdentityAsync(string passphrase, CancellationToken cancellationToken = default) => UseAsync(t => t.ExportIdentityAsync(passphrase, cancellationToken), cancellationToken);

    /// <summary>A copy of this peer's identity, to dispose of: for its <see cref="PeerIdentity.ToRecoveryPhrase"/>.</summary>
    public PeerIdentity CopyIdentity() => Use(t => t.CopyIdentity());

    /// <summary>Keeps a table out of the thread; call it before the table is created.</summary>
    public void MarkLocal(string table)
        => Use(t =>
        {
            t.MarkLocal(table);
            return true;
        });

    private T Use<T>(Func<LocalThread, T> work) => context.UseConnection(c => work(c.Thread));

    private Task<T> UseAsync<T>(Func<LocalThread, Task<T>> work, CancellationToken cancellationToken) => context.UseConnectionAsync(c => work(c.Thread), cancellationToken);
}
