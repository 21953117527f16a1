using System.Data;

namespace Threads.Data.Tests.AdoNet;

public sealed class ThreadsTransactionTests : IDisposable
{
    private readonly TemporaryDatabase _database = new();
    private readonly ThreadsConnection _connection;

    public ThreadsTransactionTests() => _connection = _database.Open("CREATE TABLE t (id INTEGER PRIMARY KEY)");

    private long Count => (long)_connection.Scalar("SELECT count(*) FROM t")!;

    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    [Fact]
    public void Commit_keeps_what_was_written()
    {
        using (var transaction = _connection.BeginTransaction())
        {
            _connection.Run("INSERT INTO t VALUES (1)");
            transaction.Commit();
            Assert.Null(transaction.Connection);
        }
        Assert.Equal(1, Count);
    }

    [Fact]
    public void Dispose_without_commit_rolls_back()
    {
        using (_connection.BeginTransaction()) _connection.Run("INSERT INTO t VALUES (1)");
        Assert.Equal(0, Count);
    }

    [Fact]
    public void Closing_the_connection_rolls_back()
    {
        var transaction = _connection.BeginTransaction();
        _connection.Run("INSERT INTO t VALUES (1)");
        _connection.Close();
        _connection.Open();
        Assert.Equal(0, Count);
        Assert.Throws<InvalidOperationException>(transaction.Commit);
    }

    [Fact]
    public void A_second_transaction_on_the_connection_is_refused()
    {
        using var transaction = _connection.BeginTransaction();
        Assert.Throws<InvalidOperationException>(() => _connection.BeginTransaction());
    }

    [Fact]
    public void A_command_outside_the_open_transaction_is_refused()
    {
        using var command = _connection.Command("SELECT 1");
        using var transaction = _connection.BeginTransaction();
        Assert.Throws<InvalidOperationException>(() => command.ExecuteScalar());
        command.Transaction = transaction;
        Assert.Equal(1L, command.ExecuteScalar());
    }

    [Fact]
    public void A_transaction_of_another_connection_is_refused()
    {
        using var other = _database.Open();
        using var transaction = other.BeginTransaction(deferred: true);
        using var command = _connection.Command("SELECT 1");
        command.Transaction = transaction;
        Assert.Throws<InvalidOperationException>(() => command.ExecuteScalar());
    }

    [Theory]
    [InlineData(IsolationLevel.Unspecified)]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    [InlineData(IsolationLevel.ReadUncommitted)]
    public void Weaker_isolation_becomes_serializable(IsolationLevel level)
    {
        using var transaction = _connection.BeginTransaction(level);
        Assert.Equal(IsolationLevel.Serializable, transaction.IsolationLevel);
    }

    [Theory]
    [InlineData(IsolationLevel.Snapshot)]
    [InlineData(IsolationLevel.Chaos)]
    public void Other_isolation_is_refused(IsolationLevel level)
    {
        Assert.Throws<ArgumentException>(() => _connection.BeginTransaction(level));
        using var next = _connection.BeginTransaction();
    }

    [Fact]
    public void ReadUncommitted_is_possible_on_a_shared_cache()
    {
        using var connection = new ThreadsConnection("Data Source=ru;Mode=Memory;Cache=Shared");
        connection.Open();
        using (var transaction = connection.BeginTransaction(IsolationLevel.ReadUncommitted))
        {
            Assert.Equal(IsolationLevel.ReadUncommitted, transaction.IsolationLevel);
            Assert.Equal(1L, connection.Scalar("PRAGMA read_uncommitted"));
        }
        Assert.Equal(0L, connection.Scalar("PRAGMA read_uncommitted"));
    }

    [Fact]
    public void Savepoints_nest()
    {
        using var transaction = _connection.BeginTransaction();
        Assert.True(transaction.SupportsSavepoints);
        _connection.Run("INSERT INTO t VALUES (1)");
        transaction.Save("a");
        _connection.Run("INSERT INTO t VALUES (2)");
        transaction.Save("b \"quoted\"");
        _connection.Run("INSERT INTO t VALUES (3)");
        transaction.Rollback("b \"quoted\"");
        transaction.Release("a");
        transaction.Commit();
        Assert.Equal("1,2", _connection.Scalar("SELECT group_concat(id) FROM t"));
    }

    [Fact]
    public void An_unknown_savepoint_is_SQLites_error()
    {
        using var transaction = _connection.BeginTransaction();
        var e = Assert.Throws<ThreadsException>(() => transaction.Rollback("nowhere"));
        Assert.Equal("SQLite Error 1: 'no such savepoint: nowhere'.", e.Message);
    }

    [Fact]
    public void Insert_or_rollback_ends_the_transaction()
    {
        var transaction = _connection.BeginTransaction();
        _connection.Run("INSERT INTO t VALUES (1)");
        Assert.Throws<ThreadsException>(() => _connection.Run("INSERT OR ROLLBACK INTO t VALUES (1)"));
        Assert.Throws<InvalidOperationException>(transaction.Commit);
        Assert.Throws<InvalidOperationException>(() => _connection.Run("INSERT INTO t VALUES (2)"));
        transaction.Dispose();
        Assert.Equal(0, Count);
    }

