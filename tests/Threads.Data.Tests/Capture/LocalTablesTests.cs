using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Capture;

// Decision 2: tables are shared or local; FINDINGS 1a, user triggers.
public class LocalTablesTests
{
    private static readonly string[] Search =
    [
        "CREATE TABLE n(id INTEGER PRIMARY KEY, title TEXT, body TEXT)",
        "CREATE VIRTUAL TABLE fts USING fts5(title, body, content = 'n', content_rowid = 'id')",
        "CREATE TRIGGER n_ai AFTER INSERT ON n BEGIN INSERT INTO fts(rowid, title, body) VALUES(NEW.id, NEW.title, NEW.body); END",
        "CREATE TRIGGER n_ad AFTER DELETE ON n BEGIN INSERT INTO fts(fts, rowid, title, body) VALUES('delete', OLD.id, OLD.title, OLD.body); END",
        """
        CREATE TRIGGER n_au AFTER UPDATE OF title, body ON n FOR EACH ROW WHEN NEW.title IS NOT OLD.title OR NEW.body IS NOT OLD.body
        BEGIN
            INSERT INTO fts(fts, rowid, title, body) VALUES('delete', OLD.id, OLD.title, OLD.body);
            INSERT INTO fts(rowid, title, body) VALUES(NEW.id, NEW.title, NEW.body);
        END
        """,
    ];

    [Fact]
    public void Full_text_search_kept_by_triggers_stays_current_through_folds_and_rebuilds()
    {
        using var pair = new CapturePair(Search);
        pair.Run("INSERT INTO n VALUES(1, 'First', 'apple pie'), (2, 'Second', 'banana bread'), (3, 'Third', 'cherry cake')", "UPDATE n SET body = 'apple tart' WHERE id = 2", "DELETE FROM n WHERE id = 3");
        Assert.Equal(3, pair.NewRecords);
        pair.Agree();
        foreach (var peer in new[] { pair.Alice, pair.Bob })
        {
            Check(peer, "1,2");
            peer.Connection.Thread.RebuildViews();
            Check(peer, "1,2");
        }

        // Both change one row; the fold settles it, and the index follows.
        pair.Bob.Run("UPDATE n SET body = 'apple from bob' WHERE id = 1", "INSERT INTO n VALUES(10, 'Bob', 'apple')", "DELETE FROM n WHERE id = 2");
        pair.Alice.Run("UPDATE n SET title = 'pear', body = 'pear' WHERE id = 1");
        pair.Bob.SendTo(pair.Alice);
        pair.Alice.SendTo(pair.Bob);
        Assert.Equal(pair.Alice.Digest, pair.Bob.Digest);
        Check(pair.Alice, "10");
        Check(pair.Bob, "10");

        static void Check(Peer peer, string expected)
        {
            Assert.Equal(expected, peer.One<string>("SELECT group_concat(rowid) FROM (SELECT rowid FROM fts WHERE fts MATCH 'apple' ORDER BY rowid)"));
            peer.Connection.Run("INSERT INTO fts(fts) VALUES('integrity-check')");
        }
    }

    [Fact]
    public void Virtual_tables_and_their_shadows_are_local()
    {
        using var pair = new CapturePair("CREATE TABLE n(id INTEGER PRIMARY KEY)", "CREATE VIRTUAL TABLE fts USING fts5(a)", "CREATE VIRTUAL TABLE fts4 USING fts4(a)", "CREATE VIRTUAL TABLE localtree USING rtree(id, x0, x1)", "CREATE TABLE fts_settings(k TEXT PRIMARY KEY, v)");
        pair.Run("INSERT INTO fts VALUES('one two')", "INSERT INTO fts4 VALUES('three')", "INSERT INTO localtree VALUES(1, 0.0, 2.0)", "UPDATE fts SET a = 'two'");
        Assert.Equal(0, pair.NewRecords);
        pair.Run("INSERT INTO fts_settings VALUES('language', 'en')");
        Assert.Equal(1, pair.NewRecords);
        pair.Alice.SendTo(pair.Bob);
        Assert.Equal("en", pair.Bob.One<string>("SELECT v FROM fts_settings"));
    }

    [Fact]
    public void A_trigger_that_writes_only_local_tables_fires_at_folds_and_rebuilds()
    {
        using var alice = Peer.New();
        using var bob = alice.Join([]);
        foreach (var peer in new[] { alice, bob })
        {
            peer.Connection.Thread.MarkLocal("localcount");
            peer.Run(
                "CREATE TABLE n(id INTEGER PRIMARY KEY, kind TEXT, \"on\" TEXT)", "CREATE TABLE localcount(kind TEXT PRIMARY KEY, rows INTEGER)",
                "CREATE TRIGGER a AFTER INSERT ON n WHEN NEW.kind <> 'hidden' BEGIN INSERT OR REPLACE INTO localcount SELECT NEW.kind, count(*) FROM n WHERE kind = NEW.kind; END",
                "CREATE TRIGGER IF NOT EXISTS main.\"b\" AFTER UPDATE OF kind, \"on\" ON \"n\" BEGIN DELETE FROM localcount; INSERT INTO localcount SELECT kind, count(*) FROM n GROUP BY kind; END",
                "CREATE TRIGGER c AFTER DELETE ON n BEGIN DELETE FROM localcount; INSERT INTO localcount SELECT kind, count(*) FROM n GROUP BY kind; END");
        }

        const string Counts = "SELECT group_concat(kind || rows) FROM (SELECT * FROM localcount ORDER BY kind)";
        alice.Run("INSERT INTO n VALUES(1, 'x', 1), (2, 'x', 1), (3, 'y', 1), (4, 'hidden', 1)");
        alice.SendTo(bob);
        Assert.Equal("x2,y1", bob.One<string>(Counts));
        alice.Run("UPDATE n SET kind = 'z' WHERE id = 1", "DELETE FROM n WHERE id = 3");
        alice.SendTo(bob);
        Assert.Equal("hidden1,x1,z1", bob.One<string>(Counts));
        bob.Connection.Thread.RebuildViews();
        Assert.Equal("hidden1,x1,z1", bob.One<string>(Counts));
        Assert.Equal(alice.Digest, bob.Digest);
        Assert.Empty(CapturePair.Conflicts(bob));
    }

