using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Connections;

/// <summary>
/// Public keys in libp2p's protobuf, and signatures under them (LIBP2P 3). Ours are Ed25519; of others, RSA (2,048 to 8,192 bits) and ECDSA on P-256 are
/// verified too, and secp256k1 is refused by name.
/// </summary>
internal static class PeerKeys
{
    private const int MaxKeyBytes = 2048;
    private const int LongestIdentityBytes = 42;

    private enum KeyType
    {
        Rsa = 0,
        Ed25519 = 1,
        Secp256k1 = 2,
        Ecdsa = 3,
    }

    /// <summary>The 36 bytes of an Ed25519 key.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> ed25519) => [0x08, (byte)KeyType.Ed25519, 0x12, 0x20, .. ed25519];

    /// <summary>The peer whose key this is: the key's multihash.</summary>
    /// <exception cref="ThreadsPeerException">The bytes are no key in deterministic form, or of a kind we don't know.</exception>
    public static PeerId PeerOf(ReadOnlySpan<byte> key)
    {
        _ = Read(key, out _);
        if (key.Length <= LongestIdentityBytes)
        {
            return PeerId.FromBytes([0x00, (byte)key.Length, .. key]);
        }

        return PeerId.FromBytes([0x12, 0x20, .. SHA256.HashData(key)]);
    }

    /// <summary>The peer that signed, if it is the one expected.</summary>
    /// <param name="key">The public key in protobuf.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">In the key type's own form.</param>
    /// <param name="expected">Null admits everybody.</param>
    /// <exception cref="ThreadsPeerException">The key or the signature is wrong, or it is another peer.</exception>
    public static PeerId Authenticate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, PeerId? expected)
    {
        var peer = PeerOf(key);
        if (!Verify(key, message, signature))
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.IdentitySignature(peer));
        }

        return expected is { } wanted && wanted != peer
            ? throw new ThreadsPeerException(ThreadsPeerErrorCode.WrongPeer, Strings.WrongPeer(wanted, peer))
            : peer;
    }

    /// <summary>Whether the signature is the key's.</summary>
    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var type = Read(key, out var data);
        try
        {
            switch (type)
            {
                case KeyType.Ed25519:
                    return Ed25519PublicKey.Verify(data, message, signature);
                case KeyType.Rsa:
                    using (var rsa = RSA.Create())
                    {
                        rsa.ImportSubjectPublicKeyInfo(data, out _);
                        return rsa.KeySize is >= 2048 and <= 8192 && rsa.VerifyData(message, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
                    }

                default:
                    using (var ecdsa = ECDsa.Create())
                    {
                        ecdsa.ImportSubjectPublicKeyInfo(data, out _);
                        return ecdsa.KeySize == 256 && ecdsa.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
                    }
            }
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static KeyType Read(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> data)
    {
        if (key.Length is > 4 and <= MaxKeyBytes && key[0] == 0x08 && key[1] <= (byte)KeyType.Ecdsa && key[2] == 0x12)
        {
            var rest = key[3..];
            var length = rest[0] < 0x80 ? rest[0] : rest[1] < 0x80 ? (rest[0] & 0x7F) | (rest[1] << 7) : -1;
            var header = 3 + Varint.Size((ulong)(uint)length);
            if (length >= 0 && length == key.Length - header)
            {
                data = key[header..];
                var type = (KeyType)key[1];
                if (type == KeyType.Secp256k1 || (type == KeyType.Ed25519 && length != 32))
                {
                    throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.KeyTypeNotSupported(type.ToString()));
                }

                return type;
            }
        }

        throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.KeyMalformed());
    }
}
