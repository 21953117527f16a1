namespace Threads.Data.Tests.Capture;

/// <summary>Thousands of random statements, transactions and savepoints: whatever SQLite makes of them is what the records say.</summary>
public class RandomStatementsTests
{
    private static readonly string[] Schema =
    [
        "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE UNIQUE, b INTEGER, g AS (coalesce(b, 0) % 50) UNIQUE, up INTEGER REFERENCES n(id) ON DELETE CASCADE ON UPDATE CASCADE)",
        "CREATE TABLE w(k TEXT, l REAL, v, UNIQUE(v), PRIMARY KEY(k, l)) WITHOUT ROWID",
        "CREATE TABLE c(k TEXT PRIMARY KEY COLLATE NOCASE, n INTEGER REFERENCES n ON DELETE CASCADE ON UPDATE CASCADE, q DEFAULT 'd' UNIQUE ON CONFLICT REPLACE) WITHOUT ROWID",
        "CREATE TABLE t(id PRIMARY KEY NOT NULL, x)",
        "CREATE TABLE audit(id INTEGER PRIMARY KEY, what)",
        "CREATE UNIQUE INDEX w_expression ON w(abs(l), k)",
        "CREATE UNIQUE INDEX t_partial ON t(x) WHERE x > 5",
        "CREATE TRIGGER n_update AFTER UPDATE OF b ON n WHEN NEW.b % 3 = 0 BEGIN UPDATE n SET b = b + 1 WHERE id = NEW.id; INSERT INTO audit(what) VALUES(NEW.id || ':' || OLD.b); END",
        "CREATE TRIGGER w_insert BEFORE INSERT ON w WHEN NEW.v IS NOT NULL BEGIN REPLACE INTO t VALUES(NEW.v || '', length(NEW.k)); END",
        "CREATE TRIGGER c_delete AFTER DELETE ON c BEGIN DELETE FROM audit WHERE id = (SELECT min(id) FROM audit); END",
        "CREATE VIEW both AS SELECT n.id, n.a, c.k FROM n JOIN c ON c.n = n.id",
        "CREATE TRIGGER both_update INSTEAD OF UPDATE ON both BEGIN UPDATE n SET a = NEW.a WHERE id = OLD.id; UPDATE OR REPLACE c SET k = NEW.k WHERE k = OLD.k; END",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Random_statements_are_captured(int seed) => Run(seed, 300);

    [SkippableFact]
    public void More_random_statements_are_captured()
    {
        foreach (var seed in SeedRange.Of("THREADS_CAPTURE_SEEDS"))
        {
            Run(seed, 300);
        }
    }

    private static void Run(int seed, int statements)
    {
        var random = new Random(seed);
        var script = new List<string>();
        for (var i = 1; i <= statements; i++)
        {
            script.Add(Statement(random));
            if (i % 60 == 0)
            {
                script.Add(Agree);
            }
        }

        if (TryRun(script) is { } error)
        {
            var shortest = Shorten(script, error);
            Assert.Fail($"Seed {seed}: {TryRun(shortest)?.Message}\n{string.Join(";\n", shortest)}");
        }
    }

    private const string Agree = "-- agree";

    private static Exception? TryRun(IEnumerable<string> script)
    {
        using var pair = new CapturePair(Schema);
        pair.Alice.Connection.Thread.MarkLocal("localx");
        try
        {
            foreach (var sql in script)
            {
                if (sql == Agree)
                {
                    pair.Run("COMMIT");
                    pair.Agree();
                    continue;
                }

                pair.Run(sql);
                pair.AgreeWithSqlite();
            }

            return null;
        }
        catch (Exception e) when (e is ThreadsException or Xunit.Sdk.XunitException or InvalidOperationException)
        {
            return e;
        }
    }

    /// <summary>Leaves out what isn't needed to fail in the same way.</summary>
    private static List<string> Shorten(List<string> script, Exception error)
    {
        for (var size = script.Count / 2; size > 0; size /= 2)
        {
            for (var i = 0; i + size <= script.Count;)
            {
                var shorter = script[..i].Concat(script[(i + size)..]).ToList();
                if (TryRun(shorter)?.GetType() == error.GetType())
                {
                    script = shorter;
                }
                else
                {
                    i += size;
                }
            }
        }

        return script;
    }

    private static string Statement(Random random)
    {
        string Or() => random.Next(6) switch { 0 => " OR REPLACE", 1 => " OR IGNORE", 2 => " OR FAIL", 3 when random.Next(4) == 0 => " OR ROLLBACK", _ => "" };
        int Id() => random.Next(1, 25);
        string Text() => random.Next(8) switch { 0 => "NULL", 1 => "'" + (char)('A' + random.Next(20)) + "'", 2 => "'é'", _ => "'" + (char)('a' + random.Next(20)) + "'" };
        string Key() => random.Next(5) switch { 0 => $"{Id()}.0", 1 => $"'{Id()}'", 2 => $"x'{Id():x4}'", 3 => $"{Id()}.5", _ => $"{Id()}" };
        // A key without a type: 1.0 comes back from the records as 1, which SQLite holds equal.
        string OfNoType() => Key().Replace(".0", ".25", StringComparison.Ordinal);
        string Letter() => $"'{(char)((random.Next(2) == 0 ? 'a' : 'A') + random.Next(8))}'";
        return random.Next(32) switch
        {
            0 or 1 => $"INSERT{Or()} INTO n(id, a, b, up) VALUES({Id()}, {Text()}, {random.Next(200)}, NULL), ({Id()}, {Text()}, {random.Next(200)}, {Id()})",
            2 => $"INSERT{Or()} INTO n(a, b) SELECT a || 'x', b + 7 FROM n WHERE id % 5 = {random.Next(5)}",
            3 => $"UPDATE{Or()} n SET b = b + {random.Next(1, 5)} WHERE id % 4 = {random.Next(4)}",
            4 => $"UPDATE{Or()} n SET id = {Id()}, a = {Text()} WHERE id = {Id()}",
            5 => $"UPDATE{Or()} n SET up = {Id()} WHERE id > {Id()}",
            6 => $"DELETE FROM n WHERE id = {Id()}",
            7 => $"INSERT INTO n(id, a, b) VALUES({Id()}, {Text()}, {random.Next(200)}) ON CONFLICT(id) DO UPDATE SET b = excluded.b, a = excluded.a || '+'",
            8 => $"INSERT INTO n(id, a) VALUES({Id()}, {Text()}) ON CONFLICT DO NOTHING",
            9 or 10 => $"INSERT{Or()} INTO w VALUES({Letter()}, {random.Next(-3, 4)}, {Key()}), ({Letter()}, {random.Next(-3, 4)}.5, NULL)",
            11 => $"UPDATE{Or()} w SET l = -l, v = {Key()} WHERE k = {Letter()}",
            12 => $"DELETE FROM w WHERE l {(random.Next(2) == 0 ? "<" : ">")} {random.Next(-3, 4)}",
            13 or 14 => $"INSERT{Or()} INTO c(k, n, q) VALUES({Letter()}, {Id()}, {Key()})",
            15 => $"INSERT{Or()} INTO c(k, n) SELECT a, id FROM n WHERE a IS NOT NULL AND id = {Id()}",
            16 => $"UPDATE{Or()} c SET k = {Letter()}, q = {Key()} WHERE k = {Letter()}",
            17 => $"UPDATE c SET n = n.id FROM n WHERE n.b = {random.Next(200)} AND c.k = {Letter()}",
            18 => $"DELETE FROM c WHERE k = {Letter()}",
            19 or 20 => $"INSERT{Or()} INTO t VALUES({OfNoType()}, {random.Next(12)})",
            21 => $"UPDATE{Or()} t SET x = x + 1, id = {OfNoType()} WHERE id = {OfNoType()}",
            22 => random.Next(4) == 0 ? "DELETE FROM t" : $"DELETE FROM t WHERE x = {random.Next(12)}",
            23 => $"UPDATE both SET a = a || 'v', k = {Letter()} WHERE id < {Id()}",
            24 => $"UPDATE{Or()} n SET rowid = rowid + {random.Next(-2, 3)} WHERE rowid = {Id()}",
            25 => "BEGIN",
            26 => random.Next(3) == 0 ? "ROLLBACK" : "COMMIT",
            27 => $"SAVEPOINT s{random.Next(3)}",
            28 => $"ROLLBACK TO s{random.Next(3)}",
            29 => $"RELEASE s{random.Next(3)}",
            30 => $"INSERT INTO n(a, b) VALUES({Text()}, {random.Next(200)}) RETURNING id, g",
            _ => random.Next(6) switch
            {
                0 => "CREATE INDEX IF NOT EXISTS some ON n(b)",
                1 => "DROP INDEX IF EXISTS some",
                2 => "CREATE UNIQUE INDEX IF NOT EXISTS other ON c(n, q)",
                3 => "DROP INDEX IF EXISTS other",
                4 => "CREATE TABLE IF NOT EXISTS localx(id INTEGER PRIMARY KEY)",
                _ => "DROP TABLE IF EXISTS localx",
            },
        };
    }
}
