using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>
/// A 32-byte key of AES-256-GCM: replica, read or content key. Sealed form: nonce(12) || ciphertext || tag(16), no associated data
/// (FORMATS 2). Thread-safe. Disposing wipes the key.
/// </summary>
internal sealed class SymmetricKey : IDisposable
{
    public const int KeySize = 32;
    public const int NonceSize = 12;
    public const int TagSize = 16;

    /// <summary>What sealing adds to the plaintext.</summary>
    public const int Overhead = NonceSize + TagSize;

    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(KeySize, pinned: true);

    // One AesGcm works for one thread at a time. Whoever comes while it is out makes another and throws it away.
    private AesGcm? _idle;
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
        var aes = Take();
        try
        {
            nonce.CopyTo(destination);
            var end = NonceSize + plaintext.Length;
            aes.Encrypt(nonce, plaintext, destination[NonceSize..end], destination[end..]);
        }
        finally
        {
            GiveBack(aes);
        }
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
        var aes = Take();
        try
        {
            aes.Decrypt(sealedBytes[..NonceSize], sealedBytes[NonceSize..^TagSize], sealedBytes[^TagSize..], destination);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            destination.Clear();
            return false;
        }
        finally
        {
            GiveBack(aes);
        }
    }

    /// <summary>Writes the 32 key bytes, for wrapping and for a thread key's text. The caller wipes them.</summary>
    public void CopyTo(Span<byte> destination)
    {
        _key.CopyTo(destination);
        ObjectDisposedException.ThrowIf(_disposed, this);
    }

    /// <summary>Whether both hold the same key; in constant time.</summary>
    public bool SameAs(SymmetricKey other) => CryptographicOperations.FixedTimeEquals(_key, other._key);

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_key);
        Interlocked.Exchange(ref _idle, null)?.Dispose();
    }

    /// <summary>Says what it is, and nothing of the key.</summary>
    public override string ToString() => "AES-256-GCM key";

    private AesGcm Take()
    {
        var aes = Interlocked.Exchange(ref _idle, null) ?? new AesGcm(_key, TagSize);
        // Checked after the key was read: a key wiped meanwhile must never seal.
        if (!_disposed)
            return aes;
        aes.Dispose();
        throw new ObjectDisposedException(nameof(SymmetricKey));
    }

    private void GiveBack(AesGcm aes)
    {
        if (_disposed || Interlocked.CompareExchange(ref _idle, aes, null) is not null)
        {
            aes.Dispose();
            return;
        }

        // Disposed between the check and the exchange: don't leave one behind.
        if (_disposed)
            Interlocked.Exchange(ref _idle, null)?.Dispose();
    }
}
