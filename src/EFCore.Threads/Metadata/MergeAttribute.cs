using Threads.Data;

namespace Microsoft.EntityFrameworkCore;

/// <summary>
/// How concurrent changes of the property come together: <c>[Merge(MergeBy.Counter)]</c>, as <c>HasMerge</c> has it, which goes before it. A function of your own is named by the text it was
/// registered under: <c>[Merge("custom:longest")]</c> beside <c>Merge.Custom("longest", …)</c> at start-up.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class MergeAttribute : Attribute
{
    /// <summary>One of the kinds that come with the library.</summary>
    /// <param name="kind">The model is refused where the property's type can't.</param>
    /// <param name="members">With <see cref="MergeBy.Json"/>: by which members elements of arrays are known first.</param>
    /// <exception cref="ArgumentException">There is no such kind, or it takes no members.</exception>
    public MergeAttribute(MergeBy kind, params string[] members)
    {
        ArgumentNullException.ThrowIfNull(members);
        Kind = kind switch
        {
            MergeBy.Json => MergeKind.JsonBy(members),
            _ when members.Length > 0 => throw new ArgumentException(Threads.Resources.Strings.MergeMembers(kind), nameof(members)),
            MergeBy.Counter => MergeKind.Counter,
            MergeBy.Max => MergeKind.Max,
            MergeBy.Min => MergeKind.Min,
            MergeBy.Set => MergeKind.Set,
            MergeBy.Text => MergeKind.Text,
            MergeBy.List => MergeKind.List,
            _ => MergeKind.Parse(kind.ToString()),
        };
    }

    /// <summary>By the kind's name.</summary>
    /// <param name="kind">As <see cref="MergeKind.Name"/> gives it.</param>
    /// <exception cref="ArgumentException">There is no such kind.</exception>
    public MergeAttribute(string kind) => Kind = MergeKind.Parse(kind);

    /// <summary>What is declared.</summary>
    public MergeKind Kind { get; }
}

/// <summary>The merge kinds of <see cref="Merge"/>, for <see cref="MergeAttribute"/>.</summary>
public enum MergeBy
{
    /// <inheritdoc cref="MergeKind.Counter" />
    Counter = 1,

    /// <inheritdoc cref="MergeKind.Max" />
    Max,

    /// <inheritdoc cref="MergeKind.Min" />
    Min,

    /// <inheritdoc cref="MergeKind.Set" />
    Set,

    /// <inheritdoc cref="MergeKind.Text" />
    Text,

    /// <inheritdoc cref="MergeKind.List" />
    List,

    /// <inheritdoc cref="MergeKind.Json" />
    Json,
}
