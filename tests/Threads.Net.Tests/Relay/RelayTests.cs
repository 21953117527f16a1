using Google.Protobuf;
using Threads.Data.Identity;
using Threads.Net.OracleHost;
using Threads.Net.Protobuf;
using Threads.Net.Relay;
using Threads.Net.Wire;

namespace Threads.Net.Tests.Relay;

/// <summary>Circuit relay v2: places, limits, vouchers, refusals.</summary>
public sealed class RelayTests : IAsyncDisposable
{
    private const string Echo = "/threads/oracle/echo/1.0.0";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly RelayOptions Unlimited = new() { CircuitBytes = null, CircuitTime = null };

    private readonly List<ThreadsPeer> _peers = [];

    [Fact]
    public async Task A_peer_without_a_door_is_reached_through_its_relay_and_proves_who_it_is()
    {
        var relay = await RelayAsync(new());
        var waiting = await WaitingAsync(relay);
        Assert.Contains("p2p-circuit", Assert.Single(waiting.Addresses).ToString(), StringComparison.Ordinal);
        var dialer = await StartAsync(new());
        var connection = await dialer.DialAsync(waiting.DialableAddresses[0]);
        Assert.Equal(waiting.Id, connection.Peer);
        Assert.True(connection is { IsRelayed: true, IsLimited: true });
        Assert.True(await dialer.PingAsync(waiting.Id) > TimeSpan.Zero);
        await UntilAsync(() => waiting.FindConnection(dialer.Id) is { IsLimited: true, IsRelayed: true, Protocols.Count: > 0 });
        // What has to last does not run on it.
        var e = await Assert.ThrowsAsync<ThreadsPeerException>(() => EchoAsync(connection, 10));
        Assert.Contains(e.ErrorCode, new[] { ThreadsPeerErrorCode.ProtocolNotSupported, ThreadsPeerErrorCode.StreamReset });

        await connection.DisposeAsync();
        await UntilAsync(() => waiting.FindConnection(dialer.Id) is null);
        Assert.NotNull(waiting.FindConnection(relay.Id));
    }

    [Fact]
    public async Task Through_a_relay_without_limits_everything_runs()
    {
        var relay = await RelayAsync(Unlimited);
        var waiting = await WaitingAsync(relay);
        var dialer = await StartAsync(new());
        var connection = await dialer.DialAsync(waiting.DialableAddresses[0]);
        Assert.True(connection is { IsRelayed: true, IsLimited: false });
        Assert.Equal(3_000_000, await EchoAsync(connection, 3_000_000));
        await Task.WhenAll(Enumerable.Range(1, 20).Select(i => EchoAsync(connection, i * 1000)));
    }

