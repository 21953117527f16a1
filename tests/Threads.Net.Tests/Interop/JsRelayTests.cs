using Threads.Data.Identity;

namespace Threads.Net.Tests.Interop;

/// <summary>Circuit relay v2 with js-libp2p in each of the three places.</summary>
public sealed class JsRelayTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task We_keep_a_place_at_a_js_relay_and_are_dialed_through_it_by_js_and_by_us()
    {
        SkipWithoutRelay();
        await using var relay = NodeOracle.Start("relay.mjs", "serve");
        var address = (string)(await relay.ReadAsync(Limit))!["address"]!;
        await using var waiting = await ThreadsPeer.StartAsync(new() { Listen = [$"{address}/p2p-circuit"], Gossip = null });
        var there = Assert.Single(waiting.DialableAddresses);

        await using var js = NodeOracle.Start("relay.mjs", "dial", there.ToString());
        var pinged = await js.ReadAsync(Limit);
        Assert.True(pinged is not null, js.ErrorText);
        Assert.Equal(waiting.Id.ToString(), (string)pinged["peer"]!);
        Assert.True((bool)pinged["limited"]!);

        await using var dialer = await ThreadsPeer.StartAsync(new() { Gossip = null });
        Assert.True((await dialer.DialAsync(there)).IsLimited);
        Assert.True(await dialer.PingAsync(waiting.Id) > TimeSpan.Zero);
    }

    [SkippableFact]
    public async Task Js_keeps_a_place_at_our_relay_and_is_dialed_through_it_by_us_and_by_js()
    {
        SkipWithoutRelay();
        await using var relay = await ThreadsPeer.StartAsync(new() { Listen = ["/ip4/127.0.0.1/tcp/0"], Relay = new() });
        await using var js = NodeOracle.Start("relay.mjs", "wait", relay.DialableAddresses[0].ToString());
        var ready = await js.ReadAsync(Limit);
        var there = Multiaddress.Parse((string)ready!["address"]!);

        await using var dialer = await ThreadsPeer.StartAsync(new() { Gossip = null });
        var connection = await dialer.DialAsync(there);
        Assert.Equal((string)ready["peer"]!, connection.Peer.ToString());
        Assert.True(connection is { IsRelayed: true, IsLimited: true });
        Assert.True(await dialer.PingAsync(connection.Peer) > TimeSpan.Zero);

        await using var other = NodeOracle.Start("relay.mjs", "dial", there.ToString());
        var pinged = await other.ReadAsync(Limit);
        Assert.Equal((string)ready["peer"]!, (string)pinged!["peer"]!);
    }

    private static void SkipWithoutRelay() =>
        Skip.IfNot(File.Exists(Path.Combine(NodeOracle.Folder, "relay.mjs")) && Directory.Exists(Path.Combine(NodeOracle.Folder, "node_modules", "@libp2p", "circuit-relay-v2")), "js-libp2p's relay is not installed: .ci/interop does it.");
}
