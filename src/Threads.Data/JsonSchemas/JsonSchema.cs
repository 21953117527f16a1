using System.Text.Json;

namespace Threads.Data.JsonSchemas;

/// <summary>
/// A JSON Schema of draft-07 (draft-handrews-json-schema-01 and -validation-01), read once and asked often, from any thread. All of the vocabulary is enforced; of
/// the formats those that <see cref="Parse"/> lists. References stay within the document: nothing is fetched.
/// </summary>
public sealed class JsonSchema
{
    /// <summary>After so many broken rules the rest is not looked for.</summary>
    public const int MostErrors = 100;

    /// <summary>More schemas than this are not asked of one document.</summary>
    public const int MostSteps = 1_000_000;

    internal const int DeepestJson = 256;

    private JsonSchema(string text, SchemaNode root)
    {
        Text = text;
        Root = root;
    }

    /// <summary>The schema as it was given.</summary>
    public string Text { get; }

    internal SchemaNode Root { get; }

    /// <summary>
    /// Reads a schema. Enforced formats: date-time, date, time, email, hostname, ipv4, ipv6, uri, uri-reference, iri, iri-reference, json-pointer,
    /// relative-json-pointer, regex; any other one is a remark, as are contentEncoding, contentMediaType, default, examples and the like.
    /// </summary>
    /// <exception cref="ThreadsException">The text is no JSON, no schema of draft-07, or a reference in it leads nowhere, out of it, or round in a circle.</exception>
    public static JsonSchema Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = DeepestJson, AllowDuplicateProperties = false });
            return new JsonSchema(text, new SchemaReader(document.RootElement.Clone()).Read());
        }
        catch (JsonException e)
        {
            throw ThreadsErrors.JsonSchemaText(e.Message, e);
        }
    }

    /// <summary>The rules a document breaks, at most <see cref="MostErrors"/>; none: it is valid.</summary>
    public IReadOnlyList<JsonSchemaError> Validate(JsonElement document) => new SchemaEvaluation().Run(Root, document);

    /// <inheritdoc cref="Validate(JsonElement)"/>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public IReadOnlyList<JsonSchemaError> Validate(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DeepestJson });
        return Validate(document.RootElement);
    }
}
