using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>
/// An Ed25519 key pair, made from its 32-byte seed (RFC 8032, 5.1.5) when it is first asked for more than that: a file that is only read needs no arithmetic.
/// Thread-safe. Disposing wipes the seed and the expanded key.
/// </summary>
public sealed class Ed25519PrivateKey : IDisposable
{
    // Pinned, so that the collector leaves no copies behind.
    private readonly byte[] _seed = GC.AllocateUninitializedArray<byte>(Ed25519.SeedSize, pinned: true);
    private readonly IEd25519? _backend;
    private readonly Lock _gate = new();
    private volatile Pair? _pair;
    private volatile bool _disposed;

    /// <summary>The key pair of a seed of 32 bytes. The seed is copied; the caller wipes its own.</summary>
    public Ed25519PrivateKey(ReadOnlySpan<byte> seed)
        : this(seed, null)
    {
    }

    internal Ed25519PrivateKey(ReadOnlySpan<byte> seed, IEd25519? backend)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, Ed25519.SeedSize, nameof(seed));
        _backend = backend;
        seed.CopyTo(_seed);
    }

    /// <summary>A fresh key pair.</summary>
    public static Ed25519PrivateKey Generate(IRandomSource random) => Generate(random, null);

    internal static Ed25519PrivateKey Generate(IRandomSource random, IEd25519? backend)
    {
        Span<byte> seed = stackalloc byte[Ed25519.SeedSize];
        random.Fill(seed);
        try
        {
            return new(seed, backend);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>32 bytes.</summary>
    /// <exception cref="ObjectDisposedException">The key was wiped before anybody asked for it.</exception>
    public ReadOnlySpan<byte> PublicKey => Expanded.PublicKey;

    private Pair Expanded => _pair ?? Expand();

    /// <summary>Writes the 64-byte signature. Ed25519 is deterministic: the same message gives the same signature.</summary>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(signature.Length, Ed25519.SignatureSize, nameof(signature));
        Expanded.Key.Sign(message, signature);
    }

    /// <summary>Writes the seed, for wrapping and for the protobuf form. The caller wipes it.</summary>
    internal void CopySeed(Span<byte> destination)
    {
        _seed.CopyTo(destination);
        ObjectDisposedException.ThrowIf(_disposed, this);
    }

    /// <summary>The X25519 key pair of the same identity (FORMATS 2): the first half of SHA-512(seed).</summary>
    internal X25519PrivateKey ToX25519()
    {
        Span<byte> digest = stackalloc byte[64];
        SHA512.HashData(_seed, digest);
        ObjectDisposedException.ThrowIf(_disposed, this);
        // Clamped here already: other implementations show the key in this form.
        digest[0] &= 248;
        digest[31] &= 127;
        digest[31] |= 64;
        try
        {
            return new(digest[..32], _backend);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(digest);
        }
    }

    /// <summary>Wipes the seed; the key signs nothing any more. Its public key stays known where it was asked for before.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(_seed);
            _pair?.Key.Dispose();
        }
    }

    /// <summary>The public key; never the seed.</summary>
    public override string ToString() => _pair is null && _disposed ? "Ed25519 private key" : "Ed25519 private key of " + Convert.ToHexStringLower(PublicKey);

    private Pair Expand()
    {
        lock (_gate)
        {
            if (_pair is { } known)
                return known;
            ObjectDisposedException.ThrowIf(_disposed, this);
            var key = (_backend ?? Ed25519.SigningBackend).OpenSigningKey(_seed);
            var publicKey = new byte[Ed25519.PublicKeySize];
            key.CopyPublicKey(publicKey);
            return _pair = new(key, publicKey);
        }
    }

    private sealed record Pair(IEd25519SigningKey Key, byte[] PublicKey);
}
