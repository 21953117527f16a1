using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Microsoft.EntityFrameworkCore.Threads.Metadata;

/// <summary>The JSON Schema of an entity type, from its model: types, nullability, lengths, enums, and what data annotations add.</summary>
internal static class ModelJsonSchema
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(IReadOnlyEntityType type)
    {
        var schema = new JsonObject { ["$schema"] = "http://json-schema.org/draft-07/schema#", ["title"] = type.DisplayName() };
        IReadOnlyTypeBase document = DocumentOf(type)?.ComplexType is { } body ? body : type;
        foreach (var (name, value) in Object(document, inJson: !ReferenceEquals(document, type)).ToArray())
        {
            schema[name] = value?.DeepClone();
        }

        return schema.ToJsonString(Readable);
    }

    /// <summary>The property that is the whole of a document store's row; null for other types.</summary>
    public static IReadOnlyComplexProperty? DocumentOf(IReadOnlyEntityType type)
        => type.ClrType.IsGenericType && type.ClrType.GetGenericTypeDefinition() == typeof(Document<>) ? type.FindComplexProperty(nameof(Document<>.Body)) : null;

    private static JsonObject Object(IReadOnlyTypeBase type, bool inJson)
    {
        var (members, required) = (new JsonObject(), new JsonArray());
        foreach (var property in type.GetProperties().Where(p => !p.IsShadowProperty()))
        {
            Add(Name(property, inJson), Property(property, inJson), !property.IsNullable);
        }

        foreach (var complex in type.GetComplexProperties())
        {
            var isJson = inJson || complex.ComplexType.IsMappedToJson();
            var inner = Object(complex.ComplexType, isJson);
            Add(complex.Name, complex.IsCollection ? Array(inner) : inner, !complex.IsNullable && (isJson || complex.IsCollection || inner.ContainsKey("required")), complex.IsNullable);
        }

        foreach (var navigation in type is IReadOnlyEntityType entity ? entity.GetNavigations().Where(n => n.ForeignKey.IsOwnership && !n.IsOnDependent) : [])
        {
            var target = navigation.TargetEntityType;
            if (inJson || target.IsMappedToJson() || (!navigation.IsCollection && target.GetTableName() == type.ContainingEntityType.GetTableName()))
            {
                var inner = Object(target, inJson || target.IsMappedToJson());
                Add(navigation.Name, navigation.IsCollection ? Array(inner) : inner, navigation.ForeignKey.IsRequiredDependent && inner.ContainsKey("required"), !navigation.ForeignKey.IsRequiredDependent);
            }
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = members };
        if (required.Count > 0)
        {
            schema["required"] = required;
        }

        return schema;

        void Add(string name, JsonObject rule, bool isRequired, bool mayBeNull = false)
        {
            members[name] = rule;
            if (mayBeNull && rule["type"] is JsonValue one)
            {
                rule["type"] = new JsonArray(one.GetValue<string>(), "null");
            }

            if (isRequired)
            {
                required.Add(name);
            }
        }
    }

    private static string Name(IReadOnlyProperty property, bool inJson) => inJson ? property.GetJsonPropertyName() ?? property.Name : property.Name;

    private static JsonObject Array(JsonNode items) => new() { ["type"] = "array", ["items"] = items };

    private static JsonObject Property(IReadOnlyProperty property, bool inJson)
    {
        if (property.GetElementType() is { } element)
        {
            var item = Value(element.GetProviderClrType() ?? element.GetValueConverter()?.ProviderClrType ?? element.ClrType, inJson: true);
            return Nullable(Array(Nullable(item, element.IsNullable)), property.IsNullable);
        }

        var type = property.FindTypeMapping()?.Converter?.ProviderClrType ?? property.GetValueConverter()?.ProviderClrType ?? property.GetProviderClrType() ?? property.ClrType;
        var rule = Value(type, inJson);
        if (property.GetMaxLength() is { } most && Underlying(type) == typeof(string))
        {
            rule["maxLength"] = most;
        }

        Enum(rule, property);
        if (property.PropertyInfo is { } member)
        {
            Annotations(rule, member);
        }

        return Nullable(rule, property.IsNullable);
    }

    private static JsonObject Value(Type type, bool inJson)
    {
        type = Underlying(type);
        if (type.IsEnum)
        {
            type = System.Enum.GetUnderlyingType(type);
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => new() { ["type"] = "boolean" },
            TypeCode.Byte => Integer(byte.MinValue, byte.MaxValue),
            TypeCode.SByte => Integer(sbyte.MinValue, sbyte.MaxValue),
            TypeCode.Int16 => Integer(short.MinValue, short.MaxValue),
            TypeCode.UInt16 => Integer(ushort.MinValue, ushort.MaxValue),
            TypeCode.Int32 => Integer(int.MinValue, int.MaxValue),
            TypeCode.UInt32 => Integer(uint.MinValue, uint.MaxValue),
            TypeCode.Int64 => new() { ["type"] = "integer" },
            TypeCode.UInt64 => new() { ["type"] = "integer", ["minimum"] = 0 },
            TypeCode.Single or TypeCode.Double or TypeCode.Decimal => new() { ["type"] = "number" },
            TypeCode.DateTime => new() { ["type"] = "string", ["format"] = "date-time" },
            TypeCode.Char => new() { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = 1 },
            _ when type == typeof(DateTimeOffset) => new() { ["type"] = "string", ["format"] = "date-time" },
            _ when type == typeof(DateOnly) => new() { ["type"] = "string", ["format"] = "date" },
            _ when type == typeof(Guid) => new() { ["type"] = "string", ["format"] = "uuid" },
            _ when type == typeof(byte[]) => new() { ["type"] = "string", ["contentEncoding"] = inJson ? "base16" : "base64" },
            _ => new() { ["type"] = "string" },
        };
    }

    /// <summary>The values of an enum, as they are stored; any combination of flags is one.</summary>
    private static void Enum(JsonObject rule, IReadOnlyProperty property)
    {
        var type = Underlying(property.ClrType);
        if (!type.IsEnum || type.GetCustomAttribute<FlagsAttribute>() is not null)
        {
            return;
        }

        var converter = property.FindTypeMapping()?.Converter ?? property.GetValueConverter();
        var values = System.Enum.GetValues(type).Cast<object>()
            .Select(v => converter is null ? Convert.ChangeType(v, System.Enum.GetUnderlyingType(type), System.Globalization.CultureInfo.InvariantCulture) : converter.ConvertToProvider(v))
            .Distinct().Select(v => JsonSerializer.SerializeToNode(v)).ToArray();
        rule.Remove("minimum");
        rule.Remove("maximum");
        rule["enum"] = new JsonArray(values);
    }

    private static void Annotations(JsonObject rule, PropertyInfo member)
    {
        foreach (var attribute in member.GetCustomAttributes<ValidationAttribute>(inherit: true))
        {
            switch (attribute)
            {
                case RangeAttribute { Minimum: IConvertible least, Maximum: IConvertible most } range when range.OperandType.IsPrimitive || range.OperandType == typeof(decimal):
                    rule[range.MinimumIsExclusive ? "exclusiveMinimum" : "minimum"] = Number(least);
                    rule[range.MaximumIsExclusive ? "exclusiveMaximum" : "maximum"] = Number(most);
                    break;
                case StringLengthAttribute { MinimumLength: > 0 } length:
                    rule["minLength"] = length.MinimumLength;
                    break;
                case MinLengthAttribute length:
                    rule["minLength"] = length.Length;
                    break;
                case LengthAttribute length:
                    rule["minLength"] = length.MinimumLength;
                    rule["maxLength"] = length.MaximumLength;
                    break;
                case RegularExpressionAttribute expression:
                    rule["pattern"] = $"^(?:{expression.Pattern})$";
                    break;
                case EmailAddressAttribute:
                    rule["format"] = "email";
                    break;
                case UrlAttribute:
                    rule["format"] = "uri";
                    break;
                case AllowedValuesAttribute allowed:
                    rule["enum"] = new JsonArray([.. allowed.Values.Select(v => JsonSerializer.SerializeToNode(v))]);
                    break;
            }
        }
    }

    private static JsonNode? Number(IConvertible value) => JsonSerializer.SerializeToNode(value.ToDecimal(System.Globalization.CultureInfo.InvariantCulture));

    private static JsonObject Integer(long least, long most) => new() { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most };

    private static JsonObject Nullable(JsonObject rule, bool isNullable)
    {
        if (isNullable)
        {
            rule["type"] = new JsonArray(rule["type"]!.GetValue<string>(), "null");
            if (rule["enum"] is JsonArray values)
            {
                values.Add(null);
            }
        }

        return rule;
    }

    private static Type Underlying(Type type) => System.Nullable.GetUnderlyingType(type) ?? type;
}
