using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>The one-time authenticator Poly1305 (RFC 8439, 2.5), in constant time with five limbs of 26 bits.</summary>
internal static class Poly1305
{
    public const int TagSize = 16;

    private const uint Mask = 0x3ffffff;

    /// <summary>The 16-byte tag of a message under a 32-byte key that is used once.</summary>
    public static void Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> tag)
    {
        // r, clamped, in limbs; s stays in the key.
        uint r0 = Read(key) & 0x3ffffff;
        uint r1 = (Read(key[3..]) >> 2) & 0x3ffff03;
        uint r2 = (Read(key[6..]) >> 4) & 0x3ffc0ff;
        uint r3 = (Read(key[9..]) >> 6) & 0x3f03fff;
        uint r4 = (Read(key[12..]) >> 8) & 0x00fffff;
        uint s1 = r1 * 5, s2 = r2 * 5, s3 = r3 * 5, s4 = r4 * 5;
        uint h0 = 0, h1 = 0, h2 = 0, h3 = 0, h4 = 0;
        Span<byte> last = stackalloc byte[16];

        while (message.Length > 0)
        {
            scoped ReadOnlySpan<byte> block;
            uint top;
            if (message.Length >= 16)
            {
                block = message[..16];
                message = message[16..];
                top = 1 << 24;
            }
            else
            {
                last.Clear();
                message.CopyTo(last);
                last[message.Length] = 1;
                block = last;
                message = default;
                top = 0;
            }

            h0 += Read(block) & Mask;
            h1 += (Read(block[3..]) >> 2) & Mask;
            h2 += (Read(block[6..]) >> 4) & Mask;
            h3 += (Read(block[9..]) >> 6) & Mask;
            h4 += (Read(block[12..]) >> 8) | top;

            var d0 = ((ulong)h0 * r0) + ((ulong)h1 * s4) + ((ulong)h2 * s3) + ((ulong)h3 * s2) + ((ulong)h4 * s1);
            var d1 = ((ulong)h0 * r1) + ((ulong)h1 * r0) + ((ulong)h2 * s4) + ((ulong)h3 * s3) + ((ulong)h4 * s2);
            var d2 = ((ulong)h0 * r2) + ((ulong)h1 * r1) + ((ulong)h2 * r0) + ((ulong)h3 * s4) + ((ulong)h4 * s3);
            var d3 = ((ulong)h0 * r3) + ((ulong)h1 * r2) + ((ulong)h2 * r1) + ((ulong)h3 * r0) + ((ulong)h4 * s4);
            var d4 = ((ulong)h0 * r4) + ((ulong)h1 * r3) + ((ulong)h2 * r2) + ((ulong)h3 * r1) + ((ulong)h4 * r0);

            d1 += d0 >> 26;
            d2 += d1 >> 26;
            d3 += d2 >> 26;
            d4 += d3 >> 26;
            h0 = ((uint)d0 & Mask) + (uint)((d4 >> 26) * 5);
            h1 = ((uint)d1 & Mask) + (h0 >> 26);
            h0 &= Mask;
            h2 = (uint)d2 & Mask;
            h3 = (uint)d3 & Mask;
            h4 = (uint)d4 & Mask;
        }

        h2 += h1 >> 26;
        h1 &= Mask;
        h3 += h2 >> 26;
        h2 &= Mask;
        h4 += h3 >> 26;
        h3 &= Mask;
        h0 += (h4 >> 26) * 5;
        h4 &= Mask;
        h1 += h0 >> 26;
        h0 &= Mask;

        // h − p, kept when h was p or above.
        var g0 = h0 + 5;
        var g1 = h1 + (g0 >> 26);
        var g2 = h2 + (g1 >> 26);
        var g3 = h3 + (g2 >> 26);
        var g4 = h4 + (g3 >> 26) - (1U << 26);
        var keep = 0U - (g4 >> 31);
        h0 = (h0 & keep) | (g0 & Mask & ~keep);
        h1 = (h1 & keep) | (g1 & Mask & ~keep);
        h2 = (h2 & keep) | (g2 & Mask & ~keep);
        h3 = (h3 & keep) | (g3 & Mask & ~keep);
        h4 = (h4 & keep) | (g4 & ~keep);

        var f = (ulong)(h0 | (h1 << 26)) + Read(key[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(tag, (uint)f);
        f = (ulong)((h1 >> 6) | (h2 << 20)) + Read(key[20..]) + (f >> 32);
        BinaryPrimitives.WriteUInt32LittleEndian(tag[4..], (uint)f);
        f = (ulong)((h2 >> 12) | (h3 << 14)) + Read(key[24..]) + (f >> 32);
        BinaryPrimitives.WriteUInt32LittleEndian(tag[8..], (uint)f);
        f = (ulong)((h3 >> 18) | (h4 << 8)) + Read(key[28..]) + (f >> 32);
        BinaryPrimitives.WriteUInt32LittleEndian(tag[12..], (uint)f);
        CryptographicOperations.ZeroMemory(last);
    }

    private static uint Read(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
