using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Threads.Net.Noise;

/// <summary>ChaCha20-Poly1305 with Noise's counter as nonce (LIBP2P 5). One direction of a channel; not thread-safe.</summary>
internal sealed class NoiseCipher(ReadOnlySpan<byte> key) : IDisposable
{
    public const int TagBytes = 16;

    private readonly ChaCha20Poly1305 _aead = new(key);
    private ulong _counter;

    /// <summary>Writes ciphertext and tag: <see cref="TagBytes"/> more than the plaintext, which may be where the ciphertext goes.</summary>
    public void Encrypt(ReadOnlySpan<byte> plaintext, Span<byte> destination, ReadOnlySpan<byte> associatedData = default)
    {
        Span<byte> nonce = stackalloc byte[12];
        Next(nonce);
        _aead.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination.Slice(plaintext.Length, TagBytes), associatedData);
    }

    /// <summary>False when the message doesn't authenticate; the channel must end then.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> message, Span<byte> plaintext, ReadOnlySpan<byte> associatedData = default)
    {
        if (message.Length < TagBytes)
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[12];
        Next(nonce);
        var length = message.Length - TagBytes;
        try
        {
            _aead.Decrypt(nonce, message[..length], message[length..], plaintext[..length], associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _aead.Dispose();

    private void Next(Span<byte> nonce)
    {
        // 2^64 - 1 is reserved by Noise; a channel that came so far has to end.
        if (_counter == ulong.MaxValue)
        {
            throw new CryptographicException("The Noise channel has used up its nonces.");
        }

        nonce[..4].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[4..], _counter++);
    }
}