    [Fact]
    public void Transaction_control_in_text_works_as_in_SQLite()
    {
        _connection.Run("BEGIN; INSERT INTO t VALUES (1); SAVEPOINT s; INSERT INTO t VALUES (2); ROLLBACK TO s; RELEASE s; COMMIT");
        Assert.Equal(1, Count);
        _connection.Run("BEGIN IMMEDIATE");
        _connection.Run("INSERT INTO t VALUES (3)");
        _connection.Run("ROLLBACK");
        Assert.Equal(1, Count);
        _connection.Run("SAVEPOINT outermost; INSERT INTO t VALUES (4); RELEASE outermost");
        Assert.Equal(2, Count);
    }

    [Fact]
    public void Commit_without_a_transaction_is_SQLites_error()
    {
        Assert.Equal("SQLite Error 1: 'cannot commit - no transaction is active'.", Assert.Throws<ThreadsException>(() => _connection.Run("COMMIT")).Message);
        Assert.Equal("SQLite Error 1: 'cannot rollback - no transaction is active'.", Assert.Throws<ThreadsException>(() => _connection.Run("ROLLBACK")).Message);
        Assert.Equal("SQLite Error 1: 'no such savepoint: s'.", Assert.Throws<ThreadsException>(() => _connection.Run("RELEASE s")).Message);
        _connection.Run("BEGIN");
        Assert.Equal("SQLite Error 1: 'cannot start a transaction within a transaction'.", Assert.Throws<ThreadsException>(() => _connection.Run("BEGIN")).Message);
    }

    [Fact]
    public void Begin_inside_a_transaction_leaves_it_as_it_was()
    {
        _connection.Run("BEGIN; INSERT INTO t VALUES (1)");
        Assert.Throws<ThreadsException>(() => _connection.Run("BEGIN IMMEDIATE"));
        Assert.Throws<ThreadsException>(() => _connection.BeginTransaction());
        _connection.Run("COMMIT");
        Assert.Equal(1, Count);
    }

    [Fact]
    public void A_commit_in_text_ends_the_transaction_object()
    {
        var transaction = _connection.BeginTransaction();
        _connection.Run("INSERT INTO t VALUES (1); COMMIT");
        Assert.Throws<InvalidOperationException>(transaction.Commit);
        transaction.Dispose();
        Assert.Equal(1, Count);
    }

    [Fact]
    public void Commit_while_a_returning_reader_is_open_is_refused_and_loses_nothing()
    {
        using var transaction = _connection.BeginTransaction();
        using (var reader = _connection.Command("INSERT INTO t VALUES (1), (2) RETURNING id").ExecuteReader())
        {
            reader.Read();
            var e = Assert.Throws<ThreadsException>(transaction.Commit);
            Assert.Equal(ThreadsErrorCode.ReaderOpen, e.ThreadsErrorCode);
            Assert.Equal(5, e.SqliteErrorCode);
        }
        transaction.Commit();
        Assert.Equal(2, Count);
    }

    [Fact]
    public void Commit_while_a_plain_reader_is_open_works()
    {
        _connection.Run("INSERT INTO t VALUES (1), (2)");
        using var transaction = _connection.BeginTransaction();
        using var reader = _connection.Command("SELECT id FROM t").ExecuteReader();
        reader.Read();
        _connection.Run("INSERT INTO t VALUES (3)");
        transaction.Commit();
        Assert.True(reader.Read());
    }

    [Fact]
    public void Begin_while_a_returning_reader_outside_a_transaction_is_open_is_refused()
    {
        using var reader = _connection.Command("INSERT INTO t VALUES (1), (2) RETURNING id").ExecuteReader();
        Assert.Throws<InvalidOperationException>(() => _connection.BeginTransaction());
    }

    [Fact]
    public void A_used_up_transaction_is_refused()
    {
        var transaction = _connection.BeginTransaction();
        transaction.Commit();
        Assert.Throws<InvalidOperationException>(transaction.Commit);
        Assert.Throws<InvalidOperationException>(transaction.Rollback);
        Assert.Throws<InvalidOperationException>(() => transaction.Save("a"));
        transaction.Dispose();
    }

    [Fact]
    public void A_deferred_constraint_fails_the_commit_and_rolls_back()
    {
        _connection.Run("CREATE TABLE child (id INTEGER PRIMARY KEY, parent REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
        using var transaction = _connection.BeginTransaction();
        _connection.Run("INSERT INTO child VALUES (1, 99)");
        Assert.Equal("SQLite Error 19: 'FOREIGN KEY constraint failed'.", Assert.Throws<ThreadsException>(transaction.Commit).Message);
    }
}
