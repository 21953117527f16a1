using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Threads.Data.Cryptography;

/// <summary>
/// A number modulo p = 2²⁵⁵ − 19 in five limbs of 51 bits. Every operation runs in constant time; limbs may stand a little above 51 bits
/// between operations, and products accept limbs up to 54 bits. The products are optimised at once: the runtime's first, slow code for them
/// would make the first thirty verifications of a process ten times as long.
/// </summary>
internal readonly struct FieldElement(ulong l0, ulong l1, ulong l2, ulong l3, ulong l4)
{
    private const ulong Mask = (1UL << 51) - 1;

    private readonly ulong _l0 = l0, _l1 = l1, _l2 = l2, _l3 = l3, _l4 = l4;

    public static FieldElement Zero => default;

    public static FieldElement One => new(1, 0, 0, 0, 0);

    /// <summary>The curve constant d = −121665/121666.</summary>
    public static FieldElement D => new(0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff);

    public static FieldElement TwoD => new(0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff);

    public static FieldElement SqrtMinusOne => new(0x61b274a0ea0b0, 0xd5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d);

    /// <summary>Reads 32 bytes, little-endian; bit 255 is ignored and values from p on are taken modulo p.</summary>
    public static FieldElement FromBytes(ReadOnlySpan<byte> bytes)
    {
        var w0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var w1 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        var w2 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        var w3 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        return new(
            w0 & Mask,
            ((w0 >> 51) | (w1 << 13)) & Mask,
            ((w1 >> 38) | (w2 << 26)) & Mask,
            ((w2 >> 25) | (w3 << 39)) & Mask,
            (w3 >> 12) & Mask);
    }

    /// <summary>Writes the one canonical encoding (below p) in 32 bytes.</summary>
    public void WriteTo(Span<byte> destination)
    {
        var t = Reduce(_l0, _l1, _l2, _l3, _l4);
        // q = 1 exactly when the value is p or above: adding 19 then overflows bit 255.
        var q = (t._l0 + 19) >> 51;
        q = (t._l1 + q) >> 51;
        q = (t._l2 + q) >> 51;
        q = (t._l3 + q) >> 51;
        q = (t._l4 + q) >> 51;
        var r0 = t._l0 + (19 * q);
        var r1 = t._l1 + (r0 >> 51);
        var r2 = t._l2 + (r1 >> 51);
        var r3 = t._l3 + (r2 >> 51);
        var r4 = (t._l4 + (r3 >> 51)) & Mask;
        r0 &= Mask;
        r1 &= Mask;
        r2 &= Mask;
        r3 &= Mask;
        BinaryPrimitives.WriteUInt64LittleEndian(destination, r0 | (r1 << 51));
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], (r1 >> 13) | (r2 << 38));
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], (r2 >> 26) | (r3 << 25));
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], (r3 >> 39) | (r4 << 12));
    }

    /// <summary>The five limbs, each within 52 bits.</summary>
    public void CopyTo(Span<ulong> limbs)
    {
        var t = Reduce(_l0, _l1, _l2, _l3, _l4);
        (limbs[0], limbs[1], limbs[2], limbs[3], limbs[4]) = (t._l0, t._l1, t._l2, t._l3, t._l4);
    }

    public static FieldElement operator +(in FieldElement a, in FieldElement b) =>
        new(a._l0 + b._l0, a._l1 + b._l1, a._l2 + b._l2, a._l3 + b._l3, a._l4 + b._l4);

    // 16p is added first, so that no limb goes below zero for operands up to 54 bits.
    public static FieldElement operator -(in FieldElement a, in FieldElement b) =>
        Reduce(
            a._l0 + 36028797018963664UL - b._l0,
            a._l1 + 36028797018963952UL - b._l1,
            a._l2 + 36028797018963952UL - b._l2,
            a._l3 + 36028797018963952UL - b._l3,
            a._l4 + 36028797018963952UL - b._l4);

    public static FieldElement operator -(in FieldElement a) => Zero - a;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static FieldElement operator *(in FieldElement a, in FieldElement b)
    {
        ulong a0 = a._l0, a1 = a._l1, a2 = a._l2, a3 = a._l3, a4 = a._l4;
        ulong b0 = b._l0, b1 = b._l1, b2 = b._l2, b3 = b._l3, b4 = b._l4;
        ulong c1 = b1 * 19, c2 = b2 * 19, c3 = b3 * 19, c4 = b4 * 19;

        var h0 = Math.BigMul(a0, b0, out var r0);
        Accumulate(ref h0, ref r0, a4, c1);
        Accumulate(ref h0, ref r0, a3, c2);
        Accumulate(ref h0, ref r0, a2, c3);
        Accumulate(ref h0, ref r0, a1, c4);

        var h1 = Math.BigMul(a1, b0, out var r1);
        Accumulate(ref h1, ref r1, a0, b1);
        Accumulate(ref h1, ref r1, a4, c2);
        Accumulate(ref h1, ref r1, a3, c3);
        Accumulate(ref h1, ref r1, a2, c4);

        var h2 = Math.BigMul(a2, b0, out var r2);
        Accumulate(ref h2, ref r2, a1, b1);
        Accumulate(ref h2, ref r2, a0, b2);
        Accumulate(ref h2, ref r2, a4, c3);
        Accumulate(ref h2, ref r2, a3, c4);

        var h3 = Math.BigMul(a3, b0, out var r3);
        Accumulate(ref h3, ref r3, a2, b1);
        Accumulate(ref h3, ref r3, a1, b2);
        Accumulate(ref h3, ref r3, a0, b3);
        Accumulate(ref h3, ref r3, a4, c4);

        var h4 = Math.BigMul(a4, b0, out var r4);
        Accumulate(ref h4, ref r4, a3, b1);
        Accumulate(ref h4, ref r4, a2, b2);
        Accumulate(ref h4, ref r4, a1, b3);
        Accumulate(ref h4, ref r4, a0, b4);

        return Carry(h0, r0, h1, r1, h2, r2, h3, r3, h4, r4);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public FieldElement Square()
    {
        ulong a0 = _l0, a1 = _l1, a2 = _l2, a3 = _l3, a4 = _l4;
        ulong d0 = a0 * 2, d1 = a1 * 2, c3 = a3 * 19, c4 = a4 * 19;

        var h0 = Math.BigMul(a0, a0, out var r0);
        Accumulate(ref h0, ref r0, d1, c4);
        Accumulate(ref h0, ref r0, a2 * 2, c3);

        var h1 = Math.BigMul(a3, c3, out var r1);
        Accumulate(ref h1, ref r1, d0, a1);
        Accumulate(ref h1, ref r1, a2 * 2, c4);

        var h2 = Math.BigMul(a1, a1, out var r2);
        Accumulate(ref h2, ref r2, d0, a2);
        Accumulate(ref h2, ref r2, a3 * 2, c4);

        var h3 = Math.BigMul(a4, c4, out var r3);
        Accumulate(ref h3, ref r3, d0, a3);
        Accumulate(ref h3, ref r3, d1, a2);

        var h4 = Math.BigMul(a2, a2, out var r4);
        Accumulate(ref h4, ref r4, d0, a4);
        Accumulate(ref h4, ref r4, d1, a3);

        return Carry(h0, r0, h1, r1, h2, r2, h3, r3, h4, r4);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public FieldElement Square(int times)
    {
        var r = Square();
        for (var i = 1; i < times; i++)
            r = r.Square();
        return r;
    }

    /// <summary>1/x, and 0 for 0.</summary>
    public FieldElement Invert()
    {
        var (t250, t11) = Power250();
        return t250.Square(5) * t11;
    }

    /// <summary>x^((p−5)/8), the heart of the square root.</summary>
    public FieldElement PowerP58() => Power250().Ones250.Square(2) * this;

    public bool IsZero()
    {
        Span<byte> bytes = stackalloc byte[32];
        WriteTo(bytes);
        var any = 0;
        foreach (var b in bytes)
            any |= b;
        return any == 0;
    }

    public bool IsNegative()
    {
        Span<byte> bytes = stackalloc byte[32];
        WriteTo(bytes);
        return (bytes[0] & 1) != 0;
    }

    /// <summary>b where the mask is all ones, a where it is zero; without a branch.</summary>
    public static FieldElement Select(in FieldElement a, in FieldElement b, ulong mask) =>
        new(
            a._l0 ^ (mask & (a._l0 ^ b._l0)),
            a._l1 ^ (mask & (a._l1 ^ b._l1)),
            a._l2 ^ (mask & (a._l2 ^ b._l2)),
            a._l3 ^ (mask & (a._l3 ^ b._l3)),
            a._l4 ^ (mask & (a._l4 ^ b._l4)));

    // x^(2²⁵⁰−1) and x^11: the common part of both exponents.
    private (FieldElement Ones250, FieldElement Eleven) Power250()
    {
        var t2 = Square();
        var t9 = t2.Square(2) * this;
        var t11 = t9 * t2;
        var t5 = t11.Square() * t9;
        var t10 = t5.Square(5) * t5;
        var t20 = t10.Square(10) * t10;
        var t40 = t20.Square(20) * t20;
        var t50 = t40.Square(10) * t10;
        var t100 = t50.Square(50) * t50;
        var t200 = t100.Square(100) * t100;
        return (t200.Square(50) * t50, t11);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(ref ulong high, ref ulong low, ulong x, ulong y)
    {
        var h = Math.BigMul(x, y, out var l);
        low += l;
        high += h + (low < l ? 1UL : 0UL);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref ulong high, ref ulong low, ulong x)
    {
        low += x;
        high += low < x ? 1UL : 0UL;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement Carry(
        ulong h0, ulong r0, ulong h1, ulong r1, ulong h2, ulong r2, ulong h3, ulong r3, ulong h4, ulong r4)
    {
        Add(ref h1, ref r1, (h0 << 13) | (r0 >> 51));
        Add(ref h2, ref r2, (h1 << 13) | (r1 >> 51));
        Add(ref h3, ref r3, (h2 << 13) | (r2 >> 51));
        Add(ref h4, ref r4, (h3 << 13) | (r3 >> 51));
        var o0 = (r0 & Mask) + (((h4 << 13) | (r4 >> 51)) * 19);
        return new(o0 & Mask, (r1 & Mask) + (o0 >> 51), r2 & Mask, r3 & Mask, r4 & Mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement Reduce(ulong l0, ulong l1, ulong l2, ulong l3, ulong l4) =>
        new(
            (l0 & Mask) + ((l4 >> 51) * 19),
            (l1 & Mask) + (l0 >> 51),
            (l2 & Mask) + (l1 >> 51),
            (l3 & Mask) + (l2 >> 51),
            (l4 & Mask) + (l3 >> 51));
}
