namespace Threads.Data.JsonSchemas;

/// <summary>One rule of a schema that a document breaks.</summary>
/// <param name="Path">Where in the document, as a JSON Pointer (RFC 6901); empty: the document itself. Of a missing member it is the place where that would be.</param>
/// <param name="Rule">The keyword that failed: <c>type</c>, <c>minimum</c>, <c>required</c> …</param>
/// <param name="SchemaPath">Where the keyword stands in the schema, as a JSON Pointer.</param>
/// <param name="Message">What the rule wants, in words, without the value that broke it.</param>
public sealed record JsonSchemaError(string Path, string Rule, string SchemaPath, string Message)
{
    /// <summary>Path, rule and words in one line.</summary>
    public override string ToString() => Resources.Strings.JsonSchemaError(Path.Length == 0 ? "/" : Path, Rule, Message);
}
