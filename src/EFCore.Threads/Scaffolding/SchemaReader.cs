using System.Data.Common;
using Microsoft.EntityFrameworkCore.Migrations;
using SQLitePCL;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Scaffolding;

/// <summary>What SQLite's schema table and pragmas say of a database.</summary>
internal sealed class SchemaReader(DbConnection connection)
{
    public IEnumerable<(string Name, bool IsView, string? Sql)> Tables()
        => Rows($"""
            SELECT "name", "type", "sql"
            FROM "sqlite_master"
            WHERE "type" IN ('table', 'view') AND "name" NOT GLOB 'sqlite_*' AND "name" NOT GLOB '_threads_*' AND "name" NOT GLOB 'threads_*'
                AND "name" NOT IN ('{HistoryRepository.DefaultTableName}', '__EFMigrationsLock')
            """).Select(r => ((string)r[0]!, (string)r[1]! == "view", r[2] as string));

    public List<ColumnFound> Columns(string table)
        => [.. Rows(
            """
            SELECT "name", "type", "notnull", "dflt_value", "hidden" FROM pragma_table_xinfo(@0) WHERE "hidden" IN (0, 2, 3) ORDER BY "cid"
            """, table).Select(r =>
            {
                var name = (string)r[0]!;
                var (collation, autoincrement) = Metadata(table, name);
                return new ColumnFound(name, (string)r[1]!, (long)r[2]! != 0, r[3] as string, (long)r[4]! > 0, (long)r[4]! == 3, collation, autoincrement);
            })];

    public List<IndexFound> Indexes(string table)
        => [.. Rows(
            """SELECT l."name", l."unique", l."origin", m."sql" FROM pragma_index_list(@0) l LEFT JOIN "sqlite_master" m ON m."type" = 'index' AND m."name" = l."name" WHERE l."name" NOT GLOB '_threads_*' ORDER BY l."seq" """,
            table).Select(r => new IndexFound(
                (string)r[0]!,
                (long)r[1]! != 0,
                (string)r[2]!,
                Filter(r[3] as string),
                [.. Rows("""SELECT "name", "desc" FROM pragma_index_xinfo(@0) WHERE "key" = 1 ORDER BY "seqno" """, r[0])
                    .Select(c => (c[0] as string, (long)c[1]! != 0))]))];

    public string? RowNumberKey(string table) => Rows("""SELECT "name" FROM pragma_table_info(@0) WHERE "pk" = 1""", table).Select(r => (string?)r[0]).FirstOrDefault();

    public List<ForeignKeyFound> ForeignKeys(string table)
        => [.. Rows("""SELECT "id", "table", "on_delete", "seq", "from", "to" FROM pragma_foreign_key_list(@0) ORDER BY "id", "seq" """, table)
            .GroupBy(r => (long)r[0]!)
            .Select(g => new ForeignKeyFound(
                g.Key.ToString(System.Globalization.CultureInfo.InvariantCulture),
                (string)g.First()[1]!,
                (string)g.First()[2]!,
                [.. g.Select(r => ((int)(long)r[3]!, (string)r[4]!, r[5] as string))]))];

    /// <summary>The rows of a query with parameters <c>@0</c>, <c>@1</c> …; NULL is null.</summary>
    public List<object?[]> Rows(string sql, params object?[] parameters)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // every text is ours; names of tables come as parameters or quoted
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@" + i.ToString(System.Globalization.CultureInfo.InvariantCulture);
            parameter.Value = parameters[i];
            command.Parameters.Add(parameter);
        }

        using var reader = command.ExecuteReader();
        var rows = new List<object?[]>();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add([.. row.Select(v => v is DBNull ? null : v)]);
        }

        return rows;
    }

    // Collation and AUTOINCREMENT stand in no pragma; a view's column has neither.
    private (string? Collation, bool Autoincrement) Metadata(string table, string column)
    {
        if ((connection as ThreadsConnection)?.Handle is not { } db
            || raw.sqlite3_table_column_metadata(db, "main", table, column, out _, out var collation, out _, out _, out var autoincrement) != raw.SQLITE_OK)
        {
            return (null, false);
        }

        return (string.Equals(collation, "BINARY", StringComparison.OrdinalIgnoreCase) ? null : collation, autoincrement != 0);
    }

    // A partial index ends in WHERE; inside the parentheses of its columns there is none.
    private static string? Filter(string? sql)
    {
        var at = sql is null ? -1 : SqlScan.FindKeyword(sql, "WHERE");
        return at < 0 ? null : sql![(at + "WHERE".Length)..].Trim();
    }
}

internal sealed record ColumnFound(
    string Name, string Type, bool NotNull, string? Default, bool Generated, bool Stored, string? Collation, bool Autoincrement);

internal sealed record IndexFound(string Name, bool IsUnique, string Origin, string? Filter, IReadOnlyList<(string? Name, bool Descending)> Columns);

internal sealed record ForeignKeyFound(
    string Id, string Principal, string OnDelete, IReadOnlyList<(int Position, string From, string? To)> Columns);
