using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Threads.Metadata;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Indexes over values inside JSON columns.</summary>
public static class ThreadsJsonIndexExtensions
{
    /// <summary>
    /// An index over values inside a JSON column: <c>HasJsonIndex(d =&gt; d.Body.Age)</c>, or several, <c>d =&gt; new { d.Body.City, d.Body.Age }</c>. It is made by
    /// migrations and by EnsureCreated; queries that compare or sort by these members use it.
    /// </summary>
    /// <param name="builder">The type whose table has the column.</param>
    /// <param name="members">Single values of types mapped by ToJson; each with its path through the type.</param>
    /// <param name="name">The index's name; null: IX, the table and the members.</param>
    /// <param name="isUnique">Whether no two rows may have the same values there.</param>
    /// <exception cref="ArgumentException">The expression is no member, and no list of members.</exception>
    public static EntityTypeBuilder<TEntity> HasJsonIndex<TEntity>(
        this EntityTypeBuilder<TEntity> builder, Expression<Func<TEntity, object?>> members, string? name = null, bool isUnique = false)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(members);
        return (EntityTypeBuilder<TEntity>)HasJsonIndex(builder, [.. JsonIndex.Paths(members)], name, isUnique);
    }

    /// <inheritdoc cref="HasJsonIndex{TEntity}(EntityTypeBuilder{TEntity}, Expression{Func{TEntity, object}}, string, bool)"/>
    /// <param name="builder">The type whose table has the column.</param>
    /// <param name="members">The members, each with its path: <c>Body.Age</c>.</param>
    /// <param name="name">The index's name; null: IX, the table and the members.</param>
    /// <param name="isUnique">Whether no two rows may have the same values there.</param>
    public static EntityTypeBuilder HasJsonIndex(this EntityTypeBuilder builder, string[] members, string? name = null, bool isUnique = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentOutOfRangeException.ThrowIfZero(members?.Length ?? 0, nameof(members));
        var index = new JsonIndex(name ?? $"IX_{builder.Metadata.GetTableName()}_{string.Join("_", members!).Replace('.', '_')}", members!, isUnique);
        builder.Metadata.SetAnnotation(ThreadsAnnotationNames.JsonIndex + index.Name, index.ToAnnotation());
        return builder;
    }
}
