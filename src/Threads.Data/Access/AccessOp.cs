namespace Threads.Data.Access;

/// <summary>What a change does; the numbers are on the wire (docs/format.md).</summary>
internal enum AccessOpKind
{
    /// <summary>A principal has roles at a path.</summary>
    Grant = 0,

    /// <summary>It has them no longer.</summary>
    Revoke = 1,

    /// <summary>A peer belongs to a group.</summary>
    Join = 2,

    /// <summary>It belongs to it no longer.</summary>
    Leave = 3,

    /// <summary>A group is no more.</summary>
    Drop = 4,

    /// <summary>The path has a list of its own, which narrows the one above.</summary>
    Own = 5,

    /// <summary>The path has none any more.</summary>
    Share = 6,

    /// <summary>A peer is out: of all lists and groups.</summary>
    Expel = 7,

    /// <summary>Of a log, only what leads to the named heads counts.</summary>
    Close = 8,

    /// <summary>The thread has a new read key.</summary>
    Rotate = 9,

    /// <summary>A read key it had is sealed to further peers.</summary>
    Reseal = 10,

    /// <summary>Whoever shows a token has roles at the thread.</summary>
    Invite = 11,

    /// <summary>Nobody more has them by it.</summary>
    Withdraw = 12,
}

/// <summary>A record of a log: what its author had seen of it.</summary>
internal readonly record struct AccessHead(string Log, long Position, string Digest);

/// <summary>One entry of a change.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Path">Where.</param>
/// <param name="Principal">To whom; of <see cref="AccessOpKind.Join"/> and <see cref="AccessOpKind.Leave"/>, which group; of <see cref="AccessOpKind.Invite"/> and <see cref="AccessOpKind.Withdraw"/>, which token.</param>
/// <param name="Roles">Of grants and revocations.</param>
/// <param name="Member">Who joins or leaves.</param>
/// <param name="Heads">Of those that narrow: what its author had seen of the logs they concern.</param>
/// <param name="Key">Of those that hand out a read key.</param>
internal sealed record AccessOp(AccessOpKind Kind, AccessPath Path, string Principal, ThreadRoles Roles, string? Member, AccessHead[] Heads, AccessKey? Key = null)
{
    /// <summary>Of an invitation.</summary>
    public InvitationTerms? Terms { get; init; }

    /// <summary>It gives something; the others take.</summary>
    public bool Widens => Kind is AccessOpKind.Grant or AccessOpKind.Join or AccessOpKind.Share or AccessOpKind.Rotate or AccessOpKind.Reseal or AccessOpKind.Invite;

    public static AccessOp Grant(AccessPath path, string principal, ThreadRoles roles) => new(AccessOpKind.Grant, path, principal, roles, null, []);

    public static AccessOp Revoke(AccessPath path, string principal, ThreadRoles roles, AccessHead[] heads) => new(AccessOpKind.Revoke, path, principal, roles, null, heads);

    public static AccessOp Join(string group, string member) => new(AccessOpKind.Join, default, group, 0, member, []);

    public static AccessOp Leave(string group, string member, AccessHead[] heads) => new(AccessOpKind.Leave, default, group, 0, member, heads);

    public static AccessOp Drop(string group, AccessHead[] heads) => new(AccessOpKind.Drop, default, group, 0, null, heads);

    public static AccessOp Own(AccessPath path, AccessHead[] heads) => new(AccessOpKind.Own, path, AccessPrincipal.Everybody, 0, null, heads);

    public static AccessOp Share(AccessPath path) => new(AccessOpKind.Share, path, AccessPrincipal.Everybody, 0, null, []);

    public static AccessOp Expel(string peer, AccessHead[] heads) => new(AccessOpKind.Expel, default, peer, 0, null, heads);

    public static AccessOp Rotate(AccessKey key) => new(AccessOpKind.Rotate, default, AccessPrincipal.Everybody, 0, null, [], key);

    public static AccessOp Reseal(AccessKey key) => new(AccessOpKind.Reseal, default, AccessPrincipal.Everybody, 0, null, [], key);

    public static AccessOp Close(AccessHead[] heads) => new(AccessOpKind.Close, default, AccessPrincipal.Everybody, 0, null, heads);

    public static AccessOp Invite(string token, InvitationTerms terms) => new(AccessOpKind.Invite, default, token, 0, null, []) { Terms = terms };

    public static AccessOp Withdraw(string token, AccessHead[] heads) => new(AccessOpKind.Withdraw, default, token, 0, null, heads);
}
