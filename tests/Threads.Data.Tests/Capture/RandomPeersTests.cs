using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Capture;

/// <summary>Three peers write at random and exchange files at random: once everybody has everything, all hold the same, and so do their records.</summary>
public class RandomPeersTests
{
    private static readonly string[] Schema =
    [
        "CREATE TABLE n(id INTEGER PRIMARY KEY, a, b, c DEFAULT 'd')",
        "CREATE TABLE w(k TEXT, l REAL, v, PRIMARY KEY(k, l)) WITHOUT ROWID",
        "CREATE TABLE audit(id TEXT PRIMARY KEY, what)",
        "CREATE VIRTUAL TABLE fts USING fts5(a, content = 'n', content_rowid = 'id')",
        "CREATE TRIGGER fi AFTER INSERT ON n BEGIN INSERT INTO fts(rowid, a) VALUES(NEW.id, NEW.a); END",
        "CREATE TRIGGER fd AFTER DELETE ON n BEGIN INSERT INTO fts(fts, rowid, a) VALUES('delete', OLD.id, OLD.a); END",
        "CREATE TRIGGER fu AFTER UPDATE ON n BEGIN INSERT INTO fts(fts, rowid, a) VALUES('delete', OLD.id, OLD.a); INSERT INTO fts(rowid, a) VALUES(NEW.id, NEW.a); END",
        "CREATE TRIGGER au AFTER UPDATE OF b ON n BEGIN INSERT OR REPLACE INTO audit VALUES(NEW.id || '', NEW.b); END",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Peers_that_write_at_random_converge(int seed) => Run(seed);

    [SkippableFact]
    public void More_peers_that_write_at_random_converge()
    {
        foreach (var seed in SeedRange.Of("THREADS_CAPTURE_SEEDS"))
        {
            Run(seed);
        }
    }

    private static void Run(int seed)
    {
        var random = new Random(seed);
        using var alice = Peer.New(Schema);
        using var bob = alice.Join();
        using var carol = alice.Join();
        Peer[] peers = [alice, bob, carol];
        var script = new List<string>();
        try
        {
            for (var i = 0; i < 120; i++)
            {
                var at = random.Next(3);
                if (random.Next(8) == 0)
                {
                    var to = (at + 1 + random.Next(2)) % 3;
                    script.Add($"{at} > {to}");
                    peers[at].SendTo(peers[to]);
                    continue;
                }

                var sql = random.Next(5) == 0 ? $"BEGIN; {Write(random)}; {Write(random)}; {Write(random)}; COMMIT" : Write(random);
                script.Add($"{at}: {sql}");
                Write(peers[at], sql);
            }

            for (var round = 0; round < 2; round++)
            {
                foreach (var (from, to) in new[] { (0, 1), (1, 2), (2, 0), (0, 1), (1, 2), (2, 1) })
                {
                    peers[from].SendTo(peers[to]);
                }
            }

            var expected = CapturePair.Dump(alice.Connection);
            foreach (var peer in peers)
            {
                Assert.Equal(expected, CapturePair.Dump(peer.Connection));
                Assert.Empty(CapturePair.Conflicts(peer));
                peer.Connection.Run("INSERT INTO fts(fts) VALUES('integrity-check')");
                peer.Connection.Thread.RebuildViews();
                Assert.Equal(expected, CapturePair.Dump(peer.Connection));
                peer.Connection.Run("INSERT INTO fts(fts) VALUES('integrity-check')");
                Assert.Equal(alice.Digest, peer.Digest);
            }
        }
        catch (Exception e)
        {
            Assert.Fail($"Seed {seed}: {e}\n{string.Join("\n", script.TakeLast(130))}");
        }
    }

    private static void Write(Peer peer, string sql)
    {
        try
        {
            peer.Connection.Run(sql);
        }
        catch (ThreadsException e) when (e.SqliteErrorCode == 19 || e.ThreadsErrorCode == ThreadsErrorCode.None && e.SqliteErrorCode == 1)
        {
            if (sql.StartsWith("BEGIN", StringComparison.Ordinal))
            {
                peer.Connection.Run("ROLLBACK");
            }
        }
    }

    private static string Write(Random random)
    {
        int Id() => random.Next(1, 9);
        string Value() => random.Next(4) switch { 0 => "NULL", 1 => $"{random.Next(100)}", _ => $"'{(char)('a' + random.Next(26))} word{random.Next(5)}'" };
        string Letter() => $"'{(char)((random.Next(2) == 0 ? 'a' : 'A') + random.Next(4))}'";
        return random.Next(12) switch
        {
            0 or 1 => $"INSERT OR REPLACE INTO n(id, a, b) VALUES({Id()}, {Value()}, {Value()})",
            2 => $"INSERT OR IGNORE INTO n(id, a) VALUES({Id()}, {Value()}), ({Id()}, {Value()})",
            3 or 4 => $"UPDATE n SET {(random.Next(2) == 0 ? "a" : "c")} = {Value()} WHERE id = {Id()}",
            5 => $"UPDATE n SET b = {Value()} WHERE id < {Id()}",
            6 => $"UPDATE OR REPLACE n SET id = {Id()}, a = {Value()} WHERE id = {Id()}",
            7 => $"DELETE FROM n WHERE id = {Id()}",
            8 => $"INSERT OR REPLACE INTO w VALUES({Letter()}, {random.Next(3)}, {Value()})",
            9 => $"UPDATE OR IGNORE w SET l = {random.Next(3)}, v = {Value()} WHERE k = {Letter()}",
            10 => $"DELETE FROM w WHERE k = {Letter()}",
            _ => $"UPDATE w SET v = {Value()}",
        };
    }
}
