using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Threads.Data.JsonSchemas;

/// <summary>Reads a schema document into nodes. References are found once all of it is read; one that leads round to itself on the same value is refused here.</summary>
internal sealed class SchemaReader(JsonElement document)
{
    private const int MostSchemas = 10_000;

    private static readonly Dictionary<string, JsonTypes> TypeNames = new(StringComparer.Ordinal)
    {
        ["null"] = JsonTypes.Null,
        ["boolean"] = JsonTypes.Boolean,
        ["object"] = JsonTypes.Object,
        ["array"] = JsonTypes.Array,
        ["number"] = JsonTypes.Number,
        ["string"] = JsonTypes.String,
        ["integer"] = JsonTypes.Integer,
    };

    private readonly Dictionary<string, SchemaNode> _nodes = new(StringComparer.Ordinal);
    private readonly SchemaReferences _references = new();
    private readonly Queue<(SchemaNode From, string Text, Uri Base)> _open = new();
    private readonly HashSet<SchemaNode> _settled = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<SchemaNode> _onWay = new(ReferenceEqualityComparer.Instance);

    public SchemaNode Read()
    {
        if (document.ValueKind == JsonValueKind.Object && document.TryGetProperty("$schema", out var dialect)
            && (dialect.ValueKind != JsonValueKind.String || !IsKnownDialect(dialect.GetString()!)))
        {
            throw Wrong("/$schema", Resources.Strings.JsonSchemaDialect());
        }

        _references.Begin();
        var root = Node(document, "", SchemaReferences.Unnamed, "");
        while (_open.TryDequeue(out var open))
        {
            open.From.Reference = Target(open.From.Pointer, open.Text, open.Base);
        }

        foreach (var node in _nodes.Values)
        {
            RefuseCircle(node);
        }

        return root;
    }

    private static bool IsKnownDialect(string uri)
        => uri.TrimEnd('#') is "http://json-schema.org/draft-07/schema" or "https://json-schema.org/draft-07/schema"
            or "http://json-schema.org/draft-06/schema" or "https://json-schema.org/draft-06/schema";

    private SchemaNode Target(string pointer, string reference, Uri @base)
    {
        if (_references.Find(reference, @base) is not { } place)
        {
            throw Wrong(pointer + "/$ref", Resources.Strings.JsonSchemaReference(reference));
        }

        if (_nodes.TryGetValue(place, out var node))
        {
            return node;
        }

        // A place no keyword of the vocabulary leads to may hold a schema all the same.
        return JsonPointer.TryFind(document, place, out var element)
            ? Node(element, place, _references.BaseOf(place), "$ref")
            : throw Wrong(pointer + "/$ref", Resources.Strings.JsonSchemaReference(reference));
    }

    private SchemaNode Node(JsonElement element, string pointer, Uri @base, string keyword)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var node = new SchemaNode(pointer, keyword);
        if (_nodes.Count >= MostSchemas)
        {
            throw Wrong(pointer, Resources.Strings.JsonSchemaTooLarge(MostSchemas));
        }

        _nodes[pointer] = node;
        switch (element.ValueKind)
        {
            case JsonValueKind.True or JsonValueKind.False:
                node.Constant = element.ValueKind == JsonValueKind.True;
                return node;
            case not JsonValueKind.Object:
                throw Wrong(pointer, Resources.Strings.JsonSchemaNoSchema());
        }

        if (element.TryGetProperty("$ref", out var reference))
        {
            // What stands beside it is ignored, an $id too (8.3); schemas in it may still be referred to.
            _open.Enqueue((node, Text(reference, pointer + "/$ref"), @base));
            node = new SchemaNode(pointer, keyword);
        }
        else if (element.TryGetProperty("$id", out var id))
        {
            @base = _references.Enter(Text(id, pointer + "/$id"), @base, pointer) ?? throw Wrong(pointer + "/$id", Resources.Strings.JsonSchemaUri());
        }

        foreach (var member in element.EnumerateObject())
        {
            Keyword(node, member.Name, member.Value, JsonPointer.Child(pointer, member.Name), @base);
        }

