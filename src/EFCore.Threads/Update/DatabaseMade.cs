using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Microsoft.EntityFrameworkCore.Update;

namespace Microsoft.EntityFrameworkCore.Threads.Update;

/// <summary>
/// Values that a model leaves to the database and SQLite leaves to nobody: 64-bit keys, and row versions. The statement itself makes them; a default, a
/// computed column or a trigger of the user's is left alone.
/// </summary>
internal static class DatabaseMade
{
    private enum Kind
    {
        Nothing,
        TimeOrderedKey,
        BlobVersion,
        NumberVersion,
    }

    /// <summary>What to write for the column in an INSERT; null when SQLite or the caller gives the value.</summary>
    public static string? OnInsert(IColumnModification operation)
        => Of(operation) switch
        {
            Kind.TimeOrderedKey => "ef_time_key()",
            Kind.BlobVersion => "randomblob(8)",
            Kind.NumberVersion => "1",
            _ => null,
        };

    /// <summary>What to write for the column in an UPDATE; null when it stays.</summary>
    public static string? OnUpdate(IColumnModification operation, string column)
        => Of(operation) switch
        {
            Kind.BlobVersion => "randomblob(8)",
            Kind.NumberVersion => $"coalesce({column}, 0) + 1",
            _ => null,
        };

    private static Kind Of(IColumnModification operation)
        => operation is { Property: { } property, JsonPath: null }
            ? property.GetOrAddRuntimeAnnotationValue(ThreadsAnnotationNames.DatabaseMade, static p => Of(p!), property)
            : Kind.Nothing;

    private static Kind Of(IProperty property)
    {
        var type = property.GetTypeMapping().Converter?.ProviderClrType ?? property.ClrType;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (property.GetValueGenerationStrategy() == ThreadsValueGenerationStrategy.Autoincrement)
        {
            return type == typeof(long) ? Kind.TimeOrderedKey : Kind.Nothing;
        }

        var isVersion = property is { IsConcurrencyToken: true, ValueGenerated: ValueGenerated.OnAddOrUpdate }
            && !property.TryGetDefaultValue(out _)
            && property.GetDefaultValueSql() is null
            && property.GetComputedColumnSql() is null;
        return !isVersion ? Kind.Nothing
            : type == typeof(byte[]) ? Kind.BlobVersion
            : ThreadsPropertyExtensions.IsInteger(type) ? Kind.NumberVersion
            : Kind.Nothing;
    }
}
