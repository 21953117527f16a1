namespace Threads.Data;

/// <summary>
/// How concurrent changes of one column's cell come together, where the last writer is not to win (docs/merging.md). Declared with
/// <see cref="LocalThread.SetMerge"/>, with <c>SELECT threads_merge('table', 'column', 'counter')</c>, or in an EF Core model with <c>HasMerge</c>.
/// </summary>
public sealed record MergeKind
{
    private MergeKind(string name) => Name = name;

    /// <summary>As SQL and the file name it: "counter".</summary>
    public string Name { get; }

    /// <summary>A number to which changes are added: an assignment counts as the difference to what was seen, so no increment is lost.</summary>
    public static MergeKind Counter { get; } = new(Merging.CounterMerge.Kind);

    /// <summary>A text in which what several people type at the same time comes together, character by character; an UPDATE counts as its shortest difference.</summary>
    public static MergeKind Text { get; } = new(Merging.TextKind.Kind);

    /// <summary>A JSON array whose elements are inserted, deleted, moved and changed one by one; elements are the same by their member "id", else by value.</summary>
    public static MergeKind List { get; } = new(Merging.ListKind.Kind);

    /// <summary>The kind of a name.</summary>
    /// <exception cref="ArgumentException">There is no such kind.</exception>
    public static MergeKind Parse(string name) => TryParse(name) ?? throw new ArgumentException(Resources.Strings.UnknownMergeKind(name), nameof(name));

    internal static MergeKind? TryParse(string name) => Merging.MergeKinds.Declared(name) is null ? null : new MergeKind(name);

    /// <inheritdoc />
    public override string ToString() => Name;
}
