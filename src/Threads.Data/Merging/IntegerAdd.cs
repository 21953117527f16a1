using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>
/// "+": adds an integer; null adds nothing. The sum is exact whatever its size; what 64 bits don't hold shows as the nearest that they do. On a cell that holds a REAL it
/// adds as a REAL; what is no number counts as nothing.
/// </summary>
internal sealed class IntegerAdd : ICellOperation
{
    public static IntegerAdd Instance { get; } = new();

    public string Name => "+";

    public bool Commutes => true;

    public bool KeepsState => false;

    public bool Apply(MergeCell cell, ref CborReader arguments, in MergeStamp stamp, MergeMode mode)
    {
        if (arguments.Peek() != CborKind.Integer)
        {
            return true;
        }

        var amount = arguments.ReadInt64();
        var value = cell.Value;
        if (value.Type == SqliteNative.Float)
        {
            cell.Value = SqlValue.Of(value.Real + amount);
            return mode != MergeMode.Late;
        }

        if (DecimalNumber.IsIn(cell))
        {
            return DecimalNumber.Add(cell, new DecimalNumber(amount, 0), mode);
        }

        // A value at the edge may stand for more than 64 bits show.
        if (mode != MergeMode.Whole && value.Type == SqliteNative.Integer && value.Integer is long.MinValue or long.MaxValue)
        {
            return false;
        }

        var sum = amount + (cell.Exact is Int128 more ? more : value.Type == SqliteNative.Integer ? value.Integer : 0);
        var fits = sum >= long.MinValue && sum <= long.MaxValue;
        cell.Exact = fits ? null : sum;
        cell.Value = SqlValue.Of(fits ? (long)sum : sum > 0 ? long.MaxValue : long.MinValue);
        return true;
    }

    public void Finish(MergeCell cell)
    {
    }
}
