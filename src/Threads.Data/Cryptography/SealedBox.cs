using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>
/// Sealing to an identity (FORMATS 2): NaCl's box from a fresh ephemeral key to the X25519 image of an Ed25519 key. Sealed form:
/// nonce(24) || ephemeral public key(32) || tag(16) || ciphertext. This is not libsodium's crypto_box_seal.
/// </summary>
internal static class SealedBox
{
    public const int NonceSize = 24;

    /// <summary>What sealing adds to the plaintext.</summary>
    public const int Overhead = NonceSize + X25519PrivateKey.KeySize + Poly1305.TagSize;

    private const int BoxStart = NonceSize + X25519PrivateKey.KeySize;

    public static int SealedSize(int plaintextSize) => plaintextSize + Overhead;

    /// <summary>Seals to the holder of an Ed25519 key; false when <see cref="Ed25519Rule"/> refuses that key.</summary>
    public static bool TrySeal(ReadOnlySpan<byte> recipientEd25519, ReadOnlySpan<byte> plaintext, Span<byte> destination, IRandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, SealedSize(plaintext.Length), nameof(destination));
        Span<byte> recipient = stackalloc byte[32];
        if (!X25519PrivateKey.TryConvertPublicKey(recipientEd25519, recipient))
            return false;
        random.Fill(destination[..NonceSize]);
        using var ephemeral = X25519PrivateKey.Generate(random);
        ephemeral.PublicKey.CopyTo(destination[NonceSize..]);
        Span<byte> key = stackalloc byte[32];
        try
        {
            if (!TryBoxKey(ephemeral, recipient, destination[..NonceSize], key))
                return false;
            var box = destination[BoxStart..];
            var ciphertext = box[Poly1305.TagSize..];
            Span<byte> tagKey = stackalloc byte[32];
            Transform(key, destination[16..NonceSize], plaintext, ciphertext, tagKey);
            Poly1305.Compute(tagKey, ciphertext, box[..Poly1305.TagSize]);
            CryptographicOperations.ZeroMemory(tagKey);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Opens what was sealed to this identity, into a destination of the length less <see cref="Overhead"/>; false when altered, too short or for another.</summary>
    public static bool TryOpen(Ed25519PrivateKey recipient, ReadOnlySpan<byte> sealedBytes, Span<byte> destination)
    {
        if (sealedBytes.Length < Overhead)
            return false;
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, sealedBytes.Length - Overhead, nameof(destination));
        using var own = recipient.ToX25519();
        Span<byte> key = stackalloc byte[32];
        Span<byte> tagKey = stackalloc byte[32];
        Span<byte> tag = stackalloc byte[Poly1305.TagSize];
        try
        {
            if (!TryBoxKey(own, sealedBytes[NonceSize..BoxStart], sealedBytes[..NonceSize], key))
                return false;
            var nonce = sealedBytes[16..NonceSize];
            var box = sealedBytes[BoxStart..];
            var ciphertext = box[Poly1305.TagSize..];
            // The tag's key is the head of the key stream; nothing is decrypted before the tag holds.
            Transform(key, nonce, default, default, tagKey);
            Poly1305.Compute(tagKey, ciphertext, tag);
            if (!CryptographicOperations.FixedTimeEquals(tag, box[..Poly1305.TagSize]))
                return false;
            Transform(key, nonce, ciphertext, destination, tagKey);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(tagKey);
        }
    }

    // NaCl: HSalsa20 of the shared secret, then HSalsa20 of that with the nonce's first 16 bytes (XSalsa20).
    private static bool TryBoxKey(X25519PrivateKey own, ReadOnlySpan<byte> peer, ReadOnlySpan<byte> nonce, Span<byte> key)
    {
        Span<byte> zeros = stackalloc byte[16];
        zeros.Clear();
        Span<byte> shared = stackalloc byte[32];
        Span<byte> precomputed = stackalloc byte[32];
        var agreed = own.TryAgree(peer, shared);
        if (agreed)
        {
            Salsa20.HSalsa(shared, zeros, precomputed);
            Salsa20.HSalsa(precomputed, nonce[..16], key);
        }

        CryptographicOperations.ZeroMemory(shared);
        CryptographicOperations.ZeroMemory(precomputed);
        return agreed;
    }

    // The first 32 bytes of the stream are the tag's key, the text follows from byte 32 on.
    private static void Transform(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> input, Span<byte> output, Span<byte> tagKey)
    {
        Span<byte> stream = stackalloc byte[64];
        Salsa20.Block(key, nonce, 0, stream);
        stream[..32].CopyTo(tagKey);
        var at = 32;
        ulong block = 0;
        for (var i = 0; i < input.Length; i++)
        {
            if (at == 64)
            {
                Salsa20.Block(key, nonce, ++block, stream);
                at = 0;
            }

            output[i] = (byte)(input[i] ^ stream[at++]);
        }

        CryptographicOperations.ZeroMemory(stream);
    }
}
