using Threads.Data;

namespace Microsoft.EntityFrameworkCore;

/// <summary>
/// How concurrent changes of one property come together, where the last writer is not to win: <c>Property(p => p.Likes).HasMerge(Merge.Counter)</c>. Documents mapped by
/// <c>ToJson</c> merge per path without a word (docs/merging.md).
/// </summary>
public static class Merge
{
    /// <inheritdoc cref="MergeKind.Counter" />
    public static MergeKind Counter => MergeKind.Counter;

    /// <inheritdoc cref="MergeKind.Max" />
    public static MergeKind Max => MergeKind.Max;

    /// <inheritdoc cref="MergeKind.Min" />
    public static MergeKind Min => MergeKind.Min;

    /// <inheritdoc cref="MergeKind.Set" />
    public static MergeKind Set => MergeKind.Set;

    /// <inheritdoc cref="MergeKind.Text" />
    public static MergeKind Text => MergeKind.Text;

    /// <inheritdoc cref="MergeKind.List" />
    public static MergeKind List => MergeKind.List;

    /// <inheritdoc cref="MergeKind.Json" />
    public static MergeKind Json => MergeKind.Json;

    /// <inheritdoc cref="MergeKind.JsonBy" />
    public static MergeKind JsonBy(params string[] members) => MergeKind.JsonBy(members);

    /// <inheritdoc cref="MergeKind.Custom{T}(string, Func{T, T, T})" />
    public static MergeKind Custom<T>(string name, Func<T, T, T> reducer) => MergeKind.Custom(name, reducer);

    /// <inheritdoc cref="MergeKind.Custom{T}(string, Func{T, T, T, T})" />
    public static MergeKind Custom<T>(string name, Func<T, T, T, T> reducer) => MergeKind.Custom(name, reducer);
}
