using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Data.Access;

/// <summary>Whom an entry names: a peer by its id, a group behind an @, or everybody. As text in memory; in events bytes, text, or null.</summary>
internal static class AccessPrincipal
{
    public const string Everybody = "*";
    public const int MaxGroupChars = 256;

    private const char GroupMark = '@';

    public static string Of(PeerId peer) => peer.ToString();

    public static string Group(string name)
    {
        PayloadHeader.Expect(name.Length is > 0 and <= MaxGroupChars && !name.AsSpan().ContainsAnyInRange('\0', '\x1F'), "a group's name of 1 to 256 characters");
        return GroupMark + name;
    }

    public static bool IsGroup(string principal) => principal[0] == GroupMark;

    public static bool IsPeer(string principal) => principal[0] is not (GroupMark or '*');

    public static void Write(CborWriter writer, string principal)
    {
        if (principal == Everybody)
        {
            writer.WriteNull();
        }
        else if (IsGroup(principal))
        {
            writer.WriteText(principal.AsSpan(1));
        }
        else
        {
            writer.WriteBytes(PeerId.Parse(principal).Bytes);
        }
    }

    /// <exception cref="EventFormatException">It is none, or a key that no signature can be trusted of.</exception>
    public static string Read(scoped ref CborReader reader)
    {
        switch (reader.Peek())
        {
            case CborKind.Null:
                reader.ReadNull();
                return Everybody;
            case CborKind.Text:
                return Group(reader.ReadText());
            default:
                return ReadPeer(reader.ReadBytes());
        }
    }

    /// <summary>The Ed25519 key of a peer.</summary>
    public static ReadOnlySpan<byte> PublicKeyOf(string peer) => LogId.FromBytes(PeerId.Parse(peer).Bytes).PublicKey;

    public static string ReadPeer(ReadOnlySpan<byte> bytes)
    {
        PayloadHeader.Expect(LogId.TryFromBytes(bytes, out var id) && Ed25519Rule.AdmitsPublicKey(id.PublicKey), "a peer's id: 38 bytes of an Ed25519 key of full order");
        return PeerId.FromBytes(bytes).ToString();
    }
}
