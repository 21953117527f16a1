using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Capture;

// Decision 13, FINDINGS 1f: names are local, identities are not.
public class NamesAcrossPeersTests
{
    private const string Notes = "CREATE TABLE Notes(Id TEXT PRIMARY KEY, Text TEXT)";
    private const string Memos = "CREATE TABLE Memos(Id TEXT PRIMARY KEY, Text TEXT)";

    [Fact]
    public void A_renamed_table_goes_on_folding_and_is_understood_under_its_old_name()
    {
        using var alice = Peer.New(Notes);
        using var bob = alice.Join();
        alice.Run("INSERT INTO Notes VALUES('1', 'old')");
        bob.Run("INSERT INTO Notes VALUES('2', 'from bob')");

        alice.Run("ALTER TABLE Notes RENAME TO Memos", "INSERT INTO Memos VALUES('3', 'new')", "UPDATE Memos SET Text = 'changed' WHERE Id = '1'");
        Exchange(alice, bob);

        Assert.Equal("1 changed,2 from bob,3 new", Rows(alice, "Memos"));
        Assert.Equal("1 changed,2 from bob,3 new", Rows(bob, "Notes"));
        bob.Run("UPDATE Notes SET Text = 'not renamed yet' WHERE Id = '3'", "ALTER TABLE Notes RENAME TO Memos");
        Exchange(alice, bob);
        Assert.Equal("1 changed,2 from bob,3 not renamed yet", Rows(alice, "Memos"));
        Same(alice, bob);
    }

    [Fact]
    public void A_rename_is_one_event_of_no_row_and_told_once()
    {
        using var alice = Peer.New(Notes);
        using var bob = alice.Join();
        alice.Run("INSERT INTO Notes VALUES('1', 'a')");
        var before = Events(alice);
        alice.Run("ALTER TABLE Notes RENAME TO Memos");
        Assert.Equal(before + 1, Events(alice));
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM _threads_entity") + alice.One<long>("SELECT count(*) FROM _threads_event"));
        alice.SendTo(bob);
        bob.Run("INSERT INTO Notes VALUES('2', 'b')");
        before = Events(bob);
        bob.Run("ALTER TABLE Notes RENAME TO Memos");
        Assert.Equal(before, Events(bob));
    }

