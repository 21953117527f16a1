using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>
/// "+r": adds a REAL, or the two of an array one after the other. Rounding makes the order count, so these don't commute: they are added in total order.
/// </summary>
internal sealed class RealAdd : ICellOperation
{
    public static RealAdd Instance { get; } = new();

    public string Name => "+r";

    public bool Commutes => false;

    public bool KeepsState => false;

    public bool Apply(MergeCell cell, ref CborReader arguments, in MergeStamp stamp, MergeMode mode)
    {
        var terms = arguments.Peek() == CborKind.Array ? arguments.ReadArray() : 1;
        if (terms is < 1 or > 2)
        {
            return true;
        }

        var value = cell.Value;
        var sum = value.Type switch
        {
            SqliteNative.Float => value.Real,
            SqliteNative.Integer => value.Integer,
            _ => 0.0,
        };
        for (; terms > 0; terms--)
        {
            if (arguments.Peek() != CborKind.Double)
            {
                return true;
            }

            sum += arguments.ReadDouble();
        }

        cell.Exact = null;
        // The one sum that is no number: an infinity that met the other one in terms that overflow.
        cell.Value = double.IsNaN(sum) ? SqlValue.Null : SqlValue.Of(sum);
        return true;
    }

    public void Finish(MergeCell cell)
    {
    }
}
