namespace Microsoft.EntityFrameworkCore;

/// <summary>
/// A row of a document store as it is stored; <c>EF.Functions.JsonValue&lt;int&gt;(row.Body, "$.age")</c> reaches its members in LINQ. Also the rows of
/// <c>context.Set&lt;StoredDocument&gt;("people")</c> where the model has <c>DocumentStore("people")</c>.
/// </summary>
public sealed class StoredDocument
{
    /// <summary>The document's key.</summary>
    public required string Key { get; set; }

    /// <summary>The document, as JSON.</summary>
    public required string Body { get; set; }
}
