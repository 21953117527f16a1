using Microsoft.Data.Sqlite;

namespace Threads.Benchmarks;

/// <summary>A whole database taken into a thread, against copying its rows with prepared inserts in one transaction.</summary>
internal static class ChinookImport
{
    public static IEnumerable<Line> Run(Bench bench)
    {
        if (Find() is not { } chinook)
        {
            Console.Error.WriteLine("No folder above this one has shared/data/Chinook.sqlite: its line is left out.");
            yield break;
        }

        var (ours, theirs) = bench.Alternate(() => Import(bench, chinook), () => Copy(bench, chinook));
        yield return Line.Of("import of Chinook, against copying rows by ADO.NET", ours, theirs, 1, 3);
    }

    private static Timed Import(Bench bench, string chinook)
    {
        using var target = Bench.OpenOurs(bench.NewFile("ours"));
        return Timed.Run(() => target.Thread.ImportSqliteAsync(chinook).GetAwaiter().GetResult());
    }

    private static Timed Copy(Bench bench, string chinook)
    {
        using var source = new SqliteConnection($"Data Source={chinook};Mode=ReadOnly;Pooling=False");
        source.Open();
        using var target = Bench.OpenTheirs(bench.NewFile("theirs"));
        return Timed.Run(() =>
        {
            Bench.Execute(target, "PRAGMA foreign_keys = OFF");
            using var transaction = target.BeginTransaction();
            foreach (var (kind, name, sql) in Schema(source))
            {
                Bench.Execute(target, sql);
                if (kind == "table")
                    CopyRows(source, target, name);
            }

            transaction.Commit();
        });
    }

    private static void CopyRows(SqliteConnection source, SqliteConnection target, string table)
    {
        using var select = source.CreateCommand();
        select.CommandText = $"SELECT * FROM \"{table}\"";
        using var reader = select.ExecuteReader();
        using var insert = target.CreateCommand();
        insert.CommandText = $"INSERT INTO \"{table}\" VALUES({string.Join(", ", Enumerable.Range(0, reader.FieldCount).Select(i => $"$p{i}"))})";
        var bound = Enumerable.Range(0, reader.FieldCount).Select(i => insert.Parameters.Add($"$p{i}", SqliteType.Text)).ToArray();
        foreach (var parameter in bound)
            parameter.ResetSqliteType();
        while (reader.Read())
        {
            for (var i = 0; i < bound.Length; i++)
                bound[i].Value = reader.GetValue(i);
            insert.ExecuteNonQuery();
        }
    }

    /// <summary>Tables first, so that indexes are built over what is there.</summary>
    private static List<(string Kind, string Name, string Sql)> Schema(SqliteConnection source)
    {
        using var command = source.CreateCommand();
        command.CommandText = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite^_%' ESCAPE '^' ORDER BY type <> 'table', rowid";
        using var reader = command.ExecuteReader();
        var found = new List<(string, string, string)>();
        while (reader.Read())
            found.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return found;
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "shared", "data", "Chinook.sqlite");
            if (File.Exists(file))
                return file;
        }

        return null;
    }
}
