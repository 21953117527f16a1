using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Net.Resources;

namespace Threads.Net.Noise;

/// <summary>
/// Noise_XX_25519_ChaChaPoly_SHA256 with an empty prologue, as libp2p uses it (LIBP2P 5). A pure state machine over three messages:
/// <code>1 → e     2 ← e, ee, s, es, payload     3 → s, se, payload</code>
/// </summary>
internal sealed class NoiseHandshake : IDisposable
{
    public const int KeyBytes = X25519PrivateKey.KeySize;

    private static readonly byte[] ProtocolName = "Noise_XX_25519_ChaChaPoly_SHA256"u8.ToArray();

    private readonly bool _initiator;
    private readonly X25519PrivateKey _static;
    private readonly X25519PrivateKey _ephemeral;
    private readonly byte[] _chainingKey = [.. ProtocolName];
    private readonly byte[] _remoteEphemeral = new byte[KeyBytes];
    private readonly byte[] _remoteStatic = new byte[KeyBytes];
    private byte[] _hash = SHA256.HashData(ProtocolName);
    private NoiseCipher? _cipher;
    private int _step;

    /// <summary>Takes over the ephemeral key; the static one may serve several handshakes.</summary>
    public NoiseHandshake(bool initiator, X25519PrivateKey staticKey, X25519PrivateKey ephemeralKey)
    {
        _initiator = initiator;
        _static = staticKey;
        _ephemeral = ephemeralKey;
    }

    /// <summary>32 bytes; known after the message that brought it.</summary>
    public ReadOnlySpan<byte> RemoteStaticKey => _remoteStatic;

    /// <summary>32 bytes that both sides share when the handshake is done.</summary>
    public ReadOnlySpan<byte> Hash => _hash;

    public bool IsDone => _step == 3;

    /// <summary>The next message of this side. The payload of message 1 is empty.</summary>
    public byte[] Write(ReadOnlySpan<byte> payload)
    {
        Check(writing: true);
        var message = new List<byte>(KeyBytes + KeyBytes + (2 * NoiseCipher.TagBytes) + payload.Length);
        if (_step < 2)
        {
            message.AddRange(_ephemeral.PublicKey);
            MixHash(_ephemeral.PublicKey);
        }

        if (_step == 1)
        {
            MixKey(_ephemeral, _remoteEphemeral);
        }

        if (_step > 0)
        {
            message.AddRange(Encrypt(_static.PublicKey));
            MixKey(_static, _remoteEphemeral);
        }

        message.AddRange(Encrypt(payload));
        _step++;
        return [.. message];
    }

    /// <summary>Takes the other side's next message and returns its payload.</summary>
    /// <exception cref="ThreadsPeerException">The message is too short, doesn't authenticate, or brings a key of small order.</exception>
    public byte[] Read(ReadOnlySpan<byte> message)
    {
        Check(writing: false);
        if (_step < 2)
        {
            Take(ref message, KeyBytes).CopyTo(_remoteEphemeral);
            MixHash(_remoteEphemeral);
        }

        if (_step == 1)
        {
            MixKey(_ephemeral, _remoteEphemeral);
        }

        if (_step > 0)
        {
            Decrypt(Take(ref message, KeyBytes + NoiseCipher.TagBytes)).CopyTo(_remoteStatic, 0);
            MixKey(_ephemeral, _remoteStatic);
        }

        var payload = Decrypt(message);
        _step++;
        return payload;
    }

    /// <summary>The two ciphers of the channel, for what this side sends and receives.</summary>
    public (NoiseCipher Send, NoiseCipher Receive) Split()
    {
        Span<byte> keys = stackalloc byte[2 * KeyBytes];
        Derive([], keys);
        NoiseCipher first = new(keys[..KeyBytes]), second = new(keys[KeyBytes..]);
        CryptographicOperations.ZeroMemory(keys);
        return _initiator ? (first, second) : (second, first);
    }

    public void Dispose()
    {
        _cipher?.Dispose();
        _ephemeral.Dispose();
        CryptographicOperations.ZeroMemory(_chainingKey);
    }

    private void Check(bool writing)
    {
        var mine = _step % 2 == 0 == _initiator;
        if (_step > 2 || mine != writing)
        {
            throw new InvalidOperationException($"Message {_step + 1} of the handshake is not this side's to {(writing ? "write" : "read")}.");
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> message, int size)
    {
        if (message.Length < size)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.NoiseMessageShort());
        }

        var taken = message[..size];
        message = message[size..];
        return taken;
    }

    private void MixHash(ReadOnlySpan<byte> data) => _hash = SHA256.HashData([.. _hash, .. data]);

    private void MixKey(X25519PrivateKey own, ReadOnlySpan<byte> remote)
    {
        Span<byte> shared = stackalloc byte[KeyBytes];
        if (!own.TryAgree(remote, shared))
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.NoiseSmallOrder());
        }

        Span<byte> keys = stackalloc byte[2 * KeyBytes];
        Derive(shared, keys);
        keys[..KeyBytes].CopyTo(_chainingKey);
        _cipher?.Dispose();
        _cipher = new(keys[KeyBytes..]);
        CryptographicOperations.ZeroMemory(shared);
        CryptographicOperations.ZeroMemory(keys);
    }

    private void Derive(ReadOnlySpan<byte> input, Span<byte> output)
    {
        Span<byte> extracted = stackalloc byte[KeyBytes];
        // Not HKDF.Extract: OpenSSL refuses the empty input that the split has.
        HMACSHA256.HashData(_chainingKey, input, extracted);
        HKDF.Expand(HashAlgorithmName.SHA256, extracted, output, []);
        CryptographicOperations.ZeroMemory(extracted);
    }

    private byte[] Encrypt(ReadOnlySpan<byte> plaintext)
    {
        if (_cipher is null)
        {
            MixHash(plaintext);
            return plaintext.ToArray();
        }

        var sealedBytes = new byte[plaintext.Length + NoiseCipher.TagBytes];
        _cipher.Encrypt(plaintext, sealedBytes, _hash);
        MixHash(sealedBytes);
        return sealedBytes;
    }

    private byte[] Decrypt(ReadOnlySpan<byte> message)
    {
        if (_cipher is null)
        {
            MixHash(message);
            return message.ToArray();
        }

        var plaintext = new byte[Math.Max(0, message.Length - NoiseCipher.TagBytes)];
        if (!_cipher.TryDecrypt(message, plaintext, _hash))
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.NoiseDamaged());
        }

        MixHash(message);
        return plaintext;
    }
}
