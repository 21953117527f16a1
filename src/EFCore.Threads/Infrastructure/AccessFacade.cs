using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Infrastructure;
using Threads.Data;
using Threads.Data.Identity;

namespace Microsoft.EntityFrameworkCore.Infrastructure;

/// <summary>
/// Who may do what in the thread behind a context: <c>context.Access</c>. It uses the context's connection, and its transaction where one is open. Every change is a record that all peers judge by
/// (docs/access.md). In a raw thread, and for who is no admin, changes throw <see cref="ThreadsException"/> by name.
/// </summary>
public sealed class AccessFacade
{
    private readonly DbContext context;

    internal AccessFacade(DbContext context) => this.context = context;

    /// <summary>Whether the thread has access lists: it was created with <c>Variant=AccessControlled</c>.</summary>
    public bool IsControlled => Use(a => a.IsControlled);

    /// <summary>Whether this peer may change the lists.</summary>
    public bool IsAdmin => Use(a => a.IsAdmin);

    /// <summary>The lists as they stand, to be queried with LINQ.</summary>
    public IQueryable<ThreadAccessRow> Entries => context.Database.SqlQueryRaw<ThreadAccessRow>(
        "SELECT level AS Level, collection AS Collection, table_name AS TableName, CAST(row_key AS TEXT) AS RowKey, principal AS Principal, roles AS Roles FROM threads_access");

    /// <summary>Who is in which group, to be queried with LINQ.</summary>
    public IQueryable<ThreadGroupRow> Groups => context.Database.SqlQueryRaw<ThreadGroupRow>("SELECT name AS Name, member AS Member FROM threads_groups");

    /// <summary>Events that have no effect since their authors were not allowed, to be queried with LINQ.</summary>
    public IQueryable<ThreadRefusalRow> Refused => context.Database.SqlQueryRaw<ThreadRefusalRow>(
        "SELECT collection AS Collection, table_name AS TableName, CAST(row_key AS TEXT) AS RowKey, role AS Role, reason AS Reason, identity AS Identity, log AS Log, position AS Position, time AS Time FROM threads_refused");

    /// <summary>Capabilities that were shown, to be queried with LINQ; those that don't hold with the reason.</summary>
    public IQueryable<ThreadCapabilityRow> Capabilities => context.Database.SqlQueryRaw<ThreadCapabilityRow>(
        "SELECT holder AS Holder, level AS Level, collection AS Collection, table_name AS TableName, CAST(row_key AS TEXT) AS RowKey, roles AS Roles, expires AS Expires, links AS Links, issuer AS Issuer, reason AS Reason FROM threads_capabilities");

    /// <summary>Gives a principal roles at the whole thread.</summary>
    /// <param name="principal">A <see cref="PeerId"/>, a group's name, or <see cref="ThreadPrincipal.Everybody"/>.</param>
    /// <param name="roles">Added to those it has.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public Task GrantAsync(ThreadPrincipal principal, ThreadRoles roles, CancellationToken cancellationToken = default)
        => ChangeAsync(a => a.Grant(principal, roles), cancellationToken);

    /// <summary>Gives a principal roles at the table of an entity type; the first such grant begins the table's list, and from then on only those whom it names keep their roles at it.</summary>
    public Task GrantAsync<TEntity>(ThreadPrincipal principal, ThreadRoles roles, CancellationToken cancellationToken = default)
        where TEntity : class
        => ChangeAsync(a => a.Grant(principal, roles, Table(typeof(TEntity))), cancellationToken);

    /// <summary>Gives a principal roles at one entity, which has a list of its own from then on.</summary>
    public Task GrantAsync(object entity, ThreadPrincipal principal, ThreadRoles roles, CancellationToken cancellationToken = default)
        => ChangeAsync(a => a.Grant(principal, roles, Table(entity), Key(entity)), cancellationToken);

