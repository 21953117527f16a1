namespace Threads.Data.Tests.AdoNet;

/// <summary>Sealing and capture write rows of their own; what SQL asks about the last statement has to be about the user's.</summary>
public sealed class SqlFunctionsAfterCommitTests : IDisposable
{
    private readonly ThreadsConnection _connection = new("Data Source=:memory:");

    public SqlFunctionsAfterCommitTests()
    {
        _connection.Open();
        _connection.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
    }

    public void Dispose() => _connection.Dispose();

    [Fact]
    public void Last_insert_rowid_is_the_users()
    {
        _connection.Run("INSERT INTO t VALUES (70, 1)");
        Assert.Equal(70L, _connection.Scalar("SELECT last_insert_rowid()"));
        Assert.Equal(71L, _connection.Scalar("INSERT INTO t (id, a) VALUES (71, 1); SELECT last_insert_rowid()"));
        using var transaction = _connection.BeginTransaction();
        _connection.Run("INSERT INTO t VALUES (72, 1)");
        Assert.Equal(72L, _connection.Scalar("SELECT last_insert_rowid()"));
        transaction.Commit();
        Assert.Equal(72L, _connection.Scalar("SELECT last_insert_rowid()"));
    }

    [Fact]
    public void Changes_are_the_users()
    {
        _connection.Run("INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
        Assert.Equal(3L, _connection.Scalar("SELECT changes()"));
        Assert.Equal(2L, _connection.Scalar("UPDATE t SET a = 9 WHERE id < 3; SELECT changes()"));
        Assert.Equal(0L, _connection.Scalar("DELETE FROM t WHERE id > 9; SELECT changes()"));
        using var transaction = _connection.BeginTransaction();
        _connection.Run("DELETE FROM t");
        Assert.Equal(3L, _connection.Scalar("SELECT changes()"));
        transaction.Commit();
        Assert.Equal(3L, _connection.Scalar("SELECT changes()"));
    }

    [Fact]
    public void Changes_inside_a_trigger_are_those_of_the_trigger()
    {
        _connection.Run("CREATE TABLE seen (id INTEGER PRIMARY KEY, n); CREATE TRIGGER after_a AFTER UPDATE ON t BEGIN DELETE FROM seen; INSERT INTO seen (n) VALUES (changes()); END");
        _connection.Run("INSERT INTO seen (n) VALUES (1), (2), (3); INSERT INTO t VALUES (1, 1)");
        _connection.Run("UPDATE t SET a = 2");
        Assert.Equal(3L, _connection.Scalar("SELECT n FROM seen"));
    }

    [Fact]
    public void A_statement_that_inserts_nothing_leaves_the_last_rowid()
    {
        _connection.Run("INSERT INTO t VALUES (5, 1)");
        _connection.Run("INSERT OR IGNORE INTO t VALUES (5, 2)");
        Assert.Equal("5/0", _connection.Scalar("SELECT last_insert_rowid() || '/' || changes()"));
        Assert.Throws<ThreadsException>(() => _connection.Run("INSERT INTO t VALUES (5, 2)"));
        Assert.Equal(5L, _connection.Scalar("SELECT last_insert_rowid()"));
    }
}
