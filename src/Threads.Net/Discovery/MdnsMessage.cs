using System.Buffers.Binary;
using System.Text;

namespace Threads.Net.Discovery;

/// <summary>
/// The few DNS messages of libp2p's mDNS (LIBP2P 14): the question for <c>_p2p._udp.local</c>, and the answer that names a peer and, in TXT strings, its
/// addresses. Reading is bounded: names of at most 255 bytes, at most 32 compression jumps, at most 64 addresses.
/// </summary>
internal static class MdnsMessage
{
    public const string Service = "_p2p._udp.local";
    public const int MaxBytes = 9000;
    public const int MaxAddresses = 64;
    private const int MaxRecords = 256;
    private const int MaxJumps = 32;
    private const int HeaderBytes = 12;
    private const ushort TypePtr = 12;
    private const ushort TypeTxt = 16;
    private const ushort ClassIn = 1;
    private const uint TtlSeconds = 120;
    private const string AddressPrefix = "dnsaddr=";

    /// <summary>Who is there?</summary>
    public static byte[] Query()
    {
        var bytes = new List<byte>(new byte[HeaderBytes]) { [5] = 1 };
        WriteName(bytes, Service);
        WriteUInt16(bytes, TypePtr);
        WriteUInt16(bytes, ClassIn);
        return [.. bytes];
    }

    /// <summary>I am, under this name, at these addresses; those that don't fit into a TXT string are left out.</summary>
    public static byte[] Answer(string name, IEnumerable<string> addresses)
    {
        var own = $"{name}.{Service}";
        // Header: response, authoritative; one answer, one additional record.
        var bytes = new List<byte>(new byte[HeaderBytes]) { [2] = 0x84, [7] = 1, [11] = 1 };
        WriteRecord(bytes, Service, TypePtr, data => WriteName(data, own));
        WriteRecord(bytes, own, TypeTxt, data =>
        {
            foreach (var text in addresses.Take(MaxAddresses).Select(a => Encoding.UTF8.GetBytes(AddressPrefix + a)).Where(t => t.Length <= 255))
            {
                data.Add((byte)text.Length);
                data.AddRange(text);
            }
        });
        return [.. bytes];
    }

    /// <summary>Whether the packet asks for libp2p peers.</summary>
    public static bool IsQuery(ReadOnlySpan<byte> packet)
    {
        if (packet.Length is < HeaderBytes or > MaxBytes || (packet[2] & 0x80) != 0)
        {
            return false;
        }

        var at = HeaderBytes;
        for (var n = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]); n > 0 && n <= MaxRecords; n--)
        {
            if (!TryReadName(packet, ref at, out var name) || at + 4 > packet.Length)
            {
                return false;
            }

            var type = BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
            at += 4;
            if (type == TypePtr && string.Equals(name, Service, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The addresses in an answer for libp2p's service; empty for anything else, and for what can't be read.</summary>
    public static IReadOnlyList<string> Addresses(ReadOnlySpan<byte> packet)
    {
        var found = new List<string>();
        if (packet.Length is < HeaderBytes or > MaxBytes || (packet[2] & 0x80) == 0)
        {
            return found;
        }

        var at = HeaderBytes;
        for (var n = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]); n > 0; n--)
        {
            if (!TryReadName(packet, ref at, out _) || (at += 4) > packet.Length)
            {
                return found;
            }
        }

        var records = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) + BinaryPrimitives.ReadUInt16BigEndian(packet[8..]) + BinaryPrimitives.ReadUInt16BigEndian(packet[10..]);
        for (var n = Math.Min(records, MaxRecords); n > 0; n--)
        {
            if (!TryReadName(packet, ref at, out var name) || at + 10 > packet.Length)
            {
                return found;
            }

            var type = BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 8)..]);
            at += 10;
            if (at + length > packet.Length)
            {
                return found;
            }

            if (type == TypeTxt && name.EndsWith("." + Service, StringComparison.OrdinalIgnoreCase))
            {
                ReadTexts(packet.Slice(at, length), found);
            }

            at += length;
        }

        return found;
    }

    private static void ReadTexts(ReadOnlySpan<byte> data, List<string> found)
    {
        while (!data.IsEmpty && data[0] < data.Length && found.Count < MaxAddresses)
        {
            var text = Encoding.UTF8.GetString(data.Slice(1, data[0]));
            if (text.StartsWith(AddressPrefix, StringComparison.Ordinal))
            {
                found.Add(text[AddressPrefix.Length..]);
            }

            data = data[(1 + data[0])..];
        }
    }

    private static bool TryReadName(ReadOnlySpan<byte> packet, ref int at, out string name)
    {
        var text = new StringBuilder();
        name = "";
        var next = -1;
        for (int i = at, jumps = 0; i < packet.Length;)
        {
            int length = packet[i];
            if (length == 0)
            {
                at = next < 0 ? i + 1 : next;
                name = text.ToString();
                return true;
            }

            if (length >= 0xC0)
            {
                if (i + 1 >= packet.Length || ++jumps > MaxJumps)
                {
                    return false;
                }

                next = next < 0 ? i + 2 : next;
                i = ((length & 0x3F) << 8) | packet[i + 1];
                continue;
            }

            if (length > 63 || i + 1 + length > packet.Length || text.Length + length > 255)
            {
                return false;
            }

            text.Append(text.Length == 0 ? "" : ".").Append(Encoding.ASCII.GetString(packet.Slice(i + 1, length)));
            i += 1 + length;
        }

        return false;
    }

    private static void WriteRecord(List<byte> bytes, string name, ushort type, Action<List<byte>> write)
    {
        WriteName(bytes, name);
        WriteUInt16(bytes, type);
        WriteUInt16(bytes, ClassIn);
        WriteUInt16(bytes, 0);
        WriteUInt16(bytes, (ushort)TtlSeconds);
        var data = new List<byte>();
        write(data);
        WriteUInt16(bytes, (ushort)data.Count);
        bytes.AddRange(data);
    }

    private static void WriteName(List<byte> bytes, string name)
    {
        foreach (var label in name.Split('.'))
        {
            bytes.Add((byte)label.Length);
            bytes.AddRange(Encoding.ASCII.GetBytes(label));
        }

        bytes.Add(0);
    }

    private static void WriteUInt16(List<byte> bytes, ushort value)
    {
        bytes.Add((byte)(value >> 8));
        bytes.Add((byte)value);
    }
}