        return _nodes[pointer];
    }

    private void Keyword(SchemaNode node, string name, JsonElement value, string at, Uri @base)
    {
        switch (name)
        {
            case "type":
                node.Types = Types(value, at);
                break;
            case "enum":
                node.Enum = [.. Items(value, at)];
                break;
            case "const":
                node.Const = value;
                break;
            case "multipleOf":
                var step = Number(value, at);
                node.MultipleOf = step.Value.CompareTo(default) > 0 ? step : throw Wrong(at, Resources.Strings.JsonSchemaStep());
                break;
            case "maximum":
                node.Maximum = Number(value, at);
                break;
            case "exclusiveMaximum":
                node.ExclusiveMaximum = Number(value, at);
                break;
            case "minimum":
                node.Minimum = Number(value, at);
                break;
            case "exclusiveMinimum":
                node.ExclusiveMinimum = Number(value, at);
                break;
            case "maxLength":
                node.MaxLength = Count(value, at);
                break;
            case "minLength":
                node.MinLength = Count(value, at);
                break;
            case "pattern":
                node.Pattern = Pattern(Text(value, at), at);
                break;
            case "format":
                node.Format = Text(value, at);
                break;
            case "items" when value.ValueKind == JsonValueKind.Array:
                node.ItemList = List(value, at, @base, name, mayBeEmpty: true);
                break;
            case "items":
                node.Items = Node(value, at, @base, name);
                break;
            case "additionalItems":
                node.AdditionalItems = Node(value, at, @base, name);
                break;
            case "maxItems":
                node.MaxItems = Count(value, at);
                break;
            case "minItems":
                node.MinItems = Count(value, at);
                break;
            case "uniqueItems":
                node.UniqueItems = value.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? value.GetBoolean() : throw Wrong(at, Resources.Strings.JsonSchemaKind("boolean"));
                break;
            case "contains":
                node.Contains = Node(value, at, @base, name);
                break;
            case "maxProperties":
                node.MaxProperties = Count(value, at);
                break;
            case "minProperties":
                node.MinProperties = Count(value, at);
                break;
            case "required":
                node.Required = Names(value, at);
                break;
            case "properties":
                node.Properties = Members(value, at).ToDictionary(m => m.Name, m => Node(m.Value, JsonPointer.Child(at, m.Name), @base, name), StringComparer.Ordinal);
                break;
            case "patternProperties":
                node.PatternProperties = [.. Members(value, at).Select(m => (Pattern(m.Name, at), Node(m.Value, JsonPointer.Child(at, m.Name), @base, name)))];
                break;
            case "additionalProperties":
                node.AdditionalProperties = Node(value, at, @base, name);
                break;
            case "dependencies":
                Dependencies(node, value, at, @base);
                break;
            case "propertyNames":
                node.PropertyNames = Node(value, at, @base, name);
                break;
            case "definitions":
                foreach (var (key, definition) in Members(value, at))
                {
                    Node(definition, JsonPointer.Child(at, key), @base, name);
                }

                break;
            case "allOf":
                node.AllOf = List(value, at, @base, name);
                break;
            case "anyOf":
                node.AnyOf = List(value, at, @base, name);
                break;
            case "oneOf":
                node.OneOf = List(value, at, @base, name);
                break;
            case "not":
                node.Not = Node(value, at, @base, name);
                break;
            case "if":
                node.If = Node(value, at, @base, name);
                break;
            case "then":
                node.Then = Node(value, at, @base, name);
                break;
            case "else":
                node.Else = Node(value, at, @base, name);
                break;
        }
    }

    private void Dependencies(SchemaNode node, JsonElement value, string at, Uri @base)
    {
        var members = Members(value, at).ToArray();
        node.RequiredWith = [.. members.Where(m => m.Value.ValueKind == JsonValueKind.Array).Select(m => (m.Name, Names(m.Value, JsonPointer.Child(at, m.Name))))];
        node.SchemaWith = [.. members.Where(m => m.Value.ValueKind != JsonValueKind.Array)
            .Select(m => (m.Name, Node(m.Value, JsonPointer.Child(at, m.Name), @base, "dependencies")))];
    }

    private SchemaNode[] List(JsonElement value, string at, Uri @base, string keyword, bool mayBeEmpty = false)
    {
        var list = Items(value, at).Select((item, i) => Node(item, FormattableString.Invariant($"{at}/{i}"), @base, keyword)).ToArray();
        return list.Length > 0 || mayBeEmpty ? list : throw Wrong(at, Resources.Strings.JsonSchemaKind("array of at least one schema"));
    }

    private static JsonTypes Types(JsonElement value, string at)
    {
        var types = JsonTypes.None;
        foreach (var name in value.ValueKind == JsonValueKind.Array ? Names(value, at) : [Text(value, at)])
        {
            types |= TypeNames.TryGetValue(name, out var type) ? type : throw Wrong(at, Resources.Strings.JsonSchemaType(name, string.Join(", ", TypeNames.Keys)));
        }

        return types != JsonTypes.None ? types : throw Wrong(at, Resources.Strings.JsonSchemaKind("array of at least one type"));
    }

    private static IEnumerable<JsonElement> Items(JsonElement value, string at)
        => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Wrong(at, Resources.Strings.JsonSchemaKind("array"));

    private static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement value, string at)
        => value.ValueKind == JsonValueKind.Object
            ? value.EnumerateObject().Select(m => (m.Name, m.Value)) : throw Wrong(at, Resources.Strings.JsonSchemaKind("object"));

    private static string[] Names(JsonElement value, string at) => [.. Items(value, at).Select(i => Text(i, at)).Distinct(StringComparer.Ordinal)];

    private static string Text(JsonElement value, string at)
        => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(at, Resources.Strings.JsonSchemaKind("string"));

    private static (JsonNumber Value, string Text) Number(JsonElement value, string at)
        => value.ValueKind == JsonValueKind.Number
            ? (JsonNumber.Parse(value.GetRawText()), value.GetRawText()) : throw Wrong(at, Resources.Strings.JsonSchemaKind("number"));

    private static long Count(JsonElement value, string at)
    {
        var number = Number(value, at);
        return number.Value.IsInteger && number.Value.CompareTo(default) >= 0
            && decimal.TryParse(number.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var count) && count <= long.MaxValue
                ? (long)count : throw Wrong(at, Resources.Strings.JsonSchemaKind("whole number, zero or above"));
    }

    private static EcmaPattern Pattern(string text, string at) => EcmaPattern.TryParse(text) ?? throw Wrong(at, Resources.Strings.JsonSchemaPattern(text));

    private void RefuseCircle(SchemaNode node)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (_settled.Contains(node))
        {
            return;
        }

        if (!_onWay.Add(node))
        {
            throw Wrong(node.Pointer, Resources.Strings.JsonSchemaCircle());
        }

        foreach (var next in node.InPlace())
        {
            RefuseCircle(next);
        }

        _onWay.Remove(node);
        _settled.Add(node);
    }

    private static ThreadsException Wrong(string pointer, string why) => ThreadsErrors.JsonSchemaText(Resources.Strings.JsonSchemaAt(pointer.Length == 0 ? "/" : pointer, why), null);
}
