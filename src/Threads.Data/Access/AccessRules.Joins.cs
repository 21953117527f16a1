namespace Threads.Data.Access;

/// <summary>
/// Invitations and who came by them. An invitation admits whoever shows its token, as a grant to the peer from the join's time on. It is known by the change that counts, or, before that is here, by an owner's signature in the join.
/// More joins than uses: those of the earliest times count, and of one time those of the smaller id.
/// </summary>
internal sealed partial class AccessRules
{
    private readonly Dictionary<string, AccessEntry> _invitations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<AccessEntry>> _withdrawals = new(StringComparer.Ordinal);

    /// <summary>Joins and what became of them.</summary>
    public List<(JoinStatement Join, AccessReason Reason)> Joins { get; } = [];

    /// <summary>Invitations by changes that count, with how many came by them.</summary>
    public IEnumerable<(AccessEntry Invitation, long Used, bool IsWithdrawn)> Invitations()
    {
        var used = Joins.Where(j => j.Reason == AccessReason.None).GroupBy(j => j.Join.Join!.Token).ToDictionary(g => g.Key, g => g.Select(j => j.Join.Author).Distinct().LongCount(), StringComparer.Ordinal);
        return _invitations.Values.Select(i => (i, used.GetValueOrDefault(i.Op.Principal), Of(_withdrawals, i.Op.Principal).Exists(w => !IsBefore(w, i))));
    }

    /// <summary>The invitation of a token, by the change that counts.</summary>
    public AccessEntry? InvitationOf(string token) => _invitations.TryGetValue(token, out var invitation) ? invitation : null;

    private void TakeInvitation(AccessEntry entry)
    {
        if (entry.Op.Kind == AccessOpKind.Withdraw)
        {
            Add(_withdrawals, entry.Op.Principal, entry);
        }
        else
        {
            // Of two by one token, which nobody makes by chance, the earlier.
            _invitations.TryAdd(entry.Op.Principal, entry);
        }
    }

    private void TakeJoins(IReadOnlyCollection<JoinStatement> joins, AccessAuthority authority)
    {
        var cutOff = _graph!.Statements.SelectMany((s, i) => authority.Widens(i) ? [] : s.Change.Ops.Where(op => op.Kind == AccessOpKind.Invite).Select(op => (op.Principal, s.Author))).ToHashSet();
        foreach (var byToken in joins.GroupBy(j => j.Join?.Token ?? "", StringComparer.Ordinal))
        {
            if (byToken.Key.Length == 0)
            {
                Joins.AddRange(byToken.Select(j => (j, AccessReason.Malformed)));
            }
            else if (InvitationOf(byToken.Key) is { } invitation)
            {
                TakeJoins(byToken, invitation.Op.Terms!, invitation);
            }
            else
            {
                foreach (var byOffer in byToken.GroupBy(j => (j.Join!.Terms, j.Join.Inviter, j.IsOffered)))
                {
                    var (terms, inviter, isOffered) = byOffer.Key;
                    TakeJoins(byOffer, isOffered && IsOwner(inviter) && !cutOff.Contains((byToken.Key, inviter)) ? terms : null, null);
                }
            }
        }
    }

    private void TakeJoins(IEnumerable<JoinStatement> joins, InvitationTerms? terms, AccessEntry? invitation)
    {
        var places = new HashSet<string>(StringComparer.Ordinal);
        foreach (var join in joins.OrderBy(j => j.Time).ThenBy(j => j.Author, StringComparer.Ordinal))
        {
            var reason = terms is null ? AccessReason.NoInvitation : ReasonOf(join, terms, invitation);
            if (reason == AccessReason.None && !places.Contains(join.Author))
            {
                if (places.Count >= terms!.Uses)
                {
                    reason = AccessReason.UsedUp;
                }
                else
                {
                    places.Add(join.Author);
                    Admit(join, terms, invitation);
                }
            }

            Joins.Add((join, reason));
        }
    }

    private AccessReason ReasonOf(JoinStatement join, InvitationTerms terms, AccessEntry? invitation)
    {
        var at = new Standpoint(join.Author, join.Record, join.Time);
        return !join.ShowsToken ? AccessReason.Token
            : terms.To is { } to && to != join.Author ? AccessReason.Addressed
            : join.Record != 0 && IsClosed(at) ? AccessReason.Closed
            : Of(_withdrawals, join.Join!.Token).Exists(w => !(invitation is { } i && IsBefore(w, i)) && !IsSeen(w, at)) ? AccessReason.Withdrawn
            : join.Time >= terms.Expires || join.Time <= terms.Since ? AccessReason.Expired
            : AccessReason.None;
    }

    /// <summary>Named so that another invitation, or the same by a change in the place of a signature, is another entry.</summary>
    private void Admit(JoinStatement join, InvitationTerms terms, AccessEntry? invitation)
    {
        var op = AccessOp.Grant(AccessPath.Thread, join.Author, terms.Roles);
        var statement = new AccessStatement($"{join.Digest} {invitation?.Of.Digest}", join.Author, join.Record, join.Time, new AccessChange([], [op]));
        Take(new AccessEntry(invitation?.Statement ?? NoStatement, statement, op) { IsForAnybody = terms.To is null });
    }
}
