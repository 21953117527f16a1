using System.Globalization;

namespace Threads.Data.JsonSchemas;

/// <summary>The formats of draft-07 (7.3) that are enforced.</summary>
internal static class SchemaFormat
{
    /// <summary>Whether a text has a format; one that isn't known has no rule.</summary>
    public static bool Holds(string format, string text) => format switch
    {
        "date-time" => text.Length > 10 && text[10] is 'T' or 't' && IsDate(text[..10]) && IsTime(text[11..]),
        "date" => IsDate(text),
        "time" => IsTime(text),
        "email" => IsEmail(text),
        "hostname" => IsHostName(text),
        "ipv4" => IsIpv4(text),
        "ipv6" => IsIpv6(text),
        "uri" => IsUri(text, mustBeAbsolute: true, allowUnicode: false),
        "uri-reference" => IsUri(text, mustBeAbsolute: false, allowUnicode: false),
        "iri" => IsUri(text, mustBeAbsolute: true, allowUnicode: true),
        "iri-reference" => IsUri(text, mustBeAbsolute: false, allowUnicode: true),
        "json-pointer" => IsPointer(text),
        "relative-json-pointer" => IsRelativePointer(text),
        "regex" => EcmaPattern.TryParse(text) is not null,
        _ => true,
    };

    private static bool IsDate(string text)
        => text.All(char.IsAscii) && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    /// <summary>full-time of RFC 3339: with an offset, with leap seconds.</summary>
    private static bool IsTime(string text)
    {
        if (text.Length < 9 || text[2] != ':' || text[5] != ':' || Two(text, 0) is not (>= 0 and < 24 and var hour) || Two(text, 3) is not (>= 0 and < 60 and var minute)
            || Two(text, 6) is not (>= 0 and <= 60 and var second))
        {
            return false;
        }

        var end = 8;
        if (text[end] == '.')
        {
            do
            {
                end++;
            }
            while (end < text.Length && char.IsAsciiDigit(text[end]));
            if (end == 9)
            {
                return false;
            }
        }

        var offset = text.AsSpan(end) switch
        {
            ['Z' or 'z'] => 0,
            ['+' or '-', _, _, ':', _, _] when Two(text, end + 1) is >= 0 and < 24 and var hours && Two(text, end + 4) is >= 0 and < 60 and var minutes
                => (text[end] == '+' ? 1 : -1) * (60 * hours + minutes),
            _ => int.MaxValue,
        };
        return offset != int.MaxValue && (second < 60 || (60 * hour + minute - offset + 2880) % 1440 == 1439);
    }

    private static int Two(string text, int at)
        => char.IsAsciiDigit(text[at]) && char.IsAsciiDigit(text[at + 1]) ? 10 * (text[at] - '0') + text[at + 1] - '0' : -1;

    /// <summary>addr-spec of RFC 5321: dots between atoms, or a quoted text, before the last @.</summary>
    private static bool IsEmail(string text)
    {
        var at = text.LastIndexOf('@');
        if (at is < 1 or > 64 || !text.All(char.IsAscii))
        {
            return false;
        }

        var (local, domain) = (text[..at], text[(at + 1)..]);
        var isLocal = local is ['"', .., '"'] && local.Length > 2
            ? !local[1..^1].Contains('"', StringComparison.Ordinal)
            : local.Split('.').All(atom => atom.Length > 0 && atom.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~".Contains(c, StringComparison.Ordinal)));
        return isLocal && (domain is ['[', .., ']'] ? IsIpv4(domain[1..^1]) || domain.StartsWith("[IPv6:", StringComparison.Ordinal) && Holds("ipv6", domain[6..^1]) : IsHostName(domain));
    }

    private static bool IsHostName(string text)
        => text.Length <= 253 && text.Split('.').All(label => label.Length is > 0 and < 64 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'));

    private static bool IsIpv4(string text)
        => text.Split('.') is { Length: 4 } parts
            && parts.All(p => p.Length is > 0 and < 4 && p.All(char.IsAsciiDigit) && (p.Length == 1 || p[0] != '0') && int.Parse(p, CultureInfo.InvariantCulture) < 256);

    /// <summary>Eight groups of RFC 4291, of which one run may be left out, and two be written as an IPv4 address.</summary>
    private static bool IsIpv6(string text)
    {
        var halves = text.Split("::");
        if (halves.Length > 2)
        {
            return false;
        }

        var groups = 0;
        for (var h = 0; h < halves.Length; h++)
        {
            var parts = halves[h].Length == 0 && halves.Length == 2 ? [] : halves[h].Split(':');
            for (var i = 0; i < parts.Length; i++)
            {
                var isLast = h == halves.Length - 1 && i == parts.Length - 1;
                var isGroup = parts[i].Length is > 0 and <= 4 && parts[i].All(char.IsAsciiHexDigit);
                if (!isGroup && !(isLast && IsIpv4(parts[i])))
                {
                    return false;
                }

                groups += isGroup ? 1 : 2;
            }
        }

        return halves.Length == 2 ? groups < 8 : groups == 8;
    }

    /// <summary>The characters and their places, as RFC 3986 has them.</summary>
    private static bool IsUri(string text, bool mustBeAbsolute, bool allowUnicode)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var scheme = colon < 0 ? "" : text[..colon];
        var hasScheme = scheme.Length > 0 && char.IsAsciiLetter(scheme[0]) && scheme.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.');
        // Without a scheme the first part of a path holds no colon.
        var isRelative = colon < 0 || text.AsSpan(0, colon).IndexOfAny('/', '?', '#') >= 0;
        if (!hasScheme && (mustBeAbsolute || !isRelative))
        {
            return false;
        }

        var fragments = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var isAllowed = char.IsAsciiLetterOrDigit(c) || (allowUnicode && c >= 0xA0) || c switch
            {
                '%' => i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]),
                '#' => ++fragments == 1,
                _ => "-._~:/?[]@!$&'()*+,;=".Contains(c, StringComparison.Ordinal),
            };
            if (!isAllowed)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsPointer(string text)
    {
        if (text.Length > 0 && text[0] != '/')
        {
            return false;
        }

        for (var i = text.IndexOf('~', StringComparison.Ordinal); i >= 0; i = text.IndexOf('~', i + 1))
        {
            if (i + 1 == text.Length || text[i + 1] is not ('0' or '1'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsRelativePointer(string text)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        return digits > 0 && (digits == 1 || text[0] != '0') && (text[digits..] is "#" || IsPointer(text[digits..]));
    }
}
