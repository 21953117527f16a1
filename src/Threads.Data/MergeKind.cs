using Threads.Data.Merging;

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
    public static MergeKind Counter { get; } = new(CounterMerge.Kind);

    /// <summary>A text in which what several people type at the same time comes together, character by character; an UPDATE counts as its shortest difference.</summary>
    public static MergeKind Text { get; } = new(TextKind.Kind);

    /// <summary>A JSON array whose elements are inserted, deleted, moved and changed one by one; elements are the same by their member "id", else by value.</summary>
    public static MergeKind List { get; } = new(ListKind.Kind);

    /// <summary>The largest value that anybody assigned: numbers, texts, times.</summary>
    public static MergeKind Max { get; } = new(ExtremumMerge.MaxKind);

    /// <summary>The smallest value that anybody assigned.</summary>
    public static MergeKind Min { get; } = new(ExtremumMerge.MinKind);

    /// <summary>A JSON array that holds each element once: what each change adds and removes counts; of an add and a remove of one element the later one.</summary>
    public static MergeKind Set { get; } = new(SetMerge.Kind);

    /// <summary>
    /// A JSON document whose members merge one by one, and elements of arrays where each has an id of its own: a string or number named <c>id</c>, <c>Id</c>, <c>ID</c> or
    /// <c>_id</c>.
    /// </summary>
    public static MergeKind Json { get; } = new(JsonMerge.Kind);

    /// <summary>As <see cref="Json"/>, where elements are known by one of these members first.</summary>
    public static MergeKind JsonBy(params string[] members)
    {
        ArgumentNullException.ThrowIfNull(members);
        return members.Length == 0 ? Json : Parse($"{JsonMerge.Kind}:{string.Join(',', members)}");
    }

    /// <summary>A function of yours decides; it is called with what the cell holds and what was assigned, in the order that all peers share.</summary>
    /// <param name="name">By this name events call it: every peer registers it under the same one, and a function that decides otherwise needs another one.</param>
    /// <param name="reducer">Pure: the value the cell gets, of its value and of the one assigned. A value type's default stands for NULL.</param>
    /// <typeparam name="T">A number, a text, bytes; any other type is the column's text as JSON.</typeparam>
    public static MergeKind Custom<T>(string name, Func<T, T, T> reducer)
    {
        ArgumentNullException.ThrowIfNull(reducer);
        return Custom<T>(name, (held, _, assigned) => reducer(held, assigned));
    }

    /// <inheritdoc cref="Custom{T}(string, Func{T, T, T})" />
    /// <param name="name">By this name events call it.</param>
    /// <param name="reducer">Of the cell's value, of what the author saw there, and of what he assigned.</param>
    public static MergeKind Custom<T>(string name, Func<T, T, T, T> reducer)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(reducer);
        var kind = Parse($"{CustomMerge.Kind}:{name}");
        CellReducers.Register(name, reducer);
        return kind;
    }

    /// <summary>The kind of a name, as <see cref="Name"/> gives it: "counter", "json:Sku", "custom:longest".</summary>
    /// <exception cref="ArgumentException">There is no such kind.</exception>
    public static MergeKind Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return MergeKinds.Declared(name) is not null ? new MergeKind(name) : throw new ArgumentException(Resources.Strings.UnknownMergeKind(name), nameof(name));
    }

    /// <inheritdoc />
    public override string ToString() => Name;
}
