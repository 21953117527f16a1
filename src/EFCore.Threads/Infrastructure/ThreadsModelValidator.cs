using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Diagnostics;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Resources;

namespace Microsoft.EntityFrameworkCore.Threads.Infrastructure;

/// <summary>Warns of what SQLite ignores in a model and refuses what it cannot do.</summary>
internal sealed class ThreadsModelValidator(ModelValidatorDependencies dependencies, RelationalModelValidatorDependencies relationalDependencies)
    : RelationalModelValidator(dependencies, relationalDependencies)
{
    public override void Validate(IModel model, IDiagnosticsLogger<DbLoggerCategory.Model.Validation> logger)
    {
        base.Validate(model, logger);
        foreach (var entityType in model.GetEntityTypes())
        {
            // Decision 13 refuses here unique indexes and references that leave their key domain for anything but an ancestor's: rows that only some may read can't be compared.
            // HasAccess says who may write, by rule; what is readable by key is all of it the thread's until a model can declare domains (decisions/0020).
            if (entityType.GetSchema() is { } schema)
            {
                logger.SchemaConfiguredWarning(entityType, schema);
            }

            if (entityType.GetInsertStoredProcedure() is not null
                || entityType.GetUpdateStoredProcedure() is not null
                || entityType.GetDeleteStoredProcedure() is not null)
            {
                throw new InvalidOperationException(Strings.StoredProceduresNotSupported(entityType.DisplayName()));
            }

            ValidateJsonSchema(entityType);
            ValidateMerges(entityType);
            foreach (var index in JsonIndex.Of(entityType))
            {
                index.TableAnnotation(entityType);
            }
        }

        foreach (var sequence in model.GetSequences())
        {
            logger.SequenceConfiguredWarning(sequence);
        }
    }

    private static void ValidateMerges(IReadOnlyTypeBase type)
    {
        foreach (var property in type.GetDeclaredProperties())
        {
            if (property[ThreadsAnnotationNames.Merge] is not string kind)
            {
                continue;
            }

            if (property.IsPrimaryKey() || property.GetComputedColumnSql() is not null || type.ContainingEntityType.IsMappedToJson() || type is IReadOnlyComplexType complex && complex.IsMappedToJson())
            {
                throw new InvalidOperationException(Strings.MergeNotOfColumn(kind, property.Name, type.DisplayName()));
            }

            if (!MergeTypes.Fits(property, kind))
            {
                throw new InvalidOperationException(Strings.MergeType(kind, property.Name, type.DisplayName(), property.ClrType.ShortDisplayName()));
            }
        }

        foreach (var complexProperty in type.GetDeclaredComplexProperties())
        {
            ValidateMerges(complexProperty.ComplexType);
        }
    }

    private static void ValidateJsonSchema(IEntityType entityType)
    {
        if (entityType.FindAnnotation(ThreadsAnnotationNames.JsonSchema) is null)
        {
            return;
        }

        foreach (var type in entityType.GetDerivedTypesInclusive().Where(t => !t.IsAbstract()))
        {
            if (type.GetTableName() is null || type.FindPrimaryKey() is null)
            {
                throw new InvalidOperationException(Strings.JsonSchemaWithoutTable(type.DisplayName()));
            }

            if (type.GetMappingFragments(StoreObjectType.Table).Any()
                || (type.GetMappingStrategy() == RelationalAnnotationNames.TptMappingStrategy && (type.BaseType is not null || type.GetDirectlyDerivedTypes().Any())))
            {
                throw new InvalidOperationException(Strings.JsonSchemaOfSeveralTables(type.DisplayName()));
            }
        }
    }

    protected override void ValidateValueGeneration(IEntityType entityType, IKey key, IDiagnosticsLogger<DbLoggerCategory.Model.Validation> logger)
    {
        base.ValidateValueGeneration(entityType, key, logger);
        var integers = key.Properties.Where(p => ThreadsPropertyExtensions.IsInteger(p.ClrType)).ToList();
        if (key.IsPrimaryKey()
            && !entityType.IsMappedToJson()
            && integers.Count > 1
            && integers.Any(p => p.ValueGenerated == ValueGenerated.OnAdd
                && !p.IsForeignKey()
                && !p.TryGetDefaultValue(out _)
                && p.GetDefaultValueSql() is null))
        {
            logger.CompositeKeyWithValueGeneration(key);
        }
    }

    protected override void ValidateSharedTableCompatibility(
        IReadOnlyList<IEntityType> mappedTypes, in StoreObjectIdentifier storeObject, IDiagnosticsLogger<DbLoggerCategory.Model.Validation> logger)
    {
        var configured = mappedTypes.Where(t => t.FindAnnotation(ThreadsAnnotationNames.UseSqlReturningClause) is not null).ToList();
        var other = configured.Find(t => t.IsSqlReturningClauseUsed() != configured[0].IsSqlReturningClauseUsed());
        if (other is not null)
        {
            var first = configured[0];
            var (with, without) = first.IsSqlReturningClauseUsed() ? (first, other) : (other, first);
            throw new InvalidOperationException(Strings.IncompatibleSqlReturningClauseMismatch(
                storeObject.DisplayName(), first.DisplayName(), other.DisplayName(), with.DisplayName(), without.DisplayName()));
        }

        base.ValidateSharedTableCompatibility(mappedTypes, storeObject, logger);
    }
}
