using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore;

/// <summary>How concurrent changes of a property come together (docs/merging.md).</summary>
public static class ThreadsMergeExtensions
{
    /// <summary>Declares how concurrent changes of the property come together; null: the last writer wins.</summary>
    /// <param name="builder">The property, not of the key.</param>
    /// <param name="kind">One of <see cref="Merge"/>; the model is refused where the property's type can't.</param>
    public static PropertyBuilder HasMerge(this PropertyBuilder builder, MergeKind? kind)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.SetMerge(kind);
        return builder;
    }

    /// <inheritdoc cref="HasMerge(PropertyBuilder, MergeKind?)"/>
    public static PropertyBuilder<TProperty> HasMerge<TProperty>(this PropertyBuilder<TProperty> builder, MergeKind? kind)
        => (PropertyBuilder<TProperty>)HasMerge((PropertyBuilder)builder, kind);

    /// <summary>By the kind's name, as model snapshots write it: "counter".</summary>
    /// <exception cref="ArgumentException">There is no such kind.</exception>
    public static PropertyBuilder HasMerge(this PropertyBuilder builder, string kind) => HasMerge(builder, MergeKind.Parse(kind));

    /// <inheritdoc cref="HasMerge(PropertyBuilder, MergeKind?)"/>
    public static PrimitiveCollectionBuilder HasMerge(this PrimitiveCollectionBuilder builder, MergeKind? kind)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.SetMerge(kind);
        return builder;
    }

    /// <inheritdoc cref="HasMerge(PropertyBuilder, MergeKind?)"/>
    public static PrimitiveCollectionBuilder<TProperty> HasMerge<TProperty>(this PrimitiveCollectionBuilder<TProperty> builder, MergeKind? kind)
        => (PrimitiveCollectionBuilder<TProperty>)HasMerge((PrimitiveCollectionBuilder)builder, kind);

    /// <inheritdoc cref="HasMerge(PropertyBuilder, string)"/>
    public static PrimitiveCollectionBuilder HasMerge(this PrimitiveCollectionBuilder builder, string kind) => HasMerge(builder, MergeKind.Parse(kind));

    /// <summary>What was declared for the property; null: the last writer wins.</summary>
    public static MergeKind? GetMerge(this IReadOnlyProperty property)
    {
        ArgumentNullException.ThrowIfNull(property);
        return property[ThreadsAnnotationNames.Merge] is string kind ? MergeKind.Parse(kind) : null;
    }

    /// <summary>Declares how concurrent changes of the property come together; null: the last writer wins.</summary>
    public static void SetMerge(this IMutableProperty property, MergeKind? kind)
    {
        ArgumentNullException.ThrowIfNull(property);
        property.SetOrRemoveAnnotation(ThreadsAnnotationNames.Merge, kind?.Name);
    }
}
