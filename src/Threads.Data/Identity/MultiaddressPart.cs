using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Unicode;

namespace Threads.Data.Identity;

/// <summary>One step of a multiaddress.</summary>
/// <param name="Protocol">The protocol's name, <c>tcp</c> say.</param>
/// <param name="Value">Its value as text; null where the protocol takes none.</param>
public readonly record struct MultiaddressPart(string Protocol, string? Value)
{
    private static readonly SearchValues<char> Ip6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>The bytes of a value; null when the text is none of that kind.</summary>
    internal static byte[]? ToBytes(MultiaddressValue kind, ReadOnlySpan<char> text)
    {
        switch (kind)
        {
            case MultiaddressValue.Ip4:
                return ReadIp4(text);
            case MultiaddressValue.Ip6:
                // What IPAddress reads beyond this (scopes, brackets, ports) has no binary form.
                return !text.ContainsAnyExcept(Ip6Characters) && text.Contains(':') && IPAddress.TryParse(text, out var ip) ? ip.GetAddressBytes() : null;
            case MultiaddressValue.Port:
                if (!IsDecimal(text, maxDigits: 5) || !ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
                    return null;
                return [(byte)(port >> 8), (byte)port];
            case MultiaddressValue.Name or MultiaddressValue.Path:
                var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
                var status = Utf8.FromUtf16(text, bytes, out _, out var written, replaceInvalidSequences: false);
                bytes = bytes[..written];
                return status == OperationStatus.Done && ToText(kind, bytes) is not null ? bytes : null;
            case MultiaddressValue.Peer:
                return PeerId.TryParse(text, out var peer) ? peer.ToBytes() : null;
            case MultiaddressValue.Thread:
                return ThreadId.TryParse(text, out var thread) ? thread.ToBytes() : null;
            case MultiaddressValue.Log:
                return LogId.TryParse(text, out var log) ? log.ToBytes() : null;
            default:
                return text.IsEmpty ? [] : null;
        }
    }

    /// <summary>The text of a value; null when the bytes are none of that kind. Empty for a protocol without value.</summary>
    internal static string? ToText(MultiaddressValue kind, ReadOnlySpan<byte> bytes)
    {
        switch (kind)
        {
            case MultiaddressValue.Ip4 when bytes.Length == 4:
            case MultiaddressValue.Ip6 when bytes.Length == 16:
                return new IPAddress(bytes).ToString();
            case MultiaddressValue.Port when bytes.Length == 2:
                return BinaryPrimitives.ReadUInt16BigEndian(bytes).ToString(CultureInfo.InvariantCulture);
            case MultiaddressValue.Name:
                return bytes.IsEmpty || bytes.ContainsAny((byte)'/', (byte)0) || !Utf8.IsValid(bytes) ? null : Encoding.UTF8.GetString(bytes);
            case MultiaddressValue.Path:
                return bytes.Length < 2 || bytes[0] != '/' || bytes.Contains((byte)0) || !Utf8.IsValid(bytes) ? null : Encoding.UTF8.GetString(bytes);
            case MultiaddressValue.Peer:
                return PeerId.TryFromBytes(bytes, out var peer) ? peer.ToString() : null;
            case MultiaddressValue.Thread:
                return ThreadId.TryFromBytes(bytes, out var thread) ? thread.ToString() : null;
            case MultiaddressValue.Log:
                return LogId.TryFromBytes(bytes, out var log) ? log.ToString() : null;
            default:
                return kind == MultiaddressValue.None && bytes.IsEmpty ? "" : null;
        }
    }

    /// <summary>Four decimal numbers; IPAddress would also read octal, hexadecimal and fewer of them.</summary>
    private static byte[]? ReadIp4(ReadOnlySpan<char> text)
    {
        var bytes = new byte[4];
        var count = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (count == bytes.Length || !IsDecimal(part, maxDigits: 3)
                || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out bytes[count++]))
                return null;
        }
        return count == bytes.Length ? bytes : null;
    }

    private static bool IsDecimal(ReadOnlySpan<char> text, int maxDigits) =>
        text.Length > 0 && text.Length <= maxDigits && (text.Length == 1 || text[0] != '0') && !text.ContainsAnyExceptInRange('0', '9');
}
