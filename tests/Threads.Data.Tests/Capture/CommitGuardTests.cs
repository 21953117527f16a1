using SQLitePCL;
using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Capture;

// FINDINGS 2: whichever way a COMMIT comes, nothing unsealed gets into the file.
public class CommitGuardTests
{
    private const string Notes = "CREATE TABLE n(id INTEGER PRIMARY KEY, a)";

    [Theory]
    [InlineData("INSERT INTO n VALUES(9, 'raw')")]
    [InlineData("UPDATE n SET a = 'raw'")]
    [InlineData("DELETE FROM n")]
    [InlineData("BEGIN; INSERT INTO n VALUES(9, 'raw'); COMMIT")]
    public void Raw_writes_are_rolled_back_and_the_session_stays_usable(string sql)
    {
        foreach (var captured in new[] { false, true })
        {
            using var alice = Peer.New(Notes);
            using var bob = alice.Join();
            alice.Run("INSERT INTO n VALUES(1, 'x')");
            if (!captured)
            {
                alice.Run("CREATE TABLE other(id INTEGER PRIMARY KEY)", "INSERT INTO other VALUES(1)");
                bob.Run("CREATE TABLE other(id INTEGER PRIMARY KEY)");
            }

            Assert.Equal(raw.SQLITE_CONSTRAINT, raw.sqlite3_exec(alice.Connection.Handle, sql));

            Assert.Equal("1x", alice.One<string>("SELECT group_concat(id || a) FROM n"));
            alice.Run("VACUUM", "INSERT INTO n VALUES(2, 'y')");
            alice.SendTo(bob);
            Assert.Equal(alice.Digest, bob.Digest);
            Assert.Equal("1x,2y", bob.One<string>("SELECT group_concat(id || a) FROM n"));
        }
    }

    [Fact]
    public void A_raw_commit_in_an_open_transaction_rolls_it_back()
    {
        using var alice = Peer.New(Notes);
        var transaction = alice.Connection.BeginTransaction();
        alice.Connection.Run("INSERT INTO n VALUES(1, 'unsealed')");
        Assert.Equal(raw.SQLITE_CONSTRAINT, raw.sqlite3_exec(alice.Connection.Handle, "COMMIT"));
        Assert.ThrowsAny<Exception>(() => transaction.Commit());
        transaction.Dispose();

        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM n"));
        alice.Run("INSERT INTO n VALUES(2, 'y')");
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM threads_records WHERE position > 1"));
    }

    [Fact]
    public void A_raw_release_of_an_outermost_savepoint_writes_nothing()
    {
        using var alice = Peer.New(Notes);
        Assert.Equal(raw.SQLITE_CONSTRAINT, raw.sqlite3_exec(alice.Connection.Handle, "SAVEPOINT s; INSERT INTO n VALUES(9, 'raw'); RELEASE s"));
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM n"));
        // SQLite leaves the savepoint open.
        _ = raw.sqlite3_exec(alice.Connection.Handle, "ROLLBACK");
        alice.Run("INSERT INTO n VALUES(2, 'y')");
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM threads_records WHERE position > 1"));
    }

