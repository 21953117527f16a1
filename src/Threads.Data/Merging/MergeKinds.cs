using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Merging;

/// <summary>What there is: operations by the name events give them, kinds by the name a column declares.</summary>
internal static class MergeKinds
{
    /// <summary>In an order that only this process knows: capture tells shapes apart by it.</summary>
    private static readonly ICellOperation[] Operations =
    [
        IntegerAdd.Instance, RealAdd.Instance, DecimalAdd.Instance, Extremum.MaxNumber, Extremum.MinNumber, Extremum.MaxText, Extremum.MinText, SetChange.Instance, JsonPatch.Instance,
        CustomCall.Instance, TextEdit.Instance, ListEdit.Instance,
    ];

    private static readonly Dictionary<string, ICellOperation> ByName = Operations.ToDictionary(k => k.Name, StringComparer.Ordinal);

    public static IEnumerable<string> Names => ByName.Keys;

    /// <summary>Null: an operation of a later version, or of nobody's; it changes nothing here.</summary>
    public static ICellOperation? Operation(string name) => ByName.GetValueOrDefault(name);

    public static int NumberOf(ICellOperation operation) => Array.IndexOf(Operations, operation);

    public static ICellOperation OfNumber(int number) => Operations[number];

    /// <summary>What turns changes of a column into operations; null: there is no such kind.</summary>
    public static IMergeKind? Declared(string kind)
    {
        var colon = kind.IndexOf(':', StringComparison.Ordinal);
        var setting = colon < 0 ? null : kind[(colon + 1)..];
        return (colon < 0 ? kind : kind[..colon], setting) switch
        {
            (CounterMerge.Kind, null) => CounterMerge.Instance,
            (ExtremumMerge.MaxKind, null) => ExtremumMerge.Max,
            (ExtremumMerge.MinKind, null) => ExtremumMerge.Min,
            (SetMerge.Kind, null) => SetMerge.Instance,
            (JsonMerge.Kind, null) => new JsonMerge([]),
            (JsonMerge.Kind, { Length: > 0 } members) => new JsonMerge(members.Split(',')),
            (TextKind.Kind, null) => TextKind.Instance,
            (ListKind.Kind, null) => ListKind.Instance,
            (CustomMerge.Kind, { Length: > 0 and <= CustomMerge.MaxName } name) => new CustomMerge(name),
            _ => null,
        };
    }

    /// <summary>Applies one operation whose arguments are all of <paramref name="arguments"/>; garbage changes nothing.</summary>
    public static bool Apply(ICellOperation operation, MergeCell cell, ReadOnlySpan<byte> arguments, in MergeStamp stamp, MergeMode mode)
    {
        try
        {
            var reader = new CborReader(arguments);
            return operation.Apply(cell, ref reader, stamp, mode);
        }
        catch (Exception e) when (e is CborException or EventFormatException)
        {
            // An integer beyond 64 bits, an escape that nobody knows: no argument of anything.
            return true;
        }
    }
}
