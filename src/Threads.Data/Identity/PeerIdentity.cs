using System.Security.Cryptography;
using Threads.Data.Cryptography;

namespace Threads.Data.Identity;

/// <summary>
/// Who a peer is: the key pair that its logs are signed into the thread with, apart from any file. Made before a thread is joined, so that somebody can invite it by name; or taken from a
/// <see cref="RecoveryPhrase"/>, so that a device which was lost goes on as who it was. Each file that gets it writes a log of its own. Disposing wipes the key.
/// </summary>
public sealed class PeerIdentity : IDisposable
{
    private PeerIdentity(Ed25519PrivateKey key) => (Key, Id) = (key, PeerId.FromPublicKey(key.PublicKey));

    /// <summary>What others know it by, and invite it by: its public key.</summary>
    public PeerId Id { get; }

    internal Ed25519PrivateKey Key { get; }

    /// <summary>A new one, from the operating system's generator.</summary>
    public static PeerIdentity Create() => Create(SystemRandomSource.Instance);

    /// <summary>Reads 24 words that <see cref="ToRecoveryPhrase"/> gave; case and the spaces between them are free.</summary>
    /// <exception cref="ThreadsException">A word is none of the list, their number is another, or they don't belong together; the message says which.</exception>
    public static PeerIdentity FromRecoveryPhrase(string phrase)
    {
        ArgumentNullException.ThrowIfNull(phrase);
        Span<byte> seed = stackalloc byte[Ed25519.SeedSize];
        try
        {
            RecoveryPhrase.Read(phrase, seed);
            return FromSeed(seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>The identity in 24 words (BIP-39, English), to be written down: whoever reads them is this peer. It holds no key of a thread: to go on, a thread's key or an invitation is needed, too.</summary>
    /// <exception cref="ObjectDisposedException">The key was wiped.</exception>
    public string ToRecoveryPhrase()
    {
        Span<byte> seed = stackalloc byte[Ed25519.SeedSize];
        try
        {
            Key.CopySeed(seed);
            return RecoveryPhrase.Write(seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Wipes the key.</summary>
    public void Dispose() => Key.Dispose();

    /// <summary>The id; never the key.</summary>
    public override string ToString() => Id.ToString();

    internal static PeerIdentity Create(IRandomSource random) => new(Ed25519PrivateKey.Generate(random));

    internal static PeerIdentity FromSeed(ReadOnlySpan<byte> seed) => new(new Ed25519PrivateKey(seed));
}
