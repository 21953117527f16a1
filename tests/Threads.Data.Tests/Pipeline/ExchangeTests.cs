using Dapper;

namespace Threads.Data.Tests.Pipeline;

public class ExchangeTests
{
    [Fact]
    public void Two_databases_exchange_files_both_ways_and_hold_the_same_tables()
    {
        using var alice = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT, b REAL)");
        using var bob = alice.Join();
        alice.Run("INSERT INTO n VALUES(1, 'x', 1)", "INSERT INTO n VALUES(2, 'y', 2), (3, 'z', 3)", "DELETE FROM n WHERE id = 3");
        alice.SendTo(bob);

        bob.Run("UPDATE n SET b = 7 WHERE id = 2", "DELETE FROM n WHERE id = 1", "INSERT INTO n VALUES(100, 'd', 0)");
        alice.Run("UPDATE n SET a = 'c' WHERE id = 2", "UPDATE n SET b = 5 WHERE id = 1", "INSERT INTO n VALUES(101, 'c', -0.5)");
        bob.SendTo(alice);
        alice.SendTo(bob);

        Assert.Equal([(2L, "c", 7.0), (100L, "d", 0.0), (101L, "c", -0.5)], alice.Connection.Query<(long, string, double)>("SELECT * FROM n ORDER BY id"));
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void A_log_of_which_only_the_opening_exists_is_not_announced()
    {
        using var alice = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY)");
        using var bob = alice.Join();
        alice.Run("BEGIN", "INSERT INTO n VALUES(1)", "SAVEPOINT s", "DELETE FROM n", "COMMIT");

        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM threads_records"));
        Assert.Empty(alice.Connection.Thread.Heads.Heads);
        Assert.Equal(0, alice.SendTo(bob).Added);
        alice.Run("INSERT INTO n VALUES(1)");
        Assert.Equal(2, alice.SendTo(bob).Added);
    }

    [Theory]
    [InlineData("PRAGMA wal_autocheckpoint = 0")]
    [InlineData("PRAGMA cache_size = 100")]
    [InlineData("ATTACH ':memory:' AS other")]
    public void Whatever_comes_first_on_a_connection_the_first_write_commits(string first)
    {
        using var alice = Peer.New(first, "CREATE TABLE n(id INTEGER PRIMARY KEY)", "INSERT INTO n VALUES(1)");
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM n"));
    }

    [Fact]
    public void A_log_that_holds_its_opening_alone_is_not_sent_yet()
    {
        const string Schema = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)";
        using var alice = Peer.New(Schema);
        using var bob = alice.Join([Schema]);
        alice.Run("INSERT INTO n VALUES(1, 'x')");
        alice.SendTo(bob);
        alice.SendTo(bob);
        var before = bob.One<long>("SELECT count(*) FROM threads_records");
        bob.Run("INSERT INTO n VALUES(1, 'x') ON CONFLICT DO UPDATE SET a = 'x'");
        Assert.Equal(before + 1, bob.One<long>("SELECT count(*) FROM threads_records"));

        Assert.Equal(0, bob.SendTo(alice).Added);
        bob.Run("UPDATE n SET a = 'y'");
        Assert.Equal(2, bob.SendTo(alice).Added);
        Assert.Equal("y", alice.One<string>("SELECT a FROM n"));
    }

    [Fact]
    public void Records_that_come_one_by_one_are_each_verified()
    {
        using var alice = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)");
        using var bob = alice.Join();
        alice.Run("INSERT INTO n VALUES(0, 'x')");
        alice.SendTo(bob);
        for (var i = 1; i <= 30; i++)
        {
            alice.Run($"INSERT INTO n VALUES({i}, 'x')");
            var whole = alice.Export(bob);
            for (var at = whole.Length / 2; i % 10 == 0 && at < whole.Length; at += 61)
            {
                var bad = whole.ToArray();
                bad[at] ^= 4;
                Assert.ThrowsAny<Exception>(() => bob.Import(bad));
                Assert.Equal(i, bob.One<long>("SELECT count(*) FROM n"));
            }

            Assert.Equal(1, bob.Import(whole).Added);
        }

        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void Who_has_less_of_a_log_sends_little_of_it_again()
    {
        using var alice = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)");
        using var bob = alice.Join();
        for (var i = 1; i <= 300; i++)
        {
            alice.Run($"INSERT INTO n VALUES({i}, 'x')");
            if (i == 200)
            {
                alice.SendTo(bob);
            }
        }

        var result = bob.SendTo(alice);
        Assert.InRange(result.Known, 0, 25);
        Assert.Equal(0, result.Forks);
        alice.SendTo(bob);
        Assert.Equal(alice.Digest, bob.Digest);
        Assert.Equal(0, alice.SendTo(bob).Known);
    }

    [Fact]
    public void Heads_are_a_line_of_text()
    {
        using var alice = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)");
        for (var i = 1; i <= 30; i++)
        {
            alice.Run($"INSERT INTO n VALUES({i}, 'x')");
        }

        var heads = alice.Connection.Thread.Heads;
        var read = Logs.ThreadHeads.Parse(heads.ToString());
        Assert.Equal(heads.Heads, read.Heads);
        Assert.Equal(heads.Known(heads.Heads[0].PublicKey), read.Known(heads.Heads[0].PublicKey));
        Assert.Contains((1L, Forger.Stored(alice, 1).RecordCid), read.Known(heads.Heads[0].PublicKey));
        Assert.Throws<FormatException>(() => Logs.ThreadHeads.Parse(heads.ToString()[..^3]));
        Assert.Throws<FormatException>(() => Logs.ThreadHeads.Parse("gYA"));
    }

    [Fact]
    public void A_rebuild_from_the_records_gives_the_same_tables()
    {
        using var alice = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT, b REAL)");
        alice.Run("INSERT INTO n VALUES(1, 'x', 1), (2, 'y', 2)", "UPDATE n SET a = 'z'", "DELETE FROM n WHERE id = 1", "INSERT INTO n VALUES(1, 'back', NULL)");
        var before = alice.Digest;

        alice.Connection.Thread.RebuildViews();

        Assert.Equal(before, alice.Digest);
    }

    [Fact]
    public void An_import_holds_no_snapshot_that_would_lock_the_next_one_out()
    {
        var folder = Directory.CreateTempSubdirectory("threads-exchange-");
        try
        {
            using var alice = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)");
            using var bob = alice.Join(dataSource: Path.Combine(folder.FullName, "bob.db"));
            alice.Run("INSERT INTO n VALUES(1, 'x')");
            alice.SendTo(bob);
            using var other = new ThreadsConnection(bob.Connection.ConnectionString);
            other.Open();
            for (var round = 0; round < 3; round++)
            {
                // Both write the same row, so that the import has to read older records.
                other.Execute("UPDATE n SET a = a || 'b' WHERE id = 1");
                alice.Run("UPDATE n SET a = a || 'a' WHERE id = 1");
                bob.SendTo(alice);
                alice.SendTo(bob);
            }

            Assert.Equal(alice.Digest, bob.Digest);
        }
        finally
        {
            ThreadsConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_closed_database_leaves_no_write_ahead_log_beside_the_file()
    {
        var folder = Directory.CreateTempSubdirectory("threads-exchange-");
        try
        {
            using var alice = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)");
            alice.Run("INSERT INTO n VALUES(1, 'x')", "UPDATE n SET a = 'y'", "DELETE FROM n");
            using (var bob = alice.Join(dataSource: Path.Combine(folder.FullName, "bob.db")))
                alice.SendTo(bob);

            ThreadsConnection.ClearAllPools();
            Assert.Equal(["bob.db"], folder.GetFiles().Select(f => f.Name));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
