using Threads.Data.Ipld;

namespace Threads.Data.Merging;

/// <summary>What there is: operations by the name events give them, kinds by the name a column declares.</summary>
internal static class MergeKinds
{
    /// <summary>In an order that only this process knows: capture tells shapes apart by it.</summary>
    private static readonly ICellOperation[] Operations = [IntegerAdd.Instance, RealAdd.Instance, DecimalAdd.Instance, TextEdit.Instance, ListEdit.Instance];

    private static readonly Dictionary<string, ICellOperation> ByName = Operations.ToDictionary(k => k.Name, StringComparer.Ordinal);

    public static IEnumerable<string> Names => ByName.Keys;

    /// <summary>Null: an operation of a later version, or of nobody's; it changes nothing here.</summary>
    public static ICellOperation? Operation(string name) => ByName.GetValueOrDefault(name);

    public static int NumberOf(ICellOperation operation) => Array.IndexOf(Operations, operation);

    public static ICellOperation OfNumber(int number) => Operations[number];

    /// <summary>What turns changes of a column into operations; null: there is no such kind.</summary>
    public static IMergeKind? Declared(string kind) => kind switch
    {
        CounterMerge.Kind => CounterMerge.Instance,
        TextKind.Kind => TextKind.Instance,
        ListKind.Kind => ListKind.Instance,
        _ => null,
    };

    /// <summary>Applies one operation whose arguments are all of <paramref name="arguments"/>; garbage changes nothing.</summary>
    public static bool Apply(ICellOperation operation, MergeCell cell, ReadOnlySpan<byte> arguments, in MergeStamp stamp, MergeMode mode)
    {
        var reader = new CborReader(arguments);
        return operation.Apply(cell, ref reader, stamp, mode);
    }
}
