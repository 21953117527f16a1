using Threads.Data.Access;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>Changes the lists as a user wants it, in a write transaction: a record of its own, judged and folded as everybody else will. What would have no effect is refused here, by name.</summary>
internal sealed class AccessChanges(ThreadsSession session)
{
    private readonly ThreadCore _core = session.Core;

    public void Grant(string principal, ThreadRoles roles, AccessPath path)
    {
        var isAdmin = (roles & ThreadRoles.Admin) != 0;
        if (roles == 0 || (roles & ~AccessRoles.All) != 0 || (isAdmin && (path.Depth > 0 || !AccessPrincipal.IsPeer(principal))))
        {
            throw ThreadsErrors.AccessChange(Resources.Strings.AccessRoles(AccessRoles.Text(roles)));
        }

        var grant = AccessOp.Grant(path, principal, roles);
        Make(path.Depth == 0 || Rules().HasOwnList(Now, path) ? [grant] : [AccessOp.Own(path, HeadsOf(_ => true)), grant]);
    }

    public void Revoke(string principal, ThreadRoles roles, AccessPath path, string table, bool rotates = true)
    {
        if (roles == 0 || (roles & ~AccessRoles.All) != 0)
        {
            throw ThreadsErrors.AccessChange(Resources.Strings.AccessRoles(AccessRoles.Text(roles)));
        }

        if (path.Depth > 0 && !Rules().HasOwnList(Now, path))
        {
            throw ThreadsErrors.AccessChange(Resources.Strings.AccessNoList(table));
        }

        Make([AccessOp.Revoke(path, principal, roles, HeadsOf(principal))], rotates);
    }

    /// <summary>Begins a list at the path, empty but for the admins; nothing where one stands.</summary>
    public void Restrict(AccessPath path)
    {
        if (!Rules().HasOwnList(Now, path))
        {
            Make([AccessOp.Own(path, HeadsOf(_ => true))]);
        }
    }

    /// <summary>A list for a path that never had one, by an admin; otherwise nothing.</summary>
    public bool RestrictOnce(AccessPath path, IEnumerable<KeyValuePair<string, ThreadRoles>> grants)
    {
        if (!_core.Access.IsJudging || !Rules().IsAdmin(Now) || Rules().Entries.Any(e => e.Op.Kind == AccessOpKind.Own && e.Op.Path.Equals(path)))
        {
            return false;
        }

        Make([AccessOp.Own(path, HeadsOf(_ => true)), .. grants.Select(g => AccessOp.Grant(path, g.Key, g.Value))]);
        return true;
    }

    public void Unrestrict(AccessPath path) => Make([AccessOp.Share(path)]);

    public void Join(string group, string member) => Make([AccessOp.Join(group, member)]);

    public void Leave(string group, string member) => Make([AccessOp.Leave(group, member, HeadsOf(member))]);

    public void Drop(string group) => Make([AccessOp.Drop(group, HeadsOf(group))]);

    /// <summary>What the peer passed on ends with it; what was done by that and is here stays, too.</summary>
    public void Expel(string peer, bool rotates = true)
    {
        var holders = Rules().Capabilities.Where(c => c.Chain.Links.Any(l => l.Issuer == peer)).Select(c => c.Chain.Holder).Append(peer).ToHashSet(StringComparer.Ordinal);
        Make([AccessOp.Expel(peer, HeadsOf(author => holders.Contains(author)))], rotates);
    }

    /// <summary>A new read key for what is written from now on, sealed to everybody who may read.</summary>
    public void Rotate()
    {
        session.SealSoFar();
        _core.LeaveClosed();
        var rules = Rules();
        if (!rules.IsAdmin(Now))
        {
            throw ThreadsErrors.AccessNotAdmin(_core.Access.Me);
        }

        Make([_core.Rotation.Rotate(_core.Rotation.Readers(rules))], rotates: false);
    }

    /// <summary>Gives readers the keys that they lack, where this peer has them and may. Returns whether there was something to give.</summary>
    public bool Complete()
    {
        session.SealSoFar();
        _core.LeaveClosed();
        var given = false;
        for (var ops = _core.Rotation.Missing(); ops.Length > 0 && Judge(ops) == AccessReason.None; ops = _core.Rotation.Missing())
        {
            Append(new AccessChange(Rules().Newest, ops));
            given = true;
        }

        return given;
    }

    public void Close(LogId log, IReadOnlyCollection<Ipld.Cid> heads)
    {
        var entries = _core.Logs.Find(log.PublicKey);
        if (entries.Count == 0 || heads.Count == 0)
        {
            throw ThreadsErrors.AccessChange(Resources.Strings.AccessClose(log.ToString()));
        }

        Make([AccessOp.Close([.. heads.Select(head => entries.Select(e => (e.Id, Position: _core.Records.FindPosition(e, head))).FirstOrDefault(f => f.Position is not null).Position is { } position
            ? new AccessHead(Convert.ToHexStringLower(log.PublicKey), position, Convert.ToHexStringLower(head.Digest))
            : throw ThreadsErrors.AccessChange(Resources.Strings.AccessHead(head.ToString(), log.ToString())))])]);
    }

