namespace Threads.Data.JsonSchemas;

/// <summary>What a column holds when its row is written as JSON.</summary>
public enum JsonColumnKind
{
    /// <summary>What SQLite stores: a number, a text, a blob as base64.</summary>
    Value,

    /// <summary>0 and 1 are false and true.</summary>
    Boolean,

    /// <summary>A text that is JSON itself.</summary>
    Json,

    /// <summary>A text that is a number, or an integer.</summary>
    Number,

    /// <summary>An integer whose sign bit is a digit.</summary>
    Unsigned,

    /// <summary>A text that is a date and a time, written as RFC 3339 has it; without an offset it is UTC.</summary>
    DateTime,
}

/// <summary>A column as a member of its row's JSON.</summary>
/// <param name="Name">The column.</param>
/// <param name="Path">The member, as a JSON Pointer; empty: the column is the whole document.</param>
/// <param name="Kind">What it holds.</param>
public sealed record JsonSchemaColumn(string Name, string Path, JsonColumnKind Kind)
{
    /// <summary>It is a member only where the schema names it, as for a property that no class has.</summary>
    public bool OnlyWhenNamed { get; init; }

    /// <summary>Of a column that is JSON: members inside, by their paths (* is any item), that are texts there and mean a number or a date.</summary>
    public IReadOnlyList<JsonSchemaColumn> Members { get; init; } = [];
}

/// <summary>The rows of a table, as JSON, and the schema they are to keep.</summary>
public sealed record TableSchemaRule
{
    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>What error messages call the rows.</summary>
    public required string Entity { get; init; }

    /// <summary>The JSON Schema, of draft-07.</summary>
    public required string Schema { get; init; }

    /// <summary>The members; null: every stored column by its name, of the kind its declared type tells (BOOLEAN, JSON).</summary>
    public IReadOnlyList<JsonSchemaColumn>? Columns { get; init; }

    /// <summary>A column that tells which rows are meant; null: all.</summary>
    public string? Discriminator { get; init; }

    /// <summary>Its values in the rows that are meant, as texts.</summary>
    public IReadOnlyList<string> DiscriminatorValues { get; init; } = [];
}

/// <summary>The rules a program has for the tables it knows; made once and used for many connections.</summary>
/// <param name="Tables">All tables it knows; those without a rule are to have none.</param>
/// <param name="Rules">The rules.</param>
public sealed record TableSchemaRules(IReadOnlyList<string> Tables, IReadOnlyList<TableSchemaRule> Rules);
