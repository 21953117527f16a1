using Threads.Data.Identity;

namespace Threads.Net.Tests.Connections;

/// <summary>How many connections a peer keeps, with whom, for how long, and when it dials.</summary>
[Collection(nameof(Alone))]
public sealed class ConnectionLimitTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly List<ThreadsPeer> _peers = [];

    [Fact]
    public async Task Connections_in_all_have_a_limit_and_a_place_that_is_free_again_is_taken()
    {
        var server = await StartAsync(new() { MaxConnections = 2 });
        var (first, second, third) = (await StartAsync(), await StartAsync(), await StartAsync());
        await first.DialAsync(server.DialableAddresses[0]);
        var kept = await second.DialAsync(server.DialableAddresses[0]);
        await UntilAsync(() => server.Connections.Count == 2);
        await AssertClosedByOtherAsync(third, server);
        Assert.Equal(2, server.Connections.Count);
        await kept.DisposeAsync();
        await UntilAsync(() => server.Connections.Count == 1);
        await third.DialAsync(server.DialableAddresses[0]);
        await UntilAsync(() => server.Connections.Count == 2);
    }

    [Fact]
    public async Task Connections_of_one_address_have_a_limit()
    {
        var server = await StartAsync(new() { MaxConnectionsPerAddress = 1 });
        var (first, second) = (await StartAsync(), await StartAsync());
        await first.DialAsync(server.DialableAddresses[0]);
        await UntilAsync(() => server.Connections.Count == 1);
        await AssertClosedByOtherAsync(second, server);
        Assert.Equal(first.Id, Assert.Single(server.Connections).Peer);
    }

    [Fact]
    public async Task Connections_with_one_peer_have_a_limit_on_either_side()
    {
        var server = await StartAsync(new() { MaxConnectionsPerPeer = 2 });
        var client = await StartAsync();
        // Without the peer's id in the address each dial makes a connection of its own.
        for (var i = 0; i < 2; i++)
        {
            await client.DialAsync(server.Addresses[0]);
        }

        await UntilAsync(() => server.Connections.Count == 2);
        await AssertClosedByOtherAsync(client, server, server.Addresses[0]);
        var narrow = await StartAsync(new() { MaxConnectionsPerPeer = 1 });
        await narrow.DialAsync(server.Addresses[0]);
        var e = await Assert.ThrowsAsync<ThreadsPeerException>(() => narrow.DialAsync(server.Addresses[0]));
        Assert.Equal(ThreadsPeerErrorCode.LimitReached, e.ErrorCode);
        Assert.Single(narrow.Connections);
    }

    [Fact]
    public async Task Dials_of_one_peer_at_once_share_one_connection_and_a_later_one_finds_it_open()
    {
        var (server, client) = (await StartAsync(), await StartAsync());
        var accepted = 0;
        server.Connected += (_, _) => Interlocked.Increment(ref accepted);
        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.DialAsync(server.DialableAddresses[0])));
        Assert.All(all, c => Assert.Same(all[0], c));
        Assert.Same(all[0], await client.DialAsync(server.DialableAddresses[0]));
        await UntilAsync(() => server.Connections.Count == 1);
        Assert.Equal(1, accepted);
    }

    [Fact]
    public async Task Whoever_gives_up_a_shared_dial_does_not_end_it_for_the_others()
    {
        var (server, client) = (await StartAsync(), await StartAsync());
        using var impatient = new CancellationTokenSource();
        var first = client.DialAsync(server.DialableAddresses[0], impatient.Token);
        var second = client.DialAsync(server.DialableAddresses[0]);
        await impatient.CancelAsync();
        try
        {
            await first;
        }
        catch (OperationCanceledException e)
        {
            Assert.Equal(impatient.Token, e.CancellationToken);
        }

        Assert.Equal(server.Id, (await second.WaitAsync(Limit)).Peer);
    }

    [Fact]
    public async Task Peers_that_dial_each_other_at_once_use_the_same_connection()
    {
        var (a, b) = (await StartAsync(), await StartAsync());
        await Task.WhenAll(a.DialAsync(b.DialableAddresses[0]), b.DialAsync(a.DialableAddresses[0]));
        await UntilAsync(() => a.FindConnection(b.Id) is { } there && b.FindConnection(a.Id) is { } back && there.IsOutbound != back.IsOutbound);
        Assert.True(await a.PingAsync(b.Id) > TimeSpan.Zero);
    }

    [Fact]
    public async Task An_address_that_failed_is_left_alone_for_longer_each_time_and_forgiven_when_it_answers()
    {
        var time = new ManualTime();
        var client = await StartAsync(new() { TimeProvider = time, DialBackOff = TimeSpan.FromSeconds(2) });
        var server = await StartAsync();
        var (address, identity) = (server.DialableAddresses[0], server.Id);
        var plain = Multiaddress.Parse(string.Join("", server.Addresses[0]));
        await server.DisposeAsync();

        foreach (var wait in new[] { 2, 4, 8, 16, 32, 60, 60 })
        {
            var failed = await Assert.ThrowsAsync<ThreadsPeerException>(() => client.DialAsync(address));
            Assert.DoesNotContain("in vain", failed.Message, StringComparison.Ordinal);
            time.Advance(TimeSpan.FromSeconds(wait) - TimeSpan.FromMilliseconds(1));
            var refused = await Assert.ThrowsAsync<ThreadsPeerException>(() => client.DialAsync(address));
            Assert.Equal(ThreadsPeerErrorCode.DialFailed, refused.ErrorCode);
            Assert.Contains("in vain", refused.Message, StringComparison.Ordinal);
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.NotEqual(client.Id, identity);
        var back = await StartAsync(new() { Listen = [plain.ToString()] });
        await client.DialAsync(back.Addresses[0]);
    }

    [Fact]
    public async Task A_connection_without_a_stream_is_closed_after_its_time_and_one_in_use_is_not()
    {
        var time = new ManualTime();
        var server = await StartAsync(new() { TimeProvider = time, IdleTimeout = TimeSpan.FromSeconds(8), Gossip = null });
        server.AddHandler(new Waiting());
        var (idle, busy) = (await StartAsync(new() { Gossip = null }), await StartAsync(new() { Gossip = null }));
        var idleConnection = await idle.DialAsync(server.DialableAddresses[0]);
        var busyConnection = await busy.DialAsync(server.DialableAddresses[0]);
        await using var stream = await busyConnection.OpenStreamAsync("/wait/1");
        // Identify is done with on both sides before the time begins.
        await UntilAsync(() => server.Connections.All(c => c.Protocols.Count > 0) && server.FindConnection(idle.Id)!.StreamCount == 0 && idleConnection.Protocols.Count > 0 && idleConnection.StreamCount == 0);
        for (var i = 0; i < 100 && !idleConnection.Closed.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10);
        }

        await idleConnection.Closed.WaitAsync(Limit);
        await UntilAsync(() => server.Connections.Count == 1);
        Assert.Equal(busy.Id, server.Connections[0].Peer);
        Assert.Null(busyConnection.EndReason);
    }

    [Fact]
    public async Task An_idle_connection_costs_less_than_60_kB()
    {
        const int Warm = 50, Count = 200;
        var server = await StartAsync(new() { MaxConnectionsPerAddress = 1000, MaxUpgrades = 1000 });
        // Enough of them first to fill the pools that all share.
        var clients = new List<ThreadsPeer>();
        for (var i = 0; i < Warm + Count; i++)
        {
            clients.Add(await StartAsync());
        }

        foreach (var client in clients.Take(Warm))
        {
            await client.DialAsync(server.DialableAddresses[0]);
        }

        await SettleAsync(server, Warm);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var client in clients.Skip(Warm))
        {
            await client.DialAsync(server.DialableAddresses[0]);
        }

        await SettleAsync(server, Warm + Count);
        // Both ends are in this process.
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (2 * Count);
        Assert.True(each <= 60_000, $"{each} bytes");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers)
        {
            await peer.DisposeAsync();
        }
    }

    private static async Task SettleAsync(ThreadsPeer server, int count)
    {
        await UntilAsync(() => server.Connections.Count == count && server.Connections.All(c => c.Protocols.Count > 0));
        await Task.Delay(2000);
    }

    private static async Task AssertClosedByOtherAsync(ThreadsPeer client, ThreadsPeer server, Multiaddress? address = null)
    {
        try
        {
            var connection = await client.DialAsync(address ?? server.DialableAddresses[0]);
            await connection.Closed.WaitAsync(Limit);
            Assert.Equal(ThreadsPeerErrorCode.ConnectionClosed, connection.EndReason!.ErrorCode);
        }
        catch (ThreadsPeerException e)
        {
            Assert.NotEqual(ThreadsPeerErrorCode.None, e.ErrorCode);
        }
    }

    private async Task<ThreadsPeer> StartAsync(ThreadsPeerOptions? options = null)
    {
        options ??= new();
        _peers.Add(await ThreadsPeer.StartAsync(options.Listen.Count > 0 ? options : options with { Listen = ["/ip4/127.0.0.1/tcp/0"] }));
        return _peers[^1];
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 3000 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }

    private sealed class Waiting : IProtocolHandler
    {
        public string Protocol => "/wait/1";

        public Task HandleAsync(PeerStream stream, CancellationToken cancellationToken) => stream.CopyToAsync(Stream.Null, cancellationToken);
    }
}
