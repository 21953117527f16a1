using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Threads.Data.Cryptography;

/// <summary>Arithmetic modulo the group order L = 2²⁵² + 27742317777372353535851937790883648493, in constant time (Montgomery form, four limbs).</summary>
internal static class Scalar25519
{
    private const ulong L0 = 0x5812631a5cf5d3ed, L1 = 0x14def9dea2f79cd6, L2 = 0, L3 = 0x1000000000000000;

    // −1/L modulo 2⁶⁴.
    private const ulong NegativeInverse = 0xd2b51da312547e1b;

    private static Limbs RSquared => new(0xa40611e3449c0f01, 0xd00e1ba768859347, 0xceec73d217f5be65, 0x399411b7c309a3d);

    /// <summary>Whether 32 bytes, little-endian, are below L (RFC 8032, 5.1.7, step 1). The argument is public.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> scalar)
    {
        var s = Limbs.Read(scalar);
        if (s.W3 != L3)
            return s.W3 < L3;
        if (s.W2 != L2)
            return false;
        return s.W1 != L1 ? s.W1 < L1 : s.W0 < L0;
    }

    /// <summary>64 bytes, little-endian, modulo L.</summary>
    public static void Reduce(ReadOnlySpan<byte> wide, Span<byte> destination)
    {
        var one = new Limbs(1, 0, 0, 0);
        var low = Multiply(Multiply(Limbs.Read(wide), RSquared), one);
        var high = Multiply(Limbs.Read(wide[32..]), RSquared);
        Add(low, high).Write(destination);
    }

    /// <summary>(a·b + c) modulo L. a may be any 256 bits, b and c are below L.</summary>
    public static void MultiplyAdd(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, Span<byte> destination)
    {
        var product = Multiply(Limbs.Read(b), Multiply(Limbs.Read(a), RSquared));
        Add(product, Limbs.Read(c)).Write(destination);
    }

    // a·b/2²⁵⁶ modulo L, fully reduced; needs a·b < 2²⁵⁶·L.
    private static Limbs Multiply(in Limbs a, in Limbs b)
    {
        ulong t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0;
        Step(a.W0, b, ref t0, ref t1, ref t2, ref t3, ref t4);
        Step(a.W1, b, ref t0, ref t1, ref t2, ref t3, ref t4);
        Step(a.W2, b, ref t0, ref t1, ref t2, ref t3, ref t4);
        Step(a.W3, b, ref t0, ref t1, ref t2, ref t3, ref t4);
        return SubtractOnce(t0, t1, t2, t3);
    }

    private static void Step(ulong a, in Limbs b, ref ulong t0, ref ulong t1, ref ulong t2, ref ulong t3, ref ulong t4)
    {
        ulong carry = 0;
        t0 = MultiplyAddCarry(a, b.W0, t0, ref carry);
        t1 = MultiplyAddCarry(a, b.W1, t1, ref carry);
        t2 = MultiplyAddCarry(a, b.W2, t2, ref carry);
        t3 = MultiplyAddCarry(a, b.W3, t3, ref carry);
        // 2L stands far below 2²⁵⁶, so the sum never leaves five limbs.
        t4 += carry;

        var m = t0 * NegativeInverse;
        carry = 0;
        MultiplyAddCarry(m, L0, t0, ref carry);
        t0 = MultiplyAddCarry(m, L1, t1, ref carry);
        t1 = MultiplyAddCarry(m, L2, t2, ref carry);
        t2 = MultiplyAddCarry(m, L3, t3, ref carry);
        t3 = t4 + carry;
        t4 = t3 < carry ? 1UL : 0UL;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MultiplyAddCarry(ulong a, ulong b, ulong c, ref ulong carry)
    {
        var high = Math.BigMul(a, b, out var low);
        low += c;
        high += low < c ? 1UL : 0UL;
        low += carry;
        high += low < carry ? 1UL : 0UL;
        carry = high;
        return low;
    }

    private static Limbs Add(in Limbs a, in Limbs b)
    {
        var r0 = a.W0 + b.W0;
        var c = r0 < b.W0 ? 1UL : 0UL;
        var r1 = a.W1 + c;
        c = r1 < c ? 1UL : 0UL;
        r1 += b.W1;
        c += r1 < b.W1 ? 1UL : 0UL;
        var r2 = a.W2 + c;
        c = r2 < c ? 1UL : 0UL;
        r2 += b.W2;
        c += r2 < b.W2 ? 1UL : 0UL;
        return SubtractOnce(r0, r1, r2, a.W3 + b.W3 + c);
    }

    // For values below 2L: subtracts L when the value is L or above, without a branch.
    private static Limbs SubtractOnce(ulong t0, ulong t1, ulong t2, ulong t3)
    {
        ulong borrow = 0;
        var s0 = SubtractBorrow(t0, L0, ref borrow);
        var s1 = SubtractBorrow(t1, L1, ref borrow);
        var s2 = SubtractBorrow(t2, L2, ref borrow);
        var s3 = SubtractBorrow(t3, L3, ref borrow);
        var keep = 0UL - borrow;
        return new(s0 ^ (keep & (s0 ^ t0)), s1 ^ (keep & (s1 ^ t1)), s2 ^ (keep & (s2 ^ t2)), s3 ^ (keep & (s3 ^ t3)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SubtractBorrow(ulong a, ulong b, ref ulong borrow)
    {
        var d = a - b;
        var under = a < b ? 1UL : 0UL;
        var r = d - borrow;
        under += d < borrow ? 1UL : 0UL;
        borrow = under;
        return r;
    }

    private readonly struct Limbs(ulong w0, ulong w1, ulong w2, ulong w3)
    {
        public readonly ulong W0 = w0, W1 = w1, W2 = w2, W3 = w3;

        public static Limbs Read(ReadOnlySpan<byte> bytes) => new(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));

        public void Write(Span<byte> destination)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination, W0);
            BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], W1);
            BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], W2);
            BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], W3);
        }
    }
}
