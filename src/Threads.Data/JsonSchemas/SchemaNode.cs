using System.Text.Json;

namespace Threads.Data.JsonSchemas;

/// <summary>The types of draft-07 (6.1.1), to be combined.</summary>
[Flags]
internal enum JsonTypes
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Object = 4,
    Array = 8,
    Number = 16,
    String = 32,
    Integer = 64,
}

/// <summary>One schema of a schema document, each keyword read; what a keyword that isn't there allows is everything.</summary>
internal sealed class SchemaNode(string pointer, string keyword)
{
    /// <summary>Where it stands in the document.</summary>
    public string Pointer { get; } = pointer;

    /// <summary>The keyword it is the value of, or part of the value; empty for the document itself.</summary>
    public string Keyword { get; } = keyword;

    /// <summary>The schemas true and false.</summary>
    public bool? Constant { get; set; }

    /// <summary>Stands in place of everything else (8.3).</summary>
    public SchemaNode? Reference { get; set; }

    public JsonTypes Types { get; set; }

    public JsonElement[]? Enum { get; set; }

    public JsonElement? Const { get; set; }

    public (JsonNumber Value, string Text)? MultipleOf { get; set; }

    public (JsonNumber Value, string Text)? Maximum { get; set; }

    public (JsonNumber Value, string Text)? ExclusiveMaximum { get; set; }

    public (JsonNumber Value, string Text)? Minimum { get; set; }

    public (JsonNumber Value, string Text)? ExclusiveMinimum { get; set; }

    public long? MaxLength { get; set; }

    public long? MinLength { get; set; }

    public EcmaPattern? Pattern { get; set; }

    public string? Format { get; set; }

    /// <summary>One schema for all items.</summary>
    public SchemaNode? Items { get; set; }

    /// <summary>A schema for each of the first items; then <see cref="AdditionalItems"/> is that of the others.</summary>
    public SchemaNode[]? ItemList { get; set; }

    public SchemaNode? AdditionalItems { get; set; }

    public long? MaxItems { get; set; }

    public long? MinItems { get; set; }

    public bool UniqueItems { get; set; }

    public SchemaNode? Contains { get; set; }

    public long? MaxProperties { get; set; }

    public long? MinProperties { get; set; }

    public string[] Required { get; set; } = [];

    public Dictionary<string, SchemaNode> Properties { get; set; } = [];

    public (EcmaPattern Pattern, SchemaNode Schema)[] PatternProperties { get; set; } = [];

    public SchemaNode? AdditionalProperties { get; set; }

    public (string Name, string[] Required)[] RequiredWith { get; set; } = [];

    public (string Name, SchemaNode Schema)[] SchemaWith { get; set; } = [];

    public SchemaNode? PropertyNames { get; set; }

    public SchemaNode[] AllOf { get; set; } = [];

    public SchemaNode[]? AnyOf { get; set; }

    public SchemaNode[]? OneOf { get; set; }

    public SchemaNode? Not { get; set; }

    public SchemaNode? If { get; set; }

    public SchemaNode? Then { get; set; }

    public SchemaNode? Else { get; set; }

    /// <summary>The schemas that are asked of the same value: a way round through them would never end.</summary>
    public IEnumerable<SchemaNode> InPlace()
        => AllOf.Concat(AnyOf ?? []).Concat(OneOf ?? []).Concat(SchemaWith.Select(d => d.Schema))
            .Concat(new[] { Reference, Not, If, Then, Else }.OfType<SchemaNode>());
}
