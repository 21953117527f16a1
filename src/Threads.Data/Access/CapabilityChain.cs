using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Data.Access;

/// <summary>One capability (B-CAP-1): what it is good for, to whom it is issued, until when, by whom.</summary>
internal sealed record CapabilityLink(AccessPath Path, string IssuedTo, ThreadRoles Roles, long Expires, string Issuer, string Signature);

/// <summary>
/// A chain of capabilities, the holder's first, the one an owner signed last. In bytes an array of <c>[ [path component …], issued to, roles, expires, issuer, signature ]</c>. A signature stands under everything in its
/// link and, by its digest, under the rest of the chain, so that no link fits anywhere else; and under the thread's id.
/// </summary>
internal sealed class CapabilityChain
{
    public const int MaxLinks = 64;
    public const int MaxBytes = 1 << 18;

    private const int SignatureSize = 64;

    private readonly string[] _digests;

    private CapabilityChain(CapabilityLink[] links, byte[] bytes, string[] digests) => (Links, Bytes, _digests) = (links, bytes, digests);

    private CapabilityChain(CapabilityLink[] links, byte[] bytes)
    {
        (Links, Bytes) = (links, bytes);
        _digests = new string[links.Length];
        for (var i = links.Length - 1; i >= 0; i--)
        {
            _digests[i] = Convert.ToHexStringLower(SHA256.HashData(Statement([], links[i], i + 1 < links.Length ? _digests[i + 1] : null, isSigned: true)));
        }
    }

    public CapabilityLink[] Links { get; }

    public byte[] Bytes { get; }

    public string Holder => Links[0].IssuedTo;

    /// <summary>The name of a link and all behind it.</summary>
    public string DigestOf(int link) => _digests[link];

    /// <summary>The first time at which it is good for nothing.</summary>
    public long Expires => Links.Min(l => l.Expires);

    /// <summary>What every link of it gives.</summary>
    public ThreadRoles Roles => Links.Aggregate(AccessRoles.All, (roles, link) => roles & AccessRoles.Implied(link.Roles));

    /// <summary>Signs a link to a new holder in front of a chain; null: an owner's own.</summary>
    public static CapabilityChain Issue(ThreadId thread, Ed25519PrivateKey issuer, string to, AccessPath path, ThreadRoles roles, long expires, CapabilityChain? behind)
    {
        var link = new CapabilityLink(path, to, roles, expires, AccessPrincipal.Of(PeerId.FromPublicKey(issuer.PublicKey)), "");
        Span<byte> signature = stackalloc byte[SignatureSize];
        issuer.Sign(Statement(thread.Bytes, link, behind?.DigestOf(0), isSigned: false), signature);
        return Of([link with { Signature = Convert.ToHexStringLower(signature) }, .. behind?.Links ?? []]);
    }

    /// <exception cref="EventFormatException">The bytes are no chain.</exception>
    /// <exception cref="CborException">They are no DAG-CBOR.</exception>
    public static CapabilityChain Read(ReadOnlySpan<byte> bytes)
    {
        PayloadHeader.Expect(bytes.Length <= MaxBytes, "a chain of at most 262,144 bytes");
        var reader = new CborReader(bytes);
        var count = reader.ReadArray();
        PayloadHeader.Expect(count is > 0 and <= MaxLinks, "a chain of 1 to 64 capabilities");
        var links = new CapabilityLink[count];
        for (var i = 0; i < count; i++)
        {
            PayloadHeader.Expect(reader.ReadArray() == 6, "six parts of a capability");
            var components = new string[reader.ReadArray()];
            PayloadHeader.Expect(components.Length <= AccessPath.MaxComponents, "a path of at most 16 components");
            for (var n = 0; n < components.Length; n++)
            {
                components[n] = reader.ReadText();
            }

            var to = AccessPrincipal.ReadPeer(reader.ReadBytes());
            var roles = (ThreadRoles)reader.ReadInt32();
            PayloadHeader.Expect(roles != 0 && (roles & ~(AccessRoles.All & ~ThreadRoles.Admin)) == 0, "roles below admin");
            var expires = reader.ReadInt64();
            var issuer = AccessPrincipal.ReadPeer(reader.ReadBytes());
            var signature = reader.ReadBytes();
            PayloadHeader.Expect(expires > 0 && signature.Length == SignatureSize, "an expiry and a signature of 64 bytes");
            links[i] = new CapabilityLink(AccessPath.Of(components), to, roles, expires, issuer, Convert.ToHexStringLower(signature));
        }

        reader.EnsureEnd();
        return new CapabilityChain(links, bytes.ToArray());
    }

