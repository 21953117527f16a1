using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Access;

/// <summary>
/// A later version of the lists: what it follows and what it does. In an event, bytes that hold
/// <code>[ [digest of a version it follows …], [ [kind, [path component …], principal, roles or member or null, [[log key, position, digest] …]] … ] ]</code>
/// </summary>
internal sealed record AccessChange(string[] Follows, AccessOp[] Ops)
{
    public const int MaxBytes = 1 << 20;
    public const int MaxFollows = 1_024;
    public const int MaxOps = 65_536;

    private const int DigestSize = 32;

    public byte[] ToBytes()
    {
        using var writer = new CborWriter();
        writer.StartArray(2);
        writer.StartArray(Follows.Length);
        foreach (var digest in Follows)
        {
            writer.WriteBytes(Convert.FromHexString(digest));
        }

        writer.StartArray(Ops.Length);
        foreach (var op in Ops)
        {
            Write(writer, op);
        }

        return writer.ToArray();
    }

    /// <exception cref="EventFormatException">The bytes are no change.</exception>
    /// <exception cref="CborException">They are no DAG-CBOR.</exception>
    public static AccessChange Read(ReadOnlySpan<byte> bytes)
    {
        PayloadHeader.Expect(bytes.Length <= MaxBytes, "a change of at most 1,048,576 bytes");
        var reader = new CborReader(bytes);
        PayloadHeader.Expect(reader.ReadArray() == 2, "what a change follows, and what it does");
        var follows = new string[Count(ref reader, MaxFollows, 1)];
        for (var i = 0; i < follows.Length; i++)
        {
            follows[i] = Digest(ref reader);
        }

        var ops = new AccessOp[Count(ref reader, MaxOps, 1)];
        for (var i = 0; i < ops.Length; i++)
        {
            ops[i] = ReadOp(ref reader);
        }

        reader.EnsureEnd();
        return new AccessChange(follows, ops);
    }

    private static void Write(CborWriter writer, AccessOp op)
    {
        writer.StartArray(5);
        writer.WriteInt64((int)op.Kind);
        var components = op.Path.Components;
        writer.StartArray(components.Length);
        foreach (var component in components)
        {
            writer.WriteText(component);
        }

        AccessPrincipal.Write(writer, op.Principal);
        if (op.Terms is { } terms)
        {
            terms.Write(writer);
        }
        else if (op.Member is { } member)
        {
            AccessPrincipal.Write(writer, member);
        }
        else if (op.Key is { } key)
        {
            key.Write(writer);
        }
        else if (op.Kind is AccessOpKind.Grant or AccessOpKind.Revoke)
        {
            writer.WriteInt64((int)op.Roles);
        }
        else
        {
            writer.WriteNull();
        }

        writer.StartArray(op.Heads.Length);
        foreach (var head in op.Heads)
        {
            writer.StartArray(3);
            writer.WriteBytes(Convert.FromHexString(head.Log));
            writer.WriteInt64(head.Position);
            writer.WriteBytes(Convert.FromHexString(head.Digest));
        }
    }

    private static AccessOp ReadOp(scoped ref CborReader reader)
    {
        PayloadHeader.Expect(reader.ReadArray() == 5, "five parts of an entry");
        var kind = (AccessOpKind)reader.ReadInt32();
        PayloadHeader.Expect(kind is >= AccessOpKind.Grant and <= AccessOpKind.Withdraw, "a kind of entry from 0 to 12");
        var components = new string[Count(ref reader, AccessPath.MaxComponents, 0)];
        for (var i = 0; i < components.Length; i++)
        {
            components[i] = reader.ReadText();
        }

        var path = AccessPath.Of(components);
        var principal = AccessPrincipal.Read(ref reader);
        string? member = null;
        ThreadRoles roles = 0;
        AccessKey? key = null;
        InvitationTerms? terms = null;
        switch (kind)
        {
            case AccessOpKind.Grant or AccessOpKind.Revoke:
                roles = (ThreadRoles)reader.ReadInt32();
                PayloadHeader.Expect(roles != 0 && (roles & ~AccessRoles.All) == 0, "one of the six roles");
                PayloadHeader.Expect((roles & ThreadRoles.Admin) == 0 || (path.Depth == 0 && AccessPrincipal.IsPeer(principal)), "admin for a peer, at the thread");
                break;
            case AccessOpKind.Join or AccessOpKind.Leave:
                member = AccessPrincipal.Read(ref reader);
                break;
            case AccessOpKind.Rotate or AccessOpKind.Reseal:
                key = AccessKey.Read(ref reader);
                break;
            case AccessOpKind.Invite:
                terms = InvitationTerms.Read(ref reader);
                break;
            default:
                reader.ReadNull();
                break;
        }

        PayloadHeader.Expect(Fits(kind, path, principal, member), "an entry whose parts belong together");
        var heads = new AccessHead[Count(ref reader, MaxOps, 0)];
        for (var i = 0; i < heads.Length; i++)
        {
            PayloadHeader.Expect(reader.ReadArray() == 3, "a log, a position and a record");
            var log = Digest(ref reader);
            var position = reader.ReadInt64();
            PayloadHeader.Expect(position > 0, "a position from 1 on");
            heads[i] = new AccessHead(log, position, Digest(ref reader));
        }

        PayloadHeader.Expect(kind != AccessOpKind.Close || (heads.Length > 0 && heads.All(h => h.Log == heads[0].Log)), "heads of the one log that is closed");
        PayloadHeader.Expect(key is null || heads.Length == 0, "no heads where a key is handed out");
        return new AccessOp(kind, path, principal, roles, member, heads, key) { Terms = terms };
    }

    private static bool Fits(AccessOpKind kind, AccessPath path, string principal, string? member) => kind switch
    {
        AccessOpKind.Grant or AccessOpKind.Revoke => true,
        AccessOpKind.Join or AccessOpKind.Leave => path.Depth == 0 && AccessPrincipal.IsGroup(principal) && AccessPrincipal.IsPeer(member!),
        AccessOpKind.Drop => path.Depth == 0 && AccessPrincipal.IsGroup(principal),
        AccessOpKind.Own or AccessOpKind.Share => path.Depth > 0 && principal == AccessPrincipal.Everybody,
        AccessOpKind.Expel or AccessOpKind.Invite or AccessOpKind.Withdraw => path.Depth == 0 && AccessPrincipal.IsPeer(principal),
        _ => path.Depth == 0 && principal == AccessPrincipal.Everybody,
    };

    private static string Digest(scoped ref CborReader reader)
    {
        var bytes = reader.ReadBytes();
        PayloadHeader.Expect(bytes.Length == DigestSize, "32 bytes of a key or digest");
        return Convert.ToHexStringLower(bytes);
    }

    private static int Count(scoped ref CborReader reader, int most, int least)
    {
        var count = reader.ReadArray();
        PayloadHeader.Expect(count >= least && count <= most, $"{least} to {most} items");
        return count;
    }
}
