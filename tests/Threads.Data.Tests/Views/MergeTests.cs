using Dapper;

namespace Threads.Data.Tests.Views;

/// <summary>Last writer wins per path, deletes beat saves, only a later create revives (decision 6), whatever the order of arrival (I1).</summary>
public class MergeTests
{
    private const string Schema = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL DEFAULT 1.5)";

    [Fact]
    public void Edits_of_different_columns_both_stand()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice);
        alice.Run("UPDATE t SET a = 'alice' WHERE id = 1");
        bob.Run("UPDATE t SET b = 42 WHERE id = 1");
        Exchange(alice, bob);
        Assert.Equal("alice 42", bob.One<string>("SELECT a || ' ' || b FROM t WHERE id = 1"));
    }

    [Fact]
    public void Of_two_edits_of_one_column_the_later_stands()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice);
        alice.Run("UPDATE t SET a = 'first' WHERE id = 1");
        bob.Run("UPDATE t SET a = 'second' WHERE id = 1");
        Exchange(alice, bob);
        Assert.Equal("second", alice.One<string>("SELECT a FROM t WHERE id = 1"));
    }

    [Fact]
    public void A_delete_beats_an_edit_that_is_later()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice);
        alice.Run("DELETE FROM t WHERE id = 1");
        bob.Run("UPDATE t SET a = 'too late' WHERE id = 1");
        Exchange(alice, bob);
        Assert.Equal(0, bob.One<long>("SELECT count(*) FROM t WHERE id = 1"));
    }

    [Fact]
    public void A_later_create_revives_what_was_deleted_with_nothing_of_its_past()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice);
        alice.Run("UPDATE t SET b = 99 WHERE id = 1", "DELETE FROM t WHERE id = 1");
        bob.Run("UPDATE t SET a = 'unseen' WHERE id = 1");
        alice.Run("INSERT INTO t(id, a) VALUES(1, 'anew')");
        Exchange(alice, bob);
        Assert.Equal("anew||1.5", bob.One<string>("SELECT a || '|' || coalesce(b, '') || '|' || c FROM t WHERE id = 1"));
    }

    [Fact]
    public void The_same_key_created_twice_is_one_row_whose_later_values_stand()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice);
        alice.Run("INSERT INTO t VALUES(7, 'alice', 1, 1.0)");
        bob.Run("INSERT INTO t VALUES(7, 'bob', NULL, 2.0)");
        Exchange(alice, bob);
        Assert.Equal("bob  2.0", alice.One<string>("SELECT a || ' ' || coalesce(b, '') || ' ' || c FROM t WHERE id = 7"));
    }

    [Fact]
    public void Rows_that_swap_a_unique_value_arrive_swapped()
    {
        using var alice = Peer.New("CREATE TABLE u(id INTEGER PRIMARY KEY, k TEXT UNIQUE)");
        using var bob = alice.Join();
        alice.Run("INSERT INTO u VALUES(1, 'x'), (2, 'y')");
        alice.SendTo(bob);
        alice.Run("BEGIN; UPDATE u SET k = 'tmp' WHERE id = 1; UPDATE u SET k = 'x' WHERE id = 2; UPDATE u SET k = 'y' WHERE id = 1; COMMIT");
        alice.SendTo(bob);
        Assert.Equal("1y2x", bob.One<string>("SELECT group_concat(id || k, '') FROM (SELECT * FROM u ORDER BY id)"));
        Assert.Equal(0, bob.One<long>("SELECT count(*) FROM threads_conflicts"));
    }

    [Fact]
    public void A_row_that_a_constraint_refuses_is_held_back_listed_and_returns()
    {
        using var alice = Peer.New("CREATE TABLE u(id INTEGER PRIMARY KEY, k TEXT UNIQUE)");
        using var bob = alice.Join();
        alice.Run("INSERT INTO u VALUES(1, 'same')");
        bob.Run("INSERT INTO u VALUES(2, 'same')");
        alice.SendTo(bob);
        Assert.Equal(1, bob.One<long>("SELECT id FROM u"));
        Assert.Equal(("2", "UNIQUE u(k)", "UNIQUE constraint failed: u.k", """[{"collection":"u","key":1,"state":"shown"}]"""),
            bob.Connection.QuerySingle<(string, string, string, string)>("SELECT CAST(row_key AS TEXT), constraint_name, reason, rivals FROM threads_conflicts WHERE table_name = 'u'"));

        bob.Run("DELETE FROM u WHERE id = 1");

        Assert.Equal(2, bob.One<long>("SELECT id FROM u WHERE k = 'same'"));
        Assert.Equal(0, bob.One<long>("SELECT count(*) FROM threads_conflicts"));
    }

    [Fact]
    public void A_column_that_comes_later_is_filled_from_the_log()
    {
        using var alice = Peer.New("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)");
        using var bob = alice.Join(["CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, extra TEXT)"]);
        bob.Run("INSERT INTO t VALUES(1, 'a', 'kept for you')", "UPDATE t SET extra = 'changed' WHERE id = 1");
        bob.SendTo(alice);
        alice.Run("UPDATE t SET a = 'by an older app' WHERE id = 1");

        alice.Run("ALTER TABLE t ADD COLUMN extra TEXT");
        alice.SendTo(bob);

        Assert.Equal("by an older app changed", alice.One<string>("SELECT a || ' ' || extra FROM t"));
        Assert.Equal(bob.Digest, alice.Digest);
    }

    [Fact]
    public void A_table_that_comes_later_is_filled_from_the_log()
    {
        using var alice = Peer.New(Schema);
        using var bob = alice.Join([]);
        alice.Run("INSERT INTO t VALUES(1, 'a', 2, 3)", "UPDATE t SET b = 5");
        alice.SendTo(bob);
        bob.Run(Schema);
        Assert.Equal(alice.Digest, bob.Digest);
        Assert.Equal(5, bob.One<long>("SELECT b FROM t"));
    }

    /// <summary>Random edits by three peers, exchanged now and then in random directions: all end equal, to a rebuild too.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Any_order_of_arrival_gives_the_same_tables(int seed)
    {
        var random = new Random(seed);
        using var first = Peer.New(Schema, "CREATE TABLE w(k TEXT, n INTEGER, v, PRIMARY KEY(k, n)) WITHOUT ROWID");
        using var second = first.Join();
        using var third = first.Join();
        Peer[] peers = [first, second, third];
        for (var step = 0; step < 250; step++)
        {
            Edit(peers[random.Next(3)], random);
            if (random.Next(12) == 0)
            {
                peers[random.Next(3)].SendTo(peers[random.Next(3)]);
            }
        }

        for (var round = 0; round < 2; round++)
        {
            foreach (var (from, to) in new[] { (0, 1), (1, 2), (2, 0), (0, 1), (1, 2) })
            {
                peers[from].SendTo(peers[to]);
            }
        }

        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(first.Digest, third.Digest);
        foreach (var peer in peers)
        {
            var before = peer.Digest;
            peer.Connection.Thread.RebuildViews();
            Assert.Equal(before, peer.Digest);
        }
    }

    private static void Edit(Peer peer, Random random)
    {
        var id = random.Next(1, 9);
        peer.Run(random.Next(8) switch
        {
            0 => $"INSERT OR IGNORE INTO t VALUES({id}, 'n{random.Next(100)}', {random.Next(5)}, {random.Next(3)}.5)",
            1 => $"INSERT OR REPLACE INTO t(id, a) VALUES({id}, 'r{random.Next(100)}')",
            2 => $"UPDATE t SET a = 'u{random.Next(100)}' WHERE id = {id}",
            3 => $"UPDATE t SET b = {random.Next(50)}, c = {random.Next(4)} WHERE id >= {id}",
            4 => $"DELETE FROM t WHERE id = {id}",
            5 => $"INSERT INTO w VALUES('k{random.Next(3)}', {random.Next(3)}, {random.Next(100)}) ON CONFLICT DO UPDATE SET v = excluded.v",
            6 => $"DELETE FROM w WHERE n = {random.Next(3)}",
            _ => $"UPDATE t SET id = id + 100 WHERE id = {id} AND NOT EXISTS(SELECT 1 FROM t WHERE id = {id} + 100)",
        });
    }

    private static Peer Started(Peer alice)
    {
        var bob = alice.Join();
        alice.Run("INSERT INTO t(id, a, b) VALUES(1, 'start', 0)");
        alice.SendTo(bob);
        return bob;
    }

    private static void Exchange(Peer alice, Peer bob)
    {
        bob.SendTo(alice);
        alice.SendTo(bob);
        Assert.Equal(alice.Digest, bob.Digest);
    }
}
