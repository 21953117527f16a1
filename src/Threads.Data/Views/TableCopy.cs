using Threads.Data.Capture;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>A shared table's rows, copied aside in a TEMP table (o) to be compared with what becomes of the table (n).</summary>
internal static class TableCopy
{
    /// <summary>Copies all rows, or those of <paramref name="where"/>, in which the table is n.</summary>
    public static void Make(SqliteDatabase database, TableSchema table, string where = "1")
    {
        // Without types nothing is converted; without the key's collation nothing is mixed up.
        var columns = string.Join(", ", table.Columns.Select(c => c.Quoted));
        database.Execute(
            $"""
            CREATE TEMP TABLE {Name(table)}({columns});
            INSERT INTO temp.{Name(table)} SELECT {columns} FROM main.{table.Quoted} n WHERE {where};
            CREATE INDEX temp.{Name(table)}_key ON {Name(table)}({string.Join(", ", table.Keys.ToArray().Select(c => c.Quoted))});
            """);
    }

    public static void Drop(SqliteDatabase database, TableSchema table) => database.Execute($"DROP TABLE IF EXISTS temp.{Name(table)}");

    public static string Name(TableSchema table) => FormattableString.Invariant($"_threads_v{table.Collection}");

    /// <summary>FROM … WHERE: rows of the copy that the table has not.</summary>
    public static string OnlyInCopy(TableSchema table)
        => $"FROM temp.{Name(table)} o WHERE NOT EXISTS(SELECT 1 FROM main.{table.Quoted} n WHERE {Same(table)})";

    /// <summary>FROM … WHERE: rows of the table that the copy has not.</summary>
    public static string OnlyInTable(TableSchema table)
        => $"FROM main.{table.Quoted} n WHERE NOT EXISTS(SELECT 1 FROM temp.{Name(table)} o WHERE {Same(table)})";

    /// <summary>FROM … WHERE: rows of both, in which some value or its storage class differs.</summary>
    public static string Changed(TableSchema table)
    {
        var differs = table.Others.ToArray().Select(c => $"n.{c.Quoted} IS NOT o.{c.Quoted} COLLATE BINARY OR typeof(n.{c.Quoted}) <> typeof(o.{c.Quoted})").Append("0");
        return $"FROM temp.{Name(table)} o JOIN main.{table.Quoted} n ON {Same(table)} WHERE {string.Join(" OR ", differs)}";
    }

    /// <summary>A condition: the copy's row o is the table's row n, value for value.</summary>
    public static string Equal(TableSchema table)
        => string.Join(" AND ", table.Others.ToArray().Select(c => $"n.{c.Quoted} IS o.{c.Quoted} COLLATE BINARY AND typeof(n.{c.Quoted}) = typeof(o.{c.Quoted})").Prepend(Same(table)));

    private static string Same(TableSchema table)
        => string.Join(" AND ", table.Keys.ToArray().Select(c => $"n.{c.Quoted} = o.{c.Quoted}" + (c.KeyCollation is null ? "" : $" AND n.{c.Quoted} = o.{c.Quoted} COLLATE BINARY")));
}
