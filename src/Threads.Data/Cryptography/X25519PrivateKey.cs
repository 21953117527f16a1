using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>An X25519 key pair (RFC 7748). Thread-safe. Disposing wipes the private key.</summary>
public sealed class X25519PrivateKey : IDisposable
{
    /// <summary>Bytes of a private key, a public key and a shared secret.</summary>
    public const int KeySize = 32;

    private readonly byte[] _privateKey = GC.AllocateUninitializedArray<byte>(KeySize, pinned: true);
    private readonly byte[] _publicKey = new byte[KeySize];
    private readonly IEd25519 _backend;
    private volatile bool _disposed;

    /// <summary>The key pair of a private key of 32 bytes, which is copied; the caller wipes its own.</summary>
    public X25519PrivateKey(ReadOnlySpan<byte> privateKey)
        : this(privateKey, null)
    {
    }

    internal X25519PrivateKey(ReadOnlySpan<byte> privateKey, IEd25519? backend)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(privateKey.Length, KeySize, nameof(privateKey));
        _backend = backend ?? Ed25519.Backend;
        _backend.X25519PublicKey(privateKey, _publicKey);
        privateKey.CopyTo(_privateKey);
    }

    /// <summary>A fresh key pair.</summary>
    public static X25519PrivateKey Generate(IRandomSource random) => Generate(random, null);

    internal static X25519PrivateKey Generate(IRandomSource random, IEd25519? backend)
    {
        Span<byte> key = stackalloc byte[KeySize];
        random.Fill(key);
        try
        {
            return new(key, backend);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>32 bytes.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>Computes the 32-byte shared secret; false, and zeros, for a peer's key of small order.</summary>
    public bool TryAgree(ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(peerPublicKey.Length, KeySize, nameof(peerPublicKey));
        ArgumentOutOfRangeException.ThrowIfNotEqual(sharedSecret.Length, KeySize, nameof(sharedSecret));
        var agreed = _backend.TryAgree(_privateKey, peerPublicKey, sharedSecret);
        // Checked afterwards: a secret made from a key that another thread is wiping must not be used.
        if (_disposed)
        {
            sharedSecret.Clear();
            throw new ObjectDisposedException(nameof(X25519PrivateKey));
        }

        return agreed;
    }

    /// <summary>The X25519 image of an Ed25519 public key, u = (1+y)/(1−y) (FORMATS 2); false for a key that <see cref="Ed25519Rule"/> refuses.</summary>
    internal static bool TryConvertPublicKey(ReadOnlySpan<byte> ed25519PublicKey, Span<byte> x25519PublicKey)
    {
        if (!Ed25519Rule.AdmitsPublicKey(ed25519PublicKey))
            return false;
        var y = FieldElement.FromBytes(ed25519PublicKey);
        ((FieldElement.One + y) * (FieldElement.One - y).Invert()).WriteTo(x25519PublicKey);
        return true;
    }

    /// <summary>Writes the private key, for tests against other implementations and for wrapping. The caller wipes it.</summary>
    internal void CopyPrivateKey(Span<byte> destination)
    {
        _privateKey.CopyTo(destination);
        ObjectDisposedException.ThrowIf(_disposed, this);
    }

    /// <summary>Wipes the private key.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_privateKey);
    }

    /// <summary>The public key; never the private one.</summary>
    public override string ToString() => "X25519 private key of " + Convert.ToHexStringLower(_publicKey);
}
