using System.Globalization;
using System.Numerics;

namespace Threads.Data.JsonSchemas;

/// <summary>A JSON number as the decimal fraction it is, digits · 10^exponent without trailing zeros: 1, 1.0 and 1e0 are the same, and nothing is rounded.</summary>
internal readonly struct JsonNumber : IEquatable<JsonNumber>, IComparable<JsonNumber>
{
    private const long LargestExponent = long.MaxValue / 4;

    private readonly BigInteger _digits;
    private readonly long _exponent;
    private readonly int _digitCount;

    private JsonNumber(BigInteger digits, long exponent, int digitCount)
    {
        _digits = digits;
        _exponent = exponent;
        _digitCount = digitCount;
    }

    /// <summary>Whether it has no fraction, as 3.0 has none.</summary>
    public bool IsInteger => _exponent >= 0;

    /// <summary>Reads the text of a number of a JSON document.</summary>
    public static JsonNumber Parse(ReadOnlySpan<char> text)
    {
        var isNegative = text[0] == '-';
        var mantissa = isNegative ? text[1..] : text;
        long exponent = 0;
        var e = mantissa.IndexOfAny('e', 'E');
        if (e >= 0)
        {
            exponent = ReadExponent(mantissa[(e + 1)..]);
            mantissa = mantissa[..e];
        }

        var point = mantissa.IndexOf('.');
        var digits = point < 0 ? mantissa.ToString() : string.Concat(mantissa[..point], mantissa[(point + 1)..]);
        exponent -= point < 0 ? 0 : mantissa.Length - point - 1;
        var kept = digits.TrimEnd('0');
        exponent += digits.Length - kept.Length;
        kept = kept.TrimStart('0');
        if (kept.Length == 0)
        {
            return default;
        }

        var value = BigInteger.Parse(kept, NumberStyles.None, CultureInfo.InvariantCulture);
        return new JsonNumber(isNegative ? -value : value, exponent, kept.Length);
    }

    /// <summary>Whether this is a whole number of <paramref name="step"/>, which is above zero.</summary>
    public bool IsMultipleOf(JsonNumber step)
    {
        if (_digits.IsZero)
        {
            return true;
        }

        var shift = _exponent - step._exponent;
        if (shift >= 0)
        {
            return (BigInteger.ModPow(10, shift, step._digits) * _digits % step._digits).IsZero;
        }

        // Without trailing zeros of its own, a number shorter than the shift has no such factor.
        return -shift <= _digitCount && (_digits % (step._digits * BigInteger.Pow(10, (int)-shift))).IsZero;
    }

    public int CompareTo(JsonNumber other)
    {
        if (_digits.Sign != other._digits.Sign || _digits.IsZero)
        {
            return _digits.Sign.CompareTo(other._digits.Sign);
        }

        var byMagnitude = (_digitCount + _exponent).CompareTo(other._digitCount + other._exponent);
        if (byMagnitude != 0)
        {
            return _digits.Sign * byMagnitude;
        }

        // Of the same magnitude their exponents differ by no more than they have digits.
        var shift = (int)(_exponent - other._exponent);
        return shift >= 0
            ? (_digits * BigInteger.Pow(10, shift)).CompareTo(other._digits)
            : _digits.CompareTo(other._digits * BigInteger.Pow(10, -shift));
    }

    public bool Equals(JsonNumber other) => _digits == other._digits && _exponent == other._exponent;

    public override bool Equals(object? obj) => obj is JsonNumber other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_digits, _exponent);

    private static long ReadExponent(ReadOnlySpan<char> text)
        => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? Math.Clamp(value, -LargestExponent, LargestExponent)
            : text[0] == '-' ? -LargestExponent : LargestExponent;
}
