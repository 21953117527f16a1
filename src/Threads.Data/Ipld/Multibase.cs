using SimpleBase;
using Threads.Data.Resources;

namespace Threads.Data.Ipld;

/// <summary>
/// Multibase text (multiformats, multibase.csv): one character names the encoding of the rest. Reading is strict, so that bytes have one text in
/// an encoding: no bits left over, padding exactly where an encoding has it. Only the case of hexadecimal and base32 is free, as go-threads has it.
/// </summary>
internal static class Multibase
{
    public const char Base32 = 'b';
    public const char Base58 = 'z';
    public const char Base64Url = 'u';

    /// <summary>Longer texts are refused before anything is computed: base58 takes time with the square of the length.</summary>
    public const int MaxTextLength = 1024;

    private static readonly RadixEncoding?[] Encodings = CreateEncodings();

    public static string Encode(char prefix, ReadOnlySpan<byte> bytes)
    {
        if (Find(prefix) is { } encoding)
            return encoding.Encode(prefix, bytes);
        return prefix + prefix switch
        {
            Base58 => EncodeBase58(bytes),
            'Z' => SimpleBase.Base58.Flickr.Encode(bytes),
            'k' => Base36.LowerCase.Encode(bytes),
            'K' => Base36.UpperCase.Encode(bytes),
            '9' => Base10.Default.Encode(bytes),
            _ => throw new ArgumentOutOfRangeException(nameof(prefix), prefix, "No multibase encoding has this prefix."),
        };
    }

    /// <summary>Reads lower or upper base32 of any length, which takes time with the length alone.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static byte[] DecodeBase32(ReadOnlySpan<char> text)
    {
        var bytes = new byte[(text.Length * 5 / 8) + 1];
        var status = text is ['b' or 'B', ..] ? Find(Base32)!.TryDecode(text[1..], bytes, out var written) : Fail(out written);
        return status == MultibaseStatus.Ok ? bytes[..written] : throw new FormatException(Strings.InvitationBase32);

        static MultibaseStatus Fail(out int written)
        {
            written = 0;
            return MultibaseStatus.UnknownPrefix;
        }
    }

    public static MultibaseStatus TryDecode(ReadOnlySpan<char> text, Span<byte> destination, out int written)
    {
        written = 0;
        if (text.IsEmpty)
            return MultibaseStatus.UnknownPrefix;
        if (text.Length > MaxTextLength)
            return MultibaseStatus.TooLong;
        var prefix = text[0];
        var rest = text[1..];
        if (Find(prefix) is { } encoding)
            return encoding.TryDecode(rest, destination, out written);
        switch (prefix)
        {
            case Base58:
                return DecodePositional(SimpleBase.Base58.Bitcoin, rest, destination, out written);
            case 'Z':
                return DecodePositional(SimpleBase.Base58.Flickr, rest, destination, out written);
            case 'k':
                return DecodePositional(Base36.LowerCase, rest, destination, out written);
            case 'K':
                return DecodePositional(Base36.UpperCase, rest, destination, out written);
            case '9':
                return DecodePositional(Base10.Default, rest, destination, out written);
            default:
                return MultibaseStatus.UnknownPrefix;
        }
    }

    /// <summary>base58btc without a prefix, as peer ids and version 0 CIDs are written.</summary>
    public static string EncodeBase58(ReadOnlySpan<byte> bytes) => SimpleBase.Base58.Bitcoin.Encode(bytes);

    public static bool TryDecodeBase58(ReadOnlySpan<char> text, Span<byte> destination, out int written)
    {
        written = 0;
        return text.Length <= MaxTextLength
            && DecodePositional(SimpleBase.Base58.Bitcoin, text, destination, out written) == MultibaseStatus.Ok;
    }

    private static MultibaseStatus DecodePositional(INonAllocatingBaseCoder coder, ReadOnlySpan<char> text, Span<byte> destination, out int written)
    {
        // SimpleBase looks characters up in a table of 127 and throws beyond its end.
        written = 0;
        if (text.ContainsAnyExceptInRange('!', '~'))
            return MultibaseStatus.Malformed;
        Span<byte> room = stackalloc byte[MaxTextLength];
        if (!coder.TryDecode(text, room, out written))
            return MultibaseStatus.Malformed;
        return room[..written].TryCopyTo(destination) ? MultibaseStatus.Ok : MultibaseStatus.TooLong;
    }

    private static RadixEncoding? Find(char prefix) => prefix < Encodings.Length ? Encodings[prefix] : null;

    private static RadixEncoding?[] CreateEncodings()
    {
        const string Hex = "0123456789abcdef";
        const string Rfc32 = "abcdefghijklmnopqrstuvwxyz234567";
        const string Hex32 = "0123456789abcdefghijklmnopqrstuv";
        const string Rfc64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        var table = new RadixEncoding?[128];
        table['0'] = new("01", 1);
        table['7'] = new("01234567", 3);
        table['f'] = new(Hex, 4, ignoreCase: true);
        table['F'] = new(Hex.ToUpperInvariant(), 4, ignoreCase: true);
        table['b'] = new(Rfc32, 5, ignoreCase: true);
        table['B'] = new(Rfc32.ToUpperInvariant(), 5, ignoreCase: true);
        table['c'] = new(Rfc32, 5, ignoreCase: true, padTo: 8);
        table['C'] = new(Rfc32.ToUpperInvariant(), 5, ignoreCase: true, padTo: 8);
        table['v'] = new(Hex32, 5, ignoreCase: true);
        table['V'] = new(Hex32.ToUpperInvariant(), 5, ignoreCase: true);
        table['t'] = new(Hex32, 5, ignoreCase: true, padTo: 8);
        table['T'] = new(Hex32.ToUpperInvariant(), 5, ignoreCase: true, padTo: 8);
        table['h'] = new("ybndrfg8ejkmcpqxot1uwisza345h769", 5);
        table['m'] = new(Rfc64 + "+/", 6);
        table['M'] = new(Rfc64 + "+/", 6, padTo: 4);
        table['u'] = new(Rfc64 + "-_", 6);
        table['U'] = new(Rfc64 + "-_", 6, padTo: 4);
        return table;
    }
}