    /// <summary>A chain with a new first link, by this peer's identity; <paramref name="behind"/> null: by an owner.</summary>
    public CapabilityChain Issue(string to, ThreadRoles roles, long expires, AccessPath path, CapabilityChain? behind)
    {
        var rules = Rules();
        if (roles == 0 || (roles & ~(AccessRoles.All & ~ThreadRoles.Admin)) != 0)
        {
            throw ThreadsErrors.AccessChange(Resources.Strings.AccessRoles(AccessRoles.Text(roles)));
        }

        if (behind is null ? !rules.IsOwner(_core.Access.Me) : behind.Holder != _core.Access.Me)
        {
            throw ThreadsErrors.CapabilityIssuer(_core.Access.Me);
        }

        if (behind is not null && (behind.Links.Any(l => !path.IsWithin(l.Path)) || (AccessRoles.Implied(roles) & ~behind.Roles) != 0 || expires > behind.Expires || behind.Links.Length == CapabilityChain.MaxLinks))
        {
            throw ThreadsErrors.AccessChange(Resources.Strings.CapabilityWider(path.ToString(), AccessRoles.Text(roles)));
        }

        return CapabilityChain.Issue(_core.Keys.Thread, _core.Keys.Identity, to, path, roles, expires, behind);
    }

    /// <summary>Writes the chain into this peer's log: its holder may use it from then on.</summary>
    public void Present(CapabilityChain chain)
    {
        session.SealSoFar();
        _core.LeaveClosed();
        var isOwner = Rules().IsOwner;
        var rule = chain.BrokenRule(_core.Keys.Thread, isOwner, _ => false, _ => { }, _ => false);
        if (rule != 0)
        {
            throw ThreadsErrors.AccessChange(Resources.Strings.CapabilityRule(rule));
        }

        Write(OwnLog.Capability, chain.Bytes);
    }

    /// <summary>The path of a table, or of a row of it.</summary>
    public AccessPath PathOf(string? table, IReadOnlyList<object?> key)
    {
        if (table is null)
        {
            return AccessPath.Thread;
        }

        _core.Catalog.Forget();
        var schema = _core.Catalog.Find(table) ?? throw ThreadsErrors.AccessChange(Resources.Strings.AccessTable(table));
        return key.Count == 0 ? AccessPath.Collection(schema.Canonical) : AccessPath.Entity(schema.Canonical, EntityKey.Of(schema, key));
    }

    private Standpoint Now => _core.Access.Next();

    private AccessRules Rules()
        => !_core.Access.IsJudging ? throw ThreadsErrors.AccessChange(Resources.Strings.AccessRaw()) : _core.Access.Rules;

    /// <summary>Writes a change that would count; what would not is refused by name.</summary>
    public void Make(AccessOp[] ops, bool rotates = true)
    {
        session.SealSoFar();
        _core.LeaveClosed();
        var rules = Rules();

        // Opened first: the thread's list stands before what follows it.
        _core.OwnLog.Open();
        switch (Judge(ops, out var after))
        {
            case AccessReason.None:
                break;
            case AccessReason.Owner:
                throw ThreadsErrors.AccessOwner(ops.First(op => rules.IsOwner(op.Principal)).Principal);
            case AccessReason.Senior:
                throw ThreadsErrors.AccessSenior(ops[0].Principal);
            default:
                throw ThreadsErrors.AccessNotAdmin(_core.Access.Me);
        }

        if (rotates && Array.Exists(ops, op => !op.Widens && op.Path.Depth == 0 && op.Kind != AccessOpKind.Close))
        {
            var left = _core.Rotation.Readers(after);
            if (!_core.Rotation.Readers(rules).IsSubsetOf(left))
            {
                // Who is out has every key there was: what comes now is under one that he does not have.
                ops = [.. ops, _core.Rotation.Rotate(left)];
            }
        }

        Append(new AccessChange(rules.Newest, ops));
        Complete();
    }

    private AccessReason Judge(AccessOp[] ops) => Judge(ops, out _);

    /// <summary>What would become of these entries as this peer's next change.</summary>
    private AccessReason Judge(AccessOp[] ops, out AccessRules after)
    {
        var log = _core.OwnLog.Open();
        return _core.Access.Try(new AccessChange(Rules().Newest, ops), RecordId.Of(log.Id, log.Head + 1), out after);
    }

    /// <summary>What hands out keys is under the key that every reader has.</summary>
    private void Append(AccessChange change) => Write(OwnLog.Access, change.ToBytes(), isForAll: Array.Exists(change.Ops, op => op.Key is not null));

    /// <summary>A record of its own, with one event of one value.</summary>
    private void Write(EventShape shape, byte[] value, bool isForAll = false)
    {
        var info = _core.OwnLog.Append(
            payload =>
            {
                payload.StartEvent(payload.Add(shape), shape.Columns.Length);
                payload.Values.WriteBytes(value);
            },
            isForAll);
        _core.FoldOwn(info);
        session.Note(info);
    }

    /// <summary>What is here of the logs that the principal writes, or wrote while it was a member.</summary>
    private AccessHead[] HeadsOf(string principal)
    {
        if (principal == AccessPrincipal.Everybody)
        {
            return HeadsOf(_ => true);
        }

        var members = AccessPrincipal.IsGroup(principal) ? Rules().EverMembers(principal).ToHashSet(StringComparer.Ordinal) : [principal];
        return HeadsOf(author => members.Contains(author));
    }

    public AccessHead[] HeadsOf(Func<string, bool> isMeant) =>
    [
        .. _core.Logs.All()
            .Where(l => l.Head >= (l.Fork ?? 1) && l.HeadCid.IsDefined && _core.Logs.AuthorOf(l.Id) is { } author && isMeant(AccessPrincipal.Of(author)))
            .Select(l => new AccessHead(Convert.ToHexStringLower(l.PublicKey), l.Head, Convert.ToHexStringLower(l.HeadCid.Digest))),
    ];
}
