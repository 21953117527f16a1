using System.Globalization;
using Microsoft.EntityFrameworkCore.Metadata;
using Threads.Data.JsonSchemas;

namespace Microsoft.EntityFrameworkCore.Threads.Metadata;

/// <summary>What a model says of the JSON of its tables' rows, for the connections its contexts use; made once for a model.</summary>
internal static class ModelSchemaRules
{
    private const string Cached = ThreadsAnnotationNames.Prefix + "SchemaRules";

    public static TableSchemaRules Of(IModel model)
        => (TableSchemaRules)(model.FindRuntimeAnnotationValue(Cached) ?? model.GetOrAddRuntimeAnnotationValue(Cached, static m => Make(m!), model));

    private static TableSchemaRules Make(IModel model)
    {
        var rules = new List<TableSchemaRule>();
        foreach (var type in model.GetEntityTypes().Where(t => t.FindAnnotation(ThreadsAnnotationNames.JsonSchema) is not null))
        {
            var concrete = type.GetDerivedTypesInclusive().Where(t => !t.IsAbstract()).Select(t => (Type: t, Table: StoreObjectIdentifier.Create(t, StoreObjectType.Table)!.Value));
            rules.AddRange(concrete.GroupBy(t => t.Table, t => t.Type).Select(g => Rule(type, g.Key, [.. g])));
        }

        var tables = model.GetEntityTypes().SelectMany(t => t.GetTableMappings()).Select(m => m.Table.Name).Distinct(StringComparer.OrdinalIgnoreCase);
        return new TableSchemaRules([.. tables], rules);
    }

    private static TableSchemaRule Rule(IEntityType type, StoreObjectIdentifier table, IReadOnlyList<IEntityType> concrete)
    {
        var columns = new List<JsonSchemaColumn>();
        if (ModelJsonSchema.DocumentOf(type) is IComplexProperty body)
        {
            columns.Add(new(body.ComplexType.GetContainerColumnName()!, "", JsonColumnKind.Json) { Members = [.. Inside(body.ComplexType, "")] });
        }
        else
        {
            foreach (var one in concrete)
            {
                Add(one, table, "", columns);
            }
        }

        var discriminator = type.FindDiscriminatorProperty();
        var isAll = discriminator is null || type.BaseType is null || concrete.Count == type.GetRootType().GetDerivedTypesInclusive().Count(t => !t.IsAbstract());
        return new TableSchemaRule
        {
            Table = table.Name,
            Entity = type.DisplayName(),
            Schema = type.GetJsonSchema(),
            Columns = [.. columns.DistinctBy(c => c.Path)],
            Discriminator = isAll ? null : discriminator!.GetColumnName(table),
            DiscriminatorValues = isAll ? [] : [.. concrete.Select(t => Stored(discriminator!, t.GetDiscriminatorValue()))],
        };
    }

    private static string Stored(IProperty discriminator, object? value)
        => Convert.ToString(discriminator.GetTypeMapping().Converter is { } converter ? converter.ConvertToProvider(value) : value, CultureInfo.InvariantCulture) ?? "";

    private static void Add(ITypeBase type, StoreObjectIdentifier table, string path, List<JsonSchemaColumn> columns)
    {
        foreach (var property in type.GetProperties())
        {
            // The key of an owned type in its owner's row is the owner's.
            if (property.GetColumnName(table) is { } column && (path.Length == 0 || !property.IsShadowProperty() || !property.IsPrimaryKey()))
            {
                columns.Add(new(column, Child(path, property.Name), Kind(property)) { OnlyWhenNamed = property.IsShadowProperty() });
            }
        }

        foreach (var complex in type.GetComplexProperties())
        {
            AddInner(complex.ComplexType, table, Child(path, complex.Name), complex.IsCollection, columns);
        }

        foreach (var navigation in type is IEntityType entity ? entity.GetNavigations().Where(n => n.ForeignKey.IsOwnership && !n.IsOnDependent) : [])
        {
            if (navigation.TargetEntityType.IsMappedToJson() || (!navigation.IsCollection && StoreObjectIdentifier.Create(navigation.TargetEntityType, StoreObjectType.Table) == table))
            {
                AddInner(navigation.TargetEntityType, table, Child(path, navigation.Name), navigation.IsCollection, columns);
            }
        }
    }

    private static void AddInner(ITypeBase type, StoreObjectIdentifier table, string path, bool isCollection, List<JsonSchemaColumn> columns)
    {
        if (type.IsMappedToJson())
        {
            columns.Add(new(type.GetContainerColumnName()!, path, JsonColumnKind.Json) { Members = [.. Inside(type, isCollection ? "/*" : "")] });
        }
        else
        {
            Add(type, table, path, columns);
        }
    }

    /// <summary>What stands in a document as a text and means something else.</summary>
    private static IEnumerable<JsonSchemaColumn> Inside(ITypeBase type, string path)
    {
        foreach (var property in type.GetProperties())
        {
            var name = property.GetJsonPropertyName() ?? property.Name;
            if (property.GetElementType() is { } element)
            {
                if (Kind(element.GetTypeMapping().Converter?.ProviderClrType ?? element.ClrType) is var items and not JsonColumnKind.Value)
                {
                    yield return new(name, Child(path, name) + "/*", items);
                }
            }
            else if (Kind(property) is var kind and (JsonColumnKind.Number or JsonColumnKind.DateTime))
            {
                yield return new(name, Child(path, name), kind);
            }
        }

        foreach (var complex in type.GetComplexProperties())
        {
            foreach (var member in Inside(complex.ComplexType, Child(path, complex.ComplexType.GetJsonPropertyName() ?? complex.Name) + (complex.IsCollection ? "/*" : "")))
            {
                yield return member;
            }
        }

        foreach (var navigation in type is IEntityType entity ? entity.GetNavigations().Where(n => n.ForeignKey.IsOwnership && !n.IsOnDependent) : [])
        {
            foreach (var member in Inside(navigation.TargetEntityType, Child(path, navigation.TargetEntityType.GetJsonPropertyName() ?? navigation.Name) + (navigation.IsCollection ? "/*" : "")))
            {
                yield return member;
            }
        }
    }

    private static JsonColumnKind Kind(IProperty property)
        => property.GetElementType() is not null ? JsonColumnKind.Json : Kind(property.GetTypeMapping().Converter?.ProviderClrType ?? property.ClrType);

    private static JsonColumnKind Kind(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.Boolean => JsonColumnKind.Boolean,
        TypeCode.Decimal => JsonColumnKind.Number,
        TypeCode.UInt64 => JsonColumnKind.Unsigned,
        TypeCode.DateTime => JsonColumnKind.DateTime,
        _ when (Nullable.GetUnderlyingType(type) ?? type) == typeof(DateTimeOffset) => JsonColumnKind.DateTime,
        _ => JsonColumnKind.Value,
    };

    private static string Child(string path, string name)
        => $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
}
