namespace Threads.Data.Cryptography;

/// <summary>
/// A backend for edwards25519 and curve25519. It does the arithmetic only: which encodings are admitted is decided before, by
/// <see cref="Ed25519Rule"/>, so that every backend answers alike. Thread-safe, as are the keys it opens.
/// </summary>
internal interface IEd25519
{
    /// <summary>For diagnostics and tests.</summary>
    string Name { get; }

    IEd25519SigningKey OpenSigningKey(ReadOnlySpan<byte> seed);

    /// <summary>The key must have passed <see cref="Ed25519Rule.AdmitsPublicKey"/>.</summary>
    IEd25519VerifyingKey OpenVerifyingKey(ReadOnlySpan<byte> publicKey);

    /// <summary>RFC 7748 X25519; false, and zeros, when the result is all zero (a peer's key of small order).</summary>
    bool TryAgree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret);

    /// <summary>X25519 of the base point.</summary>
    void X25519PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey);
}

internal interface IEd25519SigningKey : IDisposable
{
    void CopyPublicKey(Span<byte> destination);

    void Sign(ReadOnlySpan<byte> message, Span<byte> signature);
}

internal interface IEd25519VerifyingKey : IDisposable
{
    bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);
}
