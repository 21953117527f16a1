using Threads.Data.Events;

namespace Threads.Data.Tests.Pipeline;

// Decision 13: what a migration makes again has its rows again; seed data is what every peer writes for itself.
public class SchemaMigrationTests
{
    private const string Notes = "CREATE TABLE n(id TEXT PRIMARY KEY, a, b)";

    [Fact]
    public void A_table_made_again_by_a_migration_has_its_rows_again_and_a_raw_one_starts_empty()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO n VALUES('1', 'x', 'y')", "DROP TABLE n");
        using (alice.Connection.Thread.BeginMigration())
        {
            alice.Run(Notes);
        }

        Assert.Equal(1, alice.Connection.Thread.FillTables());
        Assert.Equal(0, alice.Connection.Thread.FillTables());
        Assert.Equal("1 x", Rows(alice));
        alice.Run("DROP TABLE n", Notes);
        Assert.Equal("", Rows(alice));
    }

    [Fact]
    public void Seed_data_is_older_than_changes_and_deletes_whenever_it_is_written()
    {
        using var alice = Peer.New(Notes);
        using var bob = alice.Join();
        Seed(alice, 10, "INSERT INTO n VALUES('1', 'seed', 's'), ('2', 'seed', 's'), ('3', 'seed', 's')");
        alice.Run("UPDATE n SET a = 'changed' WHERE id = '1'", "DELETE FROM n WHERE id = '2'");
        Seed(bob, 10, "INSERT INTO n VALUES('1', 'seed', 's'), ('2', 'seed', 's'), ('3', 'seed', 's')");
        Seed(bob, 20, "UPDATE n SET a = 'newer', b = 'newer'", "DELETE FROM n WHERE id = '3'");
        Exchange(alice, bob);
        Assert.Equal("1 changed", Rows(bob));
        Assert.Equal("newer", bob.One<string>("SELECT b FROM n"));
        Same(alice, bob);

        // Once more, where all of it is known: nothing comes back, nothing is overridden.
        Seed(alice, 10, "INSERT INTO n VALUES('1', 'seed', 's'), ('2', 'seed', 's'), ('3', 'seed', 's')");
        Assert.Equal("1 changed", Rows(alice));
        Seed(alice, 15, "UPDATE n SET a = 'older', b = 'older'");
        Assert.Equal("changed newer", alice.One<string>("SELECT a || ' ' || b FROM n"));
        Exchange(alice, bob);
        Same(alice, bob);
    }

    [Fact]
    public void Many_rows_of_seed_data_with_the_same_change_are_one_event()
    {
        using var alice = Peer.New(Notes);
        using var bob = alice.Join();
        var rows = string.Join(", ", Enumerable.Range(0, 50).Select(i => $"('{i}', 'seed', 's')"));
        Seed(alice, 10, "INSERT INTO n VALUES" + rows);
        Seed(alice, 20, "UPDATE n SET a = 'newer'");
        alice.Run("UPDATE n SET a = 'changed' WHERE id = '7'");
        Seed(bob, 10, "INSERT INTO n VALUES" + rows);
        Exchange(alice, bob);
        Assert.Equal(49, bob.One<long>("SELECT count(*) FROM n WHERE a = 'newer'"));
        Same(alice, bob);
    }

    [Fact]
    public void Only_new_rows_may_be_seed_data()
    {
        using var alice = Peer.New(Notes);
        using var bob = alice.Join();
        alice.Run("INSERT INTO n VALUES('1', 'x', 'y')");
        using (var migration = alice.Connection.Thread.BeginMigration())
        {
            migration.BeginSeed(1, onlyNewRows: true);
            alice.Run("BEGIN", "UPDATE n SET a = 'now'", "INSERT INTO n VALUES('2', 'seed', 's')", "COMMIT");
            migration.EndSeed();
            alice.Run("UPDATE n SET b = 'ordinary' WHERE id = '2'");
        }

        bob.Run("INSERT INTO n VALUES('2', 'bob', 'bob')");
        Exchange(alice, bob);
        Assert.Equal("1 now,2 bob", Rows(alice));
        Same(alice, bob);
    }

    [Fact]
    public void What_is_written_before_and_after_seed_data_in_one_transaction_is_not()
    {
        using var alice = Peer.New(Notes);
        using var bob = alice.Join();
        bob.Run("INSERT INTO n VALUES('1', 'bob', 'b'), ('2', 'bob', 'b'), ('3', 'bob', 'b')");
        alice.Run("BEGIN", "INSERT INTO n VALUES('1', 'alice', 'a')");
        using (var migration = alice.Connection.Thread.BeginMigration())
        {
            migration.BeginSeed(1);
            alice.Run("INSERT INTO n VALUES('2', 'seed', 's')");
            migration.EndSeed();
            alice.Run("INSERT INTO n VALUES('3', 'alice', 'a')");
        }

        alice.Run("COMMIT");
        Exchange(alice, bob);
        Assert.Equal("1 alice,2 bob,3 alice", Rows(bob));
        Same(alice, bob);
    }

    [Fact]
    public void A_version_that_is_none_is_refused()
    {
        using var alice = Peer.New(Notes);
        using var migration = alice.Connection.Thread.BeginMigration();
        Assert.Throws<ArgumentOutOfRangeException>(() => migration.BeginSeed(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => migration.BeginSeed(1L << 34));
    }

    [Fact]
    public void Seed_data_with_a_version_out_of_range_is_refused()
    {
        using var alice = Peer.New(Notes);
        using var forger = new Forger(alice);
        var opening = forger.Opening(1_000_000);
        var shape = new EventShape(EventKind.Create, "n", 1, ["id", "a", "b"], Seed: 1L << 34);
        var record = forger.Seal(opening.RecordCid, forger.Payload(2, 2_000_000, shape, w =>
        {
            w.WriteText("1");
            w.WriteText("a");
            w.WriteText("b");
        }));
        var error = Assert.Throws<ThreadsException>(() => alice.Import(Forger.File(opening, record)));
        Assert.Contains("seed data", error.Message, StringComparison.Ordinal);
        Assert.Equal("", Rows(alice));
    }

    private static void Seed(Peer peer, long version, params string[] statements)
    {
        using var migration = peer.Connection.Thread.BeginMigration();
        migration.BeginSeed(version);
        peer.Run(statements);
    }

    private static string Rows(Peer peer) => peer.One<string>("SELECT coalesce(group_concat(r), '') FROM (SELECT id || ' ' || a AS r FROM n ORDER BY id)");

    private static void Exchange(Peer x, Peer y)
    {
        x.SendTo(y);
        y.SendTo(x);
    }

    private static void Same(Peer x, Peer y)
    {
        Assert.Equal(x.Digest, y.Digest);
        foreach (var peer in new[] { x, y })
        {
            peer.Connection.Thread.Verify().ThrowIfNotSound();
            var digest = peer.Digest;
            peer.Connection.Thread.RebuildViews();
            Assert.Equal(digest, peer.Digest);
        }
    }
}
