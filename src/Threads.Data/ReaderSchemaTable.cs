using System.Data;
using System.Data.Common;
using SQLitePCL;

namespace Threads.Data;

/// <summary>What DbDataReader.GetSchemaTable promises, from SQLite's column metadata.</summary>
internal static class ReaderSchemaTable
{
    private static readonly (string Name, Type Type)[] Columns =
    [
        (SchemaTableColumn.ColumnName, typeof(string)), (SchemaTableColumn.ColumnOrdinal, typeof(int)), (SchemaTableColumn.ColumnSize, typeof(int)),
        (SchemaTableColumn.NumericPrecision, typeof(short)), (SchemaTableColumn.NumericScale, typeof(short)), (SchemaTableColumn.IsUnique, typeof(bool)),
        (SchemaTableColumn.IsKey, typeof(bool)), (SchemaTableOptionalColumn.BaseServerName, typeof(string)),
        (SchemaTableOptionalColumn.BaseCatalogName, typeof(string)), (SchemaTableColumn.BaseColumnName, typeof(string)),
        (SchemaTableColumn.BaseSchemaName, typeof(string)), (SchemaTableColumn.BaseTableName, typeof(string)), (SchemaTableColumn.DataType, typeof(Type)),
        ("DataTypeName", typeof(string)), (SchemaTableColumn.AllowDBNull, typeof(bool)), (SchemaTableColumn.IsAliased, typeof(bool)),
        (SchemaTableColumn.IsExpression, typeof(bool)), (SchemaTableOptionalColumn.IsAutoIncrement, typeof(bool)), (SchemaTableColumn.IsLong, typeof(bool)),
    ];

    public static DataTable Make(ThreadsDataReader reader, sqlite3_stmt statement, ThreadsConnection connection)
    {
        var table = new DataTable("SchemaTable");
        foreach (var (name, type) in Columns) table.Columns.Add(name, type);
        for (var i = 0; i < reader.FieldCount; i++) table.Rows.Add(Fill(table.NewRow(), reader, statement, connection, i));
        return table;
    }

    private static DataRow Fill(DataRow row, ThreadsDataReader reader, sqlite3_stmt statement, ThreadsConnection connection, int ordinal)
    {
        var name = reader.GetName(ordinal);
        var database = raw.sqlite3_column_database_name(statement, ordinal).utf8_to_string();
        var table = raw.sqlite3_column_table_name(statement, ordinal).utf8_to_string();
        var column = raw.sqlite3_column_origin_name(statement, ordinal).utf8_to_string();
        row[SchemaTableColumn.ColumnName] = name;
        row[SchemaTableColumn.ColumnOrdinal] = ordinal;
        row[SchemaTableColumn.ColumnSize] = -1;
        row[SchemaTableOptionalColumn.BaseServerName] = connection.DataSource;
        row[SchemaTableOptionalColumn.BaseCatalogName] = database;
        row[SchemaTableColumn.BaseTableName] = table;
        row[SchemaTableColumn.BaseColumnName] = column;
        row[SchemaTableColumn.DataType] = reader.GetFieldType(ordinal);
        row["DataTypeName"] = reader.GetDataTypeName(ordinal);
        row[SchemaTableColumn.IsAliased] = column != name;
        row[SchemaTableColumn.IsExpression] = column is null;
        if (table is null || column is null) return row;
        row[SchemaTableColumn.IsUnique] = IsUnique(connection, database, table, column);
        // A table-valued pragma has columns but no such table.
        var result = raw.sqlite3_table_column_metadata(
            connection.Handle, database, table, column, out _, out string _, out var notNull, out var primaryKey, out var autoIncrement);
        if (result != raw.SQLITE_OK) return row;
        row[SchemaTableColumn.DataType] = MostFrequentType(connection, database, table, column) ?? row[SchemaTableColumn.DataType];
        row[SchemaTableColumn.IsKey] = primaryKey != 0;
        row[SchemaTableColumn.AllowDBNull] = notNull == 0;
        row[SchemaTableOptionalColumn.IsAutoIncrement] = autoIncrement != 0;
        return row;
    }

    /// <summary>What a column mostly holds, by its first thousand values: the first row may be NULL, and a declared type binds nobody.</summary>
    private static Type? MostFrequentType(ThreadsConnection connection, string? database, string table, string column)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT t FROM (SELECT typeof({Quote(column)}) AS t FROM {Quote(database ?? "main")}.{Quote(table)} WHERE {Quote(column)} IS NOT NULL LIMIT 1000) "
            + "GROUP BY t ORDER BY count(*) DESC LIMIT 1";
        return command.ExecuteScalar() switch
        {
            "integer" => typeof(long),
            "real" => typeof(double),
            "text" => typeof(string),
            "blob" => typeof(byte[]),
            _ => null,
        };
    }

    private static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    /// <summary>Whether a unique index has this column and no other.</summary>
    private static bool IsUnique(ThreadsConnection connection, string? database, string table, string column)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT EXISTS (SELECT 1 FROM pragma_index_list(@table, @database) i WHERE i.\"unique\" AND NOT i.partial AND "
            + "(SELECT group_concat(c.name) = @column AND count(*) = 1 FROM pragma_index_info(i.name, @database) c))";
        command.Parameters.AddWithValue("@table", table);
        command.Parameters.AddWithValue("@database", database ?? "main");
        command.Parameters.AddWithValue("@column", column);
        return (long)command.ExecuteScalar()! != 0;
    }
}
