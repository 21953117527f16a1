using System.Text.Json;
using System.Text.Json.Nodes;
using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>The key of an entity as a user gives it, made the CBOR of what the index has: the value, or for several columns a blob, the CBOR array of them.</summary>
internal static class EntityKey
{
    /// <summary>Of the values of the key's columns, in the key's order.</summary>
    /// <exception cref="ArgumentException">There are more or fewer than the key has columns, or one is no value that SQLite stores.</exception>
    public static byte[] Of(TableSchema table, IReadOnlyList<object?> values)
    {
        if (values.Count != table.KeyCount)
        {
            throw new ArgumentException(Resources.Strings.HistoryKey(table.Name, string.Join(", ", table.Keys.ToArray().Select(c => c.Name)), values.Count));
        }

        using var writer = new CborWriter();
        if (table.KeyCount > 1)
        {
            writer.StartArray(table.KeyCount);
        }

        foreach (var value in values)
        {
            Write(writer, value);
        }

        return table.KeyCount > 1 ? Wrapped(writer) : writer.ToArray();
    }

    /// <summary>Of a value of SQL: that of the one column, or a JSON array for several. Null: it is no key of the table. <see cref="RowKey.Label(ReadOnlySpan{byte})"/> writes what this reads.</summary>
    public static byte[]? Of(TableSchema table, in SqlValue value)
    {
        using var writer = new CborWriter();
        if (table.KeyCount == 1)
        {
            value.AsKey().Write(writer);
            return writer.ToArray();
        }

        if (value.Type != SqliteNative.Text || Parse(value.Bytes) is not { } parts || parts.Count != table.KeyCount)
        {
            return null;
        }

        writer.StartArray(parts.Count);
        foreach (var part in parts)
        {
            if (part is JsonObject { Count: 1 } bytes && bytes["hex"] is JsonValue hex && hex.TryGetValue<string>(out var digits) && digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit))
            {
                writer.WriteBytes(Convert.FromHexString(digits));
            }
            else if (part is not JsonValue one)
            {
                return null;
            }
            else if (one.TryGetValue<long>(out var integer))
            {
                writer.WriteInt64(integer);
            }
            else if (one.TryGetValue<string>(out var text))
            {
                writer.WriteText(text);
            }
            else if (one.TryGetValue<double>(out var real))
            {
                SqlValue.Of(real).AsKey().Write(writer);
            }
            else
            {
                return null;
            }
        }

        return Wrapped(writer);
    }

    /// <summary>The values of a key's JSON, as <see cref="RowKey.Label(TableSchema, byte[])"/> writes it.</summary>
    public static object?[] Values(JsonElement json) => json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray().Select(Value)] : [Value(json)];

    private static object? Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Number => json.TryGetInt64(out var integer) ? integer : json.GetDouble(),
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Object when json.TryGetProperty("hex", out var hex) => Convert.FromHexString(hex.GetString() ?? ""),
        _ => null,
    };

    private static JsonArray? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonArray;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Write(CborWriter writer, object? value)
    {
        switch (value)
        {
            case string text:
                writer.WriteText(text);
                break;
            case byte[] bytes:
                writer.WriteBytes(bytes);
                break;
            case Guid guid:
                writer.WriteText(guid.ToString().ToUpperInvariant());
                break;
            case double or float:
                SqlValue.Of(Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)).AsKey().Write(writer);
                break;
            case bool or sbyte or byte or short or ushort or int or uint or long:
                writer.WriteInt64(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
            default:
                throw new ArgumentException(Resources.Strings.HistoryKeyValue(value?.GetType().Name ?? "null"));
        }
    }

    private static byte[] Wrapped(CborWriter array)
    {
        using var whole = new CborWriter();
        whole.WriteBytes(array.WrittenSpan);
        return whole.ToArray();
    }
}
