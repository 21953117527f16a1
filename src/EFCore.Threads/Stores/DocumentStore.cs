using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.EntityFrameworkCore;

/// <summary>
/// JSON documents with keys and without a schema: <c>context.Documents("people").Put("ann", new { name = "Ann" })</c>. They are a table of the thread like any
/// other, made with its first document unless the model has it (<c>DocumentStore</c>). A call writes at once, in the context's transaction where one is open, so that
/// it is one record with what else the transaction does. Two peers who change one document at once end with both changes, path by path (docs/merging.md). Documents are written and read by <see cref="JsonSerializer"/>.
/// </summary>
public sealed class DocumentStore
{
    private static readonly JsonSerializerOptions Reading = new() { NumberHandling = JsonNumberHandling.AllowReadingFromString };

    private readonly StoreTable table;

    internal DocumentStore(DbContext context, string name) => table = new(context, name, nameof(StoredDocument.Body), mergesPaths: true);

    /// <summary>The store's name, which is its table's.</summary>
    public string Name => table.Name;

    /// <summary>All documents, to be queried with LINQ and enumerated, also asynchronously; empty while nothing was put.</summary>
    public IQueryable<StoredDocument> All => table.Query<StoredDocument>("\"Key\", \"Body\"");

    /// <summary>Puts a document under a key, in place of the one that was there.</summary>
    /// <exception cref="ArgumentException">It is no object in JSON, but a number, a text or a list.</exception>
    public void Put<T>(string key, T document)
    {
        ArgumentNullException.ThrowIfNull(key);
        table.Put(key, Json(document));
    }

    /// <inheritdoc cref="Put"/>
    public Task PutAsync<T>(string key, T document, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return table.PutAsync(key, Json(document), cancellationToken);
    }

    /// <summary>Puts a document given as JSON text.</summary>
    /// <exception cref="ArgumentException">The text is no JSON object.</exception>
    public void PutJson(string key, string json)
    {
        ArgumentNullException.ThrowIfNull(key);
        table.Put(key, Checked(json));
    }

    /// <inheritdoc cref="PutJson"/>
    public Task PutJsonAsync(string key, string json, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return table.PutAsync(key, Checked(json), cancellationToken);
    }

    /// <summary>
    /// Changes members of a document and leaves the others: a merge patch (RFC 7396), in which null takes a member away. A document that isn't there is made.
    /// </summary>
    /// <exception cref="ArgumentException">The patch is no object in JSON.</exception>
    public void Merge<T>(string key, T patch)
    {
        ArgumentNullException.ThrowIfNull(key);
        table.Merge(key, Json(patch));
    }

    /// <inheritdoc cref="Merge"/>
    public Task MergeAsync<T>(string key, T patch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return table.MergeAsync(key, Json(patch), cancellationToken);
    }

    /// <summary>The document under a key; the default of <typeparamref name="T"/> when there is none.</summary>
    /// <exception cref="JsonException">The document is no <typeparamref name="T"/>.</exception>
    public T? Get<T>(string key) => GetJson(key) is { } json ? JsonSerializer.Deserialize<T>(json, Reading) : default;

    /// <inheritdoc cref="Get"/>
    public async Task<T?> GetAsync<T>(string key, CancellationToken cancellationToken = default)
        => await GetJsonAsync(key, cancellationToken).ConfigureAwait(false) is { } json ? JsonSerializer.Deserialize<T>(json, Reading) : default;

    /// <summary>The document under a key as JSON text; null when there is none.</summary>
    public string? GetJson(string key) => Body(key).FirstOrDefault();

    /// <inheritdoc cref="GetJson"/>
    public Task<string?> GetJsonAsync(string key, CancellationToken cancellationToken = default) => Body(key).FirstOrDefaultAsync(cancellationToken);

    /// <summary>Takes a document away; false when there was none.</summary>
    public bool Delete(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return table.Delete(key);
    }

    /// <inheritdoc cref="Delete"/>
    public Task<bool> DeleteAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return table.DeleteAsync(key, cancellationToken);
    }

    /// <summary>
    /// An index over what stands at a path (<c>$.address.city</c>) in every document; queries that compare <c>EF.Functions.JsonValue</c> of the same path use it.
    /// Nothing happens when it is there.
    /// </summary>
    /// <param name="path">A path of SQLite's JSON functions; it begins with $.</param>
    /// <param name="isUnique">Whether no two documents may have the same value there.</param>
    /// <exception cref="ArgumentException">The path does not begin with $.</exception>
    public void CreateIndex(string path, bool isUnique = false) => table.CreateIndex(Path(path), isUnique);

    /// <inheritdoc cref="CreateIndex"/>
    public Task CreateIndexAsync(string path, bool isUnique = false, CancellationToken cancellationToken = default)
        => table.CreateIndexAsync(Path(path), isUnique, cancellationToken);

    /// <summary>Drops the index over a path, if there is one.</summary>
    public void DropIndex(string path) => table.DropIndex(Path(path));

    /// <inheritdoc cref="DropIndex"/>
    public Task DropIndexAsync(string path, CancellationToken cancellationToken = default) => table.DropIndexAsync(Path(path), cancellationToken);

    private static string Json<T>(T document) => Checked(JsonSerializer.Serialize(document));

    private static string Checked(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? json : throw new ArgumentException(Threads.Resources.Strings.StoreNoObject(document.RootElement.ValueKind));
        }
        catch (JsonException e)
        {
            throw new ArgumentException(Threads.Resources.Strings.StoreNoJson(e.Message), e);
        }
    }

    private static string Path(string path)
        => path is "$" or ['$', '.' or '[', ..] ? path : throw new ArgumentException(Threads.Resources.Strings.StorePath(path), nameof(path));

    private IQueryable<string> Body(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return All.Where(d => d.Key == key).Select(d => d.Body);
    }
}
