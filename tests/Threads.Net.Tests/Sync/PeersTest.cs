using Threads.Data;
using Threads.Data.Identity;

namespace Threads.Net.Tests.Sync;

/// <summary>Databases in a folder of the test's own, and peers on loopback that serve them.</summary>
public abstract class PeersTest : IAsyncLifetime
{
    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly List<IAsyncDisposable> _open = [];
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public Task InitializeAsync()
    {
        Directory.CreateDirectory(_folder);
        return Task.CompletedTask;
    }

    public virtual async Task DisposeAsync()
    {
        foreach (var open in Enumerable.Reverse(_open))
        {
            await open.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Disposed with the test, last first.</summary>
    protected void Keep(IAsyncDisposable open) => _open.Add(open);

    protected string At(string file) => Path.Combine(_folder, file);

    protected async Task<ThreadsPeer> PeerAsync(ThreadsDataSource? source, ThreadsPeerOptions? options = null)
    {
        var peer = await ThreadsPeer.StartAsync((options ?? new()) with { Listen = ["/ip4/127.0.0.1/tcp/0"] });
        _open.Add(peer);
        if (source is not null)
        {
            await peer.ServeAsync(source);
        }

        return peer;
    }

    protected static async Task ServeAsync(ThreadsPeer peer, ThreadsDataSource source) => await peer.ServeAsync(source);

    protected Task<ThreadsDataSource> DatabaseAsync(string name, ThreadsDataSource? thread = null)
    {
        if (thread is null)
        {
            return Task.FromResult(Open(name, null, null));
        }

        using var connection = thread.OpenConnection();
        using var key = connection.Thread.Key;
        return Task.FromResult(Open(name, connection.Thread.Id, key));
    }

    protected ThreadsDataSource Open(string name, ThreadId? id, ThreadKey? key)
    {
        var builder = new ThreadsConnectionStringBuilder { DataSource = At(name + ".db") };
        if (id is { } thread)
        {
            builder.Thread = thread.ToString();
            builder.ThreadKey = key!.Export();
        }

        var source = new ThreadsDataSource(builder.ToString());
        _open.Add(source);
        return source;
    }

    protected static async Task SyncAsync(ThreadsPeer peer, ThreadsDataSource source, ThreadsPeer with)
    {
        using var connection = source.OpenConnection();
        using var limit = new CancellationTokenSource(Limit);
        await peer.WaitForSyncAsync(with.Id, connection.Thread.Id, limit.Token);
    }

    protected static void Run(ThreadsDataSource source, params ReadOnlySpan<string> statements)
    {
        using var connection = source.OpenConnection();
        foreach (var statement in statements)
        {
            using var command = connection.CreateCommand();
            command.CommandText = statement;
            command.ExecuteNonQuery();
        }
    }

    protected static string Texts(ThreadsDataSource source)
    {
        using var connection = source.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT group_concat(text, '|') FROM (SELECT text FROM note ORDER BY id)";
        return command.ExecuteScalar() as string ?? "";
    }

    protected static long Count(ThreadsDataSource source)
    {
        using var connection = source.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM note";
        return (long)command.ExecuteScalar()!;
    }

    protected static string Digest(ThreadsDataSource source)
    {
        using var connection = source.OpenConnection();
        return Convert.ToHexString(connection.Thread.Digest());
    }

    protected static async Task WaitAsync(Func<bool> condition)
    {
        for (var i = 0; i < 1000 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }
}