    /// <summary>Takes roles at the whole thread again, and those that imply them.</summary>
    public Task RevokeAsync(ThreadPrincipal principal, ThreadRoles roles, CancellationToken cancellationToken = default)
        => ChangeAsync(a => a.Revoke(principal, roles), cancellationToken);

    /// <summary>Takes roles at the table of an entity type again.</summary>
    public Task RevokeAsync<TEntity>(ThreadPrincipal principal, ThreadRoles roles, CancellationToken cancellationToken = default)
        where TEntity : class
        => ChangeAsync(a => a.Revoke(principal, roles, Table(typeof(TEntity))), cancellationToken);

    /// <summary>Takes roles at one entity again.</summary>
    public Task RevokeAsync(object entity, ThreadPrincipal principal, ThreadRoles roles, CancellationToken cancellationToken = default)
        => ChangeAsync(a => a.Revoke(principal, roles, Table(entity), Key(entity)), cancellationToken);

    /// <summary>Puts a peer, for one a lost device, out of every list and group. What it wrote and this peer has here stays; nothing else of it counts.</summary>
    public Task RevokeAsync(PeerId peer, CancellationToken cancellationToken = default) => ChangeAsync(a => a.Revoke(peer), cancellationToken);

    /// <summary>The same, with or without a new read key for what is written from now on.</summary>
    /// <param name="peer">Who is out.</param>
    /// <param name="rotateKeys">False: it reads what comes, too, if that reaches it.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public Task RevokeAsync(PeerId peer, bool rotateKeys, CancellationToken cancellationToken = default) => ChangeAsync(a => a.Revoke(peer, rotateKeys), cancellationToken);

    /// <summary>Makes a new read key for what is written from now on, sealed to everybody who may read (docs/access.md). Putting a reader out does it by itself.</summary>
    public Task RotateKeysAsync(CancellationToken cancellationToken = default) => ChangeAsync(a => a.RotateKeys(), cancellationToken);

    /// <summary>Takes a peer into a group.</summary>
    public Task AddMemberAsync(string group, PeerId peer, CancellationToken cancellationToken = default) => ChangeAsync(a => a.AddMember(group, peer), cancellationToken);

    /// <summary>Takes a peer out of a group.</summary>
    public Task RemoveMemberAsync(string group, PeerId peer, CancellationToken cancellationToken = default) => ChangeAsync(a => a.RemoveMember(group, peer), cancellationToken);

    /// <summary>Ends a group, its members and grants.</summary>
    public Task RemoveGroupAsync(string group, CancellationToken cancellationToken = default) => ChangeAsync(a => a.RemoveGroup(group), cancellationToken);

    /// <summary>Gives the table of an entity type a list that names nobody yet but the admins.</summary>
    public Task RestrictAsync<TEntity>(CancellationToken cancellationToken = default)
        where TEntity : class
        => ChangeAsync(a => a.Restrict(Table(typeof(TEntity))), cancellationToken);

    /// <summary>Takes the list of an entity type's table away: the thread's holds.</summary>
    public Task UnrestrictAsync<TEntity>(CancellationToken cancellationToken = default)
        where TEntity : class
        => ChangeAsync(a => a.Unrestrict(Table(typeof(TEntity))), cancellationToken);

    /// <summary>Closes a log: of it only these records, by their CIDs (<see cref="ThreadRecordRow.Cid"/>), and what they follow count.</summary>
    public Task CloseLogAsync(LogId log, IReadOnlyCollection<string> heads, CancellationToken cancellationToken = default)
        => ChangeAsync(a => a.CloseLog(log, heads), cancellationToken);

    /// <summary>Signs a capability at the whole thread, as only an owner can: a token by which its holder may do this until it expires, whatever the lists say.</summary>
    public Task<ThreadCapability> IssueCapabilityAsync(PeerId to, ThreadRoles roles, DateTimeOffset expires, CancellationToken cancellationToken = default)
        => UseAsync(a => a.IssueCapability(to, roles, expires), cancellationToken);

