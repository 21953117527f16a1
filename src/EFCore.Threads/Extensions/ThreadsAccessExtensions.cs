using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Threads.Metadata;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Who may do what with a table from its beginning (docs/access.md).</summary>
public static class ThreadsAccessExtensions
{
    /// <summary>
    /// The list that the type's table begins with: <c>HasAccess(a => a.Write("accounting").Read())</c>. Made when the first admin's program creates the tables or migrates; later on the list is changed by <c>context.Access</c>, and this is not
    /// looked at again. In a raw thread it says nothing.
    /// </summary>
    public static EntityTypeBuilder HasAccess(this EntityTypeBuilder builder, Action<AccessListBuilder> list)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(list);
        var entries = new AccessListBuilder();
        list(entries);
        return builder.HasAccess(ModelAccess.Write(entries.Grants));
    }

    /// <inheritdoc cref="HasAccess(EntityTypeBuilder, Action{AccessListBuilder})"/>
    public static EntityTypeBuilder<TEntity> HasAccess<TEntity>(this EntityTypeBuilder<TEntity> builder, Action<AccessListBuilder> list)
        where TEntity : class
        => (EntityTypeBuilder<TEntity>)HasAccess((EntityTypeBuilder)builder, list);

    /// <summary>The same as model snapshots write it: JSON of groups, or *, and roles, <c>{"accounting":"Write, Delete"}</c>.</summary>
    /// <exception cref="ArgumentException">The text is something else.</exception>
    public static EntityTypeBuilder HasAccess(this EntityTypeBuilder builder, string list)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(list);
        ModelAccess.Read(list);
        builder.Metadata.SetAnnotation(ThreadsAnnotationNames.Access, list);
        return builder;
    }
}
