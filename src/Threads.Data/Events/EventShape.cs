namespace Threads.Data.Events;

/// <summary>
/// What the events of one kind on one collection have in common, written once a payload: the columns, keys first, whose values follow in each event
/// (docs/format.md). Where <paramref name="Operations"/> names an operation for a column, its value is not assigned: it is what the operation works with.
/// Seed data names with <paramref name="Seed"/> the version of the schema it belongs to: whoever has that version has written the same, at whatever time, so its events
/// are older than all that anybody changed, and among themselves in order of the version.
/// </summary>
internal sealed record EventShape(EventKind Kind, string Collection, int KeyCount, string[] Columns, string?[]? Operations = null, long? Seed = null)
{
    /// <summary>Versions are below; with the index of an event their times end in 1979.</summary>
    public const long EndOfSeeds = 1L << 34;

    private const int IndexBits = 24;

    private EventShape? _other;

    /// <summary>The time that an event counts as written at.</summary>
    public long TimeOf(long recordTime, int index) => Seed is { } seed ? SeedTime(seed, index) : recordTime + index;

    /// <summary>The time that an event of seed data counts as written at.</summary>
    public static long SeedTime(long version, int index) => (version << IndexBits) | (uint)index;

    /// <summary>Which event of its record has this time.</summary>
    public static int IndexOf(long time, long recordTime, int count)
        => (ulong)(time - recordTime) < (ulong)count ? (int)(time - recordTime) : (int)(time & ((1L << IndexBits) - 1));

    /// <summary>The same events as seed data of a version.</summary>
    public EventShape AsSeed(long version) => this with { Seed = version, _other = null };

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
