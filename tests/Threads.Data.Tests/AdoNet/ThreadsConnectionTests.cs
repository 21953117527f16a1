using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Threads.Data.Tests.AdoNet;

public sealed class ThreadsConnectionTests : IDisposable
{
    private readonly TemporaryDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public void Open_and_Close_change_the_state_and_say_so()
    {
        using var connection = new ThreadsConnection(_database.ConnectionString);
        var changes = new List<(ConnectionState, ConnectionState)>();
        connection.StateChange += (_, e) => changes.Add((e.OriginalState, e.CurrentState));
        Assert.Null(connection.Handle);
        connection.Open();
        connection.Open();
        Assert.Equal(ConnectionState.Open, connection.State);
        Assert.NotNull(connection.Handle);
        connection.Close();
        connection.Close();
        Assert.Equal([(ConnectionState.Closed, ConnectionState.Open), (ConnectionState.Open, ConnectionState.Closed)], changes);
    }

    [Fact]
    public void It_tells_what_it_is_connected_to()
    {
        using var connection = _database.Open();
        Assert.Equal("main", connection.Database);
        Assert.Equal(Path.GetFullPath(_database.FilePath), Path.GetFullPath(connection.DataSource));
        Assert.Equal("3.35.5", connection.ServerVersion);
        Assert.False(connection.IsReadOnly);
        Assert.Same(ThreadsFactory.Instance, DbProviderFactories.GetFactory(connection));
        Assert.Throws<NotSupportedException>(() => connection.ChangeDatabase("other"));
    }

    [Fact]
    public void The_connection_string_is_fixed_while_open()
    {
        using var connection = _database.Open();
        Assert.Throws<InvalidOperationException>(() => connection.ConnectionString = "");
        Assert.Throws<ArgumentException>(() => new ThreadsConnection("Server=x"));
    }

