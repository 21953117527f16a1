using Threads.Data;
using Threads.Data.Identity;

namespace Threads.Net.Tests.Sync;

/// <summary>T-NET-8: a peer with replica keys alone keeps threads for others, all in one file, and gives them back whole.</summary>
public sealed class ReplicatorTests : PeersTest
{
    private const string Schema = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)";

    [Fact]
    public async Task A_new_device_gets_everything_from_a_replicator_alone_after_it_was_restarted()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema, "INSERT INTO note VALUES (1, 'of a')", "INSERT INTO note VALUES (2, 'too')", "DELETE FROM note WHERE id = 2");
        await using (var keeper = await ReplicatorAsync())
        {
            await KeepAsync(keeper, a);
            var pa = await PeerAsync(a);
            await pa.DialAsync(keeper.DialableAddresses[0]);
            await SyncAsync(pa, a, keeper);
            await pa.DisposeAsync();
        }

        await using var again = await ReplicatorAsync();
        Assert.Single(again.Replicas);
        var b = await DatabaseAsync("b", a);
        Run(b, Schema);
        var pb = await PeerAsync(b);
        await pb.DialAsync(again.DialableAddresses[0]);
        await SyncAsync(pb, b, again);
        Assert.Equal("of a", Texts(b));
        Assert.Equal(Digest(a), Digest(b));
    }

    [Fact]
    public async Task Who_is_behind_in_a_log_sends_nothing_of_it_back()
    {
        var a = await DatabaseAsync("a");
        Run(a, [Schema, .. Enumerable.Range(1, 40).Select(i => $"INSERT INTO note VALUES ({i}, 'of a')")]);
        using (var store = ReplicaStore.Open(At("replicator.db")))
        {
            using var from = a.OpenConnection();
            using var key = from.Thread.Key;
            var kept = store.Add(from.Thread.Id, key);
            Carry(from, kept);
            Run(a, [.. Enumerable.Range(41, 100).Select(i => $"INSERT INTO note VALUES ({i}, 'of a')")]);
            Assert.Equal(0, kept.ReadPage(from.Thread.Heads, 1 << 20).Records);
            Assert.Equal(100, from.Thread.ReadPage(kept.Heads, 1 << 20).Records);
        }
    }

    [Fact]
    public async Task Peers_that_are_connected_with_the_replicator_only_see_each_others_commits()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema);
        var b = await DatabaseAsync("b", a);
        Run(b, Schema);
        await using var keeper = await ReplicatorAsync();
        await KeepAsync(keeper, a);
        var (pa, pb) = (await PeerAsync(a), await PeerAsync(b));
        await pa.DialAsync(keeper.DialableAddresses[0]);
        await pb.DialAsync(keeper.DialableAddresses[0]);
        Run(a, "INSERT INTO note VALUES (1, 'of a')");
        await WaitAsync(() => Texts(b) == "of a");
        Run(b, "UPDATE note SET text = 'changed by b'");
        await WaitAsync(() => Texts(a) == "changed by b");
        Assert.Equal(Digest(a), Digest(b));
    }

    [Fact]
    public async Task Several_threads_of_several_people_stay_apart()
    {
        var (a, b) = (await DatabaseAsync("a"), await DatabaseAsync("b"));
        Run(a, Schema, "INSERT INTO note VALUES (1, 'of a')");
        Run(b, Schema, "INSERT INTO note VALUES (1, 'of b')");
        await using var keeper = await ReplicatorAsync();
        foreach (var source in new[] { a, b })
        {
            await KeepAsync(keeper, source);
            var peer = await PeerAsync(source);
            await peer.DialAsync(keeper.DialableAddresses[0]);
            await SyncAsync(peer, source, keeper);
        }

        foreach (var (source, text) in new[] { (a, "of a"), (b, "of b") })
        {
            var device = await DatabaseAsync("device of " + text, source);
            Run(device, Schema);
            var peer = await PeerAsync(device);
            await peer.DialAsync(keeper.DialableAddresses[0]);
            await SyncAsync(peer, device, keeper);
            Assert.Equal(text, Texts(device));
        }
    }

    [Fact]
    public async Task A_forgotten_thread_is_not_served_any_more()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema, "INSERT INTO note VALUES (1, 'of a')");
        await using var keeper = await ReplicatorAsync();
        var kept = await KeepAsync(keeper, a);
        var pa = await PeerAsync(a);
        await pa.DialAsync(keeper.DialableAddresses[0]);
        await SyncAsync(pa, a, keeper);
        Assert.True(await keeper.ForgetReplicaAsync(kept.Id));
        Assert.False(await keeper.ForgetReplicaAsync(kept.Id));
        Assert.Empty(keeper.Replicas);
        await WaitAsync(() => pa.SyncedPeers(kept.Id).Count == 0);
    }

    [Fact]
    public async Task Records_that_another_process_stores_are_passed_on_at_the_next_look()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema);
        var b = await DatabaseAsync("b", a);
        Run(b, Schema);
        await using var keeper = await ReplicatorAsync();
        await KeepAsync(keeper, a);
        var pb = await PeerAsync(b);
        await pb.DialAsync(keeper.DialableAddresses[0]);
        await SyncAsync(pb, b, keeper);
        Run(a, "INSERT INTO note VALUES (1, 'by another way')");
        using (var other = ReplicaStore.Open(At("replicator.db")))
        using (var connection = a.OpenConnection())
        {
            Assert.True(other.TryFind(connection.Thread.Id, out var thread));
            Carry(connection, thread);
        }

        await WaitAsync(() => Texts(b) == "by another way");
    }

    [Fact]
    public async Task Without_a_store_keeping_is_refused_by_name()
    {
        var peer = await PeerAsync(null);
        using var key = ThreadKey.NewRandom(canRead: false);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => peer.ServeAsReplicatorAsync(ThreadId.NewRandom(ThreadVariant.Raw), key));
        Assert.Contains("ReplicaStore", error.Message, StringComparison.Ordinal);
    }

    private Task<ThreadsPeer> ReplicatorAsync() => ThreadsPeer.StartAsync(new() { Listen = ["/ip4/127.0.0.1/tcp/0"], ReplicaStore = At("replicator.db") });

    private static void Carry(ThreadsConnection from, ReplicaThread to)
    {
        using var file = new MemoryStream();
        from.Thread.Export(file);
        file.Position = 0;
        to.Import(file);
    }

    private static async Task<ReplicaThread> KeepAsync(ThreadsPeer keeper, ThreadsDataSource source)
    {
        using var connection = source.OpenConnection();
        using var key = connection.Thread.Key;
        using var replica = key.WithoutRead();
        return await keeper.ServeAsReplicatorAsync(connection.Thread.Id, replica);
    }
}
