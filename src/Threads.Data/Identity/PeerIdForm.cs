using Threads.Data.Ipld;

namespace Threads.Data.Identity;

/// <summary>What peer ids and log ids have in common (libp2p peer-ids specification): a multihash, and two texts for it.</summary>
internal static class PeerIdForm
{
    /// <summary>A public key whose protobuf is longer is hashed instead of embedded.</summary>
    public const int MaxEmbeddedBytes = 42;

    public const int MaxSizeBytes = 2 + MaxEmbeddedBytes;

    /// <summary>Length of an id that embeds an Ed25519 key.</summary>
    public const int Ed25519SizeBytes = 2 + KeyProtobuf.PublicKeySizeBytes;

    public static byte[] FromPublicKey(ReadOnlySpan<byte> publicKey) => Multihash.OfIdentity(KeyProtobuf.EncodePublic(publicKey));

    /// <summary>The Ed25519 key inside the id; empty when it holds another key or a hash.</summary>
    public static ReadOnlySpan<byte> PublicKey(ReadOnlySpan<byte> id) =>
        id.Length == Ed25519SizeBytes && KeyProtobuf.TryDecodePublic(id[2..], out var key) == KeyProtobufError.None ? key : default;

    public static PeerIdError Check(ReadOnlySpan<byte> bytes, bool mustBeEd25519)
    {
        if (Multihash.TryRead(bytes, out var function, out var start, out var size) != CidError.None || size != bytes.Length)
            return PeerIdError.Multihash;
        if (function == Multihash.Sha256)
            return mustBeEd25519 ? PeerIdError.NotEd25519 : PeerIdError.None;
        if (function != Multihash.Identity)
            return PeerIdError.HashFunction;
        var key = bytes[start..];
        if (key.Length > MaxEmbeddedBytes || key is not [0x08, <= 3, 0x12, var length, ..] || length != key.Length - 4)
            return PeerIdError.PublicKey;
        if (key[1] != KeyProtobuf.TypeEd25519)
            return mustBeEd25519 ? PeerIdError.NotEd25519 : PeerIdError.None;
        return key.Length == KeyProtobuf.PublicKeySizeBytes ? PeerIdError.None : PeerIdError.PublicKey;
    }

    /// <summary>Reads base58btc without prefix (<c>12D3KooW…</c>, <c>Qm…</c>) or a version 1 CID of codec libp2p-key in any multibase (<c>bafzaa…</c>).</summary>
    public static PeerIdError TryReadText(ReadOnlySpan<char> text, bool mustBeEd25519, out byte[] id)
    {
        id = [];
        Span<byte> bytes = stackalloc byte[Cid.MaxSizeBytes];
        // No multibase begins with 1 or Q, which are what the multihashes 00… and 12 20… begin with in base58.
        if (text is ['1' or 'Q', ..])
        {
            if (!Multibase.TryDecodeBase58(text, bytes, out var written))
                return PeerIdError.Text;
            bytes = bytes[..written];
        }
        else
        {
            if (Cid.TryReadText(text, out var cid) != CidError.None)
                return PeerIdError.Text;
            if (cid.Version != 1 || cid.Codec != Cid.Libp2pKey)
                return PeerIdError.NotLibp2pKey;
            bytes = bytes[..cid.WriteBytes(bytes)];
            bytes = bytes[(1 + Varint.Size(Cid.Libp2pKey))..];
        }
        var error = Check(bytes, mustBeEd25519);
        if (error == PeerIdError.None)
            id = bytes.ToArray();
        return error;
    }

    public static string ToText(ReadOnlySpan<byte> id) => Multibase.EncodeBase58(id);

    public static string ToCidText(ReadOnlySpan<byte> id) => Cid.FromMultihash(Cid.Libp2pKey, id).ToString();
}
