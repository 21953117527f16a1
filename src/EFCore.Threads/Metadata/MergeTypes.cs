using Microsoft.EntityFrameworkCore.Metadata;

namespace Microsoft.EntityFrameworkCore.Threads.Metadata;

/// <summary>Which merge kinds a property's column can have, by the type it is stored as.</summary>
internal static class MergeTypes
{
    private static readonly HashSet<Type> Numbers =
    [
        typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(float), typeof(double), typeof(decimal),
    ];

    /// <summary>Those whose stored form sorts as they do.</summary>
    private static readonly HashSet<Type> Sorted = [.. Numbers, typeof(string), typeof(DateTime), typeof(DateOnly), typeof(TimeOnly)];

    public static bool Fits(IReadOnlyProperty property, string kind)
    {
        var mapping = property.FindTypeMapping();
        var type = mapping?.Converter?.ProviderClrType ?? property.GetProviderClrType() ?? mapping?.ClrType ?? property.ClrType;
        type = Nullable.GetUnderlyingType(type) ?? type;
        type = type.IsEnum ? Enum.GetUnderlyingType(type) : type;
        var isNumberItself = !(Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType).IsEnum && (Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType) != typeof(bool)
            && (Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType) != typeof(char);
        return kind.Split(':')[0] switch
        {
            "counter" => isNumberItself && (Numbers.Contains(type) || type == typeof(ulong)),
            "max" or "min" => Sorted.Contains(type),
            "set" or "list" => type == typeof(string) || property.IsPrimitiveCollection,
            "json" or "text" => type == typeof(string) && !property.IsPrimitiveCollection,
            _ => true,
        };
    }
}
