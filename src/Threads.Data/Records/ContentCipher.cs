using System.Security.Cryptography;
using Threads.Data.Cryptography;

namespace Threads.Data.Records;

/// <summary>AES-256-GCM under a content key, which serves one body and is gone.</summary>
internal static class ContentCipher
{
    public static void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        using var aes = new AesGcm(key, SymmetricKey.TagSize);
        nonce.CopyTo(destination);
        aes.Encrypt(nonce, plaintext, destination[SymmetricKey.NonceSize..^SymmetricKey.TagSize], destination[^SymmetricKey.TagSize..]);
    }

    public static bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> sealedBytes, Span<byte> destination)
    {
        using var aes = new AesGcm(key, SymmetricKey.TagSize);
        try
        {
            aes.Decrypt(
                sealedBytes[..SymmetricKey.NonceSize], sealedBytes[SymmetricKey.NonceSize..^SymmetricKey.TagSize], sealedBytes[^SymmetricKey.TagSize..], destination);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            destination.Clear();
            return false;
        }
    }
}
