using System.Data;
using System.Data.Common;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>What DbConnection.GetSchema lists. Tables of ours (_threads_…) and of SQLite are left out; the views that show the log (threads_records …) are there.</summary>
internal static class SchemaCollections
{
    private const string Visible = "{0} NOT GLOB '_threads_*' AND {0} NOT GLOB 'sqlite_*'";

    private static readonly Collection[] All =
    [
        new(DbMetaDataCollectionNames.MetaDataCollections, [], 0, _ => MetaDataCollections()),
        new(DbMetaDataCollectionNames.DataSourceInformation, [], 0, DataSourceInformation),
        new(DbMetaDataCollectionNames.DataTypes, [], 0, _ => DataTypes()),
        new(DbMetaDataCollectionNames.Restrictions, [], 0, _ => Restrictions()),
        new(DbMetaDataCollectionNames.ReservedWords, [], 0, _ => ReservedWords()),
        new("Tables", ["TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "TABLE_TYPE"], 3, null, $"""
            SELECT 'main' AS TABLE_CATALOG, NULL AS TABLE_SCHEMA, name AS TABLE_NAME, CASE type WHEN 'view' THEN 'VIEW' ELSE 'BASE TABLE' END AS TABLE_TYPE
            FROM sqlite_master WHERE type IN ('table', 'view') AND {string.Format(null, Visible, "name")}
            """),
        new("Views", ["TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME"], 3, null, $"""
            SELECT 'main' AS TABLE_CATALOG, NULL AS TABLE_SCHEMA, name AS TABLE_NAME, sql AS VIEW_DEFINITION
            FROM sqlite_master WHERE type = 'view' AND {string.Format(null, Visible, "name")}
            """),
        new("Columns", ["TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME"], 4, null, $"""
            SELECT 'main' AS TABLE_CATALOG, NULL AS TABLE_SCHEMA, t.name AS TABLE_NAME, c.name AS COLUMN_NAME, c.cid AS ORDINAL_POSITION, c.dflt_value AS COLUMN_DEFAULT,
            CASE WHEN c."notnull" THEN 'NO' ELSE 'YES' END AS IS_NULLABLE, c.type AS DATA_TYPE, c.pk AS PRIMARY_KEY_POSITION,
            CASE WHEN c.hidden IN (2, 3) THEN 'YES' ELSE 'NO' END AS IS_GENERATED
            FROM sqlite_master t, pragma_table_xinfo(t.name) c WHERE t.type IN ('table', 'view') AND c.hidden <> 1 AND {string.Format(null, Visible, "t.name")}
            """),
        new("Indexes", ["TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "INDEX_NAME"], 4, null, $"""
            SELECT 'main' AS TABLE_CATALOG, NULL AS TABLE_SCHEMA, t.name AS TABLE_NAME, i.name AS INDEX_NAME, i."unique" AS IS_UNIQUE, i.origin = 'pk' AS IS_PRIMARY, i.partial AS IS_PARTIAL
            FROM sqlite_master t, pragma_index_list(t.name) i WHERE t.type = 'table' AND {string.Format(null, Visible, "t.name")} AND i.name NOT GLOB '_threads_*'
            """),
        new("IndexColumns", ["TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "INDEX_NAME", "COLUMN_NAME"], 5, null, $"""
            SELECT 'main' AS TABLE_CATALOG, NULL AS TABLE_SCHEMA, t.name AS TABLE_NAME, i.name AS INDEX_NAME, c.name AS COLUMN_NAME, c.seqno AS ORDINAL_POSITION,
            CASE WHEN c."desc" THEN 'DESC' ELSE 'ASC' END AS SORT_MODE, c.coll AS COLLATION_NAME
            FROM sqlite_master t, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) c
            WHERE t.type = 'table' AND c.key AND {string.Format(null, Visible, "t.name")} AND i.name NOT GLOB '_threads_*'
            """),
        new("ForeignKeys", ["TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME"], 3, null, $"""
            SELECT 'main' AS TABLE_CATALOG, NULL AS TABLE_SCHEMA, t.name AS TABLE_NAME, f.id AS FOREIGN_KEY_ID, f.seq AS ORDINAL_POSITION, f."from" AS COLUMN_NAME,
            f."table" AS REFERENCED_TABLE_NAME, f."to" AS REFERENCED_COLUMN_NAME, f.on_update AS UPDATE_RULE, f.on_delete AS DELETE_RULE
            FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' AND {string.Format(null, Visible, "t.name")}
            """),
    ];

    public static DataTable Get(ThreadsConnection connection, string name, string?[] restrictions)
    {
        var collection = Array.Find(All, c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(Strings.Ado_SchemaCollectionUnknown(name), nameof(name));
        if (restrictions.Length > collection.Restrictions.Length)
            throw new ArgumentException(Strings.Ado_SchemaRestrictionsTooMany(collection.Name, collection.Restrictions.Length), nameof(restrictions));
        return collection.Make is { } make ? make(connection) : Query(connection, collection, restrictions);
    }

    private static DataTable Query(ThreadsConnection connection, Collection collection, string?[] restrictions)
    {
        if (connection.State != ConnectionState.Open) throw new InvalidOperationException(Strings.Ado_ConnectionNotOpen(nameof(DbConnection.GetSchema)));
        using var command = connection.CreateCommand();
        var conditions = new List<string>();
        for (var i = 0; i < restrictions.Length; i++)
        {
            if (restrictions[i] is not { } value) continue;
            conditions.Add($"{collection.Restrictions[i]} = @r{i}");
            command.Parameters.AddWithValue($"@r{i}", value);
        }
        command.CommandText = $"SELECT * FROM ({collection.Sql})" + (conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions));
        using var reader = command.ExecuteReader();
        var table = Table(collection.Name, [.. Enumerable.Range(0, reader.FieldCount).Select(i => (reader.GetName(i), TypeOf(reader.GetName(i))))]);
        while (reader.Read())
        {
            var row = table.NewRow();
            for (var i = 0; i < reader.FieldCount; i++)
            {
                if (!reader.IsDBNull(i)) row[i] = table.Columns[i].DataType == typeof(bool) ? reader.GetBoolean(i) : reader.GetValue(i);
            }
            table.Rows.Add(row);
        }
        return table;
    }

    private static Type TypeOf(string column) => column switch
    {
        "ORDINAL_POSITION" or "PRIMARY_KEY_POSITION" or "FOREIGN_KEY_ID" => typeof(int),
        "IS_UNIQUE" or "IS_PRIMARY" or "IS_PARTIAL" => typeof(bool),
        _ => typeof(string),
    };

    private static DataTable MetaDataCollections()
    {
        var table = Table(
            DbMetaDataCollectionNames.MetaDataCollections,
            [
                (DbMetaDataColumnNames.CollectionName, typeof(string)), (DbMetaDataColumnNames.NumberOfRestrictions, typeof(int)),
                (DbMetaDataColumnNames.NumberOfIdentifierParts, typeof(int)),
            ]);
        foreach (var c in All) table.Rows.Add(c.Name, c.Restrictions.Length, c.IdentifierParts);
        return table;
    }

    private static DataTable Restrictions()
    {
        var table = Table(
            DbMetaDataCollectionNames.Restrictions,
            [("CollectionName", typeof(string)), ("RestrictionName", typeof(string)), ("RestrictionDefault", typeof(string)), ("RestrictionNumber", typeof(int))]);
        foreach (var c in All)
        {
            for (var i = 0; i < c.Restrictions.Length; i++) table.Rows.Add(c.Name, c.Restrictions[i], null, i + 1);
        }
        return table;
    }

    private static DataTable DataSourceInformation(ThreadsConnection connection)
    {
        var table = Table(
            DbMetaDataCollectionNames.DataSourceInformation,
            [
                (DbMetaDataColumnNames.CompositeIdentifierSeparatorPattern, typeof(string)), (DbMetaDataColumnNames.DataSourceProductName, typeof(string)),
                (DbMetaDataColumnNames.DataSourceProductVersion, typeof(string)), (DbMetaDataColumnNames.IdentifierPattern, typeof(string)),
                (DbMetaDataColumnNames.IdentifierCase, typeof(IdentifierCase)), (DbMetaDataColumnNames.ParameterMarkerFormat, typeof(string)),
                (DbMetaDataColumnNames.ParameterMarkerPattern, typeof(string)), (DbMetaDataColumnNames.ParameterNameMaxLength, typeof(int)),
                (DbMetaDataColumnNames.QuotedIdentifierPattern, typeof(string)), (DbMetaDataColumnNames.QuotedIdentifierCase, typeof(IdentifierCase)),
                (DbMetaDataColumnNames.StatementSeparatorPattern, typeof(string)), (DbMetaDataColumnNames.SupportedJoinOperators, typeof(SupportedJoinOperators)),
            ]);
        table.Rows.Add(
            @"\.", "SQLite", connection.ServerVersion, @"[\p{L}_][\p{L}\p{Nd}_$]*", IdentifierCase.Insensitive, "@{0}", @"[@$:][\p{L}\p{Nd}_]+", 128,
            "\"(([^\"]|\"\")*)\"", IdentifierCase.Insensitive, ";", SupportedJoinOperators.Inner | SupportedJoinOperators.LeftOuter);
        return table;
    }

    private static DataTable DataTypes()
    {
        var table = Table(
            DbMetaDataCollectionNames.DataTypes,
            [(DbMetaDataColumnNames.TypeName, typeof(string)), (DbMetaDataColumnNames.ProviderDbType, typeof(int)), (DbMetaDataColumnNames.DataType, typeof(string))]);
        table.Rows.Add("INTEGER", (int)Microsoft.Data.Sqlite.SqliteType.Integer, typeof(long).FullName);
        table.Rows.Add("REAL", (int)Microsoft.Data.Sqlite.SqliteType.Real, typeof(double).FullName);
        table.Rows.Add("TEXT", (int)Microsoft.Data.Sqlite.SqliteType.Text, typeof(string).FullName);
        table.Rows.Add("BLOB", (int)Microsoft.Data.Sqlite.SqliteType.Blob, typeof(byte[]).FullName);
        return table;
    }

    private static DataTable ReservedWords()
    {
        var table = Table(DbMetaDataCollectionNames.ReservedWords, [(DbMetaDataColumnNames.ReservedWord, typeof(string))]);
        foreach (var word in SqlKeywords.All) table.Rows.Add(word);
        return table;
    }

    private static DataTable Table(string name, ReadOnlySpan<(string Name, Type Type)> columns)
    {
        var table = new DataTable(name) { Locale = System.Globalization.CultureInfo.InvariantCulture };
        foreach (var (column, type) in columns) table.Columns.Add(column, type);
        return table;
    }

    private sealed record Collection(string Name, string[] Restrictions, int IdentifierParts, Func<ThreadsConnection, DataTable>? Make, string Sql = "");
}
