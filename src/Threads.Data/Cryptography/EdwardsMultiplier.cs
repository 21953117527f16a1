using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>Scalar multiplication on edwards25519: by secret scalars in constant time, by public ones as fast as we can.</summary>
internal static class EdwardsMultiplier
{
    // Odd multiples B, 3B … 127B.
    private static readonly Lazy<CachedPoint[]> OddBase = new(() => OddMultiples(EdwardsPoint.Base, 64));

    /// <summary>s·B for a secret s below 2²⁵⁵ (32 bytes, little-endian), in constant time.</summary>
    public static EdwardsPoint MultiplyBase(ReadOnlySpan<byte> scalar)
    {
        Span<sbyte> digits = stackalloc sbyte[64];
        SignedDigits(scalar, digits);
        var p = EdwardsPoint.Identity;
        for (var i = 1; i < 64; i += 2)
            p += FixedBaseTable.Select(i / 2, digits[i]);
        p = p.Double(false).Double(false).Double(false).Double();
        for (var i = 0; i < 64; i += 2)
            p += FixedBaseTable.Select(i / 2, digits[i]);
        CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(digits));
        return p;
    }

    /// <summary>s·B + h·P, where the table holds P, 3P … 15P. Variable time: for public values only.</summary>
    public static EdwardsPoint MultiplyBaseAndAdd(ReadOnlySpan<byte> s, ReadOnlySpan<byte> h, ReadOnlySpan<CachedPoint> oddP)
    {
        Span<sbyte> a = stackalloc sbyte[256];
        Span<sbyte> b = stackalloc sbyte[256];
        NonAdjacentForm(h, a, 5);
        NonAdjacentForm(s, b, 8);
        var oddB = OddBase.Value;
        var i = 255;
        while (i > 0 && a[i] == 0 && b[i] == 0)
            i--;
        var p = EdwardsPoint.Identity;
        for (; i >= 0; i--)
        {
            p = p.Double(a[i] != 0 || b[i] != 0 || i == 0);
            if (a[i] > 0)
                p += oddP[a[i] / 2];
            else if (a[i] < 0)
                p -= oddP[-a[i] / 2];
            if (b[i] > 0)
                p += oddB[b[i] / 2];
            else if (b[i] < 0)
                p -= oddB[-b[i] / 2];
        }

        return p;
    }

    /// <summary>s·B + h·P, from the whole table of P (<see cref="FixedBaseTable.Of"/>). Variable time: for public values only.</summary>
    public static EdwardsPoint MultiplyBaseAndAdd(ReadOnlySpan<byte> s, ReadOnlySpan<byte> h, ulong[] tableP)
    {
        Span<sbyte> a = stackalloc sbyte[64];
        Span<sbyte> b = stackalloc sbyte[64];
        SignedDigits(s, a);
        SignedDigits(h, b);
        var p = AddRows(EdwardsPoint.Identity, a, b, tableP, first: 1);
        p = p.Double(false).Double(false).Double(false).Double();
        return AddRows(p, a, b, tableP, first: 0);
    }

    /// <summary>P, 3P, 5P …: <paramref name="count"/> points.</summary>
    public static CachedPoint[] OddMultiples(in EdwardsPoint p, int count)
    {
        var twice = CachedPoint.From(p.Double());
        var table = new CachedPoint[count];
        var current = p;
        for (var i = 0; i < count; i++)
        {
            table[i] = CachedPoint.From(current);
            current += twice;
        }

        return table;
    }

    private static EdwardsPoint AddRows(EdwardsPoint p, ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, ulong[] tableP, int first)
    {
        var tableB = FixedBaseTable.OfBase;
        for (var i = first; i < 64; i += 2)
        {
            if (a[i] != 0)
                p += FixedBaseTable.Pick(tableB, i / 2, a[i]);
            if (b[i] != 0)
                p += FixedBaseTable.Pick(tableP, i / 2, b[i]);
        }

        return p;
    }

    private static void SignedDigits(ReadOnlySpan<byte> scalar, Span<sbyte> digits)
    {
        for (var i = 0; i < 32; i++)
        {
            digits[2 * i] = (sbyte)(scalar[i] & 15);
            digits[(2 * i) + 1] = (sbyte)(scalar[i] >> 4);
        }

        var carry = 0;
        for (var i = 0; i < 63; i++)
        {
            var d = digits[i] + carry;
            carry = (d + 8) >> 4;
            digits[i] = (sbyte)(d - (carry << 4));
        }

        digits[63] = (sbyte)(digits[63] + carry);
    }

    private static void NonAdjacentForm(ReadOnlySpan<byte> scalar, Span<sbyte> naf, int width)
    {
        Span<ulong> words = stackalloc ulong[5];
        words[4] = 0;
        for (var i = 0; i < 4; i++)
            words[i] = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(scalar[(8 * i)..]);
        naf.Clear();
        var size = 1 << width;
        var position = 0;
        var carry = 0;
        while (position < 256)
        {
            var word = position / 64;
            var bit = position % 64;
            var window = words[word] >> bit;
            if (bit > 64 - width)
                window |= words[word + 1] << (64 - bit);
            var value = carry + (int)(window & (ulong)(size - 1));
            if ((value & 1) == 0)
            {
                position++;
                continue;
            }

            carry = value < size / 2 ? 0 : 1;
            naf[position] = (sbyte)(value - (carry * size));
            position += width;
        }
    }
}
