using Threads.Data;
using Threads.Data.Identity;

namespace Threads.Net.Tests.Sync;

/// <summary>T-LOG-8, T-LOG-9: addresses of logs travel between those who share the thread; what a database tells of its peers.</summary>
public sealed class BookTests : PeersTest
{
    private const string Schema = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)";

    [Fact]
    public async Task A_writers_addresses_reach_peers_it_never_met_through_a_blind_replicator()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema, "INSERT INTO note VALUES (1, 'of a')");
        var b = await DatabaseAsync("b", a);
        Run(b, Schema);
        await using var keeper = await ThreadsPeer.StartAsync(new() { Listen = ["/ip4/127.0.0.1/tcp/0"], ReplicaStore = At("replicator.db") });
        LogId log;
        using (var connection = a.OpenConnection())
        using (var key = connection.Thread.Key)
        using (var replica = key.WithoutRead())
        {
            await keeper.ServeAsReplicatorAsync(connection.Thread.Id, replica);
            log = connection.Thread.LogId;
        }

        // B looks into its book often: soon it has found A by itself.
        var (pa, pb) = (await PeerAsync(a), await PeerAsync(b, new() { BookInterval = TimeSpan.FromMilliseconds(50) }));
        await pa.DialAsync(keeper.DialableAddresses[0]);
        await pb.DialAsync(keeper.DialableAddresses[0]);
        await WaitAsync(() => Addresses(b, log).SequenceEqual(pa.DialableAddresses));
        await WaitAsync(() => pb.FindConnection(pa.Id) is not null);
    }

    [Fact]
    public async Task A_peer_that_moved_announces_itself_anew_and_the_old_address_goes()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema, "INSERT INTO note VALUES (1, 'of a')");
        var b = await DatabaseAsync("b", a);
        Run(b, Schema);
        var pb = await PeerAsync(b);
        using var connection = a.OpenConnection();
        var log = connection.Thread.LogId;
        var first = await PeerAsync(a);
        await first.DialAsync(pb.DialableAddresses[0]);
        await WaitAsync(() => Addresses(b, log).SequenceEqual(first.DialableAddresses));
        await first.DisposeAsync();
        var second = await PeerAsync(a);
        await second.DialAsync(pb.DialableAddresses[0]);
        await WaitAsync(() => Addresses(b, log).SequenceEqual(second.DialableAddresses));
    }

    [Fact]
    public async Task A_database_tells_with_whom_it_is_in_sync_and_waits_for_it()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema);
        var b = await DatabaseAsync("b", a);
        Run(b, Schema);
        var (pa, pb) = (await PeerAsync(a), await PeerAsync(b));
        await pb.DialAsync(pa.DialableAddresses[0]);
        Run(a, "INSERT INTO note VALUES (1, 'of a')");
        using var connection = a.OpenConnection();
        using (var limit = new CancellationTokenSource(Limit))
        {
            await connection.Thread.WaitForSyncAsync(pb.Id, limit.Token);
        }

        Assert.Equal("of a", Texts(b));
        var peer = Assert.Single(connection.Thread.Peers);
        Assert.Equal((pb.Id, true, true), (peer.Id, peer.IsConnected, peer.IsSynced));
        Assert.Equal([pb.Id], connection.Thread.SyncedWith);

        // Gone, it is remembered with what it had, and what it lacks since is counted.
        await pb.DisposeAsync();
        await WaitAsync(() => pa.Connections.Count == 0 && connection.Thread.Peers is [{ IsConnected: false, IsSynced: true }]);
        Run(a, "INSERT INTO note VALUES (2, 'too')");
        Assert.Equal(1, connection.Thread.Peers[0].Behind);
        Assert.Empty(connection.Thread.SyncedWith);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT sum(behind) FROM threads_peers";
        Assert.Equal(1L, command.ExecuteScalar());
    }

    private static IReadOnlyList<Multiaddress> Addresses(ThreadsDataSource source, LogId log)
    {
        using var connection = source.OpenConnection();
        return connection.Thread.Addresses.Get(log);
    }
}
