using System.Security.Cryptography;
using System.Text;
using Threads.Data.Identity;

namespace Threads.Net.Sync;

/// <summary>
/// How two peers show each other that they hold a thread's replica key, and say how far they are, without telling anybody else anything: the tag by
/// which a thread is asked for differs for each peer asked, and what is said is sealed under a key derived from the replica key, bound to both
/// peers and the direction. The connection has proven the peers, so nothing can be replayed by a third.
/// </summary>
internal sealed class ThreadProof
{
    public const int TagBytes = 32;
    private const int NonceBytes = 12;
    private const int AeadTagBytes = 16;

    private readonly byte[] _tagKey;
    private readonly byte[] _sealKey;
    private readonly byte[] _thread;

    public ThreadProof(ThreadId thread, ThreadKey key)
    {
        _thread = thread.Bytes.ToArray();
        _tagKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Replica.ToArray(), 32, _thread, "threads-sync/1 tag"u8.ToArray());
        _sealKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Replica.ToArray(), 32, _thread, "threads-sync/1 seal"u8.ToArray());
    }

    /// <summary>What the thread is called when this peer is asked for it.</summary>
    public byte[] TagAt(PeerId asked) => HMACSHA256.HashData(_tagKey, asked.Bytes);

    /// <summary>Seals a text for the other side.</summary>
    /// <param name="text">Heads.</param>
    /// <param name="from">Who says it.</param>
    /// <param name="to">To whom.</param>
    /// <param name="isAnswer">Whether it answers a hello.</param>
    /// <param name="random">For the nonce.</param>
    public byte[] Seal(string text, PeerId from, PeerId to, bool isAnswer, Threads.Data.Cryptography.IRandomSource random)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var message = new byte[NonceBytes + plain.Length + AeadTagBytes];
        random.Fill(message.AsSpan(0, NonceBytes));
        using var aead = new AesGcm(_sealKey, AeadTagBytes);
        aead.Encrypt(message.AsSpan(0, NonceBytes), plain, message.AsSpan(NonceBytes, plain.Length), message.AsSpan(NonceBytes + plain.Length), Bound(from, to, isAnswer));
        return message;
    }

    /// <summary>Opens what the other side sealed; null when it does not hold the key.</summary>
    public string? Open(ReadOnlySpan<byte> message, PeerId from, PeerId to, bool isAnswer)
    {
        if (message.Length < NonceBytes + AeadTagBytes)
        {
            return null;
        }

        var plain = new byte[message.Length - NonceBytes - AeadTagBytes];
        using var aead = new AesGcm(_sealKey, AeadTagBytes);
        try
        {
            aead.Decrypt(message[..NonceBytes], message[NonceBytes..^AeadTagBytes], message[^AeadTagBytes..], plain, Bound(from, to, isAnswer));
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>The gossip topic of the thread: a name that tells nothing to who does not hold the key.</summary>
    public string Topic => "/threads/" + Convert.ToHexStringLower(HMACSHA256.HashData(_tagKey, "gossip"u8));

    /// <summary>Seals a message to everybody who holds the key.</summary>
    public byte[] SealForAll(ReadOnlySpan<byte> message, PeerId author, Threads.Data.Cryptography.IRandomSource random)
    {
        var sealedMessage = new byte[NonceBytes + message.Length + AeadTagBytes];
        random.Fill(sealedMessage.AsSpan(0, NonceBytes));
        using var aead = new AesGcm(_sealKey, AeadTagBytes);
        aead.Encrypt(sealedMessage.AsSpan(0, NonceBytes), message, sealedMessage.AsSpan(NonceBytes, message.Length), sealedMessage.AsSpan(NonceBytes + message.Length), ForAll(author));
        return sealedMessage;
    }

    /// <summary>Opens what <see cref="SealForAll"/> sealed; null when its author does not hold the key.</summary>
    public byte[]? OpenForAll(ReadOnlySpan<byte> message, PeerId author)
    {
        if (message.Length < NonceBytes + AeadTagBytes)
        {
            return null;
        }

        var plain = new byte[message.Length - NonceBytes - AeadTagBytes];
        using var aead = new AesGcm(_sealKey, AeadTagBytes);
        try
        {
            aead.Decrypt(message[..NonceBytes], message[NonceBytes..^AeadTagBytes], message[^AeadTagBytes..], plain, ForAll(author));
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static byte[] ForAll(PeerId author) => [2, .. author.Bytes];

    private static byte[] Bound(PeerId from, PeerId to, bool isAnswer) => [isAnswer ? (byte)1 : (byte)0, (byte)from.Bytes.Length, .. from.Bytes, .. to.Bytes];
}
