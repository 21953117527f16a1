using System.Text.Json;

namespace Microsoft.EntityFrameworkCore;

/// <summary>
/// Values under keys, in a table of the thread like any other: <c>context.KeyValues("settings").Put("theme", "dark")</c>. The table is made with its first
/// value, unless the model has it. A call writes at once, in the context's transaction where one is open, so that it is one record with what else the transaction
/// does. Values are stored as JSON, as <see cref="JsonSerializer"/> writes them. Two peers that put the same key end with the later value.
/// </summary>
public sealed class KeyValueStore
{
    private readonly StoreTable table;

    internal KeyValueStore(DbContext context, string name) => table = new(context, name, nameof(KeyValue.Value));

    /// <summary>The store's name, which is its table's.</summary>
    public string Name => table.Name;

    /// <summary>All rows, to be queried with LINQ and enumerated, also asynchronously; empty while nothing was put.</summary>
    public IQueryable<KeyValue> All => table.Query<KeyValue>("\"Key\", \"Value\"");

    /// <summary>
    /// The rows whose value is a <typeparamref name="T"/>, to be queried by it: <c>Of&lt;int&gt;().Where(r =&gt; r.Value &gt; 3)</c>. A value of another JSON type is
    /// left out.
    /// </summary>
    /// <typeparam name="T">A number, <see cref="string"/> or <see cref="bool"/>.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is none of these: use <see cref="Get{T}"/>, or <see cref="All"/> with <c>EF.Functions.JsonValue</c>.</exception>
    public IQueryable<KeyValue<T>> Of<T>()
    {
        var types = Type.GetTypeCode(typeof(T)) switch
        {
            TypeCode.Boolean => "'true', 'false'",
            TypeCode.String => "'text'",
            TypeCode.Single or TypeCode.Double or TypeCode.Decimal => "'integer', 'real'",
            >= TypeCode.SByte and <= TypeCode.UInt64 when !typeof(T).IsEnum => "'integer'",
            _ => throw new NotSupportedException(Threads.Resources.Strings.StoreValueType(typeof(T).Name)),
        };
        return table.Query<KeyValue<T>>("\"Key\", json_extract(\"Value\", '$') AS \"Value\"", $"json_type(\"Value\") IN ({types})");
    }

    /// <summary>Puts a value under a key, in place of the one that was there.</summary>
    public void Put<T>(string key, T value)
    {
        ArgumentNullException.ThrowIfNull(key);
        table.Put(key, JsonSerializer.Serialize(value));
    }

    /// <inheritdoc cref="Put"/>
    public Task PutAsync<T>(string key, T value, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return table.PutAsync(key, JsonSerializer.Serialize(value), cancellationToken);
    }

    /// <summary>The value under a key; the default of <typeparamref name="T"/> when there is none.</summary>
    /// <exception cref="JsonException">The value is no <typeparamref name="T"/>.</exception>
    public T? Get<T>(string key) => Json(key).FirstOrDefault() is { } json ? JsonSerializer.Deserialize<T>(json) : default;

    /// <inheritdoc cref="Get"/>
    public async Task<T?> GetAsync<T>(string key, CancellationToken cancellationToken = default)
        => await Json(key).FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false) is { } json ? JsonSerializer.Deserialize<T>(json) : default;

    /// <summary>Whether there is a value under a key, be it null.</summary>
    public bool Contains(string key) => Json(key).Any();

    /// <inheritdoc cref="Contains"/>
    public Task<bool> ContainsAsync(string key, CancellationToken cancellationToken = default) => Json(key).AnyAsync(cancellationToken);

    /// <summary>Takes a key and its value away; false when there was none.</summary>
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

    private IQueryable<string> Json(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return All.Where(r => r.Key == key).Select(r => r.Value);
    }
}
