using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Threads.Data.Cryptography;

/// <summary>
/// (j + 1)·16^(2i)·B in row i of 32 and place j of 8, each in affine coordinates as the 15 limbs of <see cref="AffinePoint"/> and one that fills up. Vectors read a whole
/// row for every digit, so that which entry was wanted shows in no address.
/// </summary>
internal static class FixedBaseTable
{
    private const int Rows = 32;
    private const int Places = 8;
    private const int Stride = 16;

    private static readonly Lazy<ulong[]> Limbs = new(() => Of(EdwardsPoint.Base));

    /// <summary>The table itself, where the digits are public (<see cref="Pick"/>).</summary>
    public static ulong[] OfBase => Limbs.Value;

    /// <summary>digit·16^(2·row)·B for a secret digit −8 … 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static AffinePoint Select(int row, sbyte digit)
    {
        ref var entry = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Limbs.Value), row * Places * Stride);
        var negative = 0UL - (ulong)((uint)digit >> 31);
        var size = (digit ^ (digit >> 31)) - (digit >> 31);
        // The neutral point, which digit 0 leaves: Y+X = Y−X = 1.
        Vector256<ulong> a = Vector256.Create(1UL, 0, 0, 0), b = Vector256.Create(0UL, 1, 0, 0), c = default, d = default;
        for (var j = 1; j <= Places; j++)
        {
            var same = Vector256.Create(0UL - (ulong)(((uint)(size ^ j) - 1U) >> 31));
            a ^= same & (a ^ Vector256.LoadUnsafe(ref entry));
            b ^= same & (b ^ Vector256.LoadUnsafe(ref entry, 4));
            c ^= same & (c ^ Vector256.LoadUnsafe(ref entry, 8));
            d ^= same & (d ^ Vector256.LoadUnsafe(ref entry, 12));
            entry = ref Unsafe.Add(ref entry, Stride);
        }

        var sum = new FieldElement(a[0], a[1], a[2], a[3], b[0]);
        var difference = new FieldElement(b[1], b[2], b[3], c[0], c[1]);
        var t2d = new FieldElement(c[2], c[3], d[0], d[1], d[2]);
        return new(
            FieldElement.Select(sum, difference, negative),
            FieldElement.Select(difference, sum, negative),
            FieldElement.Select(t2d, -t2d, negative));
    }

    /// <summary>digit·16^(2·row)·P for a public digit −8 … 8 but 0, from the table of P: its entry alone is read.</summary>
    public static AffinePoint Pick(ulong[] table, int row, int digit)
    {
        var entry = table.AsSpan(((row * Places) + Math.Abs(digit) - 1) * Stride, 15);
        var sum = new FieldElement(entry[0], entry[1], entry[2], entry[3], entry[4]);
        var difference = new FieldElement(entry[5], entry[6], entry[7], entry[8], entry[9]);
        var t2d = new FieldElement(entry[10], entry[11], entry[12], entry[13], entry[14]);
        return digit > 0 ? new(sum, difference, t2d) : new(difference, sum, -t2d);
    }

    /// <summary>The table of another point than B: 32 KB, for the time of three verifications.</summary>
    public static ulong[] Of(in EdwardsPoint of)
    {
        var points = new EdwardsPoint[Rows * Places];
        var p = of;
        for (var i = 0; i < Rows; i++)
        {
            var step = CachedPoint.From(p);
            var current = p;
            for (var j = 0; j < Places; j++)
            {
                points[(i * Places) + j] = current;
                current += step;
            }

            for (var k = 0; k < 8; k++)
                p = p.Double();
        }

        return ToAffine(points);
    }

    // One inversion for all: of the product of every Z, from which each one's is taken off again.
    private static ulong[] ToAffine(EdwardsPoint[] points)
    {
        var products = new FieldElement[points.Length];
        var product = FieldElement.One;
        for (var i = 0; i < points.Length; i++)
        {
            products[i] = product;
            product *= points[i].Z;
        }

        var inverse = product.Invert();
        var limbs = new ulong[points.Length * Stride];
        for (var i = points.Length - 1; i >= 0; i--)
        {
            var (x, y) = (points[i].X * (inverse * products[i]), points[i].Y * (inverse * products[i]));
            inverse *= points[i].Z;
            var entry = limbs.AsSpan(i * Stride, Stride);
            (y + x).CopyTo(entry);
            (y - x).CopyTo(entry[5..]);
            (x * y * FieldElement.TwoD).CopyTo(entry[10..]);
        }

        return limbs;
    }
}

/// <summary>A point with Z = 1 prepared for additions: Y+X, Y−X, 2dXY.</summary>
internal readonly struct AffinePoint(in FieldElement sum, in FieldElement difference, in FieldElement t2d)
{
    public readonly FieldElement Sum = sum, Difference = difference, T2D = t2d;
}
