using System.Buffers.Binary;

namespace Threads.Data.Ipld;

/// <summary>The first bytes of a CBOR item: major type and argument (RFC 8949, section 3), in the shortest form or not at all.</summary>
internal static class CborHead
{
    /// <summary>Returns the argument of the head at <paramref name="position"/>, which lies inside the data, and moves behind it.</summary>
    public static ulong Read(ReadOnlySpan<byte> data, ref int position)
    {
        var start = position;
        var information = data[start] & 0x1f;
        if (information < 24)
        {
            position = start + 1;
            return (ulong)information;
        }
        if (information > 27)
            throw new CborException(information == 31 ? CborError.IndefiniteLength : CborError.ReservedInformation, start);
        var size = 1 << (information - 24);
        var rest = data[(start + 1)..];
        if (rest.Length < size)
            throw new CborException(CborError.EndOfData, start);
        var (value, least) = size switch
        {
            1 => (rest[0], 24UL),
            2 => (BinaryPrimitives.ReadUInt16BigEndian(rest), byte.MaxValue + 1UL),
            4 => (BinaryPrimitives.ReadUInt32BigEndian(rest), ushort.MaxValue + 1UL),
            _ => (BinaryPrimitives.ReadUInt64BigEndian(rest), uint.MaxValue + 1UL),
        };
        if (value < least)
            throw new CborException(CborError.NotMinimal, start);
        position = start + 1 + size;
        return value;
    }
}
