using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Ipld;
using Threads.Data.Resources;

namespace Threads.Data.Identity;

/// <summary>
/// The keys of a thread: the replica key (go-threads: service key) opens records and their links, the read key, which may be absent, opens what
/// was written (Threads whitepaper, 3.1.3). Disposing wipes both. Nothing but <see cref="Export"/> and the spans gives them out.
/// </summary>
public sealed class ThreadKey : IDisposable
{
    /// <summary>Length of each of the two keys.</summary>
    public const int KeySizeBytes = 32;

    // Pinned, so that the collector leaves no copies behind.
    private readonly byte[] _bytes;
    private bool _disposed;

    private ThreadKey(int sizeBytes) => _bytes = GC.AllocateArray<byte>(sizeBytes, pinned: true);

    /// <summary>The replica key, 32 bytes.</summary>
    /// <exception cref="ObjectDisposedException">The keys were wiped.</exception>
    public ReadOnlySpan<byte> Replica => Bytes[..KeySizeBytes];

    /// <summary>The read key, 32 bytes; empty when absent.</summary>
    /// <exception cref="ObjectDisposedException">The keys were wiped.</exception>
    public ReadOnlySpan<byte> Read => Bytes[KeySizeBytes..];

    /// <summary>Whether the read key is there; without it a peer stores and forwards, and reads nothing.</summary>
    public bool CanRead => _bytes.Length > KeySizeBytes;

    /// <summary>Fresh keys from the operating system's generator.</summary>
    public static ThreadKey NewRandom(bool canRead = true) => NewRandom(SystemRandomSource.Instance, canRead);

    /// <summary>Reads the binary form: 32 bytes are the replica key alone, 64 the read key behind it. The caller wipes what it gave.</summary>
    /// <exception cref="FormatException">The length is neither 32 nor 64.</exception>
    public static ThreadKey FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is not (KeySizeBytes or 2 * KeySizeBytes))
            throw new FormatException(Strings.ThreadKeyLength(bytes.Length));
        var key = new ThreadKey(bytes.Length);
        bytes.CopyTo(key._bytes);
        return key;
    }

    /// <summary>Reads text in any multibase encoding. The message of the exception does not repeat the text, which may be most of a key.</summary>
    /// <exception cref="FormatException">The text is no thread key.</exception>
    public static ThreadKey Parse(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[2 * KeySizeBytes];
        try
        {
            return Multibase.TryDecode(text, bytes, out var written) switch
            {
                MultibaseStatus.Ok => FromBytes(bytes[..written]),
                MultibaseStatus.TooLong => throw new FormatException(Strings.ThreadKeyTextTooLong()),
                _ => throw new FormatException(Strings.ThreadKeyText()),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The keys as text, lower-case base32 with prefix <c>b</c>, to hand to somebody over a safe channel. A string can't be wiped.</summary>
    /// <exception cref="ObjectDisposedException">The keys were wiped.</exception>
    public string Export() => Multibase.Encode(Multibase.Base32, Bytes);

    /// <summary>The same thread's key for a peer that shall store and forward, but not read.</summary>
    /// <exception cref="ObjectDisposedException">The keys were wiped.</exception>
    public ThreadKey WithoutRead() => FromBytes(Replica);

    /// <summary>Whether both hold the same keys; in constant time.</summary>
    /// <exception cref="ObjectDisposedException">The keys were wiped.</exception>
    public bool SameAs(ThreadKey other) => CryptographicOperations.FixedTimeEquals(Bytes, other.Bytes);

    /// <summary>Wipes both keys.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }

    /// <summary>Says which keys it holds, and nothing of them.</summary>
    public override string ToString() => CanRead ? "Thread key (replica, read)" : "Thread key (replica)";

    internal static ThreadKey NewRandom(IRandomSource random, bool canRead = true)
    {
        var key = new ThreadKey(canRead ? 2 * KeySizeBytes : KeySizeBytes);
        random.Fill(key._bytes);
        return key;
    }

    /// <summary>Both keys, the binary form of <see cref="FromBytes"/>.</summary>
    internal ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }
}
