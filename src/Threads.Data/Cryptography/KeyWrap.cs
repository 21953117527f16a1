using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Threads.Data.Resources;

namespace Threads.Data.Cryptography;

/// <summary>
/// Private keys at rest, sealed under a password. Blob: version(1) || iterations(4, big-endian) || salt(16) || nonce(12) || ciphertext ||
/// tag(16); PBKDF2 with SHA-512 (version 1: SHA-256) makes the key of AES-256-GCM, and everything before the nonce is authenticated too.
/// </summary>
internal static class KeyWrap
{
    /// <summary>What new blobs are made with (OWASP 2023); an old blob names its own count.</summary>
    public const int DefaultIterations = 210_000;

    /// <summary>A blob that asks for more is refused: a planted one could hold a processor for hours.</summary>
    public const int MaxIterations = 10_000_000;

    public const byte Version = 2;

    /// <summary>Of files made before <see cref="Version"/>; still opened.</summary>
    private const byte Sha256Version = 1;

    /// <summary>What wrapping adds to the key.</summary>
    public const int Overhead = HeaderSize + SymmetricKey.Overhead;

    private const int SaltSize = 16;
    private const int HeaderSize = 1 + 4 + SaltSize;

    public static byte[] Wrap(ReadOnlySpan<char> password, ReadOnlySpan<byte> key, IRandomSource random, int iterations = DefaultIterations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(iterations, MaxIterations);
        var blob = new byte[key.Length + Overhead];
        blob[0] = Version;
        BinaryPrimitives.WriteInt32BigEndian(blob.AsSpan(1), iterations);
        random.Fill(blob.AsSpan(5, SaltSize + SymmetricKey.NonceSize));
        var sealedBytes = blob.AsSpan(HeaderSize);
        using var aes = MakeCipher(password, blob.AsSpan(5, SaltSize), iterations, HashAlgorithmName.SHA512);
        aes.Encrypt(
            sealedBytes[..SymmetricKey.NonceSize],
            key,
            sealedBytes[SymmetricKey.NonceSize..^SymmetricKey.TagSize],
            sealedBytes[^SymmetricKey.TagSize..],
            blob.AsSpan(0, HeaderSize));
        return blob;
    }

    /// <summary>Opens a blob into a destination of its length less <see cref="Overhead"/>.</summary>
    /// <exception cref="KeyUnwrapException">The blob is malformed or of another version, or the password is wrong.</exception>
    public static void Unwrap(ReadOnlySpan<char> password, ReadOnlySpan<byte> blob, Span<byte> destination)
    {
        if (blob.Length < Overhead)
            throw new KeyUnwrapException(KeyUnwrapError.Malformed, Strings.Cryptography_WrappedKeyMalformed(blob.Length));
        if (blob[0] is not (Version or Sha256Version))
            throw new KeyUnwrapException(KeyUnwrapError.UnknownVersion, Strings.Cryptography_WrappedKeyVersion(blob[0], Version));
        var iterations = BinaryPrimitives.ReadUInt32BigEndian(blob[1..]);
        if (iterations is 0 or > MaxIterations)
            throw new KeyUnwrapException(KeyUnwrapError.TooManyIterations, Strings.Cryptography_WrappedKeyIterations(iterations, MaxIterations));
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, blob.Length - Overhead, nameof(destination));
        var sealedBytes = blob[HeaderSize..];
        using var aes = MakeCipher(password, blob.Slice(5, SaltSize), (int)iterations, blob[0] == Version ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);
        try
        {
            aes.Decrypt(
                sealedBytes[..SymmetricKey.NonceSize],
                sealedBytes[SymmetricKey.NonceSize..^SymmetricKey.TagSize],
                sealedBytes[^SymmetricKey.TagSize..],
                destination,
                blob[..HeaderSize]);
        }
        catch (AuthenticationTagMismatchException e)
        {
            destination.Clear();
            throw new KeyUnwrapException(KeyUnwrapError.WrongPassword, Strings.Cryptography_WrongPassword, e);
        }
    }

    private static AesGcm MakeCipher(ReadOnlySpan<char> password, ReadOnlySpan<byte> salt, int iterations, HashAlgorithmName hash)
    {
        var text = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(password), pinned: true);
        Span<byte> key = stackalloc byte[SymmetricKey.KeySize];
        try
        {
            Encoding.UTF8.GetBytes(password, text);
            Rfc2898DeriveBytes.Pbkdf2(text, salt, key, iterations, hash);
            return new AesGcm(key, SymmetricKey.TagSize);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
