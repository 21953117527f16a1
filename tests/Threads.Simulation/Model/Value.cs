using System.Globalization;
using System.Text;
using Threads.Data.Events;
using Threads.Data.Sqlite;

namespace Threads.Simulation.Model;

/// <summary>A value of the model: what SQLite stores, compared as SQLite compares it, in plain C#.</summary>
internal sealed class Value : IEquatable<Value>
{
    private Value(ValueKind kind, long integer = 0, double real = 0, byte[]? bytes = null)
    {
        Kind = kind;
        Integer = integer;
        Real = real;
        Bytes = bytes ?? [];
    }

    public static Value Null { get; } = new(ValueKind.Null);

    public ValueKind Kind { get; }

    public long Integer { get; }

    public double Real { get; }

    /// <summary>Of a text in UTF-8, or of a blob.</summary>
    public byte[] Bytes { get; }

    public bool IsNull => Kind == ValueKind.Null;

    public bool IsNumber => Kind is ValueKind.Integer or ValueKind.Real;

    public double Number => Kind == ValueKind.Integer ? Integer : Real;

    public string TextValue => Encoding.UTF8.GetString(Bytes);

    public static Value Of(long value) => new(ValueKind.Integer, value);

    public static Value Of(double value) => new(ValueKind.Real, real: value);

    public static Value Of(string value) => new(ValueKind.Text, bytes: Encoding.UTF8.GetBytes(value));

    public static Value Of(in SqlValue value) => value.Type switch
    {
        SqliteNative.Integer => Of(value.Integer),
        SqliteNative.Float => Of(value.Real),
        SqliteNative.Text => new(ValueKind.Text, bytes: value.Bytes.ToArray()),
        SqliteNative.Blob => new(ValueKind.Blob, bytes: value.Bytes.ToArray()),
        _ => Null,
    };

    /// <summary>As a key: a real that is a whole number is that number.</summary>
    public Value AsKey() => Kind == ValueKind.Real && Real == Math.Floor(Real) && Real is >= -9223372036854775808.0 and < 9223372036854775808.0 ? Of((long)Real) : this;

    /// <summary>As a column of this affinity stores it (https://www.sqlite.org/datatype3.html, 3).</summary>
    public Value In(Affinity affinity) => affinity switch
    {
        Affinity.Text when Kind == ValueKind.Integer => Of(Integer.ToString(CultureInfo.InvariantCulture)),
        Affinity.Text when Kind == ValueKind.Real => Of(Real.ToString("R", CultureInfo.InvariantCulture) is var text && text.Contains('.', StringComparison.Ordinal) ? text : text + ".0"),
        Affinity.Real when Kind == ValueKind.Integer => Of((double)Integer),
        Affinity.Real when Kind == ValueKind.Text && AsNumber() is { } number => number.Kind == ValueKind.Integer ? Of((double)number.Integer) : number,
        Affinity.Integer or Affinity.Numeric when Kind == ValueKind.Text && AsNumber() is { } number => number.Whole(),
        Affinity.Integer or Affinity.Numeric when Kind == ValueKind.Real => Whole(),
        _ => this,
    };

    /// <summary>What two values that SQLite holds equal under a collation have in common: numbers by their worth, text by the collation.</summary>
    public string Sameness(Collation collation) => Kind switch
    {
        ValueKind.Text when collation == Collation.NoCase => "t" + Convert.ToHexString(Array.ConvertAll(Bytes, b => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b + 32) : b)),
        ValueKind.Real => AsKey().ToString(),
        _ => ToString(),
    };

    public bool Equals(Value? other) => other is not null && ToString() == other.ToString();

    public override bool Equals(object? obj) => Equals(obj as Value);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>Storage class and bits.</summary>
    public override string ToString() => Kind switch
    {
        ValueKind.Integer => "i" + Integer.ToString(CultureInfo.InvariantCulture),
        ValueKind.Real => FormattableString.Invariant($"r{BitConverter.DoubleToInt64Bits(Real):x16}={Real:R}"),
        ValueKind.Text => "t" + Convert.ToHexString(Bytes),
        ValueKind.Blob => "b" + Convert.ToHexString(Bytes),
        _ => "n",
    };

    /// <summary>A text that is a number and nothing else; null: it is none. Only forms that a lie writes: digits, a sign, a point.</summary>
    private Value? AsNumber()
    {
        var text = TextValue.Trim(' ');
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) ? Of(integer)
            : text.Length > 0 && char.IsAsciiDigit(text[^1]) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) ? Of(real) : null;
    }

    private Value Whole() => Kind == ValueKind.Real && Real == Math.Floor(Real) && Math.Abs(Real) < 9.2e18 && (long)Real is not (long.MinValue or long.MaxValue) ? Of((long)Real) : this;
}

internal enum ValueKind
{
    Null,
    Integer,
    Real,
    Text,
    Blob,
}

internal enum Affinity
{
    Blob,
    Text,
    Numeric,
    Integer,
    Real,
}

internal enum Collation
{
    Binary,
    NoCase,
}