    [Fact]
    public void A_trigger_that_writes_shared_tables_too_does_not_fire_at_a_fold()
    {
        using var alice = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY)", "CREATE TABLE audit(id INTEGER PRIMARY KEY, what)", "CREATE TRIGGER t AFTER INSERT ON n BEGIN INSERT INTO audit(what) VALUES(NEW.id); END");
        using var bob = alice.Join();
        alice.Run("INSERT INTO n VALUES(1), (2)");
        alice.SendTo(bob);
        Assert.Equal(2, bob.One<long>("SELECT count(*) FROM audit"));
        bob.Connection.Thread.RebuildViews();
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void A_dropped_or_changed_trigger_is_not_mirrored_any_more()
    {
        using var pair = new CapturePair("CREATE TABLE n(id INTEGER PRIMARY KEY, a)", "CREATE VIRTUAL TABLE fts USING fts5(a)", "CREATE TRIGGER t AFTER INSERT ON n BEGIN INSERT INTO fts VALUES(NEW.a); END");
        pair.Run("INSERT INTO n VALUES(1, 'one')");
        pair.Alice.SendTo(pair.Bob);
        Assert.Equal(1, pair.Bob.One<long>("SELECT count(*) FROM fts"));

        pair.Bob.Run("DROP TRIGGER t");
        pair.Run("INSERT INTO n VALUES(2, 'two')");
        pair.Alice.SendTo(pair.Bob);
        Assert.Equal(1, pair.Bob.One<long>("SELECT count(*) FROM fts"));

        pair.Bob.Run("CREATE TRIGGER t AFTER INSERT ON n BEGIN INSERT INTO fts VALUES('*' || NEW.a); END", "BEGIN", "ROLLBACK", "ALTER TABLE n RENAME COLUMN a TO b");
        pair.Run("INSERT INTO n VALUES(3, 'three')");
        pair.Alice.SendTo(pair.Bob);
        Assert.Equal("*three", pair.Bob.One<string>("SELECT a FROM fts ORDER BY rowid DESC"));
        pair.Bob.Run("INSERT INTO n VALUES(4, 'four')");
        Assert.Equal(3, pair.Bob.One<long>("SELECT count(*) FROM fts"));
    }

    [Fact]
    public void Temp_tables_are_never_captured_and_hide_shared_ones_of_their_name()
    {
        using var pair = new CapturePair("CREATE TABLE n(id INTEGER PRIMARY KEY, a)");
        pair.Run("INSERT INTO n VALUES(1, 'shared')", "CREATE TEMP TABLE n(x)", "INSERT INTO n VALUES('temp')", "INSERT INTO main.n VALUES(2, 'shared')", "UPDATE n SET x = 'temp too'", "UPDATE main.n SET a = 'both'");
        Assert.Equal(3, pair.NewRecords);
        pair.Run("DROP TABLE n", "INSERT INTO n VALUES(3, 'shared again')");
        Assert.Equal(1, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void Temp_statements_need_no_lock_of_the_file()
    {
        using var database = new TemporaryDatabase("Pooling=False;Default Timeout=1");
        using var first = database.Open("CREATE TABLE n(id INTEGER PRIMARY KEY, a); INSERT INTO n VALUES(1, 'x')");
        using var second = database.Open();
        using var transaction = first.BeginTransaction();
        first.Run("INSERT INTO n VALUES(2, 'y')");

        second.Run("CREATE TEMP TABLE t AS SELECT * FROM n; INSERT INTO t VALUES(9, 'z'); UPDATE temp.t SET a = 'w'; CREATE INDEX temp.i ON t(a); ALTER TABLE t ADD COLUMN b; DELETE FROM t WHERE id = 1; DROP TABLE t");

        transaction.Commit();
        second.Run("INSERT INTO n VALUES(3, 'z')");
    }

    [Fact]
    public void A_read_only_connection_may_use_temp_tables_and_read_the_log()
    {
        using var database = new TemporaryDatabase("Pooling=False");
        using (database.Open("CREATE TABLE n(id INTEGER PRIMARY KEY, a); INSERT INTO n VALUES(1, 'x')"))
        {
        }

        using var reader = new ThreadsConnection($"Data Source={database.FilePath};Mode=ReadOnly;Pooling=False");
        reader.Open();
        reader.Run("CREATE TEMP TABLE t(a); INSERT INTO t SELECT a FROM n; UPDATE t SET a = a || a");
        Assert.Equal("xx", reader.Scalar("SELECT a FROM t"));
        Assert.Equal(2L, reader.Scalar("SELECT count(*) FROM threads_records"));
        Assert.Equal(8, Assert.Throws<ThreadsException>(() => reader.Run("INSERT INTO n VALUES(2, 'y')")).SqliteErrorCode);
        Assert.Equal(8, Assert.Throws<ThreadsException>(() => reader.Run("CREATE TABLE m(id INTEGER PRIMARY KEY)")).SqliteErrorCode);
        Assert.Equal(1L, reader.Scalar("SELECT count(*) FROM n"));
    }
}
