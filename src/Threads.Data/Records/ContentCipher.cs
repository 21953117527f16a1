using Threads.Data.Cryptography;
using Threads.Data.OpenSsl;

namespace Threads.Data.Records;

/// <summary>AES-256-GCM under a content key, which serves one body and is gone.</summary>
internal static class ContentCipher
{
    public static void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        nonce.CopyTo(destination);
        Aes256Gcm.Seal(key, nonce, plaintext, destination[SymmetricKey.NonceSize..^SymmetricKey.TagSize], destination[^SymmetricKey.TagSize..]);
    }

    public static bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> sealedBytes, Span<byte> destination) => Aes256Gcm.TryOpen(
        key, sealedBytes[..SymmetricKey.NonceSize], sealedBytes[SymmetricKey.NonceSize..^SymmetricKey.TagSize], sealedBytes[^SymmetricKey.TagSize..], destination);
}
