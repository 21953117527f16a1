namespace Threads.Data.Tests.AdoNet;

/// <summary>One committed transaction, however it was begun and ended, is one record; what changed nothing is none.</summary>
public sealed class RecordsOfStatementsTests : IDisposable
{
    private readonly TemporaryDatabase _database = new();
    private readonly ThreadsConnection _connection;
    private readonly long _before;

    public RecordsOfStatementsTests()
    {
        _connection = _database.Open("CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, x'0102'), (2, 'two')");
        _before = Records;
    }

    private long Records => (long)_connection.Scalar("SELECT count(*) FROM threads_records")!;

    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    [Theory]
    [InlineData("INSERT INTO t VALUES (3, 1)", 1)]
    [InlineData("INSERT INTO t VALUES (3, 1), (4, 1)", 1)]
    [InlineData("INSERT INTO t VALUES (3, 1); INSERT INTO t VALUES (4, 1); DELETE FROM t WHERE id = 3", 3)]
    [InlineData("BEGIN; INSERT INTO t VALUES (3, 1); INSERT INTO t VALUES (4, 1); COMMIT", 1)]
    [InlineData("BEGIN IMMEDIATE; INSERT INTO t VALUES (3, 1); END TRANSACTION", 1)]
    [InlineData("SAVEPOINT a; INSERT INTO t VALUES (3, 1); SAVEPOINT b; INSERT INTO t VALUES (4, 1); RELEASE b; RELEASE a", 1)]
    [InlineData("BEGIN; INSERT INTO t VALUES (3, 1); ROLLBACK", 0)]
    [InlineData("BEGIN; SAVEPOINT a; INSERT INTO t VALUES (3, 1); ROLLBACK TO a; COMMIT", 0)]
    [InlineData("UPDATE t SET a = a", 0)]
    [InlineData("DELETE FROM t WHERE id > 99", 0)]
    [InlineData("INSERT OR IGNORE INTO t VALUES (1, 9)", 0)]
    [InlineData("SELECT * FROM t", 0)]
    [InlineData("CREATE TEMP TABLE u (a); INSERT INTO u VALUES (1)", 0)]
    [InlineData("EXPLAIN DELETE FROM t", 0)]
    [InlineData("WITH x AS (SELECT 3 AS id) INSERT INTO t SELECT id, 1 FROM x", 1)]
    [InlineData("INSERT INTO t VALUES (3, 1), (4, 1) RETURNING id", 1)]
    [InlineData("VACUUM", 0)]
    [InlineData("PRAGMA user_version = 5", 0)]
    public void A_text_makes_as_many_records_as_it_commits_changes(string sql, int records)
    {
        _connection.Run(sql);
        Assert.Equal(_before + records, Records);
    }

    [Fact]
    public void A_failed_statement_makes_none_and_the_rows_an_or_fail_keeps_make_one()
    {
        Assert.Throws<ThreadsException>(() => _connection.Run("INSERT INTO t VALUES (3, 1), (1, 1)"));
        Assert.Throws<ThreadsException>(() => _connection.Run("INSERT OR ROLLBACK INTO t VALUES (3, 1), (1, 1)"));
        Assert.Equal(_before, Records);
        Assert.Throws<ThreadsException>(() => _connection.Run("INSERT OR FAIL INTO t VALUES (3, 1), (1, 1)"));
        Assert.Equal(_before + 1, Records);
        Assert.Equal(3L, _connection.Scalar("SELECT count(*) FROM t"));
    }

    [Fact]
    public void A_returning_reader_left_early_makes_one()
    {
        using (var reader = _connection.Command("INSERT INTO t VALUES (3, 1), (4, 1) RETURNING id").ExecuteReader()) reader.Read();
        Assert.Equal(_before + 1, Records);
        Assert.Equal(5L, _connection.Scalar("INSERT INTO t VALUES (5, 1), (6, 1) RETURNING id"));
        Assert.Equal(_before + 2, Records);
        _connection.Command("INSERT INTO t VALUES (7, 1), (8, 1) RETURNING id").ExecuteReader();
        _connection.Close();
        _connection.Open();
        Assert.Equal(_before + 3, Records);
        Assert.Equal(8L, _connection.Scalar("SELECT count(*) FROM t"));
    }

    [Fact]
    public void A_transaction_and_a_batch_make_one_each()
    {
        using (var transaction = _connection.BeginTransaction())
        {
            _connection.Run("INSERT INTO t VALUES (3, 1)");
            transaction.Save("s");
            _connection.Run("INSERT INTO t VALUES (4, 1)");
            transaction.Rollback("s");
            _connection.Run("UPDATE t SET a = 5 WHERE id = 1");
            transaction.Commit();
        }
        Assert.Equal(_before + 1, Records);
        using var batch = _connection.CreateBatch();
        batch.BatchCommands.Add(new ThreadsBatchCommand("INSERT INTO t VALUES (10, 1)"));
        batch.BatchCommands.Add(new ThreadsBatchCommand("INSERT INTO t VALUES (11, 1)"));
        batch.ExecuteNonQuery();
        Assert.Equal(_before + 2, Records);
    }

    [Fact]
    public void A_written_blob_makes_one()
    {
        using (var blob = new ThreadsBlob(_connection, "t", "a", 1)) blob.WriteByte(9);
        Assert.Equal(_before + 1, Records);
        Assert.Equal("0902", _connection.Scalar("SELECT hex(a) FROM t WHERE id = 1"));
    }

    [Fact]
    public void A_transaction_SQLite_rolled_back_makes_none_and_the_next_is_whole()
    {
        var transaction = _connection.BeginTransaction();
        _connection.Run("INSERT INTO t VALUES (3, 1)");
        Assert.Throws<ThreadsException>(() => _connection.Run("INSERT OR ROLLBACK INTO t VALUES (1, 1)"));
        transaction.Dispose();
        Assert.Equal(_before, Records);
        _connection.Run("INSERT INTO t VALUES (3, 1)");
        Assert.Equal(_before + 1, Records);
    }

    [Fact]
    public void A_pooled_connection_captures_for_its_next_user()
    {
        for (var i = 10; i < 13; i++)
        {
            using var connection = _database.Open();
            connection.Run("INSERT INTO t VALUES (@i, 1)", ("@i", i));
        }
        Assert.Equal(_before + 3, Records);
    }
}
