using System.Data.Common;

namespace Threads.Data.Tests.AdoNet;

public sealed class ThreadsBatchTests : IDisposable
{
    private readonly TemporaryDatabase _database = new();
    private readonly ThreadsConnection _connection;

    public ThreadsBatchTests() => _connection = _database.Open("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");

    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    private ThreadsBatch Batch(params string[] texts)
    {
        var batch = _connection.CreateBatch();
        foreach (var text in texts) batch.BatchCommands.Add(new ThreadsBatchCommand(text));
        return batch;
    }

    [Fact]
    public void Its_texts_have_parameters_and_counts_of_their_own()
    {
        using var batch = Batch("INSERT INTO t VALUES (@a, @b)", "INSERT INTO t VALUES (@a, @b), (3, 3)", "SELECT 1");
        batch.BatchCommands[0].Parameters.AddWithValue("@a", 1);
        batch.BatchCommands[0].Parameters.AddWithValue("@b", "one");
        batch.BatchCommands[1].Parameters.AddWithValue("@a", 2);
        batch.BatchCommands[1].Parameters.AddWithValue("@b", "two");
        Assert.Equal(3, batch.ExecuteNonQuery());
        Assert.Equal([1, 2], batch.BatchCommands.Take(2).Select(c => c.RecordsAffected));
        Assert.Equal("one,two,3", _connection.Scalar("SELECT group_concat(a) FROM t"));
    }

    [Fact]
    public async Task Its_results_are_read_one_after_another()
    {
        await using var batch = Batch("SELECT 1; SELECT 2", "CREATE TABLE u (a INTEGER PRIMARY KEY)", "SELECT 3");
        await using var reader = await batch.ExecuteReaderAsync();
        var values = new List<int>();
        do
        {
            while (await reader.ReadAsync()) values.Add(reader.GetInt32(0));
        }
        while (await reader.NextResultAsync());
        Assert.Equal([1, 2, 3], values);
        Assert.Equal(1L, Batch("SELECT 1").ExecuteScalar());
    }

    [Fact]
    public void Without_a_transaction_all_of_it_happens_or_nothing()
    {
        using var batch = Batch("INSERT INTO t VALUES (1, 1)", "INSERT INTO t VALUES (1, 2)");
        DbException e = Assert.Throws<ThreadsException>(() => batch.ExecuteNonQuery());
        Assert.Same(batch.BatchCommands[1], e.BatchCommand);
        Assert.Equal(0L, _connection.Scalar("SELECT count(*) FROM t"));
        Batch("INSERT INTO t VALUES (1, 1)", "INSERT INTO t VALUES (2, 2) RETURNING id").ExecuteReader().Close();
        using var other = _database.Open();
        Assert.Equal(2L, other.Scalar("SELECT count(*) FROM t"));
    }

    [Fact]
    public void In_a_transaction_it_belongs_to_that()
    {
        using (var transaction = _connection.BeginTransaction())
        {
            using var batch = Batch("INSERT INTO t VALUES (1, 1)");
            Assert.Same(transaction, batch.Transaction);
            batch.ExecuteNonQuery();
        }
        Assert.Equal(0L, _connection.Scalar("SELECT count(*) FROM t"));
        using var outside = Batch("SELECT 1");
        using var open = _connection.BeginTransaction();
        Assert.Throws<InvalidOperationException>(() => outside.ExecuteScalar());
    }

    [Fact]
    public void An_empty_batch_or_one_without_connection_is_refused()
    {
        Assert.Throws<InvalidOperationException>(() => Batch().ExecuteNonQuery());
        Assert.Throws<InvalidOperationException>(() => new ThreadsBatch { BatchCommands = { new ThreadsBatchCommand("SELECT 1") } }.ExecuteScalar());
    }

    [Fact]
    public void Providers_are_found_by_their_common_types()
    {
        DbProviderFactory factory = ThreadsFactory.Instance;
        Assert.True(factory.CanCreateBatch);
        Assert.IsType<ThreadsBatch>(factory.CreateBatch());
        Assert.IsType<ThreadsBatchCommand>(factory.CreateBatchCommand());
        Assert.IsType<ThreadsConnection>(factory.CreateConnection());
        Assert.IsType<ThreadsCommand>(factory.CreateCommand());
        Assert.IsType<ThreadsParameter>(factory.CreateParameter());
        Assert.IsType<ThreadsConnectionStringBuilder>(factory.CreateConnectionStringBuilder());
        using var source = factory.CreateDataSource(_database.ConnectionString);
        Assert.IsType<ThreadsDataSource>(source);
        DbConnection connection = _connection;
        Assert.True(connection.CanCreateBatch);
        Assert.IsType<ThreadsBatch>(connection.CreateBatch());
    }
}
