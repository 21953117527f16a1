using Microsoft.Data.Sqlite;
using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Capture;

/// <summary>Random schema changes and writes by two connections on one file, in turns: the tables are SQLite's, and the records alone give the same.</summary>
public class RandomSchemaChangesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_schema_changes_keep_capture_right(int seed) => Run(seed);

    [SkippableFact]
    public void More_random_schema_changes_keep_capture_right()
    {
        foreach (var seed in SeedRange.Of("THREADS_CAPTURE_SEEDS"))
        {
            Run(seed);
        }
    }

    private static void Run(int seed)
    {
        var random = new Random(seed);
        var script = new List<string>();
        using var database = new TemporaryDatabase("Pooling=False");
        using var plain = new SqliteConnection("Data Source=:memory:;Foreign Keys=True");
        plain.Open();
        using var first = database.Open();
        using var second = database.Open();
        var names = 0;
        try
        {
            Both("CREATE TABLE a(id INTEGER PRIMARY KEY, x, y UNIQUE)");
            Both("CREATE TABLE b(k TEXT, l INTEGER, v, a REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE, PRIMARY KEY(k, l)) WITHOUT ROWID");
            for (var i = 1; i <= 150; i++)
            {
                if (random.Next(6) == 0)
                {
                    // One transaction, so that the other connection never waits.
                    var statements = Enumerable.Range(0, random.Next(2, 7)).Select(_ => Inner()).ToList();
                    Both("BEGIN; " + string.Join("; ", statements) + (random.Next(4) == 0 ? "; ROLLBACK" : "; COMMIT"));
                }
                else
                {
                    Both(random.Next(5) == 0 ? Schema() : Write());
                }

                Assert.Equal(CapturePair.Dump(plain), CapturePair.Dump(first));
                if (i % 30 == 0)
                {
                    (random.Next(2) == 0 ? first : second).Thread.RebuildViews();
                    Assert.Equal(CapturePair.Dump(plain), CapturePair.Dump(second));
                    Assert.Empty(Strings("SELECT reason FROM threads_conflicts"));
                }
            }
        }
        catch (Exception e)
        {
            Assert.Fail($"Seed {seed}: {e}\n{string.Join("\n", script.TakeLast(40))}");
        }

        string Inner() => random.Next(9) switch { 0 => Schema(), 1 => "SAVEPOINT s", 2 => "ROLLBACK TO s", 3 => "RELEASE s", _ => Write() };

        List<string> Strings(string sql)
        {
            using var command = first.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var rows = new List<string>();
            while (reader.Read())
            {
                rows.Add(reader.GetString(0));
            }

            return rows;
        }

        void Both(string sql)
        {
            var connection = random.Next(2) == 0 ? first : second;
            script.Add((connection == first ? "1: " : "2: ") + sql);
            var expected = Try(plain, sql);
            var actual = Try(connection, sql);
            if (expected != actual)
            {
                throw new InvalidOperationException($"SQLite: {expected ?? "fine"}, Threads: {actual ?? "fine"}");
            }
        }

        static string? Try(System.Data.Common.DbConnection connection, string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            try
            {
                command.ExecuteNonQuery();
                return null;
            }
            catch (Exception e) when (e is SqliteException or ThreadsException { ThreadsErrorCode: ThreadsErrorCode.None })
            {
                try
                {
                    command.CommandText = "ROLLBACK";
                    command.ExecuteNonQuery();
                }
                catch (Exception none) when (none is SqliteException or ThreadsException)
                {
                    // Nothing was open.
                }

                return e is SqliteException native ? $"{native.SqliteErrorCode}" : $"{((ThreadsException)e).SqliteErrorCode}";
            }
        }

        string Table() => Pick("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'ef_*'") ?? "a";

        string Column(string table, string more = "") => Pick($"SELECT name FROM pragma_table_info('{table}') WHERE 1 {more}") ?? "x";

        string? Pick(string sql)
        {
            using var command = plain.CreateCommand();
            command.CommandText = $"SELECT name FROM ({sql}) ORDER BY name";
            using var reader = command.ExecuteReader();
            var found = new List<string>();
            while (reader.Read())
            {
                found.Add(reader.GetString(0));
            }

            return found.Count == 0 ? null : found[random.Next(found.Count)];
        }

        string Value() => random.Next(5) switch { 0 => "NULL", 1 => $"'{(char)('a' + random.Next(6))}'", 2 => $"{random.Next(9)}.5", _ => $"{random.Next(1, 12)}" };

        string Key() => $"{random.Next(1, 12)}";

        string Write()
        {
            var table = Table();
            var columns = Enumerable.Range(0, 4).Select(_ => Column(table)).Distinct().ToList();
            foreach (var key in new[] { Column(table, "AND pk = 1"), Column(table, "AND pk = 2") })
            {
                if (!columns.Contains(key))
                {
                    columns.Add(key);
                }
            }

            string Of(string column) => column is "l" or "id" ? Key() : column is "k" or "key" ? $"'{(char)('a' + random.Next(4))}'" : Value();
            var or = random.Next(4) switch { 0 => " OR REPLACE", 1 => " OR IGNORE", _ => "" };
            return random.Next(5) switch
            {
                0 or 1 => $"INSERT{or} INTO {table}({string.Join(", ", columns)}) VALUES({string.Join(", ", columns.Select(Of))}), ({string.Join(", ", columns.Select(Of))})",
                2 => $"UPDATE{or} {table} SET {columns[0]} = {Of(columns[0])}",
                3 => $"UPDATE{or} {table} SET {columns[^1]} = {Of(columns[^1])} WHERE {columns[0]} = {Value()}",
                _ => $"DELETE FROM {table} WHERE {columns[0]} = {Of(columns[0])}",
            };
        }

        string Schema()
        {
            var table = Table();
            names++;
            return random.Next(12) switch
            {
                0 or 1 => $"ALTER TABLE {table} ADD COLUMN c{names} {(random.Next(2) == 0 ? "" : "DEFAULT 'd'")}",
                2 => $"ALTER TABLE {table} RENAME COLUMN {Column(table)} TO r{names}",
                3 => $"ALTER TABLE {table} DROP COLUMN {Column(table, "AND pk = 0")}",
                4 => $"ALTER TABLE {table} RENAME TO t{names}",
                5 => $"CREATE TABLE n{names}(id INTEGER PRIMARY KEY, p, q)",
                6 => $"CREATE UNIQUE INDEX i{names} ON {table}({Column(table)})",
                7 => $"DROP INDEX {Pick("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL") ?? "none"}",
                8 => $"CREATE TRIGGER g{names} AFTER {(random.Next(2) == 0 ? "INSERT" : "UPDATE")} ON {table} BEGIN DELETE FROM {Table()} WHERE rowid < 0; END",
                9 => $"DROP TRIGGER {Pick("SELECT name FROM sqlite_master WHERE type = 'trigger'") ?? "none"}",
                10 when random.Next(3) == 0 => $"DROP TABLE {table}",
                10 => $"CREATE VIEW v{names} AS SELECT 1",
                _ => $"DROP TABLE n1; CREATE TABLE n1(id INTEGER PRIMARY KEY, z{names})",
            };
        }
    }
}
