using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Threads.Data.Merging;

/// <summary>A JSON value that can be changed. Members keep their order, numbers their text; written in one form: no spaces, no escapes but those JSON asks for.</summary>
internal sealed class JsonTree
{
    /// <summary>Deeper documents don't merge; one that operations made is never deeper than half of it.</summary>
    public const int MaxDepth = 256;

    private static readonly JsonWriterOptions Form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = MaxDepth * 2 };

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private JsonTree(JsonValueKind kind) => Kind = kind;

    public JsonValueKind Kind { get; }

    /// <summary>A string's content, or a number as it was written.</summary>
    public string Text { get; private init; } = "";

    public OrderedDictionary<string, JsonTree> Members { get; } = new(StringComparer.Ordinal);

    public List<JsonTree> Items { get; } = [];

    public static JsonTree Of(JsonValueKind kind) => new(kind);

    public static JsonTree String(string text) => new(JsonValueKind.String) { Text = text };

    public static JsonTree Number(string text) => new(JsonValueKind.Number) { Text = text };

    /// <summary>Null where the text is no JSON, too deep, names a member twice, or holds text that UTF-8 has no form for.</summary>
    public static JsonTree? TryParse(ReadOnlySpan<byte> utf8, int maxDepth = MaxDepth)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = maxDepth });
            var tree = reader.Read() ? Read(ref reader) : null;
            return tree is not null && !reader.Read() ? tree : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            return null;
        }
    }

    public byte[] ToUtf8()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Form))
        {
            Write(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The same values, numbers by their text, members in any order.</summary>
    public static bool Same(JsonTree a, JsonTree b)
    {
        if (a.Kind != b.Kind || a.Text != b.Text || a.Items.Count != b.Items.Count || a.Members.Count != b.Members.Count)
        {
            return false;
        }

        for (var i = 0; i < a.Items.Count; i++)
        {
            if (!Same(a.Items[i], b.Items[i]))
            {
                return false;
            }
        }

        foreach (var (name, value) in a.Members)
        {
            if (!b.Members.TryGetValue(name, out var other) || !Same(value, other))
            {
                return false;
            }
        }

        return true;
    }

    private static JsonTree? Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var tree = new JsonTree(JsonValueKind.Object);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    if (Read(ref reader) is not { } value || !tree.Members.TryAdd(name, value))
                    {
                        return null;
                    }
                }

                return tree;
            case JsonTokenType.StartArray:
                var array = new JsonTree(JsonValueKind.Array);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (Read(ref reader) is not { } item)
                    {
                        return null;
                    }

                    array.Items.Add(item);
                }

                return array;
            case JsonTokenType.String:
                return String(reader.GetString()!);
            case JsonTokenType.Number:
                return Number(Strict.GetString(reader.ValueSpan));
            default:
                return new JsonTree(reader.TokenType switch { JsonTokenType.True => JsonValueKind.True, JsonTokenType.False => JsonValueKind.False, _ => JsonValueKind.Null });
        }
    }

    private void Write(Utf8JsonWriter writer)
    {
        switch (Kind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var (name, value) in Members)
                {
                    writer.WritePropertyName(name);
                    value.Write(writer);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in Items)
                {
                    item.Write(writer);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(Text);
                break;
            case JsonValueKind.Number:
                writer.WriteRawValue(Text, skipInputValidation: true);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBooleanValue(Kind == JsonValueKind.True);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}
