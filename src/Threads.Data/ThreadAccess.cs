using Threads.Data.Access;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Pipeline;

namespace Threads.Data;

/// <summary>
/// Who may do what in the thread of an open connection (docs/access.md). Each change is a record, in the open transaction where there is one; every peer judges all events by it, those written before and arriving later, too.
/// To read the lists: the views <c>threads_access</c>, <c>threads_groups</c>, and <c>threads_refused</c> for what has no effect. Only admins change them. A database with no lists, made as a raw thread, refuses every change by
/// <see cref="ThreadsErrorCode.AccessChange"/>; who is no admin is refused by <see cref="ThreadsErrorCode.AccessDenied"/>.
/// </summary>
public sealed class ThreadAccess
{
    private readonly ThreadsConnection _connection;

    internal ThreadAccess(ThreadsConnection connection) => _connection = connection;

    /// <summary>Whether the thread has access lists: it was created with <c>Variant=AccessControlled</c>.</summary>
    public bool IsControlled => Read(core => core.Access.IsJudging);

    /// <summary>Whether this peer may change the lists; in a raw thread nobody may.</summary>
    public bool IsAdmin => Read(core => core.Access.IsJudging && core.Access.Fresh().IsAdmin(core.Access.Next()));

    /// <summary>Gives a principal roles: at the whole thread, at a table, or at one row. The first grant at a table or row begins a list there, and from then on only those it names keep their roles at it.</summary>
    /// <param name="principal">A peer, a group, or everybody.</param>
    /// <param name="roles">Added to those it has there.</param>
    /// <param name="table">A shared table; null: the thread.</param>
    /// <param name="key">The values of a row's primary key, in the key's order; none: the whole table.</param>
    /// <exception cref="ThreadsException">This peer is no admin, the thread is raw, or the role can't be granted there.</exception>
    public void Grant(ThreadPrincipal principal, ThreadRoles roles, string? table = null, params object?[] key)
        => Change(changes => changes.Grant(principal.Text, roles, changes.PathOf(table, key)));

    /// <summary>Takes roles again, and those that imply them. What the principal wrote and this peer has here stays; anything else of it that needed them has no effect, also when its time is earlier.</summary>
    /// <inheritdoc cref="Grant"/>
    public void Revoke(ThreadPrincipal principal, ThreadRoles roles, string? table = null, params object?[] key)
        => Change(changes => changes.Revoke(principal.Text, roles, changes.PathOf(table, key), table ?? ""));

    /// <summary>Takes roles at the whole thread again, as <see cref="Revoke(ThreadPrincipal, ThreadRoles, string, object[])"/> does, with or without a new read key.</summary>
    /// <param name="principal">A peer, a group, or everybody.</param>
    /// <param name="roles">Those to take.</param>
    /// <param name="rotateKeys">False: who read before reads what comes, too, if it reaches him.</param>
    /// <inheritdoc cref="Grant"/>
    public void Revoke(ThreadPrincipal principal, ThreadRoles roles, bool rotateKeys) => Change(changes => changes.Revoke(principal.Text, roles, AccessPath.Thread, "", rotateKeys));

    /// <summary>Puts a peer out: of every list and group, everybody's roles included. What it wrote and this peer has here stays, nothing else of it counts, until it is granted something by name, or joins a group, again.
    /// What is written from now on is under a new read key, which it does not have (<see cref="RotateKeys"/>).</summary>
    /// <exception cref="ThreadsException">This peer is no admin, or the other one owns the thread or is of a higher rank.</exception>
    public void Revoke(PeerId peer) => Revoke(peer, rotateKeys: true);

    /// <inheritdoc cref="Revoke(PeerId)"/>
    /// <param name="peer">Who is out.</param>
    /// <param name="rotateKeys">False: it reads what comes, too, if that reaches it.</param>
    public void Revoke(PeerId peer, bool rotateKeys) => Change(changes => changes.Expel(ThreadPrincipal.Peer(peer).Text, rotateKeys));

    /// <summary>
    /// Makes a new read key for what is written from now on, on every peer that has heard of it, and seals it to everybody who may read. What was written before stays readable to who had its key. A reader who lacks a key keeps
    /// and passes on what is under it (<c>threads_records.unread</c>) and reads it when the key comes. <see cref="Revoke(PeerId)"/> does this by itself.
    /// </summary>
    /// <exception cref="ThreadsException">This peer is no admin, or the thread is raw.</exception>
    public void RotateKeys() => Change(changes => changes.Rotate());

    /// <inheritdoc cref="RotateKeys"/>
    /// <param name="cancellationToken">Before it begins.</param>
    public Task RotateKeysAsync(CancellationToken cancellationToken = default) => Task.Run(RotateKeys, cancellationToken);

    /// <summary>Gives a table, or a row, a list that names nobody yet but the admins. Nothing where it has one.</summary>
    public void Restrict(string table, params object?[] key) => Change(changes => changes.Restrict(changes.PathOf(Named(table), key)));

    /// <summary>
    /// Gives a table that never had a list its first one, with these entries: what a program wants to hold from the beginning, whichever of its peers comes first. Nothing in a raw thread, for who is no admin, and where a list stands or stood.
    /// </summary>
    /// <returns>Whether the list was made.</returns>
    /// <exception cref="ThreadsException">There is no such table, or an entry gives admin or nothing.</exception>
    public bool RestrictOnce(string table, IReadOnlyDictionary<ThreadPrincipal, ThreadRoles> grants)
    {
        ArgumentNullException.ThrowIfNull(grants);
        foreach (var roles in grants.Values.Where(r => r == 0 || (r & ThreadRoles.Admin) != 0 || (r & ~AccessRoles.All) != 0))
        {
            throw ThreadsErrors.AccessChange(Resources.Strings.AccessRoles(AccessRoles.Text(roles)));
        }

        var made = false;
        Change(changes => made = changes.RestrictOnce(changes.PathOf(Named(table), []), grants.Select(g => KeyValuePair.Create(g.Key.Text, g.Value))));
        return made;
    }

