using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Threads.Metadata;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Key generation of a property.</summary>
public static class ThreadsPropertyExtensions
{
    /// <summary>The strategy that was configured, or the one a key of this type has by convention.</summary>
    public static ThreadsValueGenerationStrategy GetValueGenerationStrategy(this IReadOnlyProperty property)
    {
        ArgumentNullException.ThrowIfNull(property);
        return property[ThreadsAnnotationNames.ValueGenerationStrategy] is ThreadsValueGenerationStrategy configured
            ? configured
            : ByConvention(property);
    }

    /// <summary>Sets the strategy; null goes back to the convention.</summary>
    public static void SetValueGenerationStrategy(this IMutableProperty property, ThreadsValueGenerationStrategy? value)
    {
        ArgumentNullException.ThrowIfNull(property);
        property.SetOrRemoveAnnotation(ThreadsAnnotationNames.ValueGenerationStrategy, value);
    }

    /// <summary>The database makes this key when the row is inserted.</summary>
    public static PropertyBuilder UseAutoincrement(this PropertyBuilder builder) => Use(builder, ThreadsValueGenerationStrategy.Autoincrement);

    /// <inheritdoc cref="UseAutoincrement(PropertyBuilder)"/>
    public static PropertyBuilder<TProperty> UseAutoincrement<TProperty>(this PropertyBuilder<TProperty> builder)
        => (PropertyBuilder<TProperty>)UseAutoincrement((PropertyBuilder)builder);

    /// <summary>The context makes this text key when the entity is added: a ULID, which sorts by time.</summary>
    public static PropertyBuilder HasUlid(this PropertyBuilder builder) => Use(builder, ThreadsValueGenerationStrategy.Ulid);

    /// <inheritdoc cref="HasUlid(PropertyBuilder)"/>
    public static PropertyBuilder<string> HasUlid(this PropertyBuilder<string> builder) => (PropertyBuilder<string>)HasUlid((PropertyBuilder)builder);

    private static PropertyBuilder Use(PropertyBuilder builder, ThreadsValueGenerationStrategy strategy)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.SetValueGenerationStrategy(strategy);
        return builder.ValueGeneratedOnAdd();
    }

    // A primary key of one integer column that nothing else fills, in a table that shares its keys with no other (as in TPC).
    private static ThreadsValueGenerationStrategy ByConvention(IReadOnlyProperty property)
    {
        if (property.ValueGenerated == ValueGenerated.Never
            || property.IsForeignKey()
            || property.TryGetDefaultValue(out _)
            || property.GetDefaultValueSql() is not null
            || property.GetComputedColumnSql() is not null
            || property.DeclaringType.GetMappingStrategy() == RelationalAnnotationNames.TpcMappingStrategy)
        {
            return ThreadsValueGenerationStrategy.None;
        }

        var key = property.DeclaringType.ContainingEntityType.FindPrimaryKey();
        var mapping = property.FindRelationalTypeMapping();
        return key is { Properties: [var only] }
            && only == property
            && IsInteger(property.ClrType)
            && IsInteger(mapping?.Converter?.ProviderClrType ?? mapping?.ClrType ?? property.ClrType)
                ? ThreadsValueGenerationStrategy.Autoincrement
                : ThreadsValueGenerationStrategy.None;
    }

    internal static bool IsInteger(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return !type.IsEnum && Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;
    }
}