    /// <summary>
    /// The rules of B-CAP-2 that no event is needed for: 1 each signature, asked of <paramref name="isKnown"/> first so that none is verified twice; 2 each signer is whom the next capability was issued to; 5 the last signer owns
    /// the thread. Returns the number of the first rule that does not hold, or 0.
    /// </summary>
    public int BrokenRule(ThreadId thread, Func<string, bool> isOwner, Func<string, bool> isKnown, Action<string> verified, Func<string, bool> isKnownBad)
    {
        for (var i = 0; i < Links.Length; i++)
        {
            if (i + 1 < Links.Length && Links[i].Issuer != Links[i + 1].IssuedTo)
            {
                return 2;
            }
        }

        if (!isOwner(Links[^1].Issuer))
        {
            return 5;
        }

        if (isKnownBad(_digests[0]))
        {
            return 1;
        }

        for (var i = Links.Length - 1; i >= 0; i--)
        {
            if (isKnown(_digests[i]))
            {
                continue;
            }

            var statement = Statement(thread.Bytes, Links[i], i + 1 < Links.Length ? _digests[i + 1] : null, isSigned: false);
            if (!Ed25519PublicKey.Verify(PeerId.Parse(Links[i].Issuer).PublicKey, statement, Convert.FromHexString(Links[i].Signature)))
            {
                return 1;
            }

            verified(_digests[i]);
        }

        return 0;
    }

    /// <summary>The same chain with its paths by the names collections go by here; what was signed stays as it was.</summary>
    public CapabilityChain Named(Func<string, string> nameOf)
        => new(Array.ConvertAll(Links, link => link with { Path = link.Path.Named(nameOf) }), Bytes, _digests);

    /// <summary>Rules 3 and 4, and the roles: whether every link reaches the path, has not expired, and gives the role.</summary>
    public bool Reaches(in AccessPath path, ThreadRoles role, long time)
    {
        foreach (var link in Links)
        {
            if (!path.IsWithin(link.Path) || time >= link.Expires || (AccessRoles.Implied(link.Roles) & role) != role)
            {
                return false;
            }
        }

        return true;
    }

    private static CapabilityChain Of(CapabilityLink[] links)
    {
        using var writer = new CborWriter();
        writer.StartArray(links.Length);
        foreach (var link in links)
        {
            writer.StartArray(6);
            Write(writer, link);
            writer.WriteBytes(Convert.FromHexString(link.Signature));
        }

        return new CapabilityChain(links, writer.ToArray());
    }

    /// <summary>A fixed text, the thread's id behind its length, and the DAG-CBOR of what is signed.</summary>
    private static byte[] Statement(ReadOnlySpan<byte> thread, CapabilityLink link, string? next, bool isSigned)
    {
        using var writer = new CborWriter();
        writer.StartArray(isSigned ? 7 : 6);
        Write(writer, link);
        if (isSigned)
        {
            writer.WriteBytes(Convert.FromHexString(link.Signature));
        }

        if (next is null)
        {
            writer.WriteNull();
        }
        else
        {
            writer.WriteBytes(Convert.FromHexString(next));
        }

        return [.. "threads-ef capability 1"u8, (byte)thread.Length, .. thread, .. writer.WrittenSpan];
    }

    private static void Write(CborWriter writer, CapabilityLink link)
    {
        var components = link.Path.Components;
        writer.StartArray(components.Length);
        foreach (var component in components)
        {
            writer.WriteText(component);
        }

        AccessPrincipal.Write(writer, link.IssuedTo);
        writer.WriteInt64((int)link.Roles);
        writer.WriteInt64(link.Expires);
        AccessPrincipal.Write(writer, link.Issuer);
    }
}

/// <summary>A chain that stands in a record; <paramref name="BrokenRule"/> 0: none.</summary>
internal sealed record CapabilityStatement(CapabilityChain Chain, long Record, long Time, int BrokenRule);
