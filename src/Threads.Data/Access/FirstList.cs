using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Data.Access;

/// <summary>
/// The list a thread begins with, as <c>{"salt": bytes, "peers": {"12D3…": ["admin"]}, "default": []}</c> in DAG-CBOR; the random component of the thread's id is its SHA-256 (T-ACL-3, T-ACL-9). Whoever
/// it names as admin owns the thread.
/// </summary>
internal sealed class FirstList
{
    private const int SaltSize = 16;
    private const int MaxPeers = 1_024;

    private FirstList(string digest, IReadOnlyDictionary<string, ThreadRoles> peers, ThreadRoles everybody) => (Digest, Peers, Default) = (digest, peers, everybody);

    /// <summary>The version that first changes follow.</summary>
    public string Digest { get; }

    public IReadOnlyDictionary<string, ThreadRoles> Peers { get; }

    /// <summary>Roles of everybody.</summary>
    public ThreadRoles Default { get; }

    public bool IsOwner(string principal) => Peers.TryGetValue(principal, out var roles) && (roles & ThreadRoles.Admin) != 0;

    /// <summary>A new list with one owner; its bytes.</summary>
    public static byte[] Create(PeerId owner, IRandomSource random)
    {
        Span<byte> salt = stackalloc byte[SaltSize];
        random.Fill(salt);
        using var writer = new CborWriter();
        writer.StartMap(3);
        writer.WriteText("salt");
        writer.WriteBytes(salt);
        writer.WriteText("peers");
        writer.StartMap(1);
        writer.WriteText(owner.ToString());
        writer.StartArray(1);
        writer.WriteText(AccessRoles.Text(ThreadRoles.Admin));
        writer.WriteText("default");
        writer.StartArray(0);
        return writer.ToArray();
    }

    /// <summary>The id of the thread that begins with the list.</summary>
    public static ThreadId IdOf(ReadOnlySpan<byte> list) => ThreadId.FromBytes([1, (byte)ThreadVariant.AccessControlled, .. SHA256.HashData(list)]);

    /// <summary>Reads the bytes where they are this thread's list, and nobody else's.</summary>
    /// <exception cref="EventFormatException">They are the thread's, and no list.</exception>
    public static FirstList? Read(ReadOnlySpan<byte> list, ThreadId thread)
    {
        if (list.Length > AccessChange.MaxBytes || thread.Variant != ThreadVariant.AccessControlled || IdOf(list) != thread)
        {
            return null;
        }

        var reader = new CborReader(list);
        PayloadHeader.Expect(reader.ReadMap() == 3 && reader.ReadKey().SequenceEqual("salt"u8) && reader.ReadBytes().Length <= SaltSize * 4, "a salt of the first list");
        PayloadHeader.Expect(reader.ReadKey().SequenceEqual("peers"u8), "the peers of the first list");
        var peers = new Dictionary<string, ThreadRoles>(StringComparer.Ordinal);
        var count = reader.ReadMap();
        PayloadHeader.Expect(count <= MaxPeers, "at most 1,024 peers in the first list");
        for (; count > 0; count--)
        {
            PayloadHeader.Expect(PeerId.TryParse(System.Text.Encoding.UTF8.GetString(reader.ReadKey()), out var peer), "the id of a peer in the first list");
            peers.Add(AccessPrincipal.ReadPeer(peer.Bytes), ReadRoles(ref reader));
        }

        PayloadHeader.Expect(reader.ReadKey().SequenceEqual("default"u8), "the default of the first list");
        var everybody = ReadRoles(ref reader);
        PayloadHeader.Expect((everybody & ThreadRoles.Admin) == 0, "a default below admin");
        reader.EnsureEnd();
        return new FirstList(Convert.ToHexStringLower(thread.Random), peers, everybody);
    }

    private static ThreadRoles ReadRoles(scoped ref CborReader reader)
    {
        ThreadRoles roles = 0;
        for (var n = reader.ReadArray(); n > 0; n--)
        {
            roles |= AccessRoles.Parse(reader.ReadText()) ?? throw new EventFormatException("the payload lacks a role of the first list that is known");
        }

        return roles;
    }
}
