using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>Sizes, and the backends this process uses: OpenSSL's libcrypto where it is found and passes a known answer, else managed code.</summary>
internal static class Ed25519
{
    public const int SeedSize = 32;
    public const int PublicKeySize = 32;
    public const int SignatureSize = 64;

    private static readonly Lazy<IEd25519> Chosen = new(Choose);

    /// <summary>For X25519: secrets stay in native memory and in code hardened for them, where there is any.</summary>
    public static IEd25519 Backend => Chosen.Value;

    /// <summary>
    /// For signatures: every commit makes one, and our own constant-time arithmetic takes little more than half of the time that libcrypto 3.0 does (docs/decisions/0002).
    /// </summary>
    public static IEd25519 SigningBackend => Environment.Is64BitProcess ? ManagedEd25519.Instance : Chosen.Value;

    /// <summary>
    /// For public keys. Nothing here is secret, and our own arithmetic judges alike on every platform; with 64-bit multiplication it also takes
    /// two thirds of the time libcrypto 3.0 does (docs/decisions/0002).
    /// </summary>
    public static IEd25519 VerifyingBackend => Environment.Is64BitProcess ? ManagedEd25519.Instance : Chosen.Value;

    // RFC 8032, 7.1, TEST 2: a build of libcrypto without Ed25519 (or in FIPS mode) loads and then fails; find out here and once. It is one
    // signature and no more, because the first connection of a process waits for it.
    internal static bool PassesKnownAnswer(IEd25519 backend)
    {
        ReadOnlySpan<byte> seed =
        [
            0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11, 0x4e, 0x0f,
            0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab, 0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb,
        ];
        ReadOnlySpan<byte> expected =
        [
            0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f, 0x64, 0x25, 0x40,
            0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda,
            0x08, 0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c,
            0x38, 0x7b, 0x2e, 0xae, 0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00,
        ];
        Span<byte> signature = stackalloc byte[SignatureSize];
        try
        {
            using var key = backend.OpenSigningKey(seed);
            key.Sign([0x72], signature);
            return signature.SequenceEqual(expected);
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
