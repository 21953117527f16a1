using Microsoft.Extensions.Logging;

namespace Threads.Data.Tests.AdoNet;

public sealed class ThreadsDataSourceTests : IDisposable
{
    private readonly TemporaryDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task It_makes_open_connections_commands_and_batches()
    {
        await using var source = new ThreadsDataSource(_database.ConnectionString);
        await using (var connection = await source.OpenConnectionAsync()) connection.Run("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        await using (var command = source.CreateCommand("INSERT INTO t VALUES (1)")) Assert.Equal(1, await command.ExecuteNonQueryAsync());
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(new ThreadsBatchCommand("SELECT count(*) FROM t"));
        Assert.Equal(1L, await batch.ExecuteScalarAsync());
    }

    [Fact]
    public void Its_pool_is_its_own_and_closes_with_it()
    {
        var source = new ThreadsDataSource(_database.ConnectionString);
        var first = source.OpenConnection();
        var handle = first.Handle!;
        first.Dispose();
        using (var again = source.OpenConnection()) Assert.Same(handle, again.Handle);
        using (var other = _database.Open()) Assert.NotSame(handle, other.Handle);
        var busy = source.OpenConnection();
        source.Dispose();
        busy.Dispose();
        Assert.True(handle.IsClosed);
    }

    [Fact]
    public void A_data_source_that_was_disposed_opens_nothing()
    {
        var source = new ThreadsDataSource(_database.ConnectionString);
        source.Dispose();
        Assert.Throws<ObjectDisposedException>(() => source.OpenConnection());
    }

    [Fact]
    public void A_builder_makes_it_from_keywords()
    {
        var builder = new ThreadsDataSourceBuilder(_database.ConnectionString);
        builder.ConnectionStringBuilder.Password = "geheim";
        builder.ConnectionStringBuilder.DefaultTimeout = 3;
        using var source = builder.UseTimeProvider(TimeProvider.System).Build();
        Assert.DoesNotContain("geheim", source.ConnectionString, StringComparison.Ordinal);
        using var connection = source.OpenConnection();
        Assert.Equal(3, connection.DefaultTimeout);
    }

    [Fact]
    public void Records_take_their_time_from_the_given_clock()
    {
        var time = new FixedTime();
        using var source = new ThreadsDataSourceBuilder(_database.ConnectionString).UseTimeProvider(time).Build();
        using var connection = source.OpenConnection();
        connection.Run("CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
        Assert.StartsWith("2030-01-02", (string)connection.Scalar("SELECT datetime(max(time) / 1000000000, 'unixepoch') FROM threads_records")!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_logger_hears_what_is_done_but_no_secret()
    {
        var log = new ListLogger();
        var builder = new ThreadsDataSourceBuilder(_database.ConnectionString).UseLoggerFactory(log);
        builder.ConnectionStringBuilder.Password = "geheim";
        using (var source = builder.Build())
        {
            using (var connection = source.OpenConnection())
            {
                connection.Run("CREATE TABLE t (a TEXT PRIMARY KEY)");
                connection.Run("INSERT INTO t VALUES (@a)", ("@a", "private"));
                using var transaction = connection.BeginTransaction();
                Assert.Throws<ThreadsException>(() => connection.Run("INSERT OR ROLLBACK INTO t VALUES ('private')"));
            }
            using (var again = source.OpenConnection()) again.Run("CREATE TEMP TABLE u (a)");
        }
        Assert.Equal(["ConnectionOpened", "CommandExecuting", "CommandExecuting", "CommandExecuting", "TransactionRolledBack", "ConnectionReused", "CommandExecuting", "ConnectionNotPooled"], log.Events);
        Assert.Contains("INSERT INTO t VALUES (@a)", log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shared_database_in_memory_is_gone_when_its_last_connection_closes()
    {
        const string shared = "Data Source=gone-with-the-last;Mode=Memory;Cache=Shared";
        using (var first = new ThreadsConnection(shared))
        {
            first.Open();
            first.Run("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        }
        using var second = new ThreadsConnection(shared);
        second.Open();
        Assert.Throws<ThreadsException>(() => second.Scalar("SELECT * FROM t"));
    }

    [Fact]
    public void A_connection_string_it_cannot_read_is_refused_at_once() => Assert.Throws<ArgumentException>(() => new ThreadsDataSource("Server=x"));

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }

    private sealed class ListLogger : ILoggerFactory, ILogger
    {
        public List<string> Events { get; } = [];

        public string Text { get; private set; } = "";

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Events.Add(eventId.Name!);
            Text += formatter(state, exception) + "\n";
        }

        public void Dispose()
        {
        }
    }
}
