using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Ipld;

namespace Threads.Data.Identity;

/// <summary>
/// Ed25519 keys in libp2p's protobuf (libp2p peer-ids specification; FORMATS 1): <c>08 01 12 len data</c>. A public key has 36 bytes; a private one
/// 68 (seed, public), or 100 in the old form with a second copy of the public key, which is read and never written.
/// </summary>
internal static class KeyProtobuf
{
    public const int PublicKeySizeBytes = HeaderBytes + KeyBytes;
    public const int PrivateKeySizeBytes = HeaderBytes + (2 * KeyBytes);
    public const int OldPrivateKeySizeBytes = HeaderBytes + (3 * KeyBytes);
    public const byte TypeEd25519 = 1;

    private const int HeaderBytes = 4;
    private const int KeyBytes = 32;
    private const byte TypeField = 0x08;
    private const byte DataField = 0x12;

    public static byte[] EncodePublic(ReadOnlySpan<byte> publicKey)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicKey.Length, KeyBytes, nameof(publicKey));
        return [TypeField, TypeEd25519, DataField, KeyBytes, .. publicKey];
    }

    /// <summary>The text that names an identity, as in the subject of a token: base32 of the protobuf, <c>bbaarei…</c>.</summary>
    public static string EncodePublicText(ReadOnlySpan<byte> publicKey) => Multibase.Encode(Multibase.Base32, EncodePublic(publicKey));

    /// <summary>Gives out the 32 key bytes, a slice of what was given.</summary>
    public static KeyProtobufError TryDecodePublic(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> publicKey)
    {
        publicKey = default;
        var error = TryReadData(bytes, out var data);
        if (error != KeyProtobufError.None)
            return error;
        if (data.Length != KeyBytes)
            return KeyProtobufError.KeyLength;
        publicKey = data;
        return KeyProtobufError.None;
    }

    public static KeyProtobufError TryDecodePublicText(ReadOnlySpan<char> text, Span<byte> publicKey)
    {
        Span<byte> bytes = stackalloc byte[PublicKeySizeBytes + 1];
        if (Multibase.TryDecode(text, bytes, out var written) != MultibaseStatus.Ok)
            return KeyProtobufError.Text;
        var error = TryDecodePublic(bytes[..written], out var key);
        key.CopyTo(publicKey);
        return error;
    }

    /// <summary>The 68-byte form, in an array the caller wipes.</summary>
    public static byte[] EncodePrivate(Ed25519PrivateKey key)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(PrivateKeySizeBytes, pinned: true);
        bytes[0] = TypeField;
        bytes[1] = TypeEd25519;
        bytes[2] = DataField;
        bytes[3] = 2 * KeyBytes;
        key.CopySeed(bytes.AsSpan(HeaderBytes, KeyBytes));
        key.PublicKey.CopyTo(bytes.AsSpan(HeaderBytes + KeyBytes));
        return bytes;
    }

    /// <summary>Reads either private form. A public part that is not the seed's is refused: signing with it would give the seed away.</summary>
    public static KeyProtobufError TryDecodePrivate(ReadOnlySpan<byte> bytes, out Ed25519PrivateKey? key, IEd25519? backend = null)
    {
        key = null;
        var error = TryReadData(bytes, out var data);
        if (error != KeyProtobufError.None)
            return error;
        if (data.Length is not (2 * KeyBytes or 3 * KeyBytes))
            return KeyProtobufError.KeyLength;
        var publicKey = data.Slice(KeyBytes, KeyBytes);
        if (data.Length == 3 * KeyBytes && !publicKey.SequenceEqual(data[(2 * KeyBytes)..]))
            return KeyProtobufError.CopiesDiffer;
        var found = new Ed25519PrivateKey(data[..KeyBytes], backend);
        if (!found.PublicKey.SequenceEqual(publicKey))
        {
            found.Dispose();
            return KeyProtobufError.WrongPublicKey;
        }
        key = found;
        return KeyProtobufError.None;
    }

    /// <summary>Reads either private form from multibase text.</summary>
    public static KeyProtobufError TryDecodePrivateText(ReadOnlySpan<char> text, out Ed25519PrivateKey? key, IEd25519? backend = null)
    {
        Span<byte> bytes = stackalloc byte[OldPrivateKeySizeBytes + 1];
        try
        {
            if (Multibase.TryDecode(text, bytes, out var written) == MultibaseStatus.Ok)
                return TryDecodePrivate(bytes[..written], out key, backend);
            key = null;
            return KeyProtobufError.Text;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static KeyProtobufError TryReadData(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (bytes.Length < 2 || bytes[0] != TypeField)
            return KeyProtobufError.MissingType;
        if (bytes[1] != TypeEd25519)
            return KeyProtobufError.UnsupportedType;
        if (bytes.Length < HeaderBytes || bytes[2] != DataField)
            return KeyProtobufError.MissingData;
        // Every length an Ed25519 key can have takes one byte.
        if (bytes[3] != bytes.Length - HeaderBytes)
            return KeyProtobufError.DataLength;
        data = bytes[HeaderBytes..];
        return KeyProtobufError.None;
    }
}
