using System.Diagnostics.CodeAnalysis;

namespace Threads.Data.Cryptography;

/// <summary>An Ed25519 public key that the pinned rule admits (canonical, not of small order; cofactorless verification), opened once and used for many signatures. Thread-safe.</summary>
public sealed class Ed25519PublicKey : IDisposable
{
    private readonly byte[] _bytes;
    private readonly IEd25519VerifyingKey _key;

    private Ed25519PublicKey(ReadOnlySpan<byte> bytes, IEd25519 backend)
    {
        _bytes = bytes.ToArray();
        _key = backend.OpenVerifyingKey(bytes);
    }

    /// <summary>Opens 32 bytes; false when they are no canonical point, or one of small order.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Ed25519PublicKey? key) => TryCreate(bytes, out key, null);

    internal static bool TryCreate(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Ed25519PublicKey? key, IEd25519? backend)
    {
        key = Ed25519Rule.AdmitsPublicKey(bytes) ? new(bytes, backend ?? Ed25519.VerifyingBackend) : null;
        return key is not null;
    }

    /// <summary>32 bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Whether the signature stands under the pinned rule. Any length of signature may be asked; only 64 bytes can be valid.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Ed25519Rule.AdmitsSignature(signature) && _key.Verify(message, signature);

    /// <summary>Verifies once, without keeping the key; false also for a key that the rule refuses.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => Verify(publicKey, message, signature, null);

    internal static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, IEd25519? backend)
    {
        if (!TryCreate(publicKey, out var key, backend))
            return false;
        using (key)
            return key.Verify(message, signature);
    }

    /// <summary>Frees what the backend holds for the key.</summary>
    public void Dispose() => _key.Dispose();

    /// <summary>The 32 bytes in hexadecimal.</summary>
    public override string ToString() => Convert.ToHexStringLower(_bytes);
}
