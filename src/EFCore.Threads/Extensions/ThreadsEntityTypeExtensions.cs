using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Threads.Metadata;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Whether rows of a table are written with RETURNING, which virtual tables do not allow.</summary>
public static class ThreadsEntityTypeExtensions
{
    /// <summary>Turns RETURNING on or off for the table.</summary>
    public static TableBuilder UseSqlReturningClause(this TableBuilder builder, bool useSqlReturningClause = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Name is { } name)
        {
            builder.Metadata.UseSqlReturningClause(useSqlReturningClause, Table(name, builder.Schema));
        }
        else
        {
            builder.Metadata.UseSqlReturningClause(useSqlReturningClause);
        }

        return builder;
    }

    /// <inheritdoc cref="UseSqlReturningClause(TableBuilder, bool)"/>
    public static TableBuilder<TEntity> UseSqlReturningClause<TEntity>(this TableBuilder<TEntity> builder, bool useSqlReturningClause = true)
        where TEntity : class
        => (TableBuilder<TEntity>)UseSqlReturningClause((TableBuilder)builder, useSqlReturningClause);

    /// <inheritdoc cref="UseSqlReturningClause(TableBuilder, bool)"/>
    public static SplitTableBuilder UseSqlReturningClause(this SplitTableBuilder builder, bool useSqlReturningClause = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.MappingFragment.SetAnnotation(ThreadsAnnotationNames.UseSqlReturningClause, useSqlReturningClause);
        return builder;
    }

    /// <inheritdoc cref="UseSqlReturningClause(TableBuilder, bool)"/>
    public static SplitTableBuilder<TEntity> UseSqlReturningClause<TEntity>(this SplitTableBuilder<TEntity> builder, bool useSqlReturningClause = true)
        where TEntity : class
        => (SplitTableBuilder<TEntity>)UseSqlReturningClause((SplitTableBuilder)builder, useSqlReturningClause);

    /// <summary>Turns RETURNING on or off for the type's table; null goes back to the default, on.</summary>
    public static void UseSqlReturningClause(this IMutableEntityType entityType, bool? useSqlReturningClause)
    {
        ArgumentNullException.ThrowIfNull(entityType);
        entityType.SetOrRemoveAnnotation(ThreadsAnnotationNames.UseSqlReturningClause, useSqlReturningClause);
    }

    /// <summary>Turns RETURNING on or off for one of the type's tables.</summary>
    public static void UseSqlReturningClause(this IMutableEntityType entityType, bool? useSqlReturningClause, in StoreObjectIdentifier storeObject)
    {
        ArgumentNullException.ThrowIfNull(entityType);
        if (StoreObjectIdentifier.Create(entityType, storeObject.StoreObjectType) is { } own && own != storeObject)
        {
            entityType.GetOrCreateMappingFragment(storeObject)
                .SetOrRemoveAnnotation(ThreadsAnnotationNames.UseSqlReturningClause, useSqlReturningClause);
            return;
        }

        entityType.UseSqlReturningClause(useSqlReturningClause);
    }

    /// <summary>Whether the type's rows are written with RETURNING.</summary>
    public static bool IsSqlReturningClauseUsed(this IReadOnlyEntityType entityType)
    {
        ArgumentNullException.ThrowIfNull(entityType);
        return StoreObjectIdentifier.Create(entityType, StoreObjectType.Table) is not { } table || entityType.IsSqlReturningClauseUsed(table);
    }

    /// <summary>Whether the type's rows in one of its tables are written with RETURNING; owned and derived types follow the type whose table they share.</summary>
    public static bool IsSqlReturningClauseUsed(this IReadOnlyEntityType entityType, in StoreObjectIdentifier storeObject)
    {
        ArgumentNullException.ThrowIfNull(entityType);
        if (entityType.FindMappingFragment(storeObject)?.FindAnnotation(ThreadsAnnotationNames.UseSqlReturningClause) is { Value: bool fragment })
        {
            return fragment;
        }

        if (StoreObjectIdentifier.Create(entityType, storeObject.StoreObjectType) == storeObject
            && entityType.FindAnnotation(ThreadsAnnotationNames.UseSqlReturningClause) is { Value: bool configured })
        {
            return configured;
        }

        if (entityType.FindOwnership()?.FindSharedObjectRootForeignKey(storeObject) is { } owner)
        {
            return owner.PrincipalEntityType.IsSqlReturningClauseUsed(storeObject);
        }

        return entityType.BaseType is null
            || entityType.GetMappingStrategy() != RelationalAnnotationNames.TphMappingStrategy
            || entityType.GetRootType().IsSqlReturningClauseUsed(storeObject);
    }

    internal static bool IsSqlReturningClauseUsed(this ITable table)
    {
        if (table.FindRuntimeAnnotation(ThreadsAnnotationNames.UseSqlReturningClause) is { Value: bool known })
        {
            return known;
        }

        var identifier = Table(table.Name, table.Schema);
        var used = table.EntityTypeMappings.All(m => ((IEntityType)m.TypeBase).IsSqlReturningClauseUsed(identifier));
        table.SetRuntimeAnnotation(ThreadsAnnotationNames.UseSqlReturningClause, used);
        return used;
    }

    private static StoreObjectIdentifier Table(string name, string? schema) => StoreObjectIdentifier.Table(name, schema);
}
