using System.Text.Json;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore;

/// <summary>
/// Values under keys, in a table of the thread like any other: <c>context.KeyValues("settings").Put("theme", "dark")</c>. The table is made with its first
/// value. A call writes at once, in the context's transaction where one is open, so that it is one record with what else the transaction does. Two peers
/// that put the same key end with the later value.
/// </summary>
public sealed class KeyValueStore
{
    private readonly DatabaseFacade database;
    private readonly string table;

    internal KeyValueStore(DbContext context, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        database = context.Database;
        table = context.GetService<ISqlGenerationHelper>().DelimitIdentifier(name);
        Name = name;
    }

    /// <summary>The store's name, which is its table's.</summary>
    public string Name { get; }

    /// <summary>All rows, to be queried with LINQ; empty while nothing was put.</summary>
    public IQueryable<KeyValue> All => database.SqlQueryRaw<KeyValue>(Exists() ? SelectSql : "SELECT '' AS \"Key\", '' AS \"Value\" WHERE 0");

    /// <summary>Puts a value under a key, in place of the one that was there. It is stored as JSON.</summary>
    public void Put<T>(string key, T value)
    {
        ArgumentNullException.ThrowIfNull(key);
        database.ExecuteSqlRaw(CreateSql);
        database.ExecuteSqlRaw(PutSql, key, JsonSerializer.Serialize(value));
    }

    /// <inheritdoc cref="Put"/>
    public async Task PutAsync<T>(string key, T value, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        await database.ExecuteSqlRawAsync(CreateSql, cancellationToken).ConfigureAwait(false);
        await database.ExecuteSqlRawAsync(PutSql, [key, JsonSerializer.Serialize(value)], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The value under a key; the default of <typeparamref name="T"/> when there is none.</summary>
    /// <exception cref="JsonException">The value is no <typeparamref name="T"/>.</exception>
    public T? Get<T>(string key) => All.Where(r => r.Key == key).Select(r => r.Value).FirstOrDefault() is { } json ? JsonSerializer.Deserialize<T>(json) : default;

    /// <inheritdoc cref="Get"/>
    public async Task<T?> GetAsync<T>(string key, CancellationToken cancellationToken = default)
        => await All.Where(r => r.Key == key).Select(r => r.Value).FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false) is { } json
            ? JsonSerializer.Deserialize<T>(json)
            : default;

    /// <summary>Takes a key and its value away; false when there was none.</summary>
    public bool Delete(string key) => Exists() && database.ExecuteSqlRaw(DeleteSql, key) > 0;

    /// <inheritdoc cref="Delete"/>
    public async Task<bool> DeleteAsync(string key, CancellationToken cancellationToken = default)
        => Exists() && await database.ExecuteSqlRawAsync(DeleteSql, [key], cancellationToken).ConfigureAwait(false) > 0;

    private string SelectSql => $"SELECT \"Key\", \"Value\" FROM {table}";

    private string CreateSql => $"CREATE TABLE IF NOT EXISTS {table} (\"Key\" TEXT NOT NULL PRIMARY KEY, \"Value\" TEXT NOT NULL)";

    private string PutSql => $$"""INSERT INTO {{table}} ("Key", "Value") VALUES ({0}, {1}) ON CONFLICT("Key") DO UPDATE SET "Value" = excluded."Value" """;

    private string DeleteSql => $$"""DELETE FROM {{table}} WHERE "Key" = {0}""";

    private bool Exists()
        => database.SqlQuery<int>($"""SELECT count(*) AS "Value" FROM "sqlite_master" WHERE "type" = 'table' AND "name" = {Name}""").Single() > 0;
}
