using System.Globalization;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>The text forms of values in the file, both ways. They are EF Core's SQLite provider's.</summary>
internal static class SqlText
{
    private const string DateTimeFormat = @"yyyy\-MM\-dd HH\:mm\:ss.FFFFFFF";

    public static string Format(decimal value) => value.ToString("0.0###########################", CultureInfo.InvariantCulture);

    public static string Format(DateTime value) => value.ToString(DateTimeFormat, CultureInfo.InvariantCulture);

    public static string Format(DateTimeOffset value) => value.ToString(DateTimeFormat + "zzz", CultureInfo.InvariantCulture);

    public static string FormatDate(DateTime value) => value.ToString(@"yyyy\-MM\-dd", CultureInfo.InvariantCulture);

    public static decimal ParseDecimal(string text) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    public static DateTime ParseDateTime(string text)
        => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind | DateTimeStyles.NoCurrentDateDefault);

    public static DateTimeOffset ParseOffset(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>For a collation, which must give an order whatever it is given: texts that are no decimals come after those that are.</summary>
    public static int CompareDecimals(string x, string y)
    {
        var (isX, isY) = (
            decimal.TryParse(x, NumberStyles.Float, CultureInfo.InvariantCulture, out var left),
            decimal.TryParse(y, NumberStyles.Float, CultureInfo.InvariantCulture, out var right));
        return isX && isY ? decimal.Compare(left, right) : isX ? -1 : isY ? 1 : string.CompareOrdinal(x, y);
    }

    /// <summary>As the Add methods of DateTime do it; <paramref name="unit"/> is their name without Add.</summary>
    public static DateTime Shift(DateTime value, string unit, double count)
        => unit switch
        {
            "Years" => value.AddYears((int)count),
            "Months" => value.AddMonths((int)count),
            "Days" => value.AddDays(count),
            "Hours" => value.AddHours(count),
            "Minutes" => value.AddMinutes(count),
            "Seconds" => value.AddSeconds(count),
            "Milliseconds" => value.AddMilliseconds(count),
            "Microseconds" => value.AddMicroseconds(count),
            _ => value.AddTicks((long)count),
        };

    public static long ShiftLeft(long value, int count, string kind)
        => kind switch
        {
            "long" or "ulong" => value << count,
            "uint" => unchecked((uint)value << count),
            _ => unchecked((int)value << count),
        };

    public static long ShiftRight(long value, int count, string kind)
        => kind switch
        {
            "long" => value >> count,
            "ulong" => value >>> count,
            "uint" => unchecked((uint)value >> count),
            _ => unchecked((int)value >> count),
        };

    /// <summary>Null for anything that is not pairs of hexadecimal digits, with the characters of <paramref name="ignored"/> between pairs.</summary>
    public static byte[]? Unhex(string text, string ignored)
    {
        var bytes = new byte[text.Length / 2];
        var count = 0;
        for (var i = 0; i < text.Length;)
        {
            if (char.IsAsciiHexDigit(text[i]))
            {
                if (i + 1 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]))
                {
                    return null;
                }

                bytes[count++] = byte.Parse(text.AsSpan(i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                i += 2;
            }
            else if (ignored.Contains(text[i], StringComparison.Ordinal))
            {
                i++;
            }
            else
            {
                return null;
            }
        }

        return bytes[..count];
    }
}
