using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Data.Access;

/// <summary>What an invitation hands over: the token's seed (none: keys alone), the replica key, and the read keys, the thread's first one first. Disposing wipes them.</summary>
internal sealed class InvitationSecret(byte[] token, byte[] replica, IReadOnlyList<byte[]> reads) : IDisposable
{
    public ReadOnlySpan<byte> Token => token;

    public ReadOnlySpan<byte> Replica => replica;

    public IReadOnlyList<byte[]> Reads => reads;

    public void Dispose()
    {
        foreach (var key in reads.Prepend(replica).Prepend(token))
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}

/// <summary>
/// An invitation as it travels, DAG-CBOR <c>[1, thread, first list or null, inviter, whom it is to or null, token or null, terms or null, the inviter's signature of the terms, secret]</c> and the inviter's signature of all that, 64 bytes.
/// The secret is <c>[seed of the token, replica key, [read key …]]</c>, and sealed to whom the invitation is to.
/// </summary>
internal sealed class InvitationToken
{
    public const int MaxBytes = 1 << 18;

    private const int Version = 1;
    private const int Parts = 9;
    private const int SignatureSize = 64;
    private const int MaxReads = 1_024;

    private readonly byte[] _secret;

    private InvitationToken(byte[] bytes, ThreadId thread, byte[]? firstList, string inviter, string? to, string? token, InvitationTerms? terms, byte[] byInviter, byte[] secret)
        => (Bytes, Thread, FirstList, Inviter, To, Token, Terms, ByInviter, _secret) = (bytes, thread, firstList, inviter, to, token, terms, byInviter, secret);

    public byte[] Bytes { get; }

    public ThreadId Thread { get; }

    public byte[]? FirstList { get; }

    public string Inviter { get; }

    public string? To { get; }

    /// <summary>The public half, which the invitation is known by; null: it is keys alone.</summary>
    public string? Token { get; }

    public InvitationTerms? Terms { get; }

    /// <summary>The inviter's signature under the terms, as a join shows it.</summary>
    public byte[] ByInviter { get; }

    public static InvitationToken Make(
        ThreadId thread, Ed25519PrivateKey inviter, string? to, InvitationTerms? terms, string? token, byte[]? firstList, InvitationSecret secret, IRandomSource random)
    {
        var byInviter = new byte[SignatureSize];
        if (terms is not null)
        {
            inviter.Sign(AccessJoin.Offer(thread, token!, terms), byInviter);
        }

        using var writer = new CborWriter();
        writer.StartArray(Parts);
        writer.WriteInt64(Version);
        writer.WriteBytes(thread.Bytes);
        WriteOrNull(writer, firstList);
        AccessPrincipal.Write(writer, AccessPrincipal.Of(PeerId.FromPublicKey(inviter.PublicKey)));
        WriteOrNull(writer, to is null ? null : PeerId.Parse(to).ToBytes());
        WriteOrNull(writer, token is null ? null : PeerId.Parse(token).ToBytes());
        if (terms is null)
        {
            writer.WriteNull();
        }
        else
        {
            terms.Write(writer);
        }

        writer.WriteBytes(byInviter);
        writer.WriteBytes(Secret(secret, to, random));
        var bytes = new byte[writer.Length + SignatureSize];
        writer.WrittenSpan.CopyTo(bytes);
        inviter.Sign(Statement(writer.WrittenSpan), bytes.AsSpan(writer.Length));
        Clear(writer);
        return Read(bytes);
    }

    /// <summary>Reads one that its inviter signed.</summary>
    /// <exception cref="EventFormatException">It is none, or altered.</exception>
    /// <exception cref="CborException">It is no DAG-CBOR.</exception>
    /// <exception cref="FormatException">A thread or peer in it is none.</exception>
    public static InvitationToken Read(ReadOnlySpan<byte> bytes)
    {
        PayloadHeader.Expect(bytes.Length is > SignatureSize and <= MaxBytes, "an invitation of 65 to 262,144 bytes");
        var reader = new CborReader(bytes[..^SignatureSize]);
        PayloadHeader.Expect(reader.ReadArray() == Parts && reader.ReadInt64() == Version, "an invitation of version 1");
        var thread = ThreadId.FromBytes(reader.ReadBytes());
        var list = ReadOrNull(ref reader);
        var inviter = AccessPrincipal.ReadPeer(reader.ReadBytes());
        var to = ReadOrNull(ref reader) is { } addressee ? AccessPrincipal.ReadPeer(addressee) : null;
        var token = ReadOrNull(ref reader) is { } key ? AccessPrincipal.ReadPeer(key) : null;
        InvitationTerms? terms = null;
        if (reader.Peek() == CborKind.Null)
        {
            reader.ReadNull();
        }
        else
        {
            terms = InvitationTerms.Read(ref reader);
        }

        var byInviter = reader.ReadBytes().ToArray();
        var secret = reader.ReadBytes().ToArray();
        reader.EnsureEnd();
        PayloadHeader.Expect(byInviter.Length == SignatureSize && terms is null == token is null && (terms is null || terms.To == to), "parts of an invitation that belong together");
        PayloadHeader.Expect(Ed25519PublicKey.Verify(PeerId.Parse(inviter).PublicKey, Statement(bytes[..^SignatureSize]), bytes[^SignatureSize..]), "the inviter's signature: it was altered");
        PayloadHeader.Expect(terms is null || new AccessJoin(token!, terms, inviter, byInviter, []).IsOffered(thread), "the inviter's signature of the terms");
        PayloadHeader.Expect(list is null || Access.FirstList.Read(list, thread) is not null, "the first list of its thread");
        return new InvitationToken(bytes.ToArray(), thread, list, inviter, to, token, terms, byInviter, secret);
    }

