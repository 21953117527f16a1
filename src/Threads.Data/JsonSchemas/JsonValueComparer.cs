using System.Text.Json;

namespace Threads.Data.JsonSchemas;

/// <summary>Equality of JSON values as draft-07 means it (6.1.3): numbers by their value, objects whatever the order of their members.</summary>
internal sealed class JsonValueComparer : IEqualityComparer<JsonElement>
{
    public static JsonValueComparer Instance { get; } = new();

    public bool Equals(JsonElement x, JsonElement y) => JsonElement.DeepEquals(x, y);

    public int GetHashCode(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                return JsonNumber.Parse(value.GetRawText()).GetHashCode();
            case JsonValueKind.String:
                return value.GetString()!.GetHashCode(StringComparison.Ordinal);
            case JsonValueKind.Array:
                var items = new HashCode();
                foreach (var item in value.EnumerateArray())
                {
                    items.Add(GetHashCode(item));
                }

                return items.ToHashCode();
            case JsonValueKind.Object:
                var members = 0;
                foreach (var member in value.EnumerateObject())
                {
                    members ^= HashCode.Combine(member.Name, GetHashCode(member.Value));
                }

                return members;
            default:
                return (int)value.ValueKind;
        }
    }
}
