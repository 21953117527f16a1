using System.Diagnostics;

namespace Threads.Data.Tests.AdoNet;

public sealed class WaitingAndCancellingTests : IDisposable
{
    private const string Endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    private readonly TemporaryDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task A_token_interrupts_a_running_statement()
    {
        using var connection = _database.Open();
        using var command = connection.Command(Endless);
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var task = Task.Run(() => command.ExecuteScalarAsync(source.Token));
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        Assert.Equal(source.Token, e.CancellationToken);
        Assert.Equal(1L, connection.Scalar("SELECT 1"));
    }

    [Fact]
    public async Task A_token_interrupts_reading_and_writing()
    {
        using var connection = _database.Open("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Task.Run(() => connection.Command("INSERT INTO t " + Endless.Replace("count(*)", "i", StringComparison.Ordinal)).ExecuteNonQueryAsync(source.Token)));
        Assert.Equal(0L, connection.Scalar("SELECT count(*) FROM t"));
        using var again = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await using var reader = await connection.Command(Endless.Replace("count(*)", "i", StringComparison.Ordinal)).ExecuteReaderAsync(again.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(async () =>
        {
            while (await reader.ReadAsync(again.Token))
            {
            }
        }));
    }

    [Fact]
    public async Task A_token_given_only_to_ReadAsync_works_too()
    {
        using var connection = _database.Open();
        await using var reader = await connection.Command($"SELECT 1 UNION ALL SELECT * FROM ({Endless})").ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(() => reader.ReadAsync(source.Token)));
    }

    [Fact]
    public async Task A_cancelled_token_runs_nothing()
    {
        using var connection = _database.Open("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connection.Command("INSERT INTO t VALUES (1)").ExecuteNonQueryAsync(new CancellationToken(true)));
        Assert.Equal(0L, connection.Scalar("SELECT count(*) FROM t"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connection.OpenAsync(new CancellationToken(true)));
    }

    [Fact]
    public async Task Cancel_interrupts_with_SQLites_error()
    {
        using var connection = _database.Open();
        using var command = connection.Command(Endless);
        var task = Task.Run(command.ExecuteScalar);
        ThreadsException? error = null;
        while (error is null)
        {
            command.Cancel();
            try
            {
                await task.WaitAsync(TimeSpan.FromMilliseconds(20));
            }
            catch (ThreadsException e)
            {
                error = e;
            }
            catch (TimeoutException)
            {
                // It had not begun to run yet.
            }
        }
        Assert.Equal("SQLite Error 9: 'interrupted'.", error.Message);
    }

    [Fact]
    public void Cancel_without_anything_running_does_nothing()
    {
        using var connection = _database.Open();
        using var command = connection.Command("SELECT 1");
        command.Cancel();
        Assert.Equal(1L, command.ExecuteScalar());
        new ThreadsCommand().Cancel();
    }

    [Fact]
    public void A_writer_waits_as_long_as_its_timeout_for_another()
    {
        using var first = _database.Open("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        using var second = _database.Open();
        using (first.BeginTransaction())
        {
            using var command = second.Command("INSERT INTO t VALUES (1)");
            command.CommandTimeout = 1;
            var time = Stopwatch.StartNew();
            var e = Assert.Throws<ThreadsException>(() => command.ExecuteNonQuery());
            Assert.Equal("SQLite Error 5: 'database is locked'.", e.Message);
            Assert.True(e.IsTransient);
            Assert.InRange(time.ElapsedMilliseconds, 900, 10_000);
        }
        Assert.Equal(1, second.Run("INSERT INTO t VALUES (1)"));
    }

    [Fact]
    public async Task A_token_ends_the_wait_for_a_lock()
    {
        using var first = _database.Open("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        using var second = _database.Open();
        using var transaction = first.BeginTransaction();
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(() => second.Command("INSERT INTO t VALUES (1)").ExecuteNonQueryAsync(source.Token)))
            .WaitAsync(TimeSpan.FromSeconds(10));
        using var another = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(async () => await second.BeginTransactionAsync(another.Token)))
            .WaitAsync(TimeSpan.FromSeconds(10));
        transaction.Commit();
        Assert.Equal(1, second.Run("INSERT INTO t VALUES (1)"));
    }

    [Fact]
    public async Task A_writer_goes_on_when_the_other_is_through()
    {
        using var first = _database.Open("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        using var second = _database.Open();
        var transaction = first.BeginTransaction();
        first.Run("INSERT INTO t VALUES (1)");
        var waiting = Task.Run(() => second.Run("INSERT INTO t VALUES (2)"));
        await Task.Delay(100);
        Assert.False(waiting.IsCompleted);
        transaction.Commit();
        Assert.Equal(1, await waiting);
    }

    [Fact]
    public void The_timeout_comes_from_the_command_the_connection_or_the_connection_string()
    {
        using var connection = new ThreadsConnection("Data Source=:memory:;Default Timeout=7");
        Assert.Equal(7, connection.DefaultTimeout);
        Assert.Equal(7, connection.CreateCommand().CommandTimeout);
        connection.DefaultTimeout = 8;
        var command = connection.CreateCommand();
        Assert.Equal(8, command.CommandTimeout);
        command.CommandTimeout = 0;
        Assert.Equal(0, command.CommandTimeout);
        Assert.Equal(30, new ThreadsCommand().CommandTimeout);
        Assert.Throws<ArgumentOutOfRangeException>(() => command.CommandTimeout = -1);
    }
}
