using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>
/// "max", "min" of numbers and "max-t", "min-t" of texts: the cell takes the argument when it is larger, or smaller, than what it holds; what is of another kind counts as
/// nothing. Texts that are decimal numbers compare as numbers and come before the others, which compare by their bytes.
/// </summary>
internal sealed class Extremum : ICellOperation
{
    private readonly int _sign;
    private readonly bool _isText;

    private Extremum(string name, int sign, bool isText) => (Name, _sign, _isText) = (name, sign, isText);

    public static Extremum MaxNumber { get; } = new("max", 1, isText: false);

    public static Extremum MinNumber { get; } = new("min", -1, isText: false);

    public static Extremum MaxText { get; } = new("max-t", 1, isText: true);

    public static Extremum MinText { get; } = new("min-t", -1, isText: true);

    public string Name { get; }

    public bool Commutes => true;

    public bool KeepsState => false;

    public bool Apply(MergeCell cell, ref CborReader arguments, in MergeStamp stamp, MergeMode mode)
    {
        var value = SqlValue.Read(ref arguments);
        if (!IsMine(value))
        {
            return true;
        }

        var held = cell.Value;
        if (!IsMine(held) || Compare(value, held) * _sign > 0)
        {
            cell.Value = value;
        }

        // What the column made of an earlier argument may not be of this kind any more.
        return mode != MergeMode.Late || IsMine(held) || held.IsNull;
    }

    public void Finish(MergeCell cell)
    {
    }

    private bool IsMine(in SqlValue value) => _isText ? value.Type == SqliteNative.Text : value.Type is SqliteNative.Integer or SqliteNative.Float;

    private static int Compare(in SqlValue a, in SqlValue b)
    {
        if (a.Type == SqliteNative.Text)
        {
            var (aIsNumber, bIsNumber) = (DecimalNumber.TryParse(a.Bytes, out var x), DecimalNumber.TryParse(b.Bytes, out var y));
            var byNumber = aIsNumber && bIsNumber ? DecimalNumber.Compare(x, y) : bIsNumber.CompareTo(aIsNumber);
            return byNumber != 0 ? byNumber : a.Bytes.SequenceCompareTo(b.Bytes);
        }

        if (a.Type == b.Type)
        {
            return a.Type == SqliteNative.Integer ? a.Integer.CompareTo(b.Integer) : CompareReals(a.Real, b.Real);
        }

        return a.Type == SqliteNative.Integer ? Compare(a.Integer, b.Real) : -Compare(b.Integer, a.Real);
    }

    /// <summary>Two zeros are told apart, so that there is one order.</summary>
    private static int CompareReals(double a, double b) => a == b ? double.IsNegative(b).CompareTo(double.IsNegative(a)) : a.CompareTo(b);

    /// <summary>Exact, where a float would round the integer; equal ones: the integer first, so that there is one order.</summary>
    private static int Compare(long integer, double real)
    {
        if (real >= 9223372036854775808.0)
        {
            return -1;
        }

        if (real < -9223372036854775808.0)
        {
            return 1;
        }

        var whole = (long)Math.Floor(real);
        return integer != whole ? integer.CompareTo(whole) : -1;
    }
}

/// <summary>The largest, or smallest, value ever assigned. NULL, and blobs, are assigned.</summary>
internal sealed class ExtremumMerge(Extremum ofNumbers, Extremum ofTexts) : IMergeKind
{
    public const string MaxKind = "max";
    public const string MinKind = "min";

    public static ExtremumMerge Max { get; } = new(Extremum.MaxNumber, Extremum.MaxText);

    public static ExtremumMerge Min { get; } = new(Extremum.MinNumber, Extremum.MinText);

    public ICellOperation? TryDiff(MergeCell was, in SqlValue now, bool isNew, CborWriter arguments)
    {
        if (now.Type == SqliteNative.Blob || now.IsNull && !isNew)
        {
            return null;
        }

        now.Write(arguments);
        return now.Type == SqliteNative.Text ? ofTexts : ofNumbers;
    }
}
