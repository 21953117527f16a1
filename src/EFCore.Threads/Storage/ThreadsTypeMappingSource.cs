using System.Collections.Frozen;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>
/// CLR types to SQLite's four storage classes, in the text forms EF Core's SQLite provider uses, so that a file written by one is read by the other.
/// A declared type beyond the four is mapped by SQLite's own affinity rules and kept as written.
/// </summary>
internal sealed class ThreadsTypeMappingSource(
    TypeMappingSourceDependencies dependencies, RelationalTypeMappingSourceDependencies relationalDependencies)
    : RelationalTypeMappingSource(dependencies, relationalDependencies)
{
    public const string Integer = "INTEGER";
    public const string Real = "REAL";
    public const string Text = "TEXT";
    public const string Blob = "BLOB";

    private static readonly LongTypeMapping IntegerMapping = new(Integer);
    private static readonly DoubleTypeMapping RealMapping = new(Real);

    private static readonly FrozenDictionary<Type, RelationalTypeMapping> ByClrType = new Dictionary<Type, RelationalTypeMapping>
    {
        [typeof(string)] = ThreadsStringTypeMapping.Default,
        [typeof(byte[])] = ThreadsByteArrayTypeMapping.Default,
        [typeof(bool)] = new BoolTypeMapping(Integer),
        [typeof(char)] = new CharTypeMapping(Text),
        [typeof(byte)] = new ByteTypeMapping(Integer),
        [typeof(sbyte)] = new SByteTypeMapping(Integer),
        [typeof(short)] = new ShortTypeMapping(Integer),
        [typeof(ushort)] = new UShortTypeMapping(Integer),
        [typeof(int)] = new IntTypeMapping(Integer),
        [typeof(uint)] = new UIntTypeMapping(Integer),
        [typeof(long)] = IntegerMapping,
        [typeof(ulong)] = ThreadsULongTypeMapping.Default,
        [typeof(float)] = new FloatTypeMapping(Real),
        [typeof(double)] = RealMapping,
        [typeof(decimal)] = ThreadsDecimalTypeMapping.Default,
        [typeof(DateTime)] = ThreadsDateTimeTypeMapping.Default,
        [typeof(DateTimeOffset)] = ThreadsDateTimeOffsetTypeMapping.Default,
        [typeof(DateOnly)] = ThreadsDateOnlyTypeMapping.Default,
        [typeof(TimeOnly)] = ThreadsTimeOnlyTypeMapping.Default,
        [typeof(TimeSpan)] = new TimeSpanTypeMapping(Text),
        [typeof(Guid)] = ThreadsGuidTypeMapping.Default,
        [typeof(JsonTypePlaceholder)] = ThreadsJsonTypeMapping.Default,
    }.ToFrozenDictionary();

    /// <summary>Whether a declared type is one of SpatiaLite's, of whose names some contain INT: its values are bytes.</summary>
    public static bool IsSpatial(string declared)
    {
        var name = declared.AsSpan().TrimEnd("ZMzm");
        return name.StartsWith("GEOMETRY", StringComparison.OrdinalIgnoreCase) || name.EndsWith("LINESTRING", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith("POINT", StringComparison.OrdinalIgnoreCase) || name.EndsWith("POLYGON", StringComparison.OrdinalIgnoreCase);
    }

    protected override RelationalTypeMapping? FindMapping(in RelationalTypeMappingInfo mappingInfo)
    {
        var mapping = base.FindMapping(mappingInfo) ?? FindOwn(mappingInfo);
        return mapping is not null && mappingInfo.StoreTypeName is { } declared ? mapping.WithStoreTypeAndSize(declared, null) : mapping;
    }

    private static RelationalTypeMapping? FindOwn(in RelationalTypeMappingInfo info)
    {
        if (info.ClrType == typeof(byte[]) && info.ElementTypeMapping is not null)
        {
            return null;
        }

        if (info.ClrType is not null && ByClrType.TryGetValue(info.ClrType, out var mapping))
        {
            return mapping;
        }

        if (info.StoreTypeName is not { } declared)
        {
            return null;
        }

        // SQLite has a fifth affinity, NUMERIC, for every other name; no single CLR type stands for it, so it is read as the bytes it is.
        var byAffinity = ByAffinity(declared);
        if (byAffinity is null)
        {
            return info.ClrType is null || info.ClrType == typeof(byte[]) ? ThreadsByteArrayTypeMapping.Default : null;
        }

        return info.ClrType is null || info.ClrType == byAffinity.ClrType ? byAffinity : null;
    }

    private static RelationalTypeMapping? ByAffinity(string declared)
    {
        return IsSpatial(declared) ? ThreadsByteArrayTypeMapping.Default
            : Has("INT") ? IntegerMapping
            : Has("CHAR") || Has("CLOB") || Has("TEXT") ? ThreadsStringTypeMapping.Default
            : Has("BLOB") ? ThreadsByteArrayTypeMapping.Default
            : Has("REAL") || Has("FLOA") || Has("DOUB") ? RealMapping
            : null;

        bool Has(string part) => declared.Contains(part, StringComparison.OrdinalIgnoreCase);
    }
}
