namespace Threads.Data.Tests.AdoNet;

/// <summary>Statements about the file or the connection, and several at once on one connection.</summary>
public sealed class OtherStatementsTests : IDisposable
{
    private readonly TemporaryDatabase _database = new();
    private readonly ThreadsConnection _connection;

    public OtherStatementsTests() => _connection = _database.Open("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");

    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    [Fact]
    public void Vacuum_analyze_and_reindex_run()
    {
        _connection.Run("INSERT INTO t VALUES (1, 'a'); VACUUM; ANALYZE; REINDEX; REINDEX t");
        Assert.Equal("ok", _connection.Scalar("PRAGMA integrity_check"));
        Assert.Equal(1L, _connection.Scalar("SELECT count(*) FROM t"));
        using var transaction = _connection.BeginTransaction();
        Assert.Equal("SQLite Error 1: 'cannot VACUUM from within a transaction'.", Assert.Throws<ThreadsException>(() => _connection.Run("VACUUM")).Message);
    }

    [Fact]
    public void Temporary_tables_are_the_connections_own()
    {
        _connection.Run("CREATE TEMP TABLE mine (a); INSERT INTO mine VALUES (1), (2); UPDATE mine SET a = a + 1; DELETE FROM temp.mine WHERE a = 2");
        Assert.Equal(3L, _connection.Scalar("SELECT a FROM mine"));
        using var other = _database.Open();
        Assert.Throws<ThreadsException>(() => other.Run("SELECT * FROM mine"));
    }

    [Fact]
    public void Another_database_can_be_attached_and_read()
    {
        _connection.Run("ATTACH ':memory:' AS other");
        Assert.Equal(0L, _connection.Scalar("SELECT count(*) FROM other.sqlite_master"));
        _connection.Run("DETACH other");
        Assert.Throws<ThreadsException>(() => _connection.Run("SELECT * FROM other.sqlite_master"));
    }

    [Fact]
    public void Two_returning_readers_commit_with_the_last_of_them()
    {
        var first = _connection.Command("INSERT INTO t VALUES (1, 'a'), (2, 'b') RETURNING id").ExecuteReader();
        var second = _connection.Command("INSERT INTO t VALUES (3, 'c'), (4, 'd') RETURNING id").ExecuteReader();
        Assert.True(first.Read());
        Assert.True(second.Read());
        first.Close();
        Assert.True(second.Read());
        Assert.Equal(4, second.GetInt32(0));
        using var other = _database.Open();
        Assert.Equal(0L, other.Scalar("SELECT count(*) FROM t"));
        second.Close();
        Assert.Equal(4L, other.Scalar("SELECT count(*) FROM t"));
    }

    [Fact]
    public void A_write_while_a_returning_reader_is_open_commits_with_it()
    {
        using (var reader = _connection.Command("INSERT INTO t VALUES (1, 'a'), (2, 'b') RETURNING id").ExecuteReader())
        {
            reader.Read();
            _connection.Run("UPDATE t SET a = 'changed' WHERE id = 1");
            Assert.Throws<ThreadsException>(() => _connection.Run("INSERT INTO t VALUES (1, 'again')"));
            Assert.True(reader.Read());
        }
        using var other = _database.Open();
        Assert.Equal("changed,b", other.Scalar("SELECT group_concat(a) FROM t"));
    }

    [Fact]
    public void A_row_can_be_written_while_others_are_read()
    {
        _connection.Run("INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
        using (var reader = _connection.Command("SELECT id FROM t ORDER BY id").ExecuteReader())
        {
            while (reader.Read()) _connection.Run("UPDATE t SET a = a * 10 WHERE id = @id", ("@id", reader.GetInt64(0)));
        }
        Assert.Equal("10,20,30", _connection.Scalar("SELECT group_concat(a) FROM t"));
    }

    [Fact]
    public void The_schema_can_change_while_rows_are_read()
    {
        _connection.Run("INSERT INTO t VALUES (1, 1), (2, 2)");
        using var reader = _connection.Command("SELECT id FROM t").ExecuteReader();
        reader.Read();
        _connection.Run("CREATE TABLE u (id INTEGER PRIMARY KEY)");
        Assert.True(reader.Read());
    }

    [Fact]
    public void A_shared_cache_lets_its_writers_wait_for_each_other()
    {
        const string shared = "Data Source=waiting-writers;Mode=Memory;Cache=Shared";
        using var first = new ThreadsConnection(shared);
        first.Open();
        first.Run("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, worker =>
        {
            using var connection = new ThreadsConnection(shared);
            connection.Open();
            for (var i = 0; i < 20; i++) connection.Run("INSERT INTO t VALUES (@id)", ("@id", (worker * 100) + i));
        });
        Assert.Equal(80L, first.Scalar("SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_a_shared_cache_a_changed_schema_waits_for_a_reader(bool extendedCodes)
    {
        const string shared = "Data Source=waiting-schema;Mode=Memory;Cache=Shared";
        using var first = new ThreadsConnection(shared);
        first.Open();
        first.Run("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
        using var second = new ThreadsConnection(shared);
        second.Open();
        if (extendedCodes) Assert.Equal(0, SQLitePCL.raw.sqlite3_extended_result_codes(second.Handle, 1));
        var reader = first.Command("SELECT * FROM t").ExecuteReader();
        var waiting = Task.Run(() => second.Run("DROP TABLE t"));
        await Task.Delay(200);
        Assert.False(waiting.IsCompleted);
        reader.Close();
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Throws<ThreadsException>(() => first.Run("SELECT * FROM t"));
    }

    [Fact]
    public void Extended_result_codes_change_no_error_numbers()
    {
        Assert.Equal(0, SQLitePCL.raw.sqlite3_extended_result_codes(_connection.Handle, 1));
        _connection.Run("INSERT INTO t VALUES (1, 1)");
        var e = Assert.Throws<ThreadsException>(() => _connection.Run("INSERT INTO t VALUES (1, 1)"));
        Assert.Equal("SQLite Error 19: 'UNIQUE constraint failed: t.id'.", e.Message);
        Assert.Equal((19, 1555), (e.SqliteErrorCode, e.SqliteExtendedErrorCode));
    }
}
