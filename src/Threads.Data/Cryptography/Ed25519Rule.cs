namespace Threads.Data.Cryptography;

/// <summary>
/// The one rule by which signatures are judged, whatever backend computes (ARCHITECTURE decision 11): cofactorless
/// (encode(S·B − k·A) = R), S below L, A and R in canonical encoding, neither of small order. Without these checks two backends may
/// disagree on a crafted key, and two peers on a table.
/// </summary>
internal static class Ed25519Rule
{
    /// <summary>A is canonical, a point of the curve and not of small order.</summary>
    public static bool AdmitsPublicKey(ReadOnlySpan<byte> publicKey) =>
        publicKey.Length == Ed25519.PublicKeySize && AdmitsEncoding(publicKey) && EdwardsPoint.TryDecompress(publicKey, out _);

    /// <summary>R is canonical and not of small order, S is below L. That R is a point follows from the equation.</summary>
    public static bool AdmitsSignature(ReadOnlySpan<byte> signature) =>
        signature.Length == Ed25519.SignatureSize && AdmitsEncoding(signature[..32]) && Scalar25519.IsCanonical(signature[32..]);

    // The y of all eight points of small order: 0 and p − 1 and 1 and the two of order eight. The sign bit is left out, which
    // also refuses x = 0 written with a sign (y = ±1), the one other encoding that is not canonical.
    private static ReadOnlySpan<byte> SmallOrderY =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
        0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
        0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ];

    // Everything here is public, so branches are free.
    private static bool AdmitsEncoding(ReadOnlySpan<byte> encoded)
    {
        if (!IsBelowP(encoded))
            return false;
        for (var i = 0; i < SmallOrderY.Length; i += 32)
        {
            if (encoded[..31].SequenceEqual(SmallOrderY.Slice(i, 31)) && (encoded[31] & 0x7f) == SmallOrderY[i + 31])
                return false;
        }

        return true;
    }

    // p is ed ff … ff 7f: only 19 values of 255 bits stand above it.
    private static bool IsBelowP(ReadOnlySpan<byte> encoded) =>
        (encoded[31] & 0x7f) != 0x7f || encoded[1..31].ContainsAnyExcept((byte)0xff) || encoded[0] < 0xed;
}
