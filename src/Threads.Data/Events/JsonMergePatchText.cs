using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Threads.Data.Events;

/// <summary>JSON text as Go's encoding/json reads and writes it: its escapes, its numbers, its order of keys.</summary>
internal static class JsonMergePatchText
{
    /// <summary>UTF-8 bytes, which is how Go compares texts.</summary>
    public static IComparer<byte[]> KeyOrder { get; } = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    private static ReadOnlySpan<byte> Hex => "0123456789abcdef"u8;

    public static Utf8JsonReader Reader(ReadOnlySpan<byte> json) => new(json, new JsonReaderOptions { MaxDepth = JsonMergePatch.MaxDepth });

    /// <summary>Refuses what is not exactly one JSON value in UTF-8.</summary>
    public static void Validate(ReadOnlySpan<byte> json, JsonMergePatchError error)
    {
        if (!Utf8.IsValid(json))
            throw new JsonMergePatchException(error, "");
        try
        {
            var reader = Reader(json);
            while (reader.Read())
            {
                // Reading is the check.
            }
        }
        catch (JsonException e)
        {
            throw new JsonMergePatchException(error, "", e);
        }
    }

    /// <summary>The text between quotes, without its escapes. Half a surrogate pair becomes U+FFFD, as in Go.</summary>
    public static byte[] Unescape(ReadOnlySpan<byte> text)
    {
        if (!text.Contains((byte)'\\'))
            return text.ToArray();
        var result = new ArrayBufferWriter<byte>(text.Length);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] != '\\')
            {
                result.Write(text.Slice(i++, 1));
                continue;
            }

            var escape = text[i + 1];
            i += 2;
            if (escape != 'u')
            {
                result.Write([escape switch
                {
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    _ => escape,
                }]);
                continue;
            }

            var unit = Unit(text[i..]);
            i += 4;
            var rune = Rune.ReplacementChar;
            if (char.IsHighSurrogate(unit) && text[i..].StartsWith("\\u"u8) && Rune.TryCreate(unit, Unit(text[(i + 2)..]), out var pair))
            {
                rune = pair;
                i += 6;
            }
            else if (Rune.TryCreate(unit, out var single))
            {
                rune = single;
            }

            result.Advance(rune.EncodeToUtf8(result.GetSpan(4)));
        }

        return result.WrittenSpan.ToArray();

        static char Unit(ReadOnlySpan<byte> text) => (char)ushort.Parse(text[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    public static void WriteObject<T>(IBufferWriter<byte> output, SortedDictionary<byte[], T> members, Action<IBufferWriter<byte>, T> write)
    {
        var separator = "{"u8;
        foreach (var (key, value) in members)
        {
            output.Write(separator);
            WriteString(output, key);
            output.Write(":"u8);
            write(output, value);
            separator = ","u8;
        }

        output.Write(members.Count == 0 ? "{}"u8 : "}"u8);
    }

    public static void WriteArray<T>(IBufferWriter<byte> output, List<T> items, Action<IBufferWriter<byte>, T> write)
    {
        var separator = "["u8;
        foreach (var item in items)
        {
            output.Write(separator);
            write(output, item);
            separator = ","u8;
        }

        output.Write(items.Count == 0 ? "[]"u8 : "]"u8);
    }

    /// <summary>Quotes a text: short escapes for \n, \r and \t alone, others as \u00xx; &lt;, &gt;, &amp;, U+2028 and U+2029 too.</summary>
    public static void WriteString(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        output.Write("\""u8);
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var b = text[i];
            ReadOnlySpan<byte> shortEscape = b switch
            {
                (byte)'"' => "\\\""u8,
                (byte)'\\' => "\\\\"u8,
                (byte)'\n' => "\\n"u8,
                (byte)'\r' => "\\r"u8,
                (byte)'\t' => "\\t"u8,
                _ => default,
            };
            if (shortEscape.Length == 0 && b >= 0x20)
            {
                if (EscapedSize(text[i..]) == 0)
                    continue;
            }

            output.Write(text[start..i]);
            if (shortEscape.Length > 0)
                output.Write(shortEscape);
            else
                i += WriteEscape(output, text[i..]) - 1;
            start = i + 1;
        }

        output.Write(text[start..]);
        output.Write("\""u8);
    }

    /// <summary>Copies JSON without the white space between its tokens; escapes what HTML might take amiss, and nothing else.</summary>
    public static void WriteCompact(IBufferWriter<byte> output, ReadOnlySpan<byte> json)
    {
        var quoted = false;
        var start = 0;
        for (var i = 0; i < json.Length; i++)
        {
            var b = json[i];
            if (quoted && b == '\\')
            {
                i++;
                continue;
            }

            if (b == '"')
                quoted = !quoted;
            var isSpace = !quoted && b is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r';
            if (!isSpace && EscapedSize(json[i..]) == 0)
                continue;
            output.Write(json[start..i]);
            if (!isSpace)
                i += WriteEscape(output, json[i..]) - 1;
            start = i + 1;
        }

        output.Write(json[start..]);
    }

    /// <summary>The shortest decimal that reads back the same; with an exponent below 1e-6 and from 1e21 on.</summary>
    public static void WriteNumber(IBufferWriter<byte> output, double number)
    {
        var size = Math.Abs(number);
        // .NET's "R" has the shortest digits, in either form; take digits and exponent from it.
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        var (digits, exponent) = Split(text.TrimStart('-'));
        var result = new StringBuilder(double.IsNegative(number) ? "-" : "");
        if (size != 0 && size is < 1e-6 or >= 1e21)
        {
            result.Append(digits[0]);
            if (digits.Length > 1)
                result.Append('.').Append(digits, 1, digits.Length - 1);
            // Go writes two digits of exponent at least, and the JSON encoder takes a leading zero off negative ones.
            result.Append(exponent < 0 ? "e-" : "e+").Append(Math.Abs(exponent).ToString(exponent < 0 ? "0" : "00", CultureInfo.InvariantCulture));
        }
        else if (exponent < 0)
        {
            result.Append("0.").Append('0', -exponent - 1).Append(digits);
        }
        else if (digits.Length <= exponent + 1)
        {
            result.Append(digits).Append('0', exponent + 1 - digits.Length);
        }
        else
        {
            result.Append(digits, 0, exponent + 1).Append('.').Append(digits, exponent + 1, digits.Length - exponent - 1);
        }

        output.Write(Encoding.ASCII.GetBytes(result.ToString()));
    }

    // Significant digits without leading or trailing zeros, and the power of ten of the first.
    private static (string Digits, int Exponent) Split(string text)
    {
        var e = text.IndexOf('E', StringComparison.Ordinal);
        var power = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = e < 0 ? text : text[..e];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var exponent = (point < 0 ? mantissa.Length : point) - 1 + power;
        var all = mantissa.Replace(".", "", StringComparison.Ordinal);
        var digits = all.TrimStart('0');
        exponent -= all.Length - digits.Length;
        digits = digits.TrimEnd('0');
        return digits.Length == 0 ? ("0", 0) : (digits, exponent);
    }

    // How many bytes at the beginning are written as an escape, though JSON would not need it.
    private static int EscapedSize(ReadOnlySpan<byte> text) => text[0] switch
    {
        (byte)'<' or (byte)'>' or (byte)'&' => 1,
        0xe2 when text is [_, 0x80, 0xa8 or 0xa9, ..] => 3,
        _ => 0,
    };

    private static int WriteEscape(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        if (text[0] == 0xe2)
        {
            output.Write(text[2] == 0xa8 ? "\\u2028"u8 : "\\u2029"u8);
            return 3;
        }

        output.Write("\\u00"u8);
        output.Write([Hex[text[0] >> 4], Hex[text[0] & 15]]);
        return 1;
    }
}
