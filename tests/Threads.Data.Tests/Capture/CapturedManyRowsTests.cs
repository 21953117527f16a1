using Dapper;

namespace Threads.Data.Tests.Capture;

/// <summary>The same change to many rows is one event, and means what as many events would (docs/format.md).</summary>
public class CapturedManyRowsTests
{
    private const string Integers = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INTEGER)";
    private const string Texts = "CREATE TABLE t(id TEXT PRIMARY KEY NOT NULL, a TEXT, b INTEGER)";
    private const string Composite = "CREATE TABLE t(p INTEGER NOT NULL, id TEXT NOT NULL, a TEXT, b INTEGER, PRIMARY KEY(p, id)) WITHOUT ROWID";

    [Theory]
    [InlineData(Integers, "id, a, b", "i, 'x' || i, i % 2")]
    [InlineData(Texts, "id, a, b", "'key ' || i, 'x' || i, i % 2")]
    [InlineData(Composite, "p, id, a, b", "i % 3, 'key ' || i, 'x' || i, i % 2")]
    public void One_value_for_many_rows_is_one_event(string schema, string columns, string values)
    {
        using var pair = Filled(schema, columns, values, 300);
        pair.Run("UPDATE t SET a = 'same'");
        Assert.Equal(1, pair.EventsOfLast);
        pair.Agree();
        // Of two columns, half the rows have one of the values already.
        pair.Run("UPDATE t SET a = 'again', b = 1");
        Assert.Equal(2, pair.EventsOfLast);
        pair.Agree();
        pair.Run("DELETE FROM t WHERE id NOT LIKE '%7'");
        Assert.Equal(1, pair.EventsOfLast);
        pair.Agree();
        pair.Run("UPDATE t SET b = NULL, a = x'00ff'", "DELETE FROM t WHERE b IS NULL");
        pair.Agree();
    }

    [Fact]
    public void Rows_that_get_values_of_their_own_have_events_of_their_own()
    {
        using var pair = Filled(Integers, "id, a, b", "i, 'x' || i, i", 100);
        pair.Run("UPDATE t SET b = b + 1");
        Assert.Equal(100, pair.EventsOfLast);
        pair.Run("UPDATE t SET a = 'few' WHERE id <= 10");
        Assert.Equal(10, pair.EventsOfLast);
        pair.Agree();
    }

    [Fact]
    public void Large_values_are_not_shared()
    {
        using var pair = Filled(Integers, "id, a, b", "i, 'x', i", 20);
        pair.Run("UPDATE t SET a = printf('%.2000c', 'y')");
        Assert.Equal(20, pair.EventsOfLast);
        pair.Agree();
    }

    [Fact]
    public void Keys_beyond_any_distance_are_named_one_by_one()
    {
        using var pair = Filled(Integers, "id, a, b", "i * 1000003, 'x', i", 40);
        pair.Run("INSERT INTO t VALUES(-9223372036854775807, 'x', 1), (9223372036854775806, 'x', 1)", "UPDATE t SET a = 'y'", "UPDATE t SET id = -id", "DELETE FROM t");
        pair.Agree();
    }

    [Fact]
    public void Changes_of_many_kinds_in_one_transaction_keep_their_order()
    {
        using var pair = new CapturePair("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER)");
        pair.Run(Numbers(100, "INSERT INTO t SELECT i, 'x' || i, 0 FROM n"));
        pair.Run("BEGIN", "DELETE FROM t WHERE id <= 50", "UPDATE t SET b = 1", Numbers(30, "INSERT INTO t SELECT i + 1000, 'x' || i, 7 FROM n"), "UPDATE t SET b = 2 WHERE id > 80", "SAVEPOINT s",
            "UPDATE t SET b = 3", "ROLLBACK TO s", "DELETE FROM t WHERE id BETWEEN 60 AND 79", "COMMIT");
        pair.Agree();
    }

    [Fact]
    public void What_others_wrote_at_the_same_time_to_some_of_the_rows_is_kept_by_time()
    {
        using var alice = Peer.New(Integers);
        alice.Run(Numbers(60, "INSERT INTO t SELECT i, 'x', 0 FROM n"));
        using var bob = alice.Join();
        using var carol = alice.Join();
        alice.SendTo(bob);
        bob.Run("UPDATE t SET a = 'before' WHERE id = 3", "UPDATE t SET b = 1 WHERE id = 4", "DELETE FROM t WHERE id = 5");
        alice.Run("UPDATE t SET a = 'all'");
        bob.Run("UPDATE t SET a = 'after' WHERE id = 6", "DELETE FROM t WHERE id = 7", "INSERT INTO t VALUES(99, 'new', 1)");
        alice.Run("DELETE FROM t WHERE id > 30");
        bob.Run("UPDATE t SET a = 'too late' WHERE id > 50", "DELETE FROM t WHERE id = 40", "INSERT INTO t VALUES(40, 'anew', 2)");

        // Carol gets Bob's first, then Alice's; Alice and Bob exchange.
        bob.SendTo(carol);
        alice.SendTo(carol);
        alice.SendTo(bob);
        bob.SendTo(alice);

        Assert.Equal(alice.Digest, bob.Digest);
        Assert.Equal(alice.Digest, carol.Digest);
        Assert.Equal(["all", "all", "after"], alice.Connection.Query<string>("SELECT a FROM t WHERE id IN (3, 4, 6) ORDER BY id"));
        Assert.Equal(1, alice.One<long>("SELECT b FROM t WHERE id = 4"));
        Assert.Equal([40L, 99L], alice.Connection.Query<long>("SELECT id FROM t WHERE id IN (5, 7, 31, 40, 55, 99) ORDER BY id"));
        foreach (var peer in new[] { alice, bob, carol })
        {
            var digest = peer.Digest;
            peer.Connection.Thread.RebuildViews();
            Assert.Equal(digest, peer.Digest);
            Assert.True(peer.Connection.Thread.Verify().IsSound);
        }
    }

    [Fact]
    public void A_change_that_arrives_before_the_rows_waits_for_them()
    {
        using var alice = Peer.New(Integers);
        alice.Run(Numbers(40, "INSERT INTO t SELECT i, 'x', 0 FROM n"));
        using var bob = alice.Join();
        alice.SendTo(bob);
        bob.Run("UPDATE t SET b = 5");
        using var carol = alice.Join();
        // Carol gets Bob's log without Alice's.
        using var onlyBob = new MemoryStream();
        bob.Connection.Thread.Export(onlyBob, alice.Connection.Thread.Heads);
        carol.Import(onlyBob.ToArray());
        Assert.Equal(0, carol.One<long>("SELECT count(*) FROM t"));
        alice.SendTo(carol);
        Assert.Equal(40, carol.One<long>("SELECT count(*) FROM t WHERE b = 5"));
        Assert.Equal(bob.Digest, carol.Digest);
    }

    [Fact]
    public void A_peer_without_the_column_steps_over_it_until_it_has_it()
    {
        using var alice = Peer.New(Integers);
        using var bob = alice.Join(["CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)"]);
        alice.Run(Numbers(40, "INSERT INTO t SELECT i, 'x', 0 FROM n"), "UPDATE t SET b = 5", "UPDATE t SET a = 'y', b = 6 WHERE id > 20");
        alice.SendTo(bob);
        Assert.Equal(20, bob.One<long>("SELECT count(*) FROM t WHERE a = 'y'"));
        bob.Run("ALTER TABLE t ADD COLUMN b INTEGER");
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Peers_that_change_many_rows_at_random_converge(int seed)
    {
        var random = new Random(seed);
        using var alice = Peer.New(Integers, "CREATE TABLE u(x TEXT, y INTEGER, v REAL UNIQUE, PRIMARY KEY(x, y)) WITHOUT ROWID");
        alice.Run(Numbers(80, "INSERT INTO t SELECT i, 'x', 0 FROM n"), Numbers(80, "INSERT INTO u SELECT 'k' || (i % 5), i, i + 0.5 FROM n"));
        using var bob = alice.Join();
        using var carol = alice.Join();
        Peer[] peers = [alice, bob, carol];
        alice.SendTo(bob);
        alice.SendTo(carol);
        for (var step = 0; step < 60; step++)
        {
            var (peer, from, to) = (peers[random.Next(3)], random.Next(80), random.Next(80));
            peer.Run(random.Next(8) switch
            {
                0 => $"UPDATE t SET a = 's{step}' WHERE id BETWEEN {from} AND {to}",
                1 => $"UPDATE t SET a = 's{step}', b = {step % 3} WHERE id % {1 + random.Next(3)} = 0",
                2 => $"DELETE FROM t WHERE id BETWEEN {from} AND {Math.Min(to, from + 25)}",
                3 => $"INSERT INTO t(id, a) VALUES({from}, 'back {step}') ON CONFLICT DO UPDATE SET b = {step}",
                4 => $"UPDATE u SET v = NULL WHERE y BETWEEN {from} AND {to}",
                5 => $"DELETE FROM u WHERE y > {from + 30}",
                6 => $"INSERT INTO u(x, y, v) VALUES('k{from % 5}', {from}, {to}) ON CONFLICT DO NOTHING",
                _ => $"UPDATE t SET b = {step} WHERE id = {from}",
            });
            if (random.Next(4) == 0)
            {
                peers[random.Next(3)].SendTo(peers[random.Next(3)]);
            }
        }

        foreach (var one in peers)
        {
            foreach (var other in peers.Where(p => p != one))
            {
                one.SendTo(other);
            }
        }

        foreach (var peer in peers)
        {
            var digest = peer.Connection.Thread.Digest();
            Assert.Equal(TableT(alice), TableT(peer));
            peer.Connection.Thread.RebuildViews();
            Assert.Equal(TableT(alice), TableT(peer));
            Assert.True(peer.Connection.Thread.Verify().IsSound);
            Assert.NotEmpty(digest);
        }
    }

    [Fact]
    public void Ten_thousand_rows_take_a_small_record()
    {
        using var alice = Peer.New(Integers);
        alice.Run(Numbers(10_000, "INSERT INTO t SELECT i * 3, 'x', 0 FROM n"), "UPDATE t SET b = 1");
        Assert.InRange(alice.One<long>("SELECT size_bytes FROM threads_records ORDER BY log, position DESC LIMIT 1"), 10_000, 10_600);
    }

    private static string[] TableT(Peer peer) => [.. peer.Connection.Query<string>("SELECT id || '|' || coalesce(a, 'null') || '|' || coalesce(b, 'null') FROM t ORDER BY id")];

    private static CapturePair Filled(string schema, string columns, string values, int count)
    {
        var pair = new CapturePair(schema);
        pair.Run(Numbers(count, $"INSERT INTO t({columns}) SELECT {values} FROM n"));
        return pair;
    }

    private static string Numbers(int count, string insert)
    {
        var at = insert.IndexOf("SELECT", StringComparison.Ordinal);
        return $"{insert[..at]}WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) {insert[at..]}";
    }
}