    [Fact]
    public void A_rename_that_is_rolled_back_is_not_told()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO Notes VALUES('1', 'a')");
        var before = Events(alice);
        alice.Run("BEGIN", "ALTER TABLE Notes RENAME TO Memos", "ROLLBACK");
        alice.Run("BEGIN", "SAVEPOINT s", "ALTER TABLE Notes RENAME COLUMN Text TO Body", "ROLLBACK TO s", "COMMIT");
        Assert.Equal(before, Events(alice));
        alice.Run("BEGIN", "ALTER TABLE Notes RENAME TO Memos", "SAVEPOINT s", "INSERT INTO Memos VALUES('2', 'b')", "ROLLBACK TO s", "COMMIT", "INSERT INTO Memos VALUES('3', 'c')");
        Assert.Equal(before + 2, Events(alice));
        using var bob = alice.Join([Notes]);
        alice.SendTo(bob);
        Assert.Equal("1 a,3 c", Rows(bob, "Notes"));
    }

    [Fact]
    public void A_fresh_install_that_heard_of_the_rename_makes_the_table_under_its_new_name()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO Notes VALUES('1', 'a')", "ALTER TABLE Notes RENAME TO Memos", "ALTER TABLE Memos RENAME COLUMN Text TO Body");
        using var bob = alice.Join([]);
        alice.SendTo(bob);
        bob.Run("CREATE TABLE Memos(Id TEXT PRIMARY KEY, Body TEXT)");
        Assert.Equal("1 a", Rows(bob, "Memos", "Body"));
        bob.Run("INSERT INTO Memos VALUES('2', 'b')");
        bob.SendTo(alice);
        Assert.Equal("1 a,2 b", Rows(alice, "Memos", "Body"));
        Same(alice, bob);
    }

    [Fact]
    public void A_fresh_install_that_never_saw_the_old_name_joins_the_original_when_it_hears_of_it()
    {
        using var alice = Peer.New(Notes);
        using var old = alice.Join();
        alice.Run("INSERT INTO Notes VALUES('1', 'a')", "ALTER TABLE Notes RENAME TO Memos", "ALTER TABLE Memos RENAME COLUMN Text TO Body");
        using var bob = alice.Join(["CREATE TABLE Memos(Id TEXT PRIMARY KEY, Body TEXT)"]);
        bob.Run("INSERT INTO Memos VALUES('2', 'b')");
        Exchange(alice, bob);
        Assert.Equal("1 a,2 b", Rows(alice, "Memos", "Body"));
        Assert.Equal("1 a,2 b", Rows(bob, "Memos", "Body"));
        Same(alice, bob);

        // Who has the old name understands what was written before and after.
        bob.Run("UPDATE Memos SET Body = 'after' WHERE Id = '1'");
        Exchange(old, bob);
        Assert.Equal("1 after,2 b", Rows(old, "Notes"));
        Exchange(alice, bob);
        Same(alice, bob);
        bob.Connection.Thread.RebuildViews();
        old.Connection.Thread.RebuildViews();
        Assert.Equal("1 after,2 b", Rows(old, "Notes"));
        Assert.Equal("1 after,2 b", Rows(bob, "Memos", "Body"));
    }

    [Fact]
    public void Events_of_the_new_name_come_before_the_alias()
    {
        using var alice = Peer.New(Notes);
        using var old = alice.Join();
        alice.Run("INSERT INTO Notes VALUES('1', 'a')", "ALTER TABLE Notes RENAME TO Memos");
        using var bob = alice.Join([Memos]);
        bob.Run("INSERT INTO Memos VALUES('2', 'b')");
        bob.SendTo(old);
        Assert.Equal("", Rows(old, "Notes"));
        alice.SendTo(old);
        Assert.Equal("1 a,2 b", Rows(old, "Notes"));
        old.Run("ALTER TABLE Notes RENAME TO Memos", "INSERT INTO Memos VALUES('3', 'c')");
        Exchange(old, bob);
        Exchange(old, alice);
        Assert.Equal("1 a,2 b,3 c", Rows(bob, "Memos"));
        Same(bob, old);
        Same(bob, alice);
    }

    [Fact]
    public void Two_peers_rename_differently_and_go_on_together()
    {
        using var alice = Peer.New(Notes);
        using var bob = alice.Join();
        alice.Run("INSERT INTO Notes VALUES('1', 'a')", "ALTER TABLE Notes RENAME TO Memos", "ALTER TABLE Memos RENAME COLUMN Text TO Body");
        bob.Run("INSERT INTO Notes VALUES('2', 'b')", "ALTER TABLE Notes RENAME TO Jottings", "ALTER TABLE Jottings RENAME COLUMN Text TO Content");
        Exchange(alice, bob);
        alice.Run("UPDATE Memos SET Body = 'alice' WHERE Id = '2'");
        bob.Run("UPDATE Jottings SET Content = 'bob' WHERE Id = '1'");
        Exchange(alice, bob);
        Assert.Equal("1 bob,2 alice", Rows(alice, "Memos", "Body"));
        Assert.Equal("1 bob,2 alice", Rows(bob, "Jottings", "Content"));
        Same(alice, bob);

        // A third may use either name.
        foreach (var (table, column) in new[] { ("Memos", "Body"), ("Jottings", "Content"), ("Notes", "Text"), ("Memos", "Content") })
        {
            using var carol = alice.Join([]);
            Exchange(bob, carol);
            carol.Run($"CREATE TABLE {table}(Id TEXT PRIMARY KEY, {column} TEXT)");
            Assert.Equal("1 bob,2 alice", Rows(carol, table, column));
            Same(carol, bob);
        }
    }

    [Fact]
    public void Two_tables_swap_their_names()
    {
        using var alice = Peer.New(Notes, Memos);
        using var bob = alice.Join();
        alice.Run("INSERT INTO Notes VALUES('1', 'note')", "INSERT INTO Memos VALUES('2', 'memo')");
        bob.Run("INSERT INTO Notes VALUES('3', 'note')");
        string[] swap = ["BEGIN", "ALTER TABLE Notes RENAME TO t", "ALTER TABLE Memos RENAME TO Notes", "ALTER TABLE t RENAME TO Memos", "COMMIT"];
        alice.Run(swap);
        alice.Run("INSERT INTO Notes VALUES('4', 'memo')", "INSERT INTO Memos VALUES('5', 'note')");
        Exchange(alice, bob);
        Assert.Equal("2 memo,4 memo", Rows(alice, "Notes"));
        Assert.Equal("1 note,3 note,5 note", Rows(alice, "Memos"));
        Assert.Equal("1 note,3 note,5 note", Rows(bob, "Notes"));
        Assert.Equal("2 memo,4 memo", Rows(bob, "Memos"));
        Same(alice, bob);
        bob.Run(swap);
        bob.Run("INSERT INTO Notes VALUES('6', 'memo')");
        Exchange(alice, bob);
        Assert.Equal("2 memo,4 memo,6 memo", Rows(alice, "Notes"));
        Same(alice, bob);

        // Whoever comes after the swap makes the tables as they are now.
        using var carol = alice.Join([]);
        Exchange(bob, carol);
        carol.Run(Notes, Memos);
        Assert.Equal("2 memo,4 memo,6 memo", Rows(carol, "Notes"));
        Same(carol, bob);
    }

    [Fact]
    public void Two_columns_swap_their_names()
    {
        using var alice = Peer.New("CREATE TABLE n(id TEXT PRIMARY KEY, a, b)");
        using var bob = alice.Join();
        alice.Run("INSERT INTO n VALUES('1', 'a', 'b')");
        string[] swap = ["ALTER TABLE n RENAME COLUMN a TO t", "ALTER TABLE n RENAME COLUMN b TO a", "ALTER TABLE n RENAME COLUMN t TO b"];
        alice.Run(swap);
        alice.Run("UPDATE n SET a = 'was b'", "INSERT INTO n(id, a, b) VALUES('2', 'B', 'A')");
        Exchange(alice, bob);
        Assert.Equal("1 a,2 A", Rows(bob, "n", "a"));
        Assert.Equal("1 was b,2 B", Rows(bob, "n", "b"));
        bob.Run(swap);
        Assert.Equal("1 was b,2 B", Rows(bob, "n", "a"));
        Same(alice, bob);
        using var carol = alice.Join([]);
        Exchange(bob, carol);
        carol.Run("CREATE TABLE n(id TEXT PRIMARY KEY, a, b)");
        Assert.Equal("1 was b,2 B", Rows(carol, "n", "a"));
        Same(carol, bob);
    }

    [Fact]
    public void A_new_table_under_a_name_that_a_renamed_one_had_is_another_collection_for_all()
    {
        using var alice = Peer.New(Notes);
        using var bob = alice.Join();
        alice.Run("INSERT INTO Notes VALUES('1', 'memo')");
        string[] change = ["ALTER TABLE Notes RENAME TO Memos", Notes];
        alice.Run(change);
        alice.Run("INSERT INTO Notes VALUES('1', 'note')");
        Exchange(alice, bob);
        Assert.Equal("1 memo", Rows(bob, "Notes"));
        bob.Run(change);
        Assert.Equal("1 note", Rows(bob, "Notes"));
        Assert.Equal("1 memo", Rows(bob, "Memos"));
        Same(alice, bob);
        using var carol = alice.Join([]);
        Exchange(alice, carol);
        carol.Run(Notes, Memos);
        Assert.Equal("1 note", Rows(carol, "Notes"));
        Same(alice, carol);
    }

    [Fact]
    public void A_table_dropped_here_and_written_there_loses_nothing_there()
    {
        using var alice = Peer.New(Notes);
        using var bob = alice.Join();
        alice.Run("INSERT INTO Notes VALUES('1', 'a')");
        Exchange(alice, bob);
        alice.Run("DROP TABLE Notes");
        bob.Run("INSERT INTO Notes VALUES('2', 'b')", "UPDATE Notes SET Text = 'c' WHERE Id = '1'");
        Exchange(alice, bob);
        Assert.Equal("1 c,2 b", Rows(bob, "Notes"));

        // As in SQLite: what is created raw after a raw DROP starts empty, and only what is written from then on shows.
        alice.Run(Notes);
        Assert.Equal("", Rows(alice, "Notes"));
        bob.Run("INSERT INTO Notes VALUES('3', 'd')");
        alice.Run("INSERT INTO Notes VALUES('4', 'e')");
        Exchange(alice, bob);
        Assert.Equal("3 d,4 e", Rows(alice, "Notes"));
        Assert.Equal("1 c,2 b,3 d,4 e", Rows(bob, "Notes"));
    }

    [Fact]
    public void Other_connections_of_the_file_follow_when_a_collection_turns_out_to_be_another()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO Notes VALUES('1', 'a')", "ALTER TABLE Notes RENAME TO Memos", "ALTER TABLE Memos RENAME COLUMN Text TO Body");
        using var database = new TemporaryDatabase("Pooling=False");
        using var key = alice.Connection.Thread.Key;
        using var first = Peer.At($"{database.FilePath};Pooling=False;Thread={alice.Connection.Thread.Id};Thread Key={key.Export()}", "CREATE TABLE Memos(Id TEXT PRIMARY KEY, Body TEXT)");
        using var second = Peer.At($"{database.FilePath};Pooling=False");
        first.Run("INSERT INTO Memos VALUES('2', 'b')");
        second.Run("UPDATE Memos SET Body = 'c'");
        alice.SendTo(first);
        second.Run("INSERT INTO Memos VALUES('3', 'd')", "UPDATE Memos SET Body = 'second' WHERE Id = '1'");
        first.Run("UPDATE Memos SET Body = 'first' WHERE Id = '3'");
        first.SendTo(alice);
        Assert.Equal("1 second,2 c,3 first", Rows(alice, "Memos", "Body"));
        alice.Run("UPDATE Memos SET Body = 'alice' WHERE Id = '3'");
        alice.SendTo(second);
        Assert.Equal("1 second,2 c,3 alice", Rows(first, "Memos", "Body"));
        Same(alice, first);
        Same(alice, second);
    }

    private static long Events(Peer peer) => peer.One<long>("SELECT coalesce(sum(r.events), 0) FROM threads_records r JOIN threads_logs l ON l.id = r.log AND l.is_own");

    private static string Rows(Peer peer, string table, string column = "Text")
        => peer.One<string>($"SELECT coalesce(group_concat(r), '') FROM (SELECT Id || ' ' || {column} AS r FROM {table} ORDER BY Id)");

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
        }
    }
}
