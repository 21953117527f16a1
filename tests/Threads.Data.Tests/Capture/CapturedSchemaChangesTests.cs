using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Capture;

// FINDINGS 1f, 2: schema statements keep capture right at once, on whichever connection they run.
public class CapturedSchemaChangesTests
{
    private const string Notes = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)";

    [Fact]
    public void An_added_column_is_captured_at_once()
        => Here("INSERT INTO n VALUES(1, 'x')", "ALTER TABLE n ADD COLUMN b DEFAULT 7", "UPDATE n SET b = 8", "INSERT INTO n VALUES(2, 'y', 9)");

    [Fact]
    public void A_dropped_column_leaves_capture_right()
        => Here("INSERT INTO n VALUES(1, 'x')", "ALTER TABLE n ADD COLUMN b", "UPDATE n SET b = 8", "ALTER TABLE n DROP COLUMN a", "UPDATE n SET b = 9", "INSERT INTO n VALUES(2, 3)");

    [Fact]
    public void A_renamed_column_leaves_capture_right()
        => Here("INSERT INTO n VALUES(1, 'x')", "ALTER TABLE n RENAME COLUMN a TO z", "UPDATE n SET z = 'y'", "ALTER TABLE n RENAME id TO key", "INSERT INTO n VALUES(2, 'z')");

    [Fact]
    public void A_renamed_table_leaves_capture_right()
        => Here("INSERT INTO n VALUES(1, 'x')", "ALTER TABLE n RENAME TO m", "UPDATE m SET a = 'y'", "INSERT INTO m VALUES(2, 'z')", "DELETE FROM m WHERE id = 1");

    [Fact]
    public void Tables_that_swap_their_names_leave_capture_right()
        => Here("CREATE TABLE m(id INTEGER PRIMARY KEY, a TEXT)", "INSERT INTO n VALUES(1, 'n')", "INSERT INTO m VALUES(1, 'm')",
            "BEGIN", "ALTER TABLE n RENAME TO t", "ALTER TABLE m RENAME TO n", "ALTER TABLE t RENAME TO m", "COMMIT", "UPDATE n SET a = 'was m'", "UPDATE m SET a = 'was n'");

    [Fact]
    public void A_table_dropped_and_created_again_starts_empty()
        => Here("INSERT INTO n VALUES(1, 'x'), (2, 'y')", "DROP TABLE n", "CREATE TABLE n(id TEXT PRIMARY KEY, c REAL)", "INSERT INTO n VALUES('1', 1.5)", "UPDATE n SET c = 2");

    [Fact]
    public void A_table_dropped_and_created_again_as_it_was_starts_empty()
        => Here("INSERT INTO n VALUES(1, 'x'), (2, 'y')", "DROP TABLE n", "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)", "INSERT INTO n VALUES(1, 'z')");

    [Fact]
    public void A_rebuild_through_a_copy_as_migrations_do_it_keeps_rows_and_history()
    {
        using var pair = new CapturePair(Notes);
        pair.Run("INSERT INTO n VALUES(1, 'x'), (2, 'y')");
        pair.Alice.SendTo(pair.Bob);
        _ = pair.NewRecords;

        pair.Run(
            "BEGIN", "CREATE TABLE ef_temp_n(id INTEGER NOT NULL CONSTRAINT pk PRIMARY KEY, a TEXT NOT NULL DEFAULT '', b INTEGER)", "INSERT INTO ef_temp_n(id, a) SELECT id, a FROM n", "DROP TABLE n",
            "ALTER TABLE ef_temp_n RENAME TO n", "COMMIT");
        Assert.Equal(0, pair.NewRecords);
        pair.Run("UPDATE n SET b = 5 WHERE id = 1", "INSERT INTO n VALUES(3, 'z', 6)");
        Assert.Equal(2, pair.NewRecords);
        pair.Bob.Run("ALTER TABLE n ADD COLUMN b INTEGER");

        pair.Agree();
    }

    [Fact]
    public void A_table_filled_from_the_log_and_another_changed_in_one_transaction()
    {
        // Filling reads records, and SQLite drops no notes while that statement is on a row.
        using var alice = Peer.New(Notes, "CREATE TABLE later(id INTEGER PRIMARY KEY, a TEXT)");
        using var bob = alice.Join([Notes]);
        alice.Run("INSERT INTO later VALUES(1, 'x')");
        alice.SendTo(bob);

        bob.Run("BEGIN", "INSERT INTO n VALUES(1, 'x')", "CREATE TABLE later(id INTEGER PRIMARY KEY, a TEXT)", "ALTER TABLE n ADD COLUMN b", "UPDATE n SET b = 2", "DROP TABLE later", "COMMIT");

        Assert.Equal("x2", bob.One<string>("SELECT a || b FROM n"));
        bob.SendTo(alice);
        alice.Run("ALTER TABLE n ADD COLUMN b");
        Assert.Equal("x2", alice.One<string>("SELECT a || b FROM n"));
    }

    [Fact]
    public void A_rebuild_with_another_key_tells_its_rows_under_it_once()
    {
        string[] rekey =
        [
            "BEGIN", "CREATE TABLE ef_temp_n(id INTEGER NOT NULL, a TEXT NOT NULL, b TEXT, PRIMARY KEY(id, a))", "INSERT INTO ef_temp_n(id, a) SELECT id, a FROM n", "DROP TABLE n",
            "ALTER TABLE ef_temp_n RENAME TO n", "COMMIT",
        ];
        using var alice = Peer.New(Notes);
        using var bob = alice.Join();
        alice.Run("INSERT INTO n VALUES(1, 'x'), (2, 'y'), (3, 'z')");
        alice.SendTo(bob);

        alice.Run(rekey);
        alice.Run("UPDATE n SET b = 'newer' WHERE id = 1", "DELETE FROM n WHERE id = 2", "INSERT INTO n VALUES(4, 'w', NULL)", "ALTER TABLE n ADD COLUMN c");
        Assert.Equal("1newer,3,4", alice.One<string>("SELECT group_concat(id || coalesce(b, '')) FROM n"));
        Assert.True(alice.Connection.Thread.Verify().IsSound);

        // Bob has not migrated, and writes under the old key; what he sees of the others is what he had.
        alice.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(5, 'v')");
        Assert.Equal("1,2,3,5", bob.One<string>("SELECT group_concat(id) FROM n"));
        bob.Run(rekey);
        bob.Run("ALTER TABLE n ADD COLUMN c");
        Assert.Equal("1newer,3,4,5", bob.One<string>("SELECT group_concat(id || coalesce(b, '')) FROM n"));

        bob.SendTo(alice);
        Assert.Equal(alice.Digest, bob.Digest);
        alice.Connection.Thread.RebuildViews();
        Assert.Equal(alice.Digest, bob.Digest);
        Assert.True(bob.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void A_table_changes_while_a_reader_of_another_is_open_as_in_SQLite()
    {
        using var pair = new CapturePair(Notes, "CREATE TABLE m(id INTEGER PRIMARY KEY, a TEXT)");
        pair.Run("INSERT INTO n VALUES(1, 'x')", "INSERT INTO m VALUES(1, 'x'), (2, 'y')");
        pair.Bob.Run("ALTER TABLE n ADD COLUMN b");
        using (var reader = pair.Alice.Connection.Command("SELECT id FROM m").ExecuteReader())
        {
            Assert.True(reader.Read());
            pair.Run("ALTER TABLE n ADD COLUMN b", "UPDATE n SET b = 1", "INSERT INTO n VALUES(2, 'y', 3)");
            Assert.True(reader.Read());
            var locked = Assert.Throws<ThreadsException>(() => pair.Alice.Run("DROP TABLE n"));
            Assert.Equal("SQLite Error 6: 'database table is locked'.", locked.Message);
        }

        pair.Run("UPDATE n SET b = b + 1", "DELETE FROM n WHERE id = 2");
        pair.Agree();
    }

    [Fact]
    public void Schema_changes_and_writes_in_one_transaction_are_one_record()
    {
        using var pair = new CapturePair(Notes);
        pair.Run("BEGIN", "CREATE TABLE m(id INTEGER PRIMARY KEY, c)", "INSERT INTO m VALUES(1, 'm')", "INSERT INTO n VALUES(1, 'x')", "ALTER TABLE n ADD COLUMN b", "UPDATE n SET b = 'b'", "ALTER TABLE m RENAME COLUMN c TO d", "UPDATE m SET d = 'd'",
            "CREATE INDEX i ON n(a)", "CREATE TRIGGER t AFTER INSERT ON n BEGIN UPDATE m SET d = NEW.a; END", "INSERT INTO n VALUES(2, 'by trigger', 3)", "COMMIT");
        pair.Bob.Run("CREATE TABLE m(id INTEGER PRIMARY KEY, c)", "ALTER TABLE n ADD COLUMN b", "ALTER TABLE m RENAME COLUMN c TO d");
        Assert.Equal(1, pair.NewRecords);
        pair.Agree();
    }

    [Theory]
    [InlineData("ALTER TABLE n ADD COLUMN b DEFAULT 5", "UPDATE n SET b = 6, a = 'other'")]
    [InlineData("ALTER TABLE n RENAME COLUMN a TO z", "UPDATE n SET z = 'other'")]
    [InlineData("ALTER TABLE n RENAME TO m", "UPDATE m SET a = 'other'")]
    [InlineData("ALTER TABLE n ADD COLUMN b; ALTER TABLE n DROP COLUMN a", "UPDATE n SET b = 'other'")]
    [InlineData("DROP TABLE n; CREATE TABLE n(k TEXT PRIMARY KEY, v)", "INSERT INTO n VALUES('a', 'b')")]
    [InlineData("CREATE UNIQUE INDEX i ON n(a)", "INSERT OR REPLACE INTO n VALUES(9, 'y')")]
    [InlineData("CREATE TABLE m(id INTEGER PRIMARY KEY, w); CREATE TRIGGER t AFTER UPDATE ON n BEGIN INSERT INTO m(w) VALUES(NEW.a); END", "UPDATE n SET a = a || '!'")]
    public void Schema_changes_on_another_connection_are_followed(string change, string write)
    {
        using var database = new TemporaryDatabase("Pooling=False");
        using var first = database.Open(Notes);
        using var second = database.Open();
        using var key = first.Thread.Key;
        using var bob = new ThreadsConnection($"Data Source=:memory:;Thread={first.Thread.Id};Thread Key={key.Export()}");
        bob.Open();
        bob.Run(Notes);
        first.Run("INSERT INTO n VALUES(1, 'x'), (2, 'y')");
        second.Run("INSERT INTO n VALUES(3, 'z')");

        second.Run(change);
        bob.Run(change);
        first.Run(write);
        using (var transaction = first.BeginTransaction())
        {
            first.Run("DELETE FROM " + (change.Contains("TO m", StringComparison.Ordinal) ? "m" : "n"));
            transaction.Rollback();
        }

        second.Run("CREATE TABLE more(id INTEGER PRIMARY KEY)");
        first.Run("INSERT INTO more VALUES(1)");
        bob.Run("CREATE TABLE more(id INTEGER PRIMARY KEY)");

        using var file = new MemoryStream();
        first.Thread.Export(file);
        file.Position = 0;
        bob.Thread.Import(file);
        Assert.Equal(CapturePair.Dump(first), CapturePair.Dump(bob));
        var digest = Convert.ToHexString(first.Thread.Digest());
        Assert.Equal(digest, Convert.ToHexString(bob.Thread.Digest()));
        second.Thread.RebuildViews();
        Assert.Equal(digest, Convert.ToHexString(first.Thread.Digest()));
    }

    [Fact]
    public void A_rollback_after_another_connections_schema_change_leaves_capture_right()
    {
        using var database = new TemporaryDatabase("Pooling=False");
        using var first = database.Open(Notes);
        using var second = database.Open();
        first.Run("INSERT INTO n VALUES(1, 'x')");
        second.Run("ALTER TABLE n ADD COLUMN b");

        first.Run("BEGIN; UPDATE n SET b = 'lost'; ROLLBACK");
        first.Run("BEGIN; SAVEPOINT s; UPDATE n SET b = 'lost'; ROLLBACK TO s; UPDATE n SET b = 'kept'; COMMIT");

        second.Thread.RebuildViews();
        Assert.Equal("kept", first.Scalar("SELECT b FROM n"));
    }

    [Fact]
    public void A_table_another_connection_dropped_does_not_stop_later_schema_changes()
    {
        using var database = new TemporaryDatabase("Pooling=False");
        using var first = database.Open(Notes + "; CREATE TABLE m(id INTEGER PRIMARY KEY, a)");
        using var second = database.Open();
        first.Run("INSERT INTO n VALUES(1, 'x'); INSERT INTO m VALUES(1, 'm'); REPLACE INTO n VALUES(1, 'y')");
        second.Run("DROP TABLE n");

        first.Run("UPDATE m SET a = 'first'; ALTER TABLE m RENAME COLUMN a TO b; UPDATE m SET b = 'second'; ALTER TABLE m RENAME TO k; UPDATE k SET b = 'third'");
        second.Run("CREATE TABLE n(id INTEGER PRIMARY KEY, other)");
        first.Run("INSERT INTO n VALUES(5, 'new')");

        second.Thread.RebuildViews();
        Assert.Equal("third", first.Scalar("SELECT b FROM k"));
        Assert.Equal("new", first.Scalar("SELECT other FROM n"));
    }

    /// <summary>Runs on Alice's side, the schema statements on Bob's too.</summary>
    private static void Here(params string[] statements)
    {
        using var pair = new CapturePair(Notes);
        foreach (var statement in statements)
        {
            pair.Run(statement);
            if (statement.Split(' ')[0] is "CREATE" or "ALTER" or "DROP")
            {
                if (pair.Alice.Connection.Scalar("SELECT 1") is not null)
                {
                    pair.Bob.Run(statement);
                }
            }
        }

        pair.Agree();
    }
}
