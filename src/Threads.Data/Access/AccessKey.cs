using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Records;

namespace Threads.Data.Access;

/// <summary>A read key by its name, sealed to peers: what a rotation carries, or a later change for who joined since. In an event <code>[name, [[peer, box] …]]</code>, peers in order.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Boxes">The key, sealed to each peer's identity.</param>
internal sealed record AccessKey(ReadKeyId Id, IReadOnlyList<KeyValuePair<string, byte[]>> Boxes)
{
    /// <summary>In one entry: with all around them they take less than a change may.</summary>
    public const int MaxBoxes = 4_096;

    /// <summary>A read key of 32 bytes, sealed.</summary>
    public static readonly int BoxSize = SealedBox.SealedSize(SymmetricKey.KeySize);

    /// <summary>Seals a key of 32 bytes to each peer.</summary>
    public static AccessKey Seal(ReadOnlySpan<byte> key, IEnumerable<string> peers, IRandomSource random)
    {
        var boxes = new List<KeyValuePair<string, byte[]>>();
        foreach (var peer in peers.Order(StringComparer.Ordinal).Take(MaxBoxes))
        {
            var box = new byte[BoxSize];
            if (SealedBox.TrySeal(AccessPrincipal.PublicKeyOf(peer), key, box, random))
            {
                boxes.Add(KeyValuePair.Create(peer, box));
            }
        }

        return new AccessKey(ReadKeyId.Of(key), boxes);
    }

    /// <summary>Opens the box of a peer; null where it has none, or what it holds is not the key of that name.</summary>
    public byte[]? Open(string peer, Ed25519PrivateKey identity)
    {
        foreach (var (to, box) in Boxes)
        {
            if (to == peer)
            {
                var key = new byte[SymmetricKey.KeySize];
                return SealedBox.TryOpen(identity, box, key) && ReadKeyId.Of(key) == Id ? key : null;
            }
        }

        return null;
    }

    public void Write(CborWriter writer)
    {
        writer.StartArray(2);
        writer.WriteBytes(Id.ToBytes());
        writer.StartArray(Boxes.Count);
        foreach (var (peer, box) in Boxes)
        {
            writer.StartArray(2);
            AccessPrincipal.Write(writer, peer);
            writer.WriteBytes(box);
        }
    }

    /// <exception cref="EventFormatException">It is none.</exception>
    public static AccessKey Read(scoped ref CborReader reader)
    {
        PayloadHeader.Expect(reader.ReadArray() == 2, "the name of a read key, and whom it is sealed to");
        var id = reader.ReadBytes();
        PayloadHeader.Expect(id.Length == ReadKeyId.SizeBytes, "16 bytes of a read key's name");
        var boxes = new KeyValuePair<string, byte[]>[reader.ReadArray()];
        PayloadHeader.Expect(boxes.Length <= MaxBoxes, "a read key sealed to at most 4,096 peers");
        for (var i = 0; i < boxes.Length; i++)
        {
            PayloadHeader.Expect(reader.ReadArray() == 2, "a peer and a key sealed to it");
            var peer = AccessPrincipal.ReadPeer(reader.ReadBytes());
            PayloadHeader.Expect(i == 0 || string.CompareOrdinal(boxes[i - 1].Key, peer) < 0, "peers in order, each once");
            var box = reader.ReadBytes();
            PayloadHeader.Expect(box.Length == BoxSize, "104 bytes of a sealed read key");
            boxes[i] = KeyValuePair.Create(peer, box.ToArray());
        }

        return new AccessKey(ReadKeyId.FromBytes(id), boxes);
    }
}
