using System.Runtime.CompilerServices;

namespace Threads.Data.Cryptography;

/// <summary>A point of edwards25519 in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z (RFC 8032, 5.1.4).</summary>
internal readonly struct EdwardsPoint(in FieldElement x, in FieldElement y, in FieldElement z, in FieldElement t)
{
    public readonly FieldElement X = x, Y = y, Z = z, T = t;

    public static EdwardsPoint Identity => new(FieldElement.Zero, FieldElement.One, FieldElement.One, FieldElement.Zero);

    /// <summary>The base point B.</summary>
    public static EdwardsPoint Base
    {
        get
        {
            var x = new FieldElement(0x62d608f25d51a, 0x412a4b4f6592a, 0x75b7171a4b31d, 0x1ff60527118fe, 0x216936d3cd6e5);
            var y = new FieldElement(0x6666666666658, 0x4cccccccccccc, 0x1999999999999, 0x3333333333333, 0x6666666666666);
            return new(x, y, FieldElement.One, x * y);
        }
    }

    /// <summary>Reads a compressed point; false when no point has this y. Canonicity is the caller's check (<see cref="Ed25519Rule"/>).</summary>
    public static bool TryDecompress(ReadOnlySpan<byte> encoded, out EdwardsPoint point)
    {
        var y = FieldElement.FromBytes(encoded);
        var yy = y.Square();
        var u = yy - FieldElement.One;
        var v = (yy * FieldElement.D) + FieldElement.One;
        var v3 = v.Square() * v;
        var x = (u * v3.Square() * v).PowerP58() * u * v3;
        var check = x.Square() * v;
        if (!(check - u).IsZero())
        {
            if (!(check + u).IsZero())
            {
                point = Identity;
                return false;
            }

            x *= FieldElement.SqrtMinusOne;
        }

        if (x.IsNegative() != (encoded[31] >> 7 == 1))
            x = -x;
        point = new(x, y, FieldElement.One, x * y);
        return true;
    }

    /// <summary>Writes the 32-byte encoding: y, with the sign of x in the top bit.</summary>
    public void WriteTo(Span<byte> destination)
    {
        var inverse = Z.Invert();
        (Y * inverse).WriteTo(destination);
        if ((X * inverse).IsNegative())
            destination[31] |= 0x80;
    }

    public static EdwardsPoint operator -(in EdwardsPoint p) => new(-p.X, p.Y, p.Z, -p.T);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static EdwardsPoint operator +(in EdwardsPoint p, in CachedPoint q)
    {
        var a = (p.Y + p.X) * q.Sum;
        var b = (p.Y - p.X) * q.Difference;
        var c = p.T * q.T2D;
        var d = p.Z * q.Z;
        d += d;
        return Complete(a - b, a + b, d + c, d - c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static EdwardsPoint operator +(in EdwardsPoint p, in AffinePoint q)
    {
        var a = (p.Y + p.X) * q.Sum;
        var b = (p.Y - p.X) * q.Difference;
        var c = p.T * q.T2D;
        var d = p.Z + p.Z;
        return Complete(a - b, a + b, d + c, d - c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static EdwardsPoint operator -(in EdwardsPoint p, in CachedPoint q)
    {
        var a = (p.Y + p.X) * q.Difference;
        var b = (p.Y - p.X) * q.Sum;
        var c = p.T * q.T2D;
        var d = p.Z * q.Z;
        d += d;
        return Complete(a - b, a + b, d - c, d + c);
    }

    /// <summary>2p; T is left out (zero) where the next step is another doubling and needs none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public EdwardsPoint Double(bool withT = true)
    {
        var xx = X.Square();
        var yy = Y.Square();
        var zz = Z.Square();
        var sum = yy + xx;
        var difference = yy - xx;
        var x = (X + Y).Square() - sum;
        var t = zz + zz - difference;
        return new(x * t, sum * difference, difference * t, withT ? x * sum : FieldElement.Zero);
    }

    private static EdwardsPoint Complete(in FieldElement x, in FieldElement y, in FieldElement z, in FieldElement t) =>
        new(x * t, y * z, z * t, x * y);
}

/// <summary>A point prepared for additions: Y+X, Y−X, Z, 2dT.</summary>
internal readonly struct CachedPoint(in FieldElement sum, in FieldElement difference, in FieldElement z, in FieldElement t2d)
{
    public readonly FieldElement Sum = sum, Difference = difference, Z = z, T2D = t2d;

    public static CachedPoint From(in EdwardsPoint p) => new(p.Y + p.X, p.Y - p.X, p.Z, p.T * FieldElement.TwoD);
}
