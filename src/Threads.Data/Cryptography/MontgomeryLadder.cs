using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>X25519 (RFC 7748, section 5) in constant time.</summary>
internal static class MontgomeryLadder
{
    public static void Multiply(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> u, Span<byte> destination)
    {
        Span<byte> k = stackalloc byte[32];
        scalar.CopyTo(k);
        k[0] &= 248;
        k[31] &= 127;
        k[31] |= 64;

        var x1 = FieldElement.FromBytes(u);
        var x2 = FieldElement.One;
        var z2 = FieldElement.Zero;
        var x3 = x1;
        var z3 = FieldElement.One;
        var a24 = new FieldElement(121665, 0, 0, 0, 0);
        var swapped = 0UL;
        for (var t = 254; t >= 0; t--)
        {
            var bit = (ulong)((k[t >> 3] >> (t & 7)) & 1);
            Swap(ref x2, ref x3, swapped ^ bit);
            Swap(ref z2, ref z3, swapped ^ bit);
            swapped = bit;

            var a = x2 + z2;
            var aa = a.Square();
            var b = x2 - z2;
            var bb = b.Square();
            var e = aa - bb;
            var da = (x3 - z3) * a;
            var cb = (x3 + z3) * b;
            x3 = (da + cb).Square();
            z3 = x1 * (da - cb).Square();
            x2 = aa * bb;
            z2 = e * (aa + (a24 * e));
        }

        Swap(ref x2, ref x3, swapped);
        Swap(ref z2, ref z3, swapped);
        (x2 * z2.Invert()).WriteTo(destination);
        CryptographicOperations.ZeroMemory(k);
    }

    private static void Swap(ref FieldElement a, ref FieldElement b, ulong bit)
    {
        var mask = 0UL - bit;
        var c = FieldElement.Select(a, b, mask);
        b = FieldElement.Select(b, a, mask);
        a = c;
    }
}
