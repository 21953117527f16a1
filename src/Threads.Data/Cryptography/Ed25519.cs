using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>Sizes, and the backends this process uses: OpenSSL's libcrypto where it is found and passes a known answer, else managed code.</summary>
internal static class Ed25519
{
    public const int SeedSize = 32;
    public const int PublicKeySize = 32;
    public const int SignatureSize = 64;

    private static readonly Lazy<IEd25519> Chosen = new(Choose);

    /// <summary>For private keys: secrets stay in native memory and in code hardened for them, where there is any.</summary>
    public static IEd25519 Backend => Chosen.Value;

    /// <summary>
    /// For public keys. Nothing here is secret, and our own arithmetic judges alike on every platform; with 64-bit multiplication it also takes
    /// two thirds of the time libcrypto 3.0 does (docs/decisions/0002).
    /// </summary>
    public static IEd25519 VerifyingBackend => Environment.Is64BitProcess ? ManagedEd25519.Instance : Chosen.Value;

    // RFC 8032, 7.1, TEST 2: a build of libcrypto without Ed25519 (or in FIPS mode) loads and then fails; find out here and once.
    internal static bool PassesKnownAnswer(IEd25519 backend)
    {
        ReadOnlySpan<byte> seed = Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        ReadOnlySpan<byte> expected = Convert.FromHexString(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        ReadOnlySpan<byte> message = [0x72];
        Span<byte> publicKey = stackalloc byte[PublicKeySize];
        Span<byte> signature = stackalloc byte[SignatureSize];
        try
        {
            using var signing = backend.OpenSigningKey(seed);
            signing.CopyPublicKey(publicKey);
            signing.Sign(message, signature);
            using var verifying = backend.OpenVerifyingKey(publicKey);
            if (!signature.SequenceEqual(expected) || !verifying.Verify(message, signature))
                return false;
            signature[40] ^= 1;
            Span<byte> shared = stackalloc byte[32];
            Span<byte> u = stackalloc byte[32];
            u.Clear();
            u[0] = 9;
            Span<byte> x = stackalloc byte[32];
            backend.X25519PublicKey(seed, x);
            return !verifying.Verify(message, signature) && backend.TryAgree(seed, u, shared) && shared.SequenceEqual(x);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static IEd25519 Choose() =>
        OpenSslLibrary.TryLoad() is { } library && new OpenSslEd25519(library) is var openSsl && PassesKnownAnswer(openSsl)
            ? openSsl
            : ManagedEd25519.Instance;
}
