namespace Threads.Data.Access;

/// <summary>
/// The lists, made of the changes that count: who may do what at which standpoint. A pure function of first list, changes and what leads to what (T-ACL-7). A grant counts when it is earlier; what takes counts
/// unless its author had seen the record, and takes each grant that had not seen it.
/// </summary>
internal sealed partial class AccessRules
{
    /// <summary>Of entries by a signature alone: nobody is known to have known of them.</summary>
    private const int NoStatement = -1;

    private readonly FirstList? _list;
    private readonly AccessGraph? _graph;
    private readonly ILogAncestry _ancestry;

    public AccessRules(FirstList? list, IReadOnlyCollection<AccessStatement> statements, ILogAncestry ancestry, IReadOnlyCollection<CapabilityStatement>? capabilities = null, IReadOnlyCollection<JoinStatement>? joins = null)
    {
        (_list, _ancestry) = (list, ancestry);
        Capabilities = capabilities ?? [];
        _chains = Capabilities.Where(c => c.BrokenRule == 0).ToLookup(c => c.Chain.Holder);
        if (list is null)
        {
            Refused.AddRange(statements.Select(s => (s, AccessReason.NoList)));
            Joins.AddRange((joins ?? []).Select(j => (j, AccessReason.NoList)));
            return;
        }

        var unplaced = new List<AccessStatement>();
        _graph = new AccessGraph(list.Digest, statements, unplaced);
        Refused.AddRange(unplaced.Select(s => (s, AccessReason.Version)));
        var authority = new AccessAuthority(list, _graph, ancestry);
        var effective = new List<AccessStatement>();
        for (var i = 0; i < _graph.Statements.Count; i++)
        {
            Take(i, authority, effective);
        }

        TakeJoins(joins ?? [], authority);
        Newest = AccessGraph.Newest(list.Digest, effective);
    }

    /// <summary>Whether the thread's first list is here.</summary>
    public bool HasList => _list is not null;

    /// <summary>The entries that count.</summary>
    public List<AccessEntry> Entries { get; } = [];

    /// <summary>Changes of which nothing counts, or something does not, and why.</summary>
    public List<(AccessStatement Statement, AccessReason Reason)> Refused { get; } = [];

    /// <summary>Chains that were shown in records, those that don't hold among them.</summary>
    public IReadOnlyCollection<CapabilityStatement> Capabilities { get; }

    /// <summary>The versions that a change made now follows.</summary>
    public string[] Newest { get; } = [];

    public IReadOnlyDictionary<string, ThreadRoles> FirstPeers => _list?.Peers ?? new Dictionary<string, ThreadRoles>();

    public bool IsOwner(string peer) => _list is not null && _list.IsOwner(peer);

    /// <summary>Whether the collection can't be judged as a whole for the peer: some entities have lists of their own, or he holds capabilities for some.</summary>
    public bool JudgesEntities(string collection, string peer) => _listedEntities.Contains(collection) || _chains[peer].Any(c => c.Chain.Links.Any(l => l.Path.Depth > 1));

    /// <summary>Judges one role at a path.</summary>
    public AccessReason Judge(in Standpoint at, in AccessPath path, ThreadRoles role)
    {
        if (_list is null)
        {
            return AccessReason.NoList;
        }

        if (at.Record != 0 && IsClosed(at))
        {
            return AccessReason.Closed;
        }

        if (IsAdmin(at))
        {
            return AccessReason.None;
        }

        if (IsOut(at))
        {
            return AccessReason.Expelled;
        }

        return IsListed(at, path, role) || IsCapable(at, path, role) ? AccessReason.None : AccessReason.Role;
    }

    /// <summary>Whether the peer holds capabilities, which end by themselves.</summary>
    public bool HasChains(string peer) => _chains.Contains(peer);

