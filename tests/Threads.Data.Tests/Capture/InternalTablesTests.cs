using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Capture;

public class InternalTablesTests
{
    private const string Notes = "CREATE TABLE n(id INTEGER PRIMARY KEY, a)";

    [Theory]
    [InlineData("DELETE FROM _threads_record")]
    [InlineData("INSERT INTO _threads_meta VALUES('x', 1)")]
    [InlineData("UPDATE main._threads_log SET parent = 1")]
    [InlineData("UPDATE \"_THREADS_LOG\" SET parent = 1")]
    [InlineData("WITH x AS (SELECT 1) DELETE FROM [_threads_key]")]
    [InlineData("REPLACE INTO `_threads_meta` SELECT * FROM _threads_meta")]
    [InlineData("DROP TABLE _threads_record")]
    [InlineData("DROP VIEW threads_records")]
    [InlineData("DROP INDEX _threads_log_key")]
    [InlineData("ALTER TABLE _threads_record ADD COLUMN x")]
    [InlineData("ALTER TABLE _threads_record RENAME TO x")]
    [InlineData("ALTER TABLE n RENAME TO _threads_n")]
    [InlineData("CREATE INDEX i ON _threads_record(time)")]
    [InlineData("CREATE TABLE _threads_mine(id INTEGER PRIMARY KEY)")]
    [InlineData("CREATE TABLE threads_records(id INTEGER PRIMARY KEY)")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON _threads_record BEGIN SELECT 1; END")]
    [InlineData("CREATE TEMP TRIGGER t AFTER INSERT ON main._threads_record BEGIN SELECT 1; END")]
    [InlineData("CREATE TRIGGER t INSTEAD OF DELETE ON threads_records BEGIN SELECT 1; END")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON n BEGIN DELETE FROM _threads_record; END")]
    [InlineData("CREATE TEMP TRIGGER t AFTER INSERT ON main.n WHEN NEW.id > 0 BEGIN SELECT 1; UPDATE \"_threads_meta\" SET value = CASE WHEN 1 THEN 2 END; END")]
    [InlineData("DROP TRIGGER temp._threads_i1")]
    [InlineData("DELETE FROM temp._threads_c1")]
    [InlineData("SELECT 1; DELETE FROM _threads_record")]
    [InlineData("BEGIN; DELETE FROM _threads_record; COMMIT")]
    public void Internal_tables_cannot_be_changed(string sql)
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'x')");
        if (sql.Contains("temp._threads_", StringComparison.Ordinal))
        {
            var kind = sql.Contains("_c1", StringComparison.Ordinal) ? "table" : "trigger";
            var name = alice.One<string>($"SELECT name FROM sqlite_temp_master WHERE type = '{kind}' LIMIT 1");
            sql = kind == "table" ? "DELETE FROM temp." + name : "DROP TRIGGER temp." + name;
        }

        var error = Assert.Throws<ThreadsException>(() => alice.Connection.Run(sql));

        Assert.Equal(ThreadsErrorCode.InternalTable, error.ThreadsErrorCode);
        if (sql.StartsWith("BEGIN", StringComparison.Ordinal))
        {
            alice.Connection.Run("ROLLBACK");
        }

        alice.Run("INSERT INTO n VALUES(2, 'y')");
        var digest = alice.Digest;
        alice.Connection.Thread.RebuildViews();
        Assert.Equal(digest, alice.Digest);
        Assert.Equal(2, alice.One<long>("SELECT count(*) FROM n"));
    }

    [Theory]
    [InlineData("PRAGMA writable_schema = 1")]
    [InlineData("PRAGMA main.writable_schema(on)")]
    [InlineData("pragma \"WRITABLE_SCHEMA\" = RESET")]
    public void Writable_schema_is_refused(string sql)
    {
        using var alice = Peer.New(Notes);
        Assert.Equal(ThreadsErrorCode.Refused, Assert.Throws<ThreadsException>(() => alice.Connection.Run(sql)).ThreadsErrorCode);
    }

    [Fact]
    public void The_same_file_attached_under_another_name_is_no_way_in()
    {
        using var database = new TemporaryDatabase("Pooling=False;Default Timeout=1");
        using var alice = database.Open(Notes + "; INSERT INTO n VALUES(1, 'x')");
        alice.Run($"ATTACH '{database.FilePath}' AS other");

        Assert.ThrowsAny<ThreadsException>(() => alice.Run("DELETE FROM other._threads_record"));
        Assert.ThrowsAny<ThreadsException>(() => alice.Run("INSERT INTO other.n VALUES(2, 'unsealed')"));

        alice.Run("DETACH other; INSERT INTO n VALUES(3, 'z')");
        alice.Thread.RebuildViews();
        Assert.Equal("1x,3z", alice.Scalar("SELECT group_concat(id || a) FROM n"));
    }

    [Fact]
    public void Another_thread_attached_can_be_read_and_not_written()
    {
        using var work = new TemporaryDatabase("Pooling=False");
        using var family = new TemporaryDatabase("Pooling=False");
        using (family.Open(Notes + "; INSERT INTO n VALUES(1, 'family')"))
        {
        }

        using var alice = work.Open(Notes + "; INSERT INTO n VALUES(1, 'work')");
        alice.Run($"ATTACH '{family.FilePath}' AS family");

        Assert.Equal("work family", alice.Scalar("SELECT main.n.a || ' ' || family.n.a FROM main.n JOIN family.n USING(id)"));
        Assert.Equal(ThreadsErrorCode.Refused, Assert.Throws<ThreadsException>(() => alice.Run("UPDATE family.n SET a = 'unsealed'")).ThreadsErrorCode);
        Assert.Equal(ThreadsErrorCode.Refused, Assert.Throws<ThreadsException>(() => alice.Run("DROP TABLE family.n")).ThreadsErrorCode);
        Assert.Equal("family", alice.Scalar("SELECT a FROM family.n"));
    }

    [Fact]
    public void Names_and_texts_of_the_users_that_look_like_ours_are_no_problem()
    {
        using var pair = new CapturePair("CREATE TABLE threads_posts(id INTEGER PRIMARY KEY, threads_count, \"_threads_\")", "CREATE TABLE threads(id INTEGER PRIMARY KEY, a)");
        pair.Run(
            "INSERT INTO threads_posts VALUES(1, '_threads_record', 'DELETE FROM _threads_record')", "UPDATE threads_posts SET threads_count = 'threads_records' /* _threads_meta */",
            "INSERT INTO threads VALUES(1, '_threads_x')", "CREATE INDEX threads_i ON threads(a)", "INSERT INTO threads SELECT 2, 'DROP TABLE _threads_log'");
        pair.Agree();
    }

    [Fact]
    public void Internal_tables_and_views_can_be_read()
    {
        using var alice = Peer.New(Notes, "CREATE VIEW mine AS SELECT * FROM threads_records", "CREATE TABLE copy(position INTEGER PRIMARY KEY, cid)");
        alice.Run("INSERT INTO n VALUES(1, 'x')", "INSERT INTO copy SELECT position, cid FROM mine");
        Assert.Equal(2, alice.One<long>("SELECT count(*) FROM copy"));
    }
}