    [Fact]
    public void What_a_raw_statement_writes_in_an_open_transaction_is_refused_at_its_commit()
    {
        foreach (var order in new[] { "before", "between", "after" })
        {
            using var alice = Peer.New(Notes, "CREATE TABLE other(id INTEGER PRIMARY KEY)");
            alice.Run("INSERT INTO n VALUES(1, 'x')");
            var before = alice.Digest;
            using (var transaction = alice.Connection.BeginTransaction())
            {
                Raw("before");
                alice.Connection.Run("INSERT INTO other VALUES(1)");
                Raw("between");
                alice.Connection.Run("INSERT INTO other VALUES(2)");
                Raw("after");
                Assert.Equal(ThreadsErrorCode.Refused, Assert.Throws<ThreadsException>(transaction.Commit).ThreadsErrorCode);

                void Raw(string when)
                {
                    if (when == order)
                    {
                        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(alice.Connection.Handle, "INSERT INTO n VALUES(2, 'raw')"));
                    }
                }
            }

            Assert.Equal(before, alice.Digest);
            alice.Run("INSERT INTO n VALUES(2, 'y')");
            var digest = alice.Digest;
            alice.Connection.Thread.RebuildViews();
            Assert.Equal(digest, alice.Digest);
        }
    }

    [Fact]
    public void Readers_of_writing_statements_that_overlap_are_no_stray_writes()
    {
        using var pair = new CapturePair("CREATE TABLE n(id INTEGER PRIMARY KEY, a)");
        using (var transaction = pair.Alice.Connection.BeginTransaction())
        {
            var reader = pair.Alice.Connection.Command("INSERT INTO n VALUES(1, 'x'), (2, 'y') RETURNING id").ExecuteReader();
            Assert.True(reader.Read());
            pair.Alice.Connection.Run("INSERT INTO n VALUES(3, 'z')");
            Assert.True(reader.Read());
            Assert.False(reader.Read());
            pair.Alice.Connection.Run("UPDATE n SET a = a || '!'");
            Assert.Throws<ThreadsException>(() => pair.Alice.Connection.Run("INSERT INTO n VALUES(4, 'w'), (1, 'x')"));
            pair.Alice.Connection.Run("DELETE FROM n WHERE id = 2");
            reader.Close();
            transaction.Commit();
        }

        pair.Plainly("INSERT INTO n VALUES(1, 'x!'), (3, 'z!')");
        Assert.Equal(1, pair.NewRecords);
        pair.Agree();
    }

    [Theory]
    [InlineData("VACUUM")]
    [InlineData("ANALYZE")]
    [InlineData("REINDEX")]
    [InlineData("PRAGMA wal_checkpoint(TRUNCATE)")]
    [InlineData("PRAGMA journal_mode = DELETE")]
    [InlineData("PRAGMA user_version = 7")]
    [InlineData("PRAGMA optimize")]
    [InlineData("PRAGMA incremental_vacuum")]
    [InlineData("PRAGMA integrity_check")]
    [InlineData("PRAGMA foreign_keys = 0")]
    [InlineData("CREATE INDEX i ON n(a)")]
    [InlineData("CREATE VIEW v AS SELECT * FROM n")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON n BEGIN SELECT 1; END")]
    [InlineData("CREATE VIRTUAL TABLE f USING fts5(a)")]
    [InlineData("CREATE TEMP TABLE x(a); INSERT INTO x VALUES(1)")]
    [InlineData("ATTACH ':memory:' AS m; CREATE TABLE m.t(a); INSERT INTO m.t VALUES(1); DETACH m")]
    public void Statements_that_write_no_rows_of_ours_work(string sql)
    {
        using var database = new TemporaryDatabase("Pooling=False");
        using var alice = database.Open(Notes + "; INSERT INTO n VALUES(1, 'x'); UPDATE n SET a = 'y'");
        alice.Run("BEGIN; INSERT INTO n VALUES(2, 'lost'); ROLLBACK");

        alice.Run(sql);

        alice.Run("INSERT INTO n VALUES(3, 'z')");
        alice.Thread.RebuildViews();
        Assert.Equal("1y,3z", alice.Scalar("SELECT group_concat(id || a) FROM n"));
    }

    [Fact]
    public void Counters_are_the_users()
    {
        using var pair = new CapturePair("CREATE TABLE n(id INTEGER PRIMARY KEY, a UNIQUE)");
        pair.Run("INSERT INTO n(a) VALUES('x'), ('y'), ('z')");
        Assert.Equal((3L, 3L), (pair.Alice.One<long>("SELECT changes()"), pair.Alice.One<long>("SELECT last_insert_rowid()")));
        pair.Run("REPLACE INTO n VALUES(7, 'y')");
        Assert.Equal((1L, 7L), (pair.Alice.One<long>("SELECT changes()"), pair.Alice.One<long>("SELECT last_insert_rowid()")));
        pair.Run("UPDATE n SET a = a || '!' WHERE id < 7");
        Assert.Equal((2L, 7L), (pair.Alice.One<long>("SELECT changes()"), pair.Alice.One<long>("SELECT last_insert_rowid()")));
        pair.Alice.Connection.Run("CREATE TABLE m(id INTEGER PRIMARY KEY)");
        Assert.Equal(7L, pair.Alice.One<long>("SELECT last_insert_rowid()"));
    }
}
