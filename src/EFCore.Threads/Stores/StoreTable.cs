using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore;

/// <summary>The table of a store: a key and a column of JSON. It is made with its first row, unless the model has it.</summary>
internal sealed class StoreTable
{
    private readonly DatabaseFacade database;
    private readonly ISqlGenerationHelper sql;
    private readonly string delimited;
    private readonly string column;
    private readonly bool mergesPaths;

    public StoreTable(DbContext context, string name, string column, bool mergesPaths = false)
    {
        this.mergesPaths = mergesPaths;
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        database = context.Database;
        sql = context.GetService<ISqlGenerationHelper>();
        // EF Core looks for parameters in braces.
        delimited = Braced(sql.DelimitIdentifier(name));
        Name = name;
        this.column = $"\"{column}\"";
    }

    public string Name { get; }

    /// <summary>All rows, by a SELECT of <paramref name="columns"/>; none while there is no table.</summary>
    public IQueryable<T> Query<T>(string columns, string where = "1")
    {
        var from = Exists() ? delimited : $"(SELECT '' AS \"Key\", 'null' AS {column} WHERE 0)";
        var text = $"SELECT {columns} FROM {from} WHERE {where}";
        return database.SqlQueryRaw<T>(text);
    }

    public void Put(string key, string json)
    {
        Create();

        database.ExecuteSqlRaw(PutSql, key, json);
    }

    public async Task PutAsync(string key, string json, CancellationToken cancellationToken)
    {
        await CreateAsync(cancellationToken).ConfigureAwait(false);
        await database.ExecuteSqlRawAsync(PutSql, [key, json], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Merges into the row's JSON (RFC 7396), or puts what the merge makes of nothing.</summary>
    public void Merge(string key, string patch)
    {
        Create();

        database.ExecuteSqlRaw(MergeSql, key, patch);
    }

    public async Task MergeAsync(string key, string patch, CancellationToken cancellationToken)
    {
        await CreateAsync(cancellationToken).ConfigureAwait(false);
        await database.ExecuteSqlRawAsync(MergeSql, [key, patch], cancellationToken).ConfigureAwait(false);
    }

    public bool Delete(string key) => Exists() && database.ExecuteSqlRaw(DeleteSql, key) > 0;

    public async Task<bool> DeleteAsync(string key, CancellationToken cancellationToken)
        => await ExistsAsync(cancellationToken).ConfigureAwait(false)
            && await database.ExecuteSqlRawAsync(DeleteSql, [key], cancellationToken).ConfigureAwait(false) > 0;

    /// <summary>An index over what stands at a path of the JSON; nothing when there is one of that name.</summary>
    public void CreateIndex(string path, bool isUnique)
    {
        Create();

        database.ExecuteSqlRaw(IndexSql(path, isUnique));
    }

    public async Task CreateIndexAsync(string path, bool isUnique, CancellationToken cancellationToken)
    {
        await CreateAsync(cancellationToken).ConfigureAwait(false);
        await database.ExecuteSqlRawAsync(IndexSql(path, isUnique), cancellationToken).ConfigureAwait(false);
    }

    public void DropIndex(string path) => database.ExecuteSqlRaw(DropIndexSql(path));

    public Task DropIndexAsync(string path, CancellationToken cancellationToken) => database.ExecuteSqlRawAsync(DropIndexSql(path), cancellationToken);

    private string CreateSql => $"CREATE TABLE IF NOT EXISTS {delimited} (\"Key\" TEXT NOT NULL PRIMARY KEY, {column} TEXT NOT NULL)";

    private string PutSql => $$"""INSERT INTO {{delimited}} ("Key", {{column}}) VALUES ({0}, {1}) ON CONFLICT("Key") DO UPDATE SET {{column}} = excluded.{{column}}""";

    private string MergeSql
        => $$"""INSERT INTO {{delimited}} ("Key", {{column}}) VALUES ({0}, json_patch(json_object(), {1})) ON CONFLICT("Key") DO UPDATE SET {{column}} = json_patch({{column}}, {1})""";

    private string DeleteSql => $$"""DELETE FROM {{delimited}} WHERE "Key" = {0}""";

    private string IndexSql(string path, bool isUnique)
        => $"CREATE {(isUnique ? "UNIQUE " : "")}INDEX IF NOT EXISTS {IndexName(path)} ON {delimited} (json_extract({column}, '{Braced(path.Replace("'", "''", StringComparison.Ordinal))}'))";

    private string DropIndexSql(string path) => $"DROP INDEX IF EXISTS {IndexName(path)}";

    private string IndexName(string path) => Braced(sql.DelimitIdentifier($"IX_{Name}_{path}"));

    private static string Braced(string text) => text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);

    /// <summary>Two peers who change a document at once end with both changes (docs/merging.md).</summary>
    private string MergeKindSql => $"SELECT threads_merge({Literal(Name)}, {Literal(column.Trim('"'))}, '{Microsoft.EntityFrameworkCore.Merge.Json.Name}')";

    private static string Literal(string text) => Braced($"'{text.Replace("'", "''", StringComparison.Ordinal)}'");

    private void Create()
    {
        if (!Exists())
        {
            database.ExecuteSqlRaw(CreateSql);
            if (mergesPaths)
            {
                database.ExecuteSqlRaw(MergeKindSql);
            }
        }
    }

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(cancellationToken).ConfigureAwait(false))
        {
            await database.ExecuteSqlRawAsync(CreateSql, cancellationToken).ConfigureAwait(false);
            if (mergesPaths)
            {
                await database.ExecuteSqlRawAsync(MergeKindSql, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private bool Exists() => Found().Any();

    private Task<bool> ExistsAsync(CancellationToken cancellationToken) => Found().AnyAsync(cancellationToken);

    private IQueryable<int> Found()
        => database.SqlQuery<int>($"""SELECT 1 AS "Value" FROM "sqlite_master" WHERE "type" = 'table' AND "name" = {Name} COLLATE NOCASE""");
}