    /// <summary>Opens what it hands over; <paramref name="me"/> is asked for where it is sealed.</summary>
    /// <returns>Null: it is sealed to somebody else.</returns>
    /// <exception cref="EventFormatException">It holds no keys of the token and a thread.</exception>
    /// <exception cref="CborException">It is no DAG-CBOR.</exception>
    public InvitationSecret? Open(Ed25519PrivateKey? me)
    {
        var bytes = _secret;
        if (To is not null)
        {
            bytes = GC.AllocateArray<byte>(Math.Max(0, _secret.Length - SealedBox.Overhead), pinned: true);
            if (me is null || AccessPrincipal.Of(PeerId.FromPublicKey(me.PublicKey)) != To || !SealedBox.TryOpen(me, _secret, bytes))
            {
                return null;
            }
        }

        var reader = new CborReader(bytes);
        PayloadHeader.Expect(reader.ReadArray() == 3, "three parts of what an invitation hands over");
        var (token, replica) = (reader.ReadBytes().ToArray(), reader.ReadBytes().ToArray());
        var reads = new byte[reader.ReadArray()][];
        PayloadHeader.Expect(reads.Length <= MaxReads, "at most 1,024 read keys");
        for (var i = 0; i < reads.Length; i++)
        {
            reads[i] = reader.ReadBytes().ToArray();
        }

        reader.EnsureEnd();
        PayloadHeader.Expect(replica.Length == SymmetricKey.KeySize && Array.TrueForAll(reads, k => k.Length == SymmetricKey.KeySize), "keys of 32 bytes");
        PayloadHeader.Expect(Token is null ? token.Length == 0 : token.Length == Ed25519.SeedSize && IsOf(token, Token), "the seed of its token");
        return new InvitationSecret(token, replica, reads);
    }

    private static bool IsOf(byte[] seed, string token)
    {
        using var key = new Ed25519PrivateKey(seed);
        return AccessPrincipal.Of(PeerId.FromPublicKey(key.PublicKey)) == token;
    }

    private static byte[] Secret(InvitationSecret secret, string? to, IRandomSource random)
    {
        using var writer = new CborWriter();
        writer.StartArray(3);
        writer.WriteBytes(secret.Token);
        writer.WriteBytes(secret.Replica);
        writer.StartArray(secret.Reads.Count);
        foreach (var key in secret.Reads)
        {
            writer.WriteBytes(key);
        }

        try
        {
            if (to is null)
            {
                return writer.ToArray();
            }

            var box = new byte[SealedBox.SealedSize(writer.Length)];
            return SealedBox.TrySeal(PeerId.Parse(to).PublicKey, writer.WrittenSpan, box, random) ? box : throw ThreadsErrors.AccessChange(Resources.Strings.AccessPeer(to));
        }
        finally
        {
            Clear(writer);
        }
    }

    private static byte[] Statement(ReadOnlySpan<byte> body) => [.. "threads-ef token 1"u8, .. SHA256.HashData(body)];

    /// <summary>Its buffer goes back to a pool, and keys were in it.</summary>
    private static void Clear(CborWriter writer) => MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(writer.WrittenSpan), writer.Length).Clear();

    private static void WriteOrNull(CborWriter writer, byte[]? bytes)
    {
        if (bytes is null)
        {
            writer.WriteNull();
        }
        else
        {
            writer.WriteBytes(bytes);
        }
    }

    private static byte[]? ReadOrNull(scoped ref CborReader reader)
    {
        if (reader.Peek() != CborKind.Null)
        {
            return reader.ReadBytes().ToArray();
        }

        reader.ReadNull();
        return null;
    }
}
