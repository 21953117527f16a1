using Threads.Data;
using Threads.Data.Identity;

namespace Threads.Net.Tests.Sync;

/// <summary>T-NET-2, T-NET-6, T-NET-8: peers that have a thread in common keep its tables equal, while both write and after they were apart.</summary>
public sealed class SyncTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly List<IAsyncDisposable> _open = [];
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [Fact]
    public async Task Two_peers_that_meet_exchange_what_each_lacks_and_then_what_is_committed()
    {
        var a = await DatabaseAsync("a");
        Run(a, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", "INSERT INTO note VALUES (1, 'of a')");
        var b = await DatabaseAsync("b", a);
        Run(b, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", "INSERT INTO note VALUES (1000001, 'of b')");
        var (pa, pb) = (await PeerAsync(a), await PeerAsync(b));
        await pb.DialAsync(pa.DialableAddresses[0]);

        await SyncAsync(pa, a, pb);
        Assert.Equal("of a|of b", Texts(a));
        Assert.Equal("of a|of b", Texts(b));

        Run(a, "INSERT INTO note VALUES (2, 'later of a')");
        await SyncAsync(pa, a, pb);
        Assert.Equal("of a|later of a|of b", Texts(b));
        Run(b, "UPDATE note SET text = 'changed by b' WHERE id = 1");
        await SyncAsync(pb, b, pa);
        Assert.Equal("changed by b|later of a|of b", Texts(a));
        Assert.Equal(Digest(a), Digest(b));
    }

    [Fact]
    public async Task A_thread_served_after_the_connection_stands_is_synced_too()
    {
        var a = await DatabaseAsync("a");
        Run(a, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", "INSERT INTO note VALUES (1, 'of a')");
        var b = await DatabaseAsync("b", a);
        Run(b, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
        var (pa, pb) = (await PeerAsync(null), await PeerAsync(null));
        await pa.DialAsync(pb.DialableAddresses[0]);
        await Task.WhenAll(ServeAsync(pa, a), ServeAsync(pb, b));
        await SyncAsync(pa, a, pb);
        Assert.Equal("of a", Texts(b));
    }

    [Fact]
    public async Task Somebody_without_the_key_learns_nothing_and_gets_one_answer_for_unknown_and_wrong_key()
    {
        var a = await DatabaseAsync("a");
        Run(a, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", "INSERT INTO note VALUES (1, 'secret')");
        ThreadId id;
        using (var connection = a.OpenConnection())
        {
            id = connection.Thread.Id;
        }

        using var wrong = ThreadKey.NewRandom();
        var sameIdOtherKey = new ThreadsDataSource(new ThreadsConnectionStringBuilder { DataSource = Path.Combine(_folder, "x.db"), Thread = id.ToString(), ThreadKey = wrong.Export() }.ToString());
        _open.Add(sameIdOtherKey);
        var other = await DatabaseAsync("other");
        var (pa, px, po) = (await PeerAsync(a), await PeerAsync(sameIdOtherKey), await PeerAsync(other));
        await px.DialAsync(pa.DialableAddresses[0]);
        await po.DialAsync(pa.DialableAddresses[0]);
        await Task.Delay(300);
        Assert.Empty(px.SyncedPeers(id));
        Assert.Empty(pa.SyncedPeers(id));
    }

    [Fact]
    public async Task A_blind_replicator_carries_records_between_peers_that_never_meet()
    {
        var a = await DatabaseAsync("a");
        Run(a, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", "INSERT INTO note VALUES (1, 'of a')");
        ThreadsDataSource blind;
        using (var connection = a.OpenConnection())
        using (var key = connection.Thread.Key)
        using (var replica = key.WithoutRead())
        {
            blind = Open("blind", connection.Thread.Id, replica);
        }

        var (pa, pr) = (await PeerAsync(a), await PeerAsync(blind));
        await pa.DialAsync(pr.DialableAddresses[0]);
        await SyncAsync(pa, a, pr);
        await pa.DisposeAsync();

        // A new device gets everything from the replicator alone (T-NET-8).
        var b = await DatabaseAsync("b", a);
        Run(b, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
        var pb = await PeerAsync(b);
        await pb.DialAsync(pr.DialableAddresses[0]);
        await SyncAsync(pb, b, pr);
        Assert.Equal("of a", Texts(b));
    }

    [Fact]
    public async Task Many_records_arrive_in_pages_and_a_broken_connection_goes_on_where_it_stopped()
    {
        var a = await DatabaseAsync("a");
        Run(a, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
        for (var i = 0; i < 300; i++)
        {
            Run(a, $"INSERT INTO note VALUES ({i + 1}, '{new string((char)('a' + (i % 26)), 5000)}')");
        }

        var b = await DatabaseAsync("b", a);
        Run(b, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
        var (pa, pb) = (await PeerAsync(a), await PeerAsync(b));
        var connection = await pb.DialAsync(pa.DialableAddresses[0]);
        await WaitAsync(() => Count(b) > 0);
        await connection.DisposeAsync();
        await WaitAsync(() => pa.Connections.Count == 0);
        await pb.DialAsync(pa.DialableAddresses[0]);
        await SyncAsync(pa, a, pb);
        Assert.Equal(300, Count(b));
        Assert.Equal(Digest(a), Digest(b));
    }

    public Task InitializeAsync()
    {
        Directory.CreateDirectory(_folder);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var open in Enumerable.Reverse(_open))
        {
            await open.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task<ThreadsPeer> PeerAsync(ThreadsDataSource? source)
    {
        var peer = await ThreadsPeer.StartAsync(new() { Listen = ["/ip4/127.0.0.1/tcp/0"] });
        _open.Add(peer);
        if (source is not null)
        {
            await peer.ServeAsync(source);
        }

        return peer;
    }

    private static async Task ServeAsync(ThreadsPeer peer, ThreadsDataSource source) => await peer.ServeAsync(source);

    private Task<ThreadsDataSource> DatabaseAsync(string name, ThreadsDataSource? thread = null)
    {
        if (thread is null)
        {
            return Task.FromResult(Open(name, null, null));
        }

        using var connection = thread.OpenConnection();
        using var key = connection.Thread.Key;
        return Task.FromResult(Open(name, connection.Thread.Id, key));
    }

    private ThreadsDataSource Open(string name, ThreadId? id, ThreadKey? key)
    {
        var builder = new ThreadsConnectionStringBuilder { DataSource = Path.Combine(_folder, name + ".db") };
        if (id is { } thread)
        {
            builder.Thread = thread.ToString();
            builder.ThreadKey = key!.Export();
        }

        var source = new ThreadsDataSource(builder.ToString());
        _open.Add(source);
        return source;
    }

    private static async Task SyncAsync(ThreadsPeer peer, ThreadsDataSource source, ThreadsPeer with)
    {
        using var connection = source.OpenConnection();
        using var limit = new CancellationTokenSource(Limit);
        await peer.WaitForSyncAsync(with.Id, connection.Thread.Id, limit.Token);
    }

    private static void Run(ThreadsDataSource source, params ReadOnlySpan<string> statements)
    {
        using var connection = source.OpenConnection();
        foreach (var statement in statements)
        {
            using var command = connection.CreateCommand();
            command.CommandText = statement;
            command.ExecuteNonQuery();
        }
    }

    private static string Texts(ThreadsDataSource source)
    {
        using var connection = source.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT group_concat(text, '|') FROM (SELECT text FROM note ORDER BY id)";
        return command.ExecuteScalar() as string ?? "";
    }

    private static long Count(ThreadsDataSource source)
    {
        using var connection = source.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM note";
        return (long)command.ExecuteScalar()!;
    }

    private static string Digest(ThreadsDataSource source)
    {
        using var connection = source.OpenConnection();
        return Convert.ToHexString(connection.Thread.Digest());
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (var i = 0; i < 1000 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }
}
