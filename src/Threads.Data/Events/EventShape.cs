namespace Threads.Data.Events;

/// <summary>
/// What the events of one kind on one collection have in common, written once a payload: the columns, keys first, whose values follow in each event
/// (docs/format.md). Where <paramref name="Operations"/> names an operation for a column, its value is not assigned: it is what the operation works with.
/// </summary>
internal sealed record EventShape(EventKind Kind, string Collection, int KeyCount, string[] Columns, string?[]? Operations = null)
{
    private EventShape? _other;

    /// <summary>Its events name many entities: all keys stand in the place of one (<see cref="KeyList"/>).</summary>
    public bool IsMany => Kind is EventKind.SaveMany or EventKind.DeleteMany;

    /// <summary>What stands in each event behind the shape's number.</summary>
    public int ItemCount => IsMany ? Columns.Length - KeyCount + 1 : Columns.Length;

    /// <summary>The same change to one entity; one object.</summary>
    public EventShape Single => !IsMany ? this : _other ??= this with { Kind = Kind == EventKind.SaveMany ? EventKind.Save : EventKind.Delete, _other = null };

    /// <summary>The same change to many entities; one object.</summary>
    public EventShape Many => IsMany ? this : _other ??= this with { Kind = Kind == EventKind.Save ? EventKind.SaveMany : EventKind.DeleteMany, _other = null };

    /// <summary>The operation whose arguments stand for this column; null: the column is assigned.</summary>
    public string? Operation(int column) => Operations?[column];
}
