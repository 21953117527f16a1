using System.Numerics;

namespace Threads.Data.Ipld;

/// <summary>What became of reading a varint.</summary>
public enum VarintStatus
{
    /// <summary>It was read.</summary>
    Ok,

    /// <summary>The data ends inside the varint.</summary>
    Truncated,

    /// <summary>More than nine bytes, or more than 63 bits.</summary>
    TooLong,

    /// <summary>The last byte is zero: a shorter form exists.</summary>
    NotMinimal,
}

/// <summary>Unsigned LEB128 as multiformats restrict it (unsigned-varint specification): minimal, at most nine bytes (63 bits).</summary>
public static class Varint
{
    /// <summary>Nine bytes.</summary>
    public const int MaxSizeBytes = 9;

    /// <summary>The bytes that a value takes.</summary>
    public static int Size(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    /// <summary>Writes and returns the size; the caller provides room for <see cref="Size"/> bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value has more than 63 bits.</exception>
    public static int Write(Span<byte> destination, ulong value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, (ulong)long.MaxValue);
        var i = 0;
        while (value >= 0x80)
        {
            destination[i++] = (byte)(value | 0x80);
            value >>= 7;
        }
        destination[i++] = (byte)value;
        return i;
    }

    /// <summary>Reads the varint at the beginning of the data, and its size; behind an error, how much was looked at.</summary>
    public static VarintStatus Read(ReadOnlySpan<byte> data, out ulong value, out int sizeBytes)
    {
        value = 0;
        for (var i = 0; i < MaxSizeBytes; i++)
        {
            if (i == data.Length)
            {
                sizeBytes = i;
                return VarintStatus.Truncated;
            }
            var b = data[i];
            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b >= 0x80)
                continue;
            sizeBytes = i + 1;
            return b == 0 && i > 0 ? VarintStatus.NotMinimal : VarintStatus.Ok;
        }
        sizeBytes = MaxSizeBytes;
        return VarintStatus.TooLong;
    }
}
