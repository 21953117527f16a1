namespace Threads.Data.Tests.Pipeline;

/// <summary>Decision 8: integer keys that the database gives come from this log's range.</summary>
public class KeyRangeTests
{
    private const string Schema = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)";

    [Fact]
    public void The_creator_counts_from_one_as_SQLite_does()
    {
        using var alice = Peer.New(Schema);
        alice.Run("INSERT INTO t(a) VALUES('x')", "INSERT INTO t(a) VALUES('y'), ('z')");
        Assert.Equal("1,2,3", alice.One<string>("SELECT group_concat(id) FROM t"));
    }

    [Fact]
    public void A_guest_without_a_range_is_refused_by_name_and_may_give_keys()
    {
        using var alice = Peer.New(Schema);
        using var bob = alice.Join();
        var refused = Assert.Throws<ThreadsException>(() => bob.Run("INSERT INTO t(a) VALUES('x')"));
        Assert.Equal(ThreadsErrorCode.NoKeyRange, refused.ThreadsErrorCode);
        Assert.Contains("'t'", refused.Message, StringComparison.Ordinal);
        bob.Run("INSERT INTO t VALUES(7000000000, 'own key')");
        Assert.Equal(1, bob.One<long>("SELECT count(*) FROM t"));
    }

    [Fact]
    public void A_guest_gets_a_range_on_contact_and_never_meets_the_hosts_numbers()
    {
        using var alice = Peer.New(Schema);
        using var bob = alice.Join();
        alice.Run("INSERT INTO t(a) VALUES('a1')");
        bob.Run("INSERT INTO t VALUES(-5, 'first contact')");
        bob.SendTo(alice);
        alice.SendTo(bob);

        bob.Run("INSERT INTO t(a) VALUES('b1'), ('b2')", "INSERT INTO t(a) SELECT 'b' || id FROM t WHERE id = 1", "INSERT INTO t DEFAULT VALUES");
        alice.Run("INSERT INTO t(a) VALUES('a2')");
        bob.SendTo(alice);
        alice.Run("INSERT INTO t(a) VALUES('a3')");
        alice.SendTo(bob);

        Assert.Equal(alice.Digest, bob.Digest);
        Assert.Equal(8, alice.One<long>("SELECT count(*) FROM t"));
        Assert.Equal("1,2,3", alice.One<string>("SELECT group_concat(id) FROM (SELECT id FROM t WHERE a LIKE 'a_' ORDER BY id)"));
        Assert.True(bob.One<long>("SELECT min(id) FROM t WHERE a LIKE 'b_'") > 2_000_000_000);
    }

    [Fact]
    public void A_row_without_a_key_in_a_text_too_complex_to_rewrite_is_refused()
    {
        using var alice = Peer.New(Schema);
        alice.Run("INSERT INTO t VALUES(3000000000, 'a neighbour far above')");
        var refused = Assert.Throws<ThreadsException>(() => alice.Run("INSERT INTO t VALUES(NULL, 'x')"));
        Assert.Contains("range of keys", refused.Message, StringComparison.Ordinal);
        alice.Run("INSERT INTO t(a) VALUES('x')");
        Assert.Equal(1, alice.One<long>("SELECT id FROM t WHERE a = 'x'"));
        Assert.Equal(1, alice.One<long>("INSERT INTO t(a) VALUES('y') RETURNING id") - 1);
    }
}
