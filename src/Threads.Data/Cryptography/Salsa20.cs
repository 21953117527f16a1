using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>Salsa20's core, HSalsa20 and XSalsa20 (D. J. Bernstein, "Extending the Salsa20 nonce"), as NaCl uses them.</summary>
internal static class Salsa20
{
    /// <summary>HSalsa20: a 32-byte key from a key and 16 bytes.</summary>
    public static void HSalsa(ReadOnlySpan<byte> key, ReadOnlySpan<byte> input, Span<byte> destination)
    {
        Span<uint> x = stackalloc uint[16];
        Load(key, input, x);
        Rounds(x);
        ReadOnlySpan<int> kept = [0, 5, 10, 15, 6, 7, 8, 9];
        for (var i = 0; i < 8; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(4 * i)..], x[kept[i]]);
        x.Clear();
    }

    /// <summary>One 64-byte block of the key stream for (key, 8-byte nonce, block number).</summary>
    public static void Block(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ulong block, Span<byte> destination)
    {
        Span<uint> start = stackalloc uint[16];
        Span<uint> x = stackalloc uint[16];
        Span<byte> input = stackalloc byte[16];
        nonce.CopyTo(input);
        BinaryPrimitives.WriteUInt64LittleEndian(input[8..], block);
        Load(key, input, start);
        start.CopyTo(x);
        Rounds(x);
        for (var i = 0; i < 16; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(4 * i)..], x[i] + start[i]);
        CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(start));
        CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(x));
    }

    private static void Load(ReadOnlySpan<byte> key, ReadOnlySpan<byte> input, Span<uint> x)
    {
        // "expand 32-byte k" on the diagonal.
        x[0] = 0x61707865;
        x[5] = 0x3320646e;
        x[10] = 0x79622d32;
        x[15] = 0x6b206574;
        for (var i = 0; i < 4; i++)
        {
            x[1 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(4 * i)..]);
            x[11 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(16 + (4 * i))..]);
            x[6 + i] = BinaryPrimitives.ReadUInt32LittleEndian(input[(4 * i)..]);
        }
    }

    private static void Rounds(Span<uint> x)
    {
        for (var i = 0; i < 10; i++)
        {
            Quarter(x, 0, 4, 8, 12);
            Quarter(x, 5, 9, 13, 1);
            Quarter(x, 10, 14, 2, 6);
            Quarter(x, 15, 3, 7, 11);
            Quarter(x, 0, 1, 2, 3);
            Quarter(x, 5, 6, 7, 4);
            Quarter(x, 10, 11, 8, 9);
            Quarter(x, 15, 12, 13, 14);
        }
    }

    private static void Quarter(Span<uint> x, int a, int b, int c, int d)
    {
        x[b] ^= BitOperations.RotateLeft(x[a] + x[d], 7);
        x[c] ^= BitOperations.RotateLeft(x[b] + x[a], 9);
        x[d] ^= BitOperations.RotateLeft(x[c] + x[b], 13);
        x[a] ^= BitOperations.RotateLeft(x[d] + x[c], 18);
    }
}