    /// <summary>Whether a chain gives him the role there.</summary>
    private bool IsCapable(in Standpoint at, in AccessPath path, ThreadRoles role)
    {
        foreach (var shown in _chains[at.Author])
        {
            if (shown.Time < at.Time && shown.Chain.Reaches(path, role, at.Clock) && !IsBroken(shown.Chain, at))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Somebody who passed it on is out.</summary>
    private bool IsBroken(CapabilityChain chain, in Standpoint at)
    {
        foreach (var link in chain.Links)
        {
            if (!IsOwner(link.Issuer) && _expulsions.ContainsKey(link.Issuer) && IsOut(at with { Author = link.Issuer }))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether every list on the way to the path names him for the role.</summary>
    private bool IsListed(in Standpoint at, in AccessPath path, ThreadRoles role)
    {
        var level = AccessPath.Thread;
        if (!Has(at, level, role))
        {
            return false;
        }

        if (_owns.Count > 0)
        {
            var components = path.Components;
            for (var depth = 1; depth <= components.Length; depth++)
            {
                level = depth == components.Length ? path : AccessPath.Of(components.AsSpan(0, depth));
                if (HasOwnList(at, level) && !Has(at, level, role))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Whether he may change the lists.</summary>
    public bool IsAdmin(in Standpoint at)
        => _list is not null && (IsOwner(at.Author) || (RolesOf(at, AccessPath.Thread, at.Author) & ThreadRoles.Admin) != 0);

    /// <summary>Whether a list of its own stands at the path.</summary>
    public bool HasOwnList(in Standpoint at, in AccessPath path)
    {
        foreach (var own in Of(_owns, path))
        {
            if (!IsSeen(own, at) && !IsOver(own, Of(_shares, path), at))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Groups the peer is in.</summary>
    public IEnumerable<string> GroupsOf(Standpoint at)
        => Of(_joins, at.Author).Where(join => IsEarlier(join, at) && !IsLeft(join, at)).Select(join => join.Op.Principal).Distinct(StringComparer.Ordinal);

    /// <summary>Members of the group, whenever they were.</summary>
    public IEnumerable<string> EverMembers(string group) => Entries.Where(e => e.Op.Kind == AccessOpKind.Join && e.Op.Principal == group).Select(e => e.Op.Member!);

    /// <summary>The lists as they stand now: what each names, by path.</summary>
    public IEnumerable<(AccessPath Path, string Principal, ThreadRoles Roles)> Current()
    {
        if (_list is null)
        {
            yield break;
        }

        var first = _list.Peers.Keys.Append(AccessPrincipal.Everybody).Select(p => (AccessPath.Thread, p));
        foreach (var (path, principal) in first.Concat(_grants.Keys).Distinct().OrderBy(k => k.Item1.Text, StringComparer.Ordinal).ThenBy(k => k.Item2, StringComparer.Ordinal))
        {
            var at = Standpoint.Next(AccessPrincipal.IsPeer(principal) ? principal : "", 0);
            var roles = RolesOf(at, path, principal);
            if (roles != 0 && (path.Depth == 0 || HasOwnList(at, path)))
            {
                yield return (path, principal, roles);
            }
        }

        foreach (var path in _owns.Keys.Where(p => HasOwnList(Standpoint.Next("", 0), p)).OrderBy(p => p.Text, StringComparer.Ordinal))
        {
            yield return (path, AccessPrincipal.Everybody, RolesOf(Standpoint.Next("", 0), path, AccessPrincipal.Everybody));
        }
    }

    /// <summary>Who is in which group now.</summary>
    public IEnumerable<(string Group, string Member)> Members()
        => _joins.Keys.Order(StringComparer.Ordinal).SelectMany(member => GroupsOf(Standpoint.Next(member, 0)).Order(StringComparer.Ordinal).Select(group => (group, member)));

    private void Take(int i, AccessAuthority authority, List<AccessStatement> effective)
    {
        var statement = _graph!.Statements[i];
        if (!authority.Counts(i))
        {
            Refused.Add((statement, authority.ReasonOf(i)));
            if (authority.ReasonOf(i) == AccessReason.Revoked)
            {
                NoteVoid(statement);
            }

            return;
        }

        effective.Add(statement);
        var reason = authority.Widens(i) || !Array.Exists(statement.Change.Ops, op => op.Widens) ? AccessReason.None : AccessReason.Revoked;
        foreach (var op in statement.Change.Ops)
        {
            if (authority.Void.TryGetValue(op, out var why))
            {
                reason = why;
            }
            else if (!op.Widens || authority.Widens(i))
            {
                Take(new AccessEntry(i, statement, op));
            }
        }

        if (!authority.Widens(i))
        {
            NoteVoid(statement);
        }

        if (reason != AccessReason.None)
        {
            Refused.Add((statement, reason));
        }
    }

    /// <summary>Of closes side by side each must lead to the record; one that follows another stands for both.</summary>
    public bool IsClosed(in Standpoint at)
    {
        if (_closes.Count == 0 || !_closes.TryGetValue(_ancestry.LogOf(at.Record), out var closes))
        {
            return false;
        }

        foreach (var close in closes)
        {
            if (!IsSeen(close, at) && !closes.Exists(c => IsBefore(close, c)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Expelled, and nobody who knew of it took him in again by name.</summary>
    private bool IsOut(in Standpoint at)
    {
        foreach (var expulsion in Of(_expulsions, at.Author))
        {
            if (IsSeen(expulsion, at))
            {
                continue;
            }

            var readmitted = false;
            foreach (var entry in Entries)
            {
                var names = entry.Op.Kind == AccessOpKind.Grant ? entry.Op.Principal : entry.Op.Kind == AccessOpKind.Join ? entry.Op.Member : null;
                readmitted |= names == at.Author && !entry.IsForAnybody && IsBefore(expulsion, entry) && IsEarlier(entry, at);
            }

            if (!readmitted)
            {
                return true;
            }
        }

        return false;
    }

    private bool Has(in Standpoint at, in AccessPath path, ThreadRoles role)
    {
        var roles = RolesOf(at, path, at.Author) | RolesOf(at, path, AccessPrincipal.Everybody);
        if ((AccessRoles.Implied(roles) & role) == role)
        {
            return true;
        }

        if (_joins.ContainsKey(at.Author))
        {
            foreach (var group in GroupsOf(at))
            {
                roles |= RolesOf(at, path, group);
            }
        }

        return (AccessRoles.Implied(roles) & role) == role;
    }

    /// <summary>The roles the list at the path names for the principal, as it counts for the standpoint.</summary>
    private ThreadRoles RolesOf(in Standpoint at, in AccessPath path, string principal)
    {
        var roles = path.Depth > 0 ? 0 : principal == AccessPrincipal.Everybody ? _list!.Default : _list!.Peers.GetValueOrDefault(principal);
        if (roles != 0)
        {
            roles &= ~Taken(null, at, path, principal);
        }

        foreach (var grant in Of(_grants, (path, principal)))
        {
            if (IsEarlier(grant, at) && (grant.Op.Roles & ~roles) != 0)
            {
                roles |= grant.Op.Roles & ~Taken(grant, at, path, principal);
            }
        }

        return roles;
    }

    /// <summary>What of a grant, or of the first list (null), was taken again for this standpoint.</summary>
    private ThreadRoles Taken(AccessEntry? grant, in Standpoint at, in AccessPath path, string principal)
    {
        ThreadRoles taken = 0;
        foreach (var revocation in Of(_revocations, (path, principal)))
        {
            taken |= Takes(revocation, grant, at) ? AccessRoles.Lost(revocation.Op.Roles) : 0;
        }

        foreach (var expulsion in Of(_expulsions, principal))
        {
            taken |= Takes(expulsion, grant, at) ? AccessRoles.All : 0;
        }

        foreach (var drop in Of(_drops, principal))
        {
            taken |= Takes(drop, grant, at) ? AccessRoles.All : 0;
        }

        foreach (var share in Of(_shares, path))
        {
            // A list that begins again later begins empty.
            taken |= grant is { } given && IsEarlier(share, at) && IsBefore(given, share) ? AccessRoles.All : 0;
        }

        return taken;
    }

    private bool IsLeft(AccessEntry join, Standpoint at)
        => Of(_leaves, at.Author).Exists(leave => leave.Op.Principal == join.Op.Principal && Takes(leave, join, at))
            || Of(_drops, join.Op.Principal).Exists(drop => Takes(drop, join, at))
            || Of(_expulsions, at.Author).Exists(expulsion => Takes(expulsion, join, at));

    private bool Takes(AccessEntry taking, AccessEntry? given, in Standpoint at) => !(given is { } entry && IsBefore(taking, entry)) && !IsSeen(taking, at);

    /// <summary>A list of its own was given up by somebody who knew of it.</summary>
    private bool IsOver(AccessEntry own, List<AccessEntry> shares, in Standpoint at)
    {
        foreach (var share in shares)
        {
            if (IsBefore(own, share) && IsEarlier(share, at))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsBefore(AccessEntry earlier, AccessEntry later) => earlier.Statement >= 0 && later.Statement >= 0 && _graph!.IsBefore(earlier.Statement, later.Statement);

    private static bool IsEarlier(AccessEntry entry, in Standpoint at) => entry.Of.Time < at.Time;

    private bool IsSeen(AccessEntry taking, in Standpoint at)
    {
        foreach (var head in taking.Op.Heads)
        {
            if (at.Record != 0 && _ancestry.Covers(head, at.Record))
            {
                return true;
            }
        }

        return false;
    }
}
