using System.Globalization;
using System.Text.Json;
using Threads.Data.JsonSchemas;

namespace Threads.Data.Capture;

/// <summary>Members of a stored document that hold more than JSON's own types tell: a text that is a number, or a date. By name; * is any item of an array.</summary>
internal sealed class MemberKinds
{
    private readonly Dictionary<string, MemberKinds> _members = new(StringComparer.Ordinal);

    public JsonColumnKind Kind { get; private set; }

    public static MemberKinds? Of(IReadOnlyList<JsonSchemaColumn> members)
    {
        if (members.Count == 0)
        {
            return null;
        }

        var root = new MemberKinds();
        foreach (var member in members)
        {
            var kinds = root;
            foreach (var part in JsonPointer.Parts(member.Path))
            {
                if (!kinds._members.TryGetValue(part, out var next))
                {
                    kinds._members.Add(part, next = new MemberKinds());
                }

                kinds = next;
            }

            kinds.Kind = member.Kind;
        }

        return root;
    }

    public MemberKinds? Of(string name) => _members.GetValueOrDefault(name);
}

/// <summary>Copies a stored document for its schema: members in the schema's spelling, texts that are numbers or dates as those.</summary>
internal static class JsonCopy
{
    public static void Write(Utf8JsonWriter writer, JsonElement value, SchemaNode? schema, MemberKinds? kinds)
    {
        schema = Follow(schema);
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    var spelled = Spelling(schema, member.Name);
                    writer.WritePropertyName(spelled == member.Name || value.TryGetProperty(spelled, out _) ? spelled = member.Name : spelled);
                    Write(writer, member.Value, schema?.Properties.GetValueOrDefault(spelled), kinds?.Of(member.Name));
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(writer, item, schema?.Items, kinds?.Of("*"));
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String when kinds is not null:
                WriteText(writer, value.GetString()!, kinds.Kind);
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    public static void WriteText(Utf8JsonWriter writer, string text, JsonColumnKind kind)
    {
        switch (kind)
        {
            case JsonColumnKind.Number when decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number):
                writer.WriteNumberValue(number);
                break;
            case JsonColumnKind.DateTime when text is [_, _, _, _, '-', _, _, '-', _, _, ' ', ..]:
                var offset = text.AsSpan(11).IndexOfAny('+', '-', 'Z') < 0 ? "Z" : "";
                writer.WriteStringValue($"{text[..10]}T{text[11..]}{offset}");
                break;
            default:
                writer.WriteStringValue(text);
                break;
        }
    }

    /// <summary>The name as the schema has it, whatever the case; as it is where the schema doesn't name it.</summary>
    public static string Spelling(SchemaNode? schema, string name)
    {
        if (schema is null || schema.Properties.ContainsKey(name) || schema.Required.Contains(name))
        {
            return name;
        }

        return schema.Properties.Keys.Concat(schema.Required).FirstOrDefault(n => n.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? name;
    }

    public static SchemaNode? Follow(SchemaNode? schema)
    {
        while (schema?.Reference is { } target)
        {
            schema = target;
        }

        return schema;
    }
}