    /// <summary>Takes the list of a table or row away: the one above it holds.</summary>
    public void Unrestrict(string table, params object?[] key) => Change(changes => changes.Unrestrict(changes.PathOf(Named(table), key)));

    /// <summary>Takes a peer into a group.</summary>
    public void AddMember(string group, PeerId peer) => Change(changes => changes.Join(ThreadPrincipal.Group(group).Text, ThreadPrincipal.Peer(peer).Text));

    /// <summary>Takes a peer out of a group; what it wrote and this peer has here stays.</summary>
    public void RemoveMember(string group, PeerId peer) => Change(changes => changes.Leave(ThreadPrincipal.Group(group).Text, ThreadPrincipal.Peer(peer).Text));

    /// <summary>Ends a group, its members and grants; a new one of the same name begins empty.</summary>
    public void RemoveGroup(string group) => Change(changes => changes.Drop(ThreadPrincipal.Group(group).Text));

    /// <summary>Closes a log, for one, a forked one (<c>threads_forks</c>), or one whose key was stolen: of it only these records and what they follow count, on every peer. Of two closes that did not know of each other both hold.</summary>
    /// <param name="log">Whose.</param>
    /// <param name="heads">Records of it that are here.</param>
    /// <exception cref="ThreadsException">The log or a record is not here, or this peer is no admin.</exception>
    public void CloseLog(LogId log, params IReadOnlyCollection<Cid> heads) => Change(changes => changes.Close(log, heads));

    /// <summary>The same by CIDs in text, as <c>threads_forks</c> and <c>threads_records</c> show them.</summary>
    /// <exception cref="FormatException">One is no CID.</exception>
    /// <exception cref="ThreadsException">The log or a record is not here, or this peer is no admin.</exception>
    public void CloseLog(LogId log, IEnumerable<string> heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        CloseLog(log, [.. heads.Select(h => Cid.Parse(h))]);
    }

    /// <summary>The roles somebody has now at a table, a row, or the thread, with all they imply; in a raw thread all but admin.</summary>
    public ThreadRoles RolesOf(PeerId peer, string? table = null, params object?[] key) => Read(core =>
    {
        if (!core.Access.IsJudging)
        {
            return AccessRoles.All & ~ThreadRoles.Admin;
        }

        var path = new AccessChanges(_connection.OpenSession()).PathOf(table, key);
        var at = core.Access.Next() with { Author = AccessPrincipal.Of(peer) };
        var rules = core.Access.Fresh();
        ThreadRoles[] single = [ThreadRoles.Replicate, ThreadRoles.Read, ThreadRoles.Write, ThreadRoles.Delete, ThreadRoles.Erase];
        return single.Where(role => rules.Judge(at, path, role) == AccessReason.None).Aggregate(rules.IsAdmin(at) ? AccessRoles.All : 0, (roles, role) => roles | role);
    });

    /// <summary>Signs a capability: whoever <paramref name="to"/> is may do this at the thread, a table or a row until it expires, whatever the lists say. Only owners can. Give it to them by any way; nothing is written here.</summary>
    /// <param name="to">Its holder.</param>
    /// <param name="roles">Below admin.</param>
    /// <param name="expires">Judged by the time of the holder's records.</param>
    /// <param name="table">A shared table; null: the thread.</param>
    /// <param name="key">The values of a row's primary key; none: the whole table.</param>
    /// <exception cref="ThreadsException">This peer owns no thread with lists, or the roles or the time can't be given.</exception>
    public ThreadCapability IssueCapability(PeerId to, ThreadRoles roles, DateTimeOffset expires, string? table = null, params object?[] key)
        => Issue(null, to, roles, expires, table, key);

    /// <summary>Passes a capability on to another peer, narrower or as wide, never wider and never longer. Only its holder can.</summary>
    /// <inheritdoc cref="IssueCapability"/>
    public ThreadCapability Delegate(ThreadCapability held, PeerId to, ThreadRoles roles, DateTimeOffset expires, string? table = null, params object?[] key)
    {
        ArgumentNullException.ThrowIfNull(held);
        return Issue(held, to, roles, expires, table, key);
    }

    /// <summary>Writes a capability into this peer's log, so that all peers know of it: its holder's records count by it from then on.</summary>
    /// <exception cref="ThreadsException">It does not hold in this thread; the message names the rule it breaks.</exception>
    public void Present(ThreadCapability capability)
    {
        ArgumentNullException.ThrowIfNull(capability);
        Change(changes => changes.Present(capability.Chain));
    }

    private ThreadCapability Issue(ThreadCapability? held, PeerId to, ThreadRoles roles, DateTimeOffset expires, string? table, object?[] key)
    {
        var until = ThreadCapability.Nanoseconds(expires);
        var holder = ThreadPrincipal.Peer(to).Text;
        return Read(_ =>
        {
            var changes = new AccessChanges(_connection.OpenSession());
            return new ThreadCapability(changes.Issue(holder, roles, until, changes.PathOf(table, key), held?.Chain));
        });
    }

    private static string Named(string table)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        return table;
    }

    private T Read<T>(Func<ThreadCore, T> work)
    {
        var result = default(T)!;
        _connection.Thread.ReadView(core => result = work(core));
        return result;
    }

    private void Change(Action<AccessChanges> work) => _connection.Thread.ChangeAccess(work);
}
