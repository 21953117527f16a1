using System.Text;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>
/// A counter: an assignment counts as the difference to what was seen, a new row's value as the difference to nothing. NULL, and what is no number, is assigned.
/// </summary>
internal sealed class CounterMerge : IMergeKind
{
    public const string Kind = "counter";

    public static CounterMerge Instance { get; } = new();

    public ICellOperation? TryDiff(MergeCell was, in SqlValue now, bool isNew, CborWriter arguments)
    {
        var seen = was.Value;
        return now.Type switch
        {
            SqliteNative.Null when isNew => Nothing(arguments),
            SqliteNative.Integer when seen.Type is SqliteNative.Integer or SqliteNative.Null => Integer(seen, now.Integer, arguments),
            SqliteNative.Integer when seen.Type == SqliteNative.Float => Real(seen.Real, now.Integer, arguments),
            SqliteNative.Float when seen.Type is SqliteNative.Integer or SqliteNative.Null => Real(seen.Integer, now.Real, arguments),
            SqliteNative.Float when seen.Type == SqliteNative.Float => Real(seen.Real, now.Real, arguments),
            SqliteNative.Text => Decimal(seen, now, arguments),
            _ => null,
        };
    }

    private static IntegerAdd Nothing(CborWriter arguments)
    {
        arguments.WriteNull();
        return IntegerAdd.Instance;
    }

    private static IntegerAdd? Integer(in SqlValue seen, long now, CborWriter arguments)
    {
        var difference = (Int128)now - (seen.IsNull ? 0 : seen.Integer);
        if (difference < long.MinValue || difference > long.MaxValue)
        {
            return null;
        }

        arguments.WriteInt64((long)difference);
        return IntegerAdd.Instance;
    }

    /// <summary>Two terms where one would not give the new value back.</summary>
    private static RealAdd? Real(double seen, double now, CborWriter arguments)
    {
        var difference = now - seen;
        if (!double.IsFinite(difference))
        {
            return null;
        }

        if (seen + difference == now)
        {
            arguments.WriteDouble(difference);
            return RealAdd.Instance;
        }

        arguments.StartArray(2);
        arguments.WriteDouble(difference);
        arguments.WriteDouble(now - (seen + difference));
        return RealAdd.Instance;
    }

    private static DecimalAdd? Decimal(in SqlValue seen, in SqlValue now, CborWriter arguments)
    {
        var before = default(DecimalNumber);
        if (!DecimalNumber.TryParse(now.Bytes, out var after) || !seen.IsNull && (seen.Type != SqliteNative.Text || !DecimalNumber.TryParse(seen.Bytes, out before)))
        {
            return null;
        }

        arguments.WriteTextUtf8(Encoding.ASCII.GetBytes((after - before).ToString()));
        return DecimalAdd.Instance;
    }
}