    /// <summary>The same at the table of an entity type.</summary>
    public Task<ThreadCapability> IssueCapabilityAsync<TEntity>(PeerId to, ThreadRoles roles, DateTimeOffset expires, CancellationToken cancellationToken = default)
        where TEntity : class
        => UseAsync(a => a.IssueCapability(to, roles, expires, Table(typeof(TEntity))), cancellationToken);

    /// <summary>Passes a capability on, at the table of an entity type; never wider, never longer. Only its holder can.</summary>
    public Task<ThreadCapability> DelegateAsync<TEntity>(ThreadCapability held, PeerId to, ThreadRoles roles, DateTimeOffset expires, CancellationToken cancellationToken = default)
        where TEntity : class
        => UseAsync(a => a.Delegate(held, to, roles, expires, Table(typeof(TEntity))), cancellationToken);

    /// <summary>Passes a capability on, at one entity.</summary>
    public Task<ThreadCapability> DelegateAsync(object entity, ThreadCapability held, PeerId to, ThreadRoles roles, DateTimeOffset expires, CancellationToken cancellationToken = default)
        => UseAsync(a => a.Delegate(held, to, roles, expires, Table(entity), Key(entity)), cancellationToken);

    /// <summary>Writes a capability into this peer's log: its holder's records count by it from then on.</summary>
    public Task PresentAsync(ThreadCapability capability, CancellationToken cancellationToken = default) => ChangeAsync(a => a.Present(capability), cancellationToken);

    /// <summary>The roles a peer has now at the whole thread, with all they imply.</summary>
    public Task<ThreadRoles> RolesOfAsync(PeerId peer, CancellationToken cancellationToken = default) => UseAsync(a => a.RolesOf(peer), cancellationToken);

    /// <summary>The roles a peer has now at the table of an entity type.</summary>
    public Task<ThreadRoles> RolesOfAsync<TEntity>(PeerId peer, CancellationToken cancellationToken = default)
        where TEntity : class
        => UseAsync(a => a.RolesOf(peer, Table(typeof(TEntity))), cancellationToken);

    /// <summary>The roles a peer has now at one entity.</summary>
    public Task<ThreadRoles> RolesOfAsync(PeerId peer, object entity, CancellationToken cancellationToken = default)
        => UseAsync(a => a.RolesOf(peer, Table(entity), Key(entity)), cancellationToken);

    private string Table(Type type)
        => (context.Model.FindEntityType(type) ?? throw new InvalidOperationException(CoreStrings.EntityTypeNotFound(type.Name))).GetTableName()
            ?? throw new InvalidOperationException(CoreStrings.EntityTypeNotFound(type.Name));

    private string Table(object entity) => Table(context.Entry(entity).Metadata.ClrType);

    /// <summary>The values of its key as they are stored; the connection is open.</summary>
    private object?[] Key(object entity)
    {
        var entry = context.Entry(entity);
        var key = entry.Metadata.FindPrimaryKey() ?? throw new InvalidOperationException(CoreStrings.KeylessTypeTracked(entry.Metadata.DisplayName()));
        var reader = new EntityHistoryReader((ThreadsConnection)context.GetService<IRelationalConnection>().DbConnection);
        return [.. key.Properties.Select(p => reader.Stored(p.GetRelationalTypeMapping(), entry.Property(p).CurrentValue))];
    }

    private Task ChangeAsync(Action<ThreadAccess> change, CancellationToken cancellationToken) => UseAsync(
        access =>
        {
            change(access);
            return true;
        },
        cancellationToken);

    private Task<T> UseAsync<T>(Func<ThreadAccess, T> work, CancellationToken cancellationToken)
        => context.UseConnectionAsync(c => Task.Run(() => work(c.Access), cancellationToken), cancellationToken);

    private T Use<T>(Func<ThreadAccess, T> work) => context.UseConnection(c => work(c.Access));
}