    [Fact]
    public async Task A_connection_that_has_used_up_its_bytes_or_its_time_is_cut_and_the_place_stays()
    {
        var time = new ManualTime();
        var relay = await RelayAsync(new() { CircuitBytes = 20_000, CircuitTime = TimeSpan.FromSeconds(60) }, time);
        var waiting = await WaitingAsync(relay);
        waiting.AddHandler(new OnLimited());
        var dialer = await StartAsync(new());
        var connection = await dialer.DialAsync(waiting.DialableAddresses[0]);
        await using var stream = await connection.OpenStreamAsync("/limited/1");
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                await stream.WriteAsync(new byte[10_000]);
                await stream.ReadExactlyAsync(new byte[10_000]);
            }
        });
        await connection.Closed.WaitAsync(Limit);

        var second = await dialer.DialAsync(waiting.DialableAddresses[0]);
        time.Advance(TimeSpan.FromSeconds(61));
        await second.Closed.WaitAsync(Limit);
        Assert.NotNull(waiting.FindConnection(relay.Id));
    }

    [Fact]
    public async Task Whoever_has_no_place_is_not_reached_and_the_relay_says_so()
    {
        var relay = await RelayAsync(new());
        var (stranger, dialer) = (await StartAsync(new()), await StartAsync(new()));
        await stranger.DialAsync(relay.DialableAddresses[0]);
        var e = await Assert.ThrowsAsync<ThreadsPeerException>(() => dialer.DialAsync(Through(relay, stranger)));
        Assert.Equal(ThreadsPeerErrorCode.RelayRefused, e.ErrorCode);
        Assert.Contains("NoReservation", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Places_and_connections_have_limits()
    {
        var relay = await RelayAsync(new() { MaxReservations = 1, MaxCircuits = 1 });
        var first = await WaitingAsync(relay);
        var second = await StartAsync(new() { Listen = [$"{relay.DialableAddresses[0]}/p2p-circuit"] });
        Assert.Empty(second.Addresses);
        await (await StartAsync(new())).DialAsync(first.DialableAddresses[0]);
        var late = await StartAsync(new());
        var e = await Assert.ThrowsAsync<ThreadsPeerException>(() => late.DialAsync(first.DialableAddresses[0]));
        Assert.Contains("ResourceLimitExceeded", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_relays_nothing_is_no_relay()
    {
        var plain = await StartAsync(new() { Listen = ["/ip4/127.0.0.1/tcp/0"] });
        var (dialer, wanted) = (await StartAsync(new()), await StartAsync(new()));
        var e = await Assert.ThrowsAsync<ThreadsPeerException>(() => dialer.DialAsync(Through(plain, wanted)));
        Assert.Equal(ThreadsPeerErrorCode.ProtocolNotSupported, e.ErrorCode);
    }

    [Fact]
    public async Task No_place_and_no_connection_over_a_connection_that_is_itself_relayed()
    {
        var outer = await RelayAsync(Unlimited);
        var inner = await WaitingAsync(outer, new() { Relay = Unlimited });
        var dialer = await StartAsync(new());
        await dialer.DialAsync(inner.DialableAddresses[0]);
        foreach (var message in new[] { new RelayHop { Type = (uint)HopType.Reserve }, new RelayHop { Type = (uint)HopType.Connect, Peer = new() { Id = ByteString.CopyFrom(outer.Id.Bytes) } } })
        {
            Assert.Equal((uint)RelayStatus.PermissionDenied, (await AskAsync(dialer.FindConnection(inner.Id)!, message.ToByteArray())).Status);
        }
    }

    [Fact]
    public async Task Somebody_else_than_was_dialed_is_refused_though_the_relay_lies()
    {
        var relay = await RelayAsync(new());
        var waiting = await WaitingAsync(relay);
        var dialer = await StartAsync(new());
        // A relay that brings another peer than the one asked for.
        var liar = await StartAsync(new() { Listen = ["/ip4/127.0.0.1/tcp/0"] });
        liar.AddHandler(new LyingRelay(liar, waiting.DialableAddresses[0]));
        var e = await Assert.ThrowsAsync<ThreadsPeerException>(() => dialer.DialAsync(Through(liar, relay)));
        Assert.NotEqual(ThreadsPeerErrorCode.None, e.ErrorCode);
        Assert.Null(dialer.FindConnection(relay.Id));
    }

    [Fact]
    public async Task A_place_is_asked_for_again_before_its_time_and_after_the_connection_was_lost()
    {
        var time = new ManualTime();
        var relay = await RelayAsync(new() { ReservationTime = TimeSpan.FromMinutes(10) }, time);
        var waiting = await WaitingAsync(relay, new() { TimeProvider = time });
        for (var i = 0; i < 40; i++)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.Delay(20);
        }

        var dialer = await StartAsync(new());
        Assert.Equal(waiting.Id, (await dialer.DialAsync(waiting.DialableAddresses[0])).Peer);

        await relay.FindConnection(waiting.Id)!.DisposeAsync();
        await UntilAsync(() => waiting.Addresses.Count == 0 || waiting.FindConnection(relay.Id) is null);
        for (var i = 0; i < 3000 && waiting.Addresses.Count == 0; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10);
        }

        Assert.Single(waiting.Addresses);
    }

    [Theory]
    [InlineData("", RelayStatus.UnexpectedMessage)] // without a type
    [InlineData("0802", RelayStatus.UnexpectedMessage)] // an answer that nobody asked for
    [InlineData("0863", RelayStatus.UnexpectedMessage)] // an unknown type
    [InlineData("0801", RelayStatus.MalformedMessage)] // a connection to nobody
    [InlineData("080112040a02ffff", RelayStatus.MalformedMessage)] // a peer id that is none
    [InlineData("ffffffff", RelayStatus.MalformedMessage)]
    public async Task A_malformed_message_is_answered_by_its_status(string hex, object status)
    {
        var relay = await RelayAsync(new());
        var dialer = await StartAsync(new());
        Assert.Equal((uint)(RelayStatus)status, (await AskAsync(await dialer.DialAsync(relay.DialableAddresses[0]), Convert.FromHexString(hex))).Status);
    }

    [Fact]
    public async Task A_relay_that_brings_somebody_unasked_is_denied()
    {
        var (relay, peer) = (await StartAsync(new()), await StartAsync(new() { Listen = ["/ip4/127.0.0.1/tcp/0"] }));
        var connection = await relay.DialAsync(peer.DialableAddresses[0]);
        await using var stream = await connection.OpenStreamAsync(RelayMessages.StopId);
        await RelayMessages.WriteAsync(stream, new RelayStop { Type = (uint)StopType.Connect, Peer = new() { Id = ByteString.CopyFrom(relay.Id.Bytes) } }, default);
        Assert.Equal((uint)RelayStatus.PermissionDenied, (await RelayMessages.ReadAsync(stream, RelayStop.Parser, default)).Status);
    }

    [Theory]
    [InlineData("/p2p-circuit/p2p/12D3KooWNW98jY6oC8EEaFFbYCc24HPRaNAJaEY7eiAvspiAgFak")]
    [InlineData("/ip4/127.0.0.1/tcp/1/p2p/12D3KooWNW98jY6oC8EEaFFbYCc24HPRaNAJaEY7eiAvspiAgFak/p2p-circuit")]
    [InlineData("/ip4/127.0.0.1/tcp/1/p2p/12D3KooWNW98jY6oC8EEaFFbYCc24HPRaNAJaEY7eiAvspiAgFak/p2p-circuit/tcp/5")]
    public async Task An_address_that_is_none_at_a_relay_is_refused_by_name(string address)
    {
        var dialer = await StartAsync(new());
        var e = await Assert.ThrowsAsync<ThreadsPeerException>(() => dialer.DialAsync(address));
        Assert.Equal(ThreadsPeerErrorCode.UnsupportedAddress, e.ErrorCode);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in Enumerable.Reverse(_peers))
        {
            await peer.DisposeAsync();
        }
    }

    private static async Task<RelayHop> AskAsync(PeerConnection connection, byte[] message)
    {
        await using var stream = await connection.OpenStreamAsync(RelayMessages.HopId);
        await stream.WriteAsync(LengthPrefixed.Frame(message));
        await stream.CompleteWritesAsync();
        return await RelayMessages.ReadAsync(stream, RelayHop.Parser, default).AsTask().WaitAsync(Limit);
    }

    private static Multiaddress Through(ThreadsPeer relay, ThreadsPeer to) => relay.DialableAddresses[0].Append(Multiaddress.Parse($"/p2p-circuit/p2p/{to.Id}"));

    private static async Task<int> EchoAsync(PeerConnection connection, int size)
    {
        await using var stream = await connection.OpenStreamAsync(Echo);
        var writing = stream.WriteAsync(new byte[size]).AsTask();
        var back = new byte[size];
        await stream.ReadExactlyAsync(back).AsTask().WaitAsync(Limit);
        await writing;
        return back.Length;
    }

    private Task<ThreadsPeer> RelayAsync(RelayOptions options, TimeProvider? time = null) =>
        StartAsync(new() { Listen = ["/ip4/127.0.0.1/tcp/0"], Relay = options, TimeProvider = time ?? TimeProvider.System });

    private async Task<ThreadsPeer> WaitingAsync(ThreadsPeer relay, ThreadsPeerOptions? options = null)
    {
        var peer = await StartAsync((options ?? new()) with { Listen = [$"{relay.DialableAddresses[0]}/p2p-circuit"] });
        Assert.Single(peer.Addresses);
        peer.AddHandler(OracleProtocol.All[0]);
        return peer;
    }

    private async Task<ThreadsPeer> StartAsync(ThreadsPeerOptions options)
    {
        _peers.Add(await ThreadsPeer.StartAsync(options with { Gossip = null }));
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

    private sealed class OnLimited : IProtocolHandler
    {
        public string Protocol => "/limited/1";

        public bool RunsOnLimitedConnections => true;

        public Task HandleAsync(PeerStream stream, CancellationToken cancellationToken) => stream.CopyToAsync(stream, cancellationToken);
    }

    private sealed class LyingRelay(ThreadsPeer self, Multiaddress instead) : IProtocolHandler
    {
        public string Protocol => RelayMessages.HopId;

        public async Task HandleAsync(PeerStream stream, CancellationToken cancellationToken)
        {
            await RelayMessages.ReadAsync(stream, RelayHop.Parser, cancellationToken);
            await RelayMessages.WriteAsync(stream, RelayMessages.Answer(RelayStatus.Ok), cancellationToken);
            var other = await self.DialAsync(instead, cancellationToken);
            await using var onward = await other.OpenStreamAsync(Echo, cancellationToken);
            await Task.WhenAny(stream.CopyToAsync(onward, cancellationToken), onward.CopyToAsync(stream, cancellationToken));
        }
    }
}
