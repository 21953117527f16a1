using System.Globalization;
using System.Numerics;
using System.Text;
using Threads.Data.Events;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>An exact decimal number, value ÷ 10^scale, in the one form in which columns hold it: "-12.5", "3.0".</summary>
internal readonly record struct DecimalNumber(BigInteger Value, int Scale)
{
    private const int MaxLength = 128;

    public static DecimalNumber operator +(DecimalNumber a, DecimalNumber b)
    {
        var scale = Math.Max(a.Scale, b.Scale);
        return new DecimalNumber(a.At(scale) + b.At(scale), scale);
    }

    public static DecimalNumber operator -(DecimalNumber a, DecimalNumber b) => a + new DecimalNumber(-b.Value, b.Scale);

    public static int Compare(DecimalNumber a, DecimalNumber b)
    {
        var scale = Math.Max(a.Scale, b.Scale);
        return a.At(scale).CompareTo(b.At(scale));
    }

    /// <summary>Whether a cell holds a decimal number as text.</summary>
    public static bool IsIn(MergeCell cell) => cell.Exact is DecimalNumber || cell.Value.Type == SqliteNative.Text && (cell.Value.Bytes.Length > MaxLength || TryParse(cell.Value.Bytes, out _));

    /// <summary>Adds to what a cell holds, what is no number counting as nothing. False: the cell shows a number too long to be read back.</summary>
    public static bool Add(MergeCell cell, DecimalNumber amount, MergeMode mode)
    {
        if (mode != MergeMode.Whole && cell.Value.Type == SqliteNative.Text && cell.Value.Bytes.Length > MaxLength)
        {
            return false;
        }

        var sum = (cell.Exact is DecimalNumber exact ? exact : Of(cell.Value)) + amount;
        var text = Encoding.ASCII.GetBytes(sum.ToString());
        cell.Exact = text.Length > MaxLength ? sum : null;
        cell.Value = SqlValue.OfText(text);
        return true;
    }

    /// <summary>[-]digits[.digits], at most 128 characters.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out DecimalNumber number)
    {
        number = default;
        if (text.Length is 0 or > MaxLength)
        {
            return false;
        }

        var digits = text[0] == '-' ? text[1..] : text;
        var dot = digits.IndexOf((byte)'.');
        var whole = dot < 0 ? digits : digits[..dot];
        var fraction = dot < 0 ? default : digits[(dot + 1)..];
        if (whole.IsEmpty || dot >= 0 && fraction.IsEmpty || whole.ContainsAnyExceptInRange((byte)'0', (byte)'9') || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        var value = BigInteger.Parse(Encoding.ASCII.GetString(whole) + Encoding.ASCII.GetString(fraction), NumberStyles.None, CultureInfo.InvariantCulture);
        number = new DecimalNumber(text[0] == '-' ? -value : value, fraction.Length);
        return true;
    }

    /// <summary>At least one digit on each side of the point, no zeros that say nothing.</summary>
    public override string ToString()
    {
        var digits = BigInteger.Abs(Value).ToString(CultureInfo.InvariantCulture).PadLeft(Scale + 1, '0');
        var fraction = digits[^Scale..].TrimEnd('0');
        return string.Concat(Value.Sign < 0 ? "-" : "", digits[..^Scale], ".", fraction.Length == 0 ? "0" : fraction);
    }

    private static DecimalNumber Of(in SqlValue value)
    {
        var number = default(DecimalNumber);
        switch (value.Type)
        {
            case SqliteNative.Integer:
                return new DecimalNumber(value.Integer, 0);
            case SqliteNative.Float when Math.Abs(value.Real) < 1e28:
                TryParse(Encoding.ASCII.GetBytes(((decimal)value.Real).ToString(CultureInfo.InvariantCulture)), out number);
                return number;
            case SqliteNative.Text:
                TryParse(value.Bytes, out number);
                return number;
            default:
                return number;
        }
    }

    private BigInteger At(int scale) => scale == Scale ? Value : Value * BigInteger.Pow(10, scale - Scale);
}
