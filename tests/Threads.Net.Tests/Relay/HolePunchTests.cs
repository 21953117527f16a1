using Threads.Net.OracleHost;
using Threads.Net.Protobuf;
using Threads.Net.Relay;

namespace Threads.Net.Tests.Relay;

/// <summary>From a relayed connection to a direct one (DCUtR). Without a NAT at hand one side always has an address that the other can dial.</summary>
public sealed class HolePunchTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly List<ThreadsPeer> _peers = [];

    [Fact]
    public async Task Whoever_was_dialed_through_a_relay_dials_back_directly_and_everything_runs_on_that()
    {
        var relay = await StartAsync("/ip4/127.0.0.1/tcp/0", new());
        var waiting = await StartAsync($"{relay.DialableAddresses[0]}/p2p-circuit");
        var dialer = await StartAsync("/ip4/127.0.0.1/tcp/0");
        Assert.True((await dialer.DialAsync(waiting.DialableAddresses[0])).IsLimited);
        await UntilAsync(() => dialer.FindConnection(waiting.Id) is { IsRelayed: false, IsOutbound: false });
        await EchoAsync(dialer.FindConnection(waiting.Id)!);
        await EchoAsync(waiting.FindConnection(dialer.Id)!);
    }

    [Fact]
    public async Task Both_tell_their_addresses_and_dial_at_a_sign_when_the_one_that_dialed_has_none()
    {
        var relay = await StartAsync("/ip4/127.0.0.1/tcp/0", new());
        var waiting = await StartAsync($"{relay.DialableAddresses[0]}/p2p-circuit");
        await waiting.ListenAsync(Data.Identity.Multiaddress.Parse("/ip4/127.0.0.1/tcp/0"));
        var dialer = await StartAsync(null);
        var through = waiting.DialableAddresses.First(a => a.ToString().Contains("p2p-circuit", StringComparison.Ordinal));
        Assert.True((await dialer.DialAsync(through)).IsLimited);
        await UntilAsync(() => dialer.FindConnection(waiting.Id) is { IsRelayed: false, IsOutbound: true });
        await EchoAsync(dialer.FindConnection(waiting.Id)!);
    }

    [Fact]
    public async Task A_sign_before_the_addresses_is_refused_by_name()
    {
        var log = new Hostile.RefusalLog();
        var peer = await ThreadsPeer.StartAsync(new() { Listen = ["/ip4/127.0.0.1/tcp/0"], Gossip = null, LoggerFactory = log });
        _peers.Add(peer);
        var attacker = await StartAsync(null);
        await using var stream = await (await attacker.DialAsync(peer.DialableAddresses[0])).OpenStreamAsync(HolePunch.Id);
        await RelayMessages.WriteAsync(stream, new HolePunchMessage { Type = 300 }, default);
        Assert.NotEqual("", (await log.WaitAsync(ThreadsPeerErrorCode.MessageMalformed)).Message);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in Enumerable.Reverse(_peers))
        {
            await peer.DisposeAsync();
        }
    }

    private async Task<ThreadsPeer> StartAsync(string? listen, RelayOptions? relay = null)
    {
        var peer = await ThreadsPeer.StartAsync(new() { Listen = listen is null ? [] : [listen], Relay = relay, Gossip = null });
        peer.AddHandler(OracleProtocol.All[0]);
        _peers.Add(peer);
        return peer;
    }

    private static async Task EchoAsync(PeerConnection connection)
    {
        await using var stream = await connection.OpenStreamAsync("/threads/oracle/echo/1.0.0");
        await stream.WriteAsync(new byte[100]);
        await stream.ReadExactlyAsync(new byte[100]).AsTask().WaitAsync(Limit);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 3000 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }
}
