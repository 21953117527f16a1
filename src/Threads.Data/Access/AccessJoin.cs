using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Data.Access;

/// <summary>What an invitation offers: roles at the thread, to one peer or whoever shows the token (null), for joins later than <paramref name="Since"/> and earlier than <paramref name="Expires"/>, of so many peers.</summary>
internal sealed record InvitationTerms(ThreadRoles Roles, string? To, long Since, long Expires, long Uses)
{
    public const ThreadRoles Most = AccessRoles.All & ~ThreadRoles.Admin;

    public void Write(CborWriter writer)
    {
        writer.StartArray(5);
        writer.WriteInt64((int)Roles);
        if (To is null)
        {
            writer.WriteNull();
        }
        else
        {
            AccessPrincipal.Write(writer, To);
        }

        writer.WriteInt64(Since);
        writer.WriteInt64(Expires);
        writer.WriteInt64(Uses);
    }

    /// <exception cref="EventFormatException">They are none.</exception>
    public static InvitationTerms Read(scoped ref CborReader reader)
    {
        PayloadHeader.Expect(reader.ReadArray() == 5, "five parts of an invitation's terms");
        var roles = (ThreadRoles)reader.ReadInt32();
        PayloadHeader.Expect(roles != 0 && (roles & ~Most) == 0, "roles below admin");
        string? to = null;
        if (reader.Peek() == CborKind.Null)
        {
            reader.ReadNull();
        }
        else
        {
            to = AccessPrincipal.ReadPeer(reader.ReadBytes());
        }

        var (since, expires, uses) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
        PayloadHeader.Expect(since >= 0 && expires > 0 && uses > 0, "times and uses of an invitation");
        return new InvitationTerms(roles, to, since, expires, uses);
    }
}

/// <summary>
/// A join as a record holds it: <c>[token, terms, inviter, the inviter's signature, the token's signature]</c>. The inviter's stands under thread, token and terms: where an owner signed, the join counts before his change has come. The
/// token's stands under who joins, so that a copy of it in another's log shows nothing.
/// </summary>
internal sealed record AccessJoin(string Token, InvitationTerms Terms, string Inviter, byte[] ByInviter, byte[] ByToken)
{
    public const int MaxBytes = 1_024;

    private const int SignatureSize = 64;

    /// <summary>What the inviter signs.</summary>
    public static byte[] Offer(ThreadId thread, string token, InvitationTerms terms)
    {
        using var writer = new CborWriter();
        writer.StartArray(2);
        AccessPrincipal.Write(writer, token);
        terms.Write(writer);
        return [.. "threads-ef invitation 1"u8, (byte)thread.Bytes.Length, .. thread.Bytes, .. writer.WrittenSpan];
    }

    /// <summary>Shows the token as somebody's.</summary>
    public static AccessJoin Make(ThreadId thread, Ed25519PrivateKey token, InvitationTerms terms, string inviter, byte[] byInviter, string joiner)
    {
        var signature = new byte[SignatureSize];
        token.Sign(Statement(thread, joiner), signature);
        return new AccessJoin(AccessPrincipal.Of(PeerId.FromPublicKey(token.PublicKey)), terms, inviter, byInviter, signature);
    }

    /// <summary>Whether who joins held the token.</summary>
    public bool ShowsToken(ThreadId thread, string joiner) => Ed25519PublicKey.Verify(PeerId.Parse(Token).PublicKey, Statement(thread, joiner), ByToken);

    /// <summary>Whether the inviter signed these terms.</summary>
    public bool IsOffered(ThreadId thread) => Ed25519PublicKey.Verify(PeerId.Parse(Inviter).PublicKey, Offer(thread, Token, Terms), ByInviter);

    /// <summary>One name for the same offer in all joins by it.</summary>
    public string OfferDigest(ThreadId thread) => Convert.ToHexStringLower(SHA256.HashData([.. Offer(thread, Token, Terms), .. PeerId.Parse(Inviter).Bytes, .. ByInviter]));

    public byte[] ToBytes()
    {
        using var writer = new CborWriter();
        writer.StartArray(5);
        AccessPrincipal.Write(writer, Token);
        Terms.Write(writer);
        AccessPrincipal.Write(writer, Inviter);
        writer.WriteBytes(ByInviter);
        writer.WriteBytes(ByToken);
        return writer.ToArray();
    }

    /// <exception cref="EventFormatException">The bytes are no join.</exception>
    /// <exception cref="CborException">They are no DAG-CBOR.</exception>
    public static AccessJoin Read(ReadOnlySpan<byte> bytes)
    {
        PayloadHeader.Expect(bytes.Length <= MaxBytes, "a join of at most 1,024 bytes");
        var reader = new CborReader(bytes);
        PayloadHeader.Expect(reader.ReadArray() == 5, "five parts of a join");
        var token = AccessPrincipal.ReadPeer(reader.ReadBytes());
        var terms = InvitationTerms.Read(ref reader);
        var inviter = AccessPrincipal.ReadPeer(reader.ReadBytes());
        var (byInviter, byToken) = (reader.ReadBytes().ToArray(), reader.ReadBytes().ToArray());
        PayloadHeader.Expect(byInviter.Length == SignatureSize && byToken.Length == SignatureSize, "two signatures of 64 bytes");
        reader.EnsureEnd();
        return new AccessJoin(token, terms, inviter, byInviter, byToken);
    }

    private static byte[] Statement(ThreadId thread, string joiner)
    {
        var who = PeerId.Parse(joiner).Bytes;
        return [.. "threads-ef join 1"u8, (byte)thread.Bytes.Length, .. thread.Bytes, (byte)who.Length, .. who];
    }
}

/// <summary>A join where it stands in the records. <paramref name="Join"/> null: its bytes are none.</summary>
internal sealed record JoinStatement(string Digest, string Author, long Record, long Time, AccessJoin? Join, bool ShowsToken, bool IsOffered);