    [Fact]
    public void Secrets_are_not_shown_once_open()
    {
        using var connection = new ThreadsConnection("Data Source=:memory:;Password=geheim;Foreign Keys=False");
        Assert.Contains("geheim", connection.ConnectionString, StringComparison.Ordinal);
        connection.Open();
        Assert.DoesNotContain("geheim", connection.ConnectionString, StringComparison.Ordinal);
        Assert.Contains("Foreign Keys=False", connection.ConnectionString, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("geheim", connection.ToString(), StringComparison.Ordinal);
        connection.Close();
        Assert.DoesNotContain("geheim", connection.ConnectionString, StringComparison.Ordinal);
        connection.Open();
        using var source = new ThreadsDataSource("Data Source=:memory:;Password=geheim");
        Assert.DoesNotContain("geheim", source.ConnectionString, StringComparison.Ordinal);
        using var persisting = new ThreadsConnection("Data Source=:memory:;Password=geheim;Persist Security Info=True");
        persisting.Open();
        Assert.Contains("geheim", persisting.ConnectionString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Thread Key=topsecret")]
    [InlineData("Thread=topsecret")]
    [InlineData("Password=topsecret;Variant=None")]
    [InlineData("Password=topsecret;Nonsense=1")]
    [InlineData("Password=\"topsecret")]
    public void No_error_of_a_connection_string_shows_a_secret(string more)
    {
        var e = Assert.ThrowsAny<Exception>(() =>
        {
            using var connection = new ThreadsConnection($"Data Source={_database.FilePath};Pooling=False;{more}");
            connection.Open();
        });
        if (!more.StartsWith("Thread=", StringComparison.Ordinal)) Assert.DoesNotContain("topsecret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_password_is_refused_without_showing_it()
    {
        using (var connection = new ThreadsConnection($"{_database.ConnectionString}Password=right-one;Pooling=False"))
        {
            connection.Open();
            connection.Run("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        }
        foreach (var password in new[] { "Password=topsecret", "" })
        {
            using var connection = new ThreadsConnection($"{_database.ConnectionString}Pooling=False;{password}");
            var e = Assert.Throws<ThreadsException>(connection.Open);
            Assert.NotEqual(ThreadsErrorCode.None, e.ThreadsErrorCode);
            Assert.DoesNotContain("topsecret", e.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_SQLites_error()
    {
        using var connection = new ThreadsConnection("Data Source=/nowhere/at/all.db");
        var e = Assert.Throws<ThreadsException>(connection.Open);
        Assert.Equal(14, e.SqliteErrorCode);
        Assert.Equal(ConnectionState.Closed, connection.State);
        using var missing = new ThreadsConnection($"Data Source={_database.FilePath};Mode=ReadWrite");
        Assert.Equal(14, Assert.Throws<ThreadsException>(missing.Open).SqliteErrorCode);
    }

    [Fact]
    public void Read_only_refuses_to_write()
    {
        using (_database.Open("CREATE TABLE t (a INTEGER PRIMARY KEY)"))
        {
        }
        using var connection = new ThreadsConnection(_database.ConnectionString + "Mode=ReadOnly;Pooling=False");
        connection.Open();
        Assert.True(connection.IsReadOnly);
        Assert.Equal(0L, connection.Scalar("SELECT count(*) FROM t"));
        Assert.Equal(8, Assert.Throws<ThreadsException>(() => connection.Run("INSERT INTO t VALUES (1)")).SqliteErrorCode);
    }

    [Fact]
    public void Foreign_keys_are_on_unless_told_otherwise()
    {
        using var connection = _database.Open();
        Assert.Equal(1L, connection.Scalar("PRAGMA foreign_keys"));
        using var other = new ThreadsConnection("Data Source=:memory:;Foreign Keys=False;Recursive Triggers=True;Synchronous=Normal");
        other.Open();
        Assert.Equal(0L, other.Scalar("PRAGMA foreign_keys"));
        Assert.Equal(1L, other.Scalar("PRAGMA recursive_triggers"));
        Assert.Equal(1L, other.Scalar("PRAGMA synchronous"));
    }

    [Fact]
    public void Databases_in_memory_are_private_or_shared()
    {
        using var first = new ThreadsConnection("Data Source=:memory:");
        using var second = new ThreadsConnection("Data Source=:memory:");
        first.Open();
        second.Open();
        first.Run("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        Assert.Throws<ThreadsException>(() => second.Run("SELECT * FROM t"));
        using var third = new ThreadsConnection("Data Source=shared-one;Mode=Memory;Cache=Shared;Pooling=False");
        using var fourth = new ThreadsConnection("Data Source=shared-one;Mode=Memory;Cache=Shared;Pooling=False");
        third.Open();
        fourth.Open();
        third.Run("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        Assert.Equal(0L, fourth.Scalar("SELECT count(*) FROM t"));
    }

    [Fact]
    public void A_private_database_in_memory_is_gone_after_Close()
    {
        using var connection = new ThreadsConnection("Data Source=:memory:");
        connection.Open();
        connection.Run("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        connection.Close();
        connection.Open();
        Assert.Throws<ThreadsException>(() => connection.Run("SELECT * FROM t"));
    }

    [Fact]
    public void A_closed_connection_is_used_again()
    {
        // A pool of its own: tests beside this one clear those that connections of one string share.
        using var source = new ThreadsDataSource(_database.ConnectionString);
        var connection = source.OpenConnection();
        var handle = connection.Handle;
        connection.Dispose();
        using var next = source.OpenConnection();
        Assert.Same(handle, next.Handle);
        using var parallel = source.OpenConnection();
        Assert.NotSame(handle, parallel.Handle);
    }

    [Theory]
    [InlineData("CREATE TEMP TABLE mine (a)")]
    [InlineData("CREATE TABLE temp.mine (a)")]
    [InlineData("PRAGMA case_sensitive_like = 1")]
    [InlineData("PRAGMA foreign_keys(0)")]
    [InlineData("ATTACH ':memory:' AS other")]
    public void A_connection_that_was_changed_is_not_used_again(string sql)
    {
        var connection = _database.Open(sql);
        var handle = connection.Handle;
        connection.Dispose();
        using var next = _database.Open();
        Assert.NotSame(handle, next.Handle);
    }

    [Theory]
    [InlineData("PRAGMA table_info(t)")]
    [InlineData("PRAGMA foreign_keys")]
    [InlineData("CREATE TABLE t (a INTEGER PRIMARY KEY)")]
    public void A_connection_that_was_only_used_is_used_again(string sql)
    {
        using var source = new ThreadsDataSource(_database.ConnectionString);
        var connection = source.OpenConnection();
        connection.Run(sql);
        var handle = connection.Handle;
        connection.Dispose();
        using var next = source.OpenConnection();
        Assert.Same(handle, next.Handle);
    }

    [Fact]
    public void Pooling_can_be_switched_off_and_pools_cleared()
    {
        using (var unpooled = new ThreadsConnection(_database.ConnectionString + "Pooling=False"))
        {
            unpooled.Open();
            var handle = unpooled.Handle;
            unpooled.Close();
            Assert.True(handle!.IsInvalid || handle.IsClosed);
        }
        var pooled = _database.Open();
        var busy = _database.Open();
        var idle = pooled.Handle!;
        var inUse = busy.Handle!;
        pooled.Close();
        Assert.False(idle.IsClosed);
        ThreadsConnection.ClearPool(pooled);
        Assert.True(idle.IsClosed);
        Assert.False(inUse.IsClosed);
        busy.Close();
        Assert.True(inUse.IsClosed);
    }

    [SkippableFact]
    public void A_pooled_connection_to_a_file_that_was_deleted_is_not_used_again()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows refuses to delete a file that is open.");
        using (_database.Open("CREATE TABLE t (a INTEGER PRIMARY KEY)"))
        {
        }
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(_database.FilePath)!)) File.Delete(file);
        using (var connection = _database.Open()) connection.Run("CREATE TABLE u (a INTEGER PRIMARY KEY)");
        Assert.True(File.Exists(_database.FilePath));
        using var next = _database.Open();
        Assert.Throws<ThreadsException>(() => next.Run("SELECT * FROM t"));
        Assert.Equal(0L, next.Scalar("SELECT count(*) FROM u"));
    }

    [Fact]
    public void A_pool_is_used_by_many_threads_at_once()
    {
        using (_database.Open("CREATE TABLE t (a INTEGER PRIMARY KEY)"))
        {
        }
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            using var connection = _database.Open();
            if (i % 40 == 0) ThreadsConnection.ClearPool(connection);
            if (i % 10 == 0) connection.Run("INSERT INTO t VALUES (@i)", ("@i", i));
            else Assert.InRange((long)connection.Scalar("SELECT count(*) FROM t")!, 0, 40);
        });
        using var last = _database.Open();
        Assert.Equal(40L, last.Scalar("SELECT count(*) FROM t"));
    }

    [Fact]
    public void Closing_ends_open_readers_and_commits_what_they_wrote()
    {
        var connection = _database.Open("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        var reader = connection.Command("INSERT INTO t VALUES (1), (2) RETURNING a").ExecuteReader();
        connection.Close();
        Assert.True(reader.IsClosed);
        using var next = _database.Open();
        Assert.Equal(2L, next.Scalar("SELECT count(*) FROM t"));
    }

    [Fact]
    public void A_raw_transaction_is_rolled_back_on_close()
    {
        using (_database.Open("CREATE TABLE t (a INTEGER PRIMARY KEY); BEGIN; INSERT INTO t VALUES (1)"))
        {
        }
        using var next = _database.Open();
        Assert.Equal(0L, next.Scalar("SELECT count(*) FROM t"));
    }

    [Fact]
    public void BackupDatabase_copies_everything_but_never_over_a_thread()
    {
        using var connection = _database.Open("CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
        using var copy = new SqliteConnection("Data Source=:memory:");
        copy.Open();
        connection.BackupDatabase(copy);
        using var command = copy.CreateCommand();
        command.CommandText = "SELECT count(*) FROM t";
        Assert.Equal(1L, command.ExecuteScalar());
        using var other = new ThreadsConnection("Data Source=:memory:");
        Assert.Equal(ThreadsErrorCode.BackupIntoThread, Assert.Throws<ThreadsException>(() => connection.BackupDatabase(other)).ThreadsErrorCode);
        command.CommandText = "CREATE TABLE _threads_something (a)";
        command.ExecuteNonQuery();
        Assert.Equal(ThreadsErrorCode.BackupIntoThread, Assert.Throws<ThreadsException>(() => connection.BackupDatabase(copy)).ThreadsErrorCode);
    }

    [Fact]
    public void A_relative_file_lies_in_the_data_directory()
    {
        var folder = Path.GetDirectoryName(_database.FilePath)!;
        AppDomain.CurrentDomain.SetData("DataDirectory", folder);
        try
        {
            using var connection = new ThreadsConnection("Data Source=|DataDirectory|macro.db;Pooling=False");
            connection.Open();
            Assert.True(File.Exists(Path.Combine(folder, "macro.db")));
        }
        finally
        {
            AppDomain.CurrentDomain.SetData("DataDirectory", null);
        }
    }
}
