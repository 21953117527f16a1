using System.Text;
using Threads.Data.Ipld;
using Threads.Net.Wire;

namespace Threads.Net.Multistream;

/// <summary>A message of multistream-select 1.0: its length, a text, a newline that the length counts (LIBP2P 2).</summary>
internal static class MultistreamMessage
{
    public const string Header = "/multistream/1.0.0";
    public const string NotAvailable = "na";

    /// <summary>Longest message, newline included, length prefix not.</summary>
    public const int MaxBytes = 1024;

    /// <summary>The texts one after another, as one write.</summary>
    public static byte[] Encode(params ReadOnlySpan<string> texts)
    {
        var size = 0;
        foreach (var text in texts)
        {
            var length = Encoding.UTF8.GetByteCount(text) + 1;
            size += Varint.Size((ulong)length) + length;
        }

        var bytes = new byte[size];
        var rest = bytes.AsSpan();
        foreach (var text in texts)
        {
            var length = Encoding.UTF8.GetByteCount(text) + 1;
            rest = rest[Varint.Write(rest, (ulong)length)..];
            rest[Encoding.UTF8.GetBytes(text, rest)] = (byte)'\n';
            rest = rest[length..];
        }

        return bytes;
    }

    /// <summary>The text of a message without its length; null when it doesn't end on a newline, or is no UTF-8.</summary>
    public static string? Decode(ReadOnlySpan<byte> message) =>
        message.IsEmpty || message[^1] != '\n' || !System.Text.Unicode.Utf8.IsValid(message) ? null : Encoding.UTF8.GetString(message[..^1]);
}
