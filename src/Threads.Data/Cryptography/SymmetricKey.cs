using System.Security.Cryptography;
using Threads.Data.OpenSsl;

namespace Threads.Data.Cryptography;

/// <summary>
/// A 32-byte key of AES-256-GCM: replica, read or content key. Sealed form: nonce(12) || ciphertext || tag(16), no associated data
/// (FORMATS 2). Thread-safe. Disposing wipes the key.
/// </summary>
internal sealed class SymmetricKey : IDisposable
{
    public const int KeySize = Aes256Gcm.KeySize;
    public const int NonceSize = Aes256Gcm.NonceSize;
    public const int TagSize = Aes256Gcm.TagSize;

    /// <summary>What sealing adds to the plaintext.</summary>
    public const int Overhead = NonceSize + TagSize;

    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(KeySize, pinned: true);

    private volatile bool _disposed;

    public SymmetricKey(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeySize, nameof(key));
        key.CopyTo(_key);
    }

    /// <summary>A fresh key.</summary>
    public static SymmetricKey Generate(IRandomSource random)
    {
        Span<byte> key = stackalloc byte[KeySize];
        random.Fill(key);
        try
        {
            return new(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public static int SealedSize(int plaintextSize) => plaintextSize + Overhead;

    /// <summary>Writes nonce || ciphertext || tag; the destination has exactly <see cref="SealedSize"/> bytes. A nonce is used once with a key.</summary>
    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceSize, nameof(nonce));
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, SealedSize(plaintext.Length), nameof(destination));
        Span<byte> key = stackalloc byte[KeySize];
        CopyTo(key);
        nonce.CopyTo(destination);
        Aes256Gcm.Seal(key, nonce, plaintext, destination[NonceSize..^TagSize], destination[^TagSize..]);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>
    /// Opens sealed bytes into a destination of exactly their length less <see cref="Overhead"/>; false when they are too short, altered
    /// or sealed by another key. The destination then holds zeros.
    /// </summary>
    public bool TryOpen(ReadOnlySpan<byte> sealedBytes, Span<byte> destination)
    {
        if (sealedBytes.Length < Overhead)
            return false;
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, sealedBytes.Length - Overhead, nameof(destination));
        Span<byte> key = stackalloc byte[KeySize];
        CopyTo(key);
        var isOpen = Aes256Gcm.TryOpen(key, sealedBytes[..NonceSize], sealedBytes[NonceSize..^TagSize], sealedBytes[^TagSize..], destination);
        CryptographicOperations.ZeroMemory(key);
        return isOpen;
    }

    /// <summary>Writes the 32 key bytes. The caller wipes them.</summary>
    public void CopyTo(Span<byte> destination)
    {
        _key.CopyTo(destination);

        // Checked after the key was read: a key wiped meanwhile must never seal.
        ObjectDisposedException.ThrowIf(_disposed, this);
    }

    /// <summary>Whether both hold the same key; in constant time.</summary>
    public bool SameAs(SymmetricKey other) => CryptographicOperations.FixedTimeEquals(_key, other._key);

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_key);
    }

    /// <summary>Says what it is, and nothing of the key.</summary>
    public override string ToString() => "AES-256-GCM key";
}
