using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace TwoLaptops.Import;

/// <summary>The database as it was, opened for reading with plain SQLite: what both sides are measured against.</summary>
internal sealed class Original : IDisposable
{
    /// <summary>Not SQLite's own, EF Core's history, or virtual tables and the tables behind them: those stay on one machine.</summary>
    private const string SharedTables = """
        SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^' AND name NOT LIKE '^_^_EF%' ESCAPE '^' AND sql NOT LIKE 'CREATE VIRTUAL%'
            AND NOT EXISTS (SELECT 1 FROM sqlite_master v WHERE v.sql LIKE 'CREATE VIRTUAL%' AND substr(sqlite_master.name, 1, length(v.name) + 1) = v.name || '_')
        ORDER BY name
        """;

    private readonly SqliteConnection connection;

    public Original(string file)
    {
        connection = new($"Data Source={file};Mode=ReadOnly;Pooling=False");
        connection.Open();
        Tables = [.. Rows(SharedTables)
            .Select(r => new OriginalTable(
                (string)r[0]!,
                [.. Rows("SELECT name FROM pragma_table_info($1) ORDER BY cid", r[0]).Select(c => (string)c[0]!)],
                [.. Rows("SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk", r[0]).Select(c => (string)c[0]!)]))];
    }

    public IReadOnlyList<OriginalTable> Tables { get; }

    /// <summary>
    /// A column to scribble on in each table that has one: text, in no key, index or reference; and no trigger that would carry the
    /// scribble elsewhere.
    /// </summary>
    public IEnumerable<(OriginalTable Table, string Column)> Margins()
    {
        foreach (var table in Tables.Where(t => t.Key.Count > 0 && !Rows("SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND tbl_name = $1 COLLATE NOCASE", t.Name).Any()))
        {
            var column = Rows("""
                SELECT name FROM pragma_table_info($1) WHERE pk = 0 AND (type LIKE '%CHAR%' OR type LIKE '%TEXT%')
                    AND name NOT IN (SELECT "from" FROM pragma_foreign_key_list($1))
                    AND name NOT IN (SELECT i.name FROM pragma_index_list($1) l JOIN pragma_index_info(l.name) i WHERE i.name IS NOT NULL)
                    AND (SELECT sql FROM sqlite_master WHERE name = $1) NOT LIKE '%CHECK%'
                ORDER BY cid LIMIT 1
                """, table.Name).Select(r => (string)r[0]!).FirstOrDefault();
            if (column is not null)
                yield return (table, column);
        }
    }

    /// <summary>Up to so many keys of a table, each with the value of one column.</summary>
    public IReadOnlyList<(object?[] Key, object? Value)> Cells(OriginalTable table, string column, int limit)
        => [.. Rows($"SELECT {OriginalTable.List(table.Key)}, {OriginalTable.Quote(column)} FROM {OriginalTable.Quote(table.Name)} ORDER BY {OriginalTable.List(table.Key)} LIMIT {limit}")
            .Select(r => (r[..^1], r[^1]))];

    /// <summary>Rows of ours that differ from the original's, in value, type or number; 0 when the table is equal row for row.</summary>
    public long CountDifferences(OriginalTable table, DbConnection ours)
    {
        var columns = OriginalTable.List(table.Columns);
        var order = string.Join(", ", (table.Key.Count > 0 ? table.Key : table.Columns).Select(c => OriginalTable.Quote(c) + " COLLATE BINARY"));
        var sql = $"SELECT {columns} FROM {OriginalTable.Quote(table.Name)} ORDER BY {order}";
        using var select = Command(connection, sql);
        using var selectHere = Command(ours, sql);
        using var theirs = select.ExecuteReader();
        using var mine = selectHere.ExecuteReader();
        var different = 0L;
        while (true)
        {
            var (more, moreHere) = (theirs.Read(), mine.Read());
            if (!more && !moreHere)
                return different;
            if (more != moreHere || !Equal(theirs, mine))
                different++;
        }
    }

    public long Count(OriginalTable table) => (long)Rows($"SELECT count(*) FROM {OriginalTable.Quote(table.Name)}").Single()[0]!;

    public void Dispose() => connection.Dispose();

    private static bool Equal(DbDataReader a, DbDataReader b)
    {
        for (var i = 0; i < a.FieldCount; i++)
        {
            var (x, y) = (a.GetValue(i), b.GetValue(i));
            if (x is byte[] left && y is byte[] right ? !left.AsSpan().SequenceEqual(right) : !x.Equals(y))
                return false;
        }

        return true;
    }

    private static DbCommand Command(DbConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    private IEnumerable<object?[]> Rows(string sql, object? argument = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (argument is not null)
            command.Parameters.AddWithValue("$1", argument);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            yield return row;
        }
    }
}
