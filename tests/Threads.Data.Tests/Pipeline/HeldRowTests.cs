using Dapper;

namespace Threads.Data.Tests.Pipeline;

// Issue 5, point 5: a conflict is settled by a person
public sealed class HeldRowTests : IDisposable
{
    private readonly Peer alice = Peer.New(
        "CREATE TABLE users(id INTEGER PRIMARY KEY, mail TEXT UNIQUE, name TEXT)",
        "CREATE TABLE pairs(a TEXT, b BLOB, v INTEGER UNIQUE, PRIMARY KEY(a, b))",
        "CREATE TABLE orders(id INTEGER PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id))");

    private readonly Peer bob;

    public HeldRowTests() => bob = alice.Join();

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
    }

    [Fact]
    public void The_held_back_row_is_deleted_on_every_peer()
    {
        Clash();
        var records = bob.One<long>("SELECT count(*) FROM threads_records");
        bob.Connection.Thread.DeleteHeldRow("users", 2);
        Assert.Equal(records + 1, bob.One<long>("SELECT count(*) FROM threads_records"));
        Both([1], 0);
        Assert.Equal("delete", alice.One<string>("SELECT kind FROM threads_history WHERE table_name = 'users' AND row_key = 2 ORDER BY time DESC LIMIT 1"));
        alice.Run("INSERT INTO users VALUES(2, 'other', 'again')");
        Both([1, 2], 0);
    }

    [Fact]
    public void The_held_back_row_is_shown_and_its_rivals_go()
    {
        Clash();
        using var carol = alice.Join();
        carol.Run("INSERT INTO users VALUES(3, 'ann@x', 'third')");
        carol.SendTo(alice);
        Assert.Equal(2, alice.One<long>("SELECT count(*) FROM threads_conflicts"));
        alice.Connection.Thread.ShowHeldRow("users", 3);
        Both([3], 0);
    }

    [Fact]
    public void Both_are_part_of_an_open_transaction_and_go_with_it()
    {
        Clash();
        using (var transaction = alice.Connection.BeginTransaction())
        {
            alice.Connection.Execute("INSERT INTO users VALUES(9, 'nine', 'x')", transaction: transaction);
            alice.Connection.Thread.DeleteHeldRow("users", 2);
            Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_conflicts"));
            transaction.Rollback();
        }

        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM threads_conflicts"));
        using (var transaction = alice.Connection.BeginTransaction())
        {
            alice.Connection.Thread.ShowHeldRow("users", 2);
            transaction.Commit();
        }

        Both([2], 0);
    }

    [Fact]
    public void Composite_keys_and_blobs_are_named_as_the_conflict_names_them()
    {
        alice.Run("INSERT INTO pairs VALUES('x', x'01', 5)");
        bob.Run("INSERT INTO pairs VALUES('x', x'02', 5)");
        alice.SendTo(bob);
        var json = bob.One<string>("SELECT row_key FROM threads_conflicts");
        var key = bob.Connection.Thread.ReadKey("pairs", json);
        Assert.Equal(["x", new byte[] { 2 }], key);
        bob.Connection.Thread.ShowHeldRow("pairs", key);
        Assert.Equal("02", bob.One<string>("SELECT hex(b) FROM pairs"));
    }

    [Fact]
    public void Without_a_rival_there_is_only_deleting_it_or_writing_it_anew()
    {
        alice.Run("INSERT INTO users VALUES(1, 'a', 'a')");
        alice.SendTo(bob);
        bob.Run("INSERT INTO orders VALUES(1, 1)", "INSERT INTO orders VALUES(2, 1)", "INSERT INTO orders VALUES(3, 1)");
        alice.Run("INSERT INTO users VALUES(2, 'b', 'b')", "DELETE FROM users WHERE id = 1");
        bob.SendTo(alice);
        Assert.Equal(3, alice.One<long>("SELECT count(*) FROM threads_conflicts"));
        Assert.Equal(ThreadsErrorCode.NoRival, Assert.Throws<ThreadsException>(() => alice.Connection.Thread.ShowHeldRow("orders", 1)).ThreadsErrorCode);
        alice.Connection.Thread.DeleteHeldRow("orders", 1);
        alice.Run("INSERT INTO orders VALUES(2, 2)");
        Assert.Equal(2, alice.One<long>("SELECT id FROM orders"));
        Assert.Equal(3, alice.One<long>("SELECT row_key FROM threads_conflicts"));
        alice.SendTo(bob);
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void What_is_not_held_back_is_refused()
    {
        Clash();
        Assert.Contains("not held back", Assert.Throws<ArgumentException>(() => alice.Connection.Thread.DeleteHeldRow("users", 1)).Message);
        Assert.Throws<ArgumentException>(() => alice.Connection.Thread.ShowHeldRow("users", 7));
        Assert.Throws<ArgumentException>(() => alice.Connection.Thread.ShowHeldRow("nothing", 7));
        Assert.Throws<ArgumentException>(() => alice.Connection.Thread.ReadKey("users", "[1,2]"));
        Assert.Throws<ArgumentException>(() => alice.Connection.Thread.ReadKey("users", "{"));
        Both([1], 1);
    }

    /// <summary>Alice's row 1 and Bob's row 2 want the same mail; Alice's is older.</summary>
    private void Clash()
    {
        alice.Run("INSERT INTO users VALUES(1, 'ann@x', 'Ann')");
        bob.Run("INSERT INTO users VALUES(2, 'ann@x', 'Anne')");
        alice.SendTo(bob);
        bob.SendTo(alice);
        Assert.Equal([2L], alice.Connection.Query<long>("SELECT row_key FROM threads_conflicts"));
    }

    private void Both(long[] shown, int held)
    {
        for (var n = 0; n < 2; n++)
        {
            alice.SendTo(bob);
            bob.SendTo(alice);
        }

        foreach (var peer in new[] { alice, bob })
        {
            Assert.Equal(shown, peer.Connection.Query<long>("SELECT id FROM users ORDER BY id"));
            Assert.Equal(held, peer.One<long>("SELECT count(*) FROM threads_conflicts"));
            var before = peer.Digest;
            peer.Connection.Thread.RebuildViews();
            Assert.Equal(before, peer.Digest);
            Assert.Equal(held, peer.One<long>("SELECT count(*) FROM threads_conflicts"));
        }

        Assert.Equal(alice.Digest, bob.Digest);
    }
}
