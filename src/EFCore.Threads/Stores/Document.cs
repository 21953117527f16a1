namespace Microsoft.EntityFrameworkCore;

/// <summary>
/// A row of a document store: <c>context.Documents&lt;Person&gt;("people")</c> where the model has <c>DocumentStore&lt;Person&gt;("people")</c>. Its body is one
/// JSON document; LINQ reaches its members, and a save writes those that changed.
/// </summary>
/// <typeparam name="T">The type of the documents.</typeparam>
public sealed class Document<T>
    where T : class
{
    /// <summary>The document's key.</summary>
    public required string Key { get; set; }

    /// <summary>The document.</summary>
    public required T Body { get; set; }
}
