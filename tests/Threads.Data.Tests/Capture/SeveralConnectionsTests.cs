using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Capture;

public class SeveralConnectionsTests
{
    private const string Notes = "CREATE TABLE n(id INTEGER PRIMARY KEY, a)";

    [Theory]
    [InlineData("")]
    [InlineData("shared memory")]
    public void Two_connections_that_write_in_turns_make_one_log(string kind)
    {
        using var database = new TemporaryDatabase("Pooling=False");
        var text = kind.Length == 0 ? database.ConnectionString : "Data Source=capture-turns;Mode=Memory;Cache=Shared;Pooling=False";
        using var first = new ThreadsConnection(text);
        using var second = new ThreadsConnection(text);
        first.Open();
        first.Run(Notes);
        second.Open();
        for (var i = 0; i < 20; i++)
        {
            first.Run($"INSERT INTO n VALUES({i}, 'first')");
            second.Run($"UPDATE n SET a = 'second' WHERE id = {i}; REPLACE INTO n VALUES({i + 100}, 'second')");
            if (i == 10)
            {
                second.Run("ALTER TABLE n ADD COLUMN b; CREATE TABLE m(id INTEGER PRIMARY KEY)");
                first.Run("ALTER TABLE n DROP COLUMN b; INSERT INTO m VALUES(1); DROP TABLE m");
            }

            if (i == 15)
            {
                using var transaction = second.BeginTransaction();
                second.Run("DELETE FROM n");
                transaction.Rollback();
            }
        }

        Assert.Equal(1L, first.Scalar("SELECT count(*) FROM threads_logs"));
        Assert.Equal(40L, second.Scalar("SELECT count(*) FROM n WHERE a = 'second'"));
        var digest = Convert.ToHexString(first.Thread.Digest());
        second.Thread.RebuildViews();
        Assert.Equal(digest, Convert.ToHexString(first.Thread.Digest()));
        Assert.Equal(digest, Convert.ToHexString(second.Thread.Digest()));
    }

    [Fact]
    public void Two_open_transactions_wait_for_each_other_as_in_sqlite()
    {
        using var database = new TemporaryDatabase("Pooling=False;Default Timeout=1");
        using var first = database.Open(Notes);
        using var second = database.Open();
        using (var transaction = first.BeginTransaction())
        {
            first.Run("INSERT INTO n VALUES(1, 'x')");
            Assert.Equal(5, Assert.Throws<ThreadsException>(() => second.Run("INSERT INTO n VALUES(2, 'y')")).SqliteErrorCode);
            Assert.Equal(0L, second.Scalar("SELECT count(*) FROM n"));
            transaction.Commit();
        }

        second.Run("INSERT INTO n VALUES(2, 'y')");

        using var deferred = second.BeginTransaction(deferred: true);
        Assert.Equal(2L, second.Scalar("SELECT count(*) FROM n"));
        first.Run("INSERT INTO n VALUES(3, 'z')");
        Assert.Equal(5, Assert.Throws<ThreadsException>(() => second.Run("INSERT INTO n VALUES(4, 'stale snapshot')")).SqliteErrorCode);
        deferred.Rollback();
        second.Run("INSERT INTO n VALUES(4, 'w')");
        Assert.Equal(4L, first.Scalar("SELECT count(*) FROM n"));
    }

    [Fact]
    public void A_pooled_connection_has_no_leftovers()
    {
        using var database = new TemporaryDatabase();
        using (var connection = database.Open(Notes + "; INSERT INTO n VALUES(1, 'x')"))
        {
            connection.BeginTransaction();
            connection.Run("INSERT INTO n VALUES(2, 'lost'); SAVEPOINT s; UPDATE n SET a = 'lost'");
        }

        using (var connection = database.Open("CREATE TEMP TABLE t(a); CREATE TEMP TRIGGER tr AFTER INSERT ON main.n BEGIN INSERT INTO n VALUES(NEW.id + 1000, 'by temp trigger'); END"))
        {
            connection.Run("INSERT INTO n VALUES(3, 'y')");
        }

        using (var connection = database.Open("PRAGMA foreign_keys = 0; PRAGMA recursive_triggers = 1"))
        {
        }

        using (var connection = database.Open())
        {
            connection.Run("INSERT INTO n VALUES(4, 'z')");
            Assert.Equal("1,3,4,1003", connection.Scalar("SELECT group_concat(id) FROM (SELECT id FROM n ORDER BY id)"));
            Assert.Equal(1L, connection.Scalar("PRAGMA foreign_keys"));
            Assert.Equal(0L, connection.Scalar("SELECT count(*) FROM sqlite_temp_master WHERE name NOT GLOB '_threads_*'"));
            Assert.Equal(3L, connection.Scalar("SELECT count(*) FROM threads_records WHERE position > 1"));
            connection.Thread.RebuildViews();
            Assert.Equal(4L, connection.Scalar("SELECT count(*) FROM n"));
        }
    }
}
