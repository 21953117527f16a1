using Google.Protobuf;
using Threads.Net.Protobuf;
using Threads.Net.Wire;
using Threads.Net.Yamux;

namespace Threads.Net.Tests.Hostile;

/// <summary>Peers that are connected in order and then lie on their streams: the stream is reset by name, a peer that goes on is left, nobody else notices.</summary>
[Collection(nameof(Alone))]
public sealed class StreamAttackTests
{
    private const string Push = "/ipfs/id/push/1.0.0";
    private const string Gossip = "/meshsub/1.1.0";
    private const string Sync = "/threads/sync/1.0.0";
    private static readonly byte[] Garbage = [.. LengthPrefixed.Frame([0xFF, 0xFF, 0xFF, 0xFF])];

    /// <summary>Protocol, what is wrong, the bytes, the refusal.</summary>
    public static TheoryData<string, string, byte[], ThreadsPeerErrorCode> Messages
    {
        get
        {
            var data = new TheoryData<string, string, byte[], ThreadsPeerErrorCode>();
            foreach (var protocol in new[] { Push, Gossip, Sync })
            {
                data.Add(protocol, "malformed", Garbage, ThreadsPeerErrorCode.MessageMalformed);
                data.Add(protocol, "truncated", [100, 1, 2, 3], ThreadsPeerErrorCode.MessageMalformed);
                data.Add(protocol, "oversized", [0xFF, 0xFF, 0xFF, 0xFF, 0x7F], ThreadsPeerErrorCode.MessageTooLarge);
                data.Add(protocol, "a length without end", [.. Enumerable.Repeat((byte)0xFF, 64)], ThreadsPeerErrorCode.MessageTooLarge);
                data.Add(protocol, "a length that is not minimal", [0x80, 0x00], ThreadsPeerErrorCode.MessageMalformed);
            }

            data.Add(Push, "somebody else's key", LengthPrefixed.Frame(new Identify { PublicKey = ByteString.CopyFrom([8, 1, 0x12, 0x20, .. new byte[32]]) }.ToByteArray()), ThreadsPeerErrorCode.WrongPeer);
            data.Add(Push, "nothing", [], ThreadsPeerErrorCode.MessageMalformed);
            data.Add(Sync, "heads before a hello", LengthPrefixed.Frame(new SyncFrame { Heads = new Heads { Heads_ = "!" } }.ToByteArray()), ThreadsPeerErrorCode.MessageMalformed);
            data.Add(Sync, "a length beyond 31 bits", LengthPrefixed.Frame(Convert.FromHexString("1AFFFFFFFFF7B9FFFF6F75")), ThreadsPeerErrorCode.MessageMalformed);
            data.Add(Sync, "no frame kind", LengthPrefixed.Frame([]), ThreadsPeerErrorCode.MessageMalformed);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task A_message_that_is_wrong_resets_its_stream_by_name(string protocol, string what, byte[] bytes, ThreadsPeerErrorCode code)
    {
        await using var victim = await Victim.StartAsync();
        var (attacker, connection) = await victim.DialByPeerAsync();
        var side = await victim.SideAsync(attacker.Id);
        var stream = await connection.OpenStreamAsync(protocol);
        try
        {
            await stream.WriteAsync(bytes);
            await stream.CompleteWritesAsync();
        }
        catch (ThreadsPeerException e)
        {
            Assert.Equal(ThreadsPeerErrorCode.StreamReset, e.ErrorCode);
        }

        Assert.NotEqual("", (await victim.Log.WaitAsync(code)).Message);
        Assert.True(side.EndReason is null, $"{protocol}: {what}");
        await victim.AssertOthersUnaffectedAsync(dialsAnew: false);
    }

    [Theory]
    [InlineData(Push)]
    [InlineData(Gossip)]
    [InlineData(Sync)]
    public async Task A_peer_that_sends_malformed_messages_again_and_again_is_left(string protocol)
    {
        await using var victim = await Victim.StartAsync(o => o with { MaxOffensesPerMinute = 5 });
        var (attacker, connection) = await victim.DialByPeerAsync();
        var side = await victim.SideAsync(attacker.Id);
        for (var i = 0; i < 50 && side.EndReason is null; i++)
        {
            try
            {
                var stream = await connection.OpenStreamAsync(protocol);
                await stream.WriteAsync(Garbage);
                await stream.CompleteWritesAsync();
                await stream.CopyToAsync(Stream.Null);
            }
            catch (IOException e)
            {
                Assert.NotEqual("", e.Message);
            }
        }

        await side.Closed.WaitAsync(Victim.Limit);
        Assert.Equal(ThreadsPeerErrorCode.Misbehaved, side.EndReason!.ErrorCode);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Fact]
    public async Task A_peer_whose_streams_never_negotiate_in_order_is_left()
    {
        await using var victim = await Victim.StartAsync(o => o with { MaxOffensesPerMinute = 5 });
        var (raw, self) = await victim.SecureAsync();
        var side = await victim.SideAsync(self);
        for (var i = 0; i < 6; i++)
        {
            await raw.SendDataAsync(1 + (2u * (uint)i), Garbage, YamuxFlags.Syn);
        }

        Assert.Equal(1u, await raw.GoAwayAsync());
        Assert.Equal(ThreadsPeerErrorCode.Misbehaved, side.EndReason!.ErrorCode);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Theory]
    [InlineData(Push)]
    [InlineData(Sync)]
    [InlineData(null)]
    public async Task A_message_of_one_byte_a_second_is_cut_off_after_its_time(string? protocol)
    {
        var time = new ManualTime();
        await using var victim = await Victim.StartAsync(o => o with { TimeProvider = time });
        // The attacker keeps an hour for itself.
        var (_, connection) = await victim.DialByPeerAsync(new() { Gossip = null, NegotiationTimeout = TimeSpan.FromHours(1) });
        var reading = protocol is null ? StallNegotiationAsync(connection) : StallMessageAsync(connection, protocol);
        for (var i = 0; i < 60 && !reading.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }

        await Assert.ThrowsAnyAsync<IOException>(() => reading.WaitAsync(Victim.Limit));
        await victim.AssertOthersUnaffectedAsync();

        static async Task StallMessageAsync(PeerConnection connection, string protocol)
        {
            var stream = await connection.OpenStreamAsync(protocol);
            await stream.WriteAsync((byte[])[100, 1]);
            await stream.ReadExactlyAsync(new byte[1]);
        }

        static async Task StallNegotiationAsync(PeerConnection connection) => await connection.OpenStreamAsync(["/no/1", .. Enumerable.Repeat("/no/2", 3), "/no" + new string('x', 5000)]);
    }

    [Fact]
    public async Task Announcing_long_messages_costs_the_announcer_what_it_costs_us()
    {
        await using var victim = await Victim.StartAsync();
        var (_, connection) = await victim.DialByPeerAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        // A megabyte announced on each of fifty streams, 100 bytes sent.
        for (var i = 0; i < 50; i++)
        {
            var stream = await connection.OpenStreamAsync(Sync);
            await stream.WriteAsync((byte[])[0xFF, 0xFF, 0x3F, .. new byte[100]]);
        }

        await Task.Delay(200);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 16 * 1024 * 1024);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Fact]
    public async Task Pings_without_end_are_answered_and_a_ping_that_stops_halfway_holds_nothing_up()
    {
        await using var victim = await Victim.StartAsync();
        var (_, connection) = await victim.DialByPeerAsync();
        var half = await connection.OpenStreamAsync("/ipfs/ping/1.0.0");
        await half.WriteAsync(new byte[31]);
        var endless = await connection.OpenStreamAsync("/ipfs/ping/1.0.0");
        for (var i = 0; i < 100; i++)
        {
            await endless.WriteAsync(new byte[32]);
            await endless.ReadExactlyAsync(new byte[32]);
        }

        // Two at a time are served; a third is reset.
        var third = await connection.OpenStreamAsync("/ipfs/ping/1.0.0");
        await third.WriteAsync(new byte[32]);
        await Assert.ThrowsAsync<ThreadsPeerException>(() => third.ReadExactlyAsync(new byte[32]).AsTask());
        await victim.AssertOthersUnaffectedAsync();
    }

    [Fact]
    public async Task A_peer_that_describes_itself_without_end_is_refused_by_name()
    {
        await using var victim = await Victim.StartAsync();
        var (attacker, connection) = await victim.DialByPeerAsync();
        var side = await victim.SideAsync(attacker.Id);
        for (var i = 0; i < 200 && side.EndReason is null; i++)
        {
            try
            {
                await using var stream = await connection.OpenStreamAsync(Push);
                await stream.WriteAsync(LengthPrefixed.Frame(new Identify { AgentVersion = $"{i}" }.ToByteArray()));
                await stream.CompleteWritesAsync();
                await stream.CopyToAsync(Stream.Null);
            }
            catch (IOException e)
            {
                Assert.NotEqual("", e.Message);
            }
        }

        await side.Closed.WaitAsync(Victim.Limit);
        Assert.Equal(ThreadsPeerErrorCode.Misbehaved, side.EndReason!.ErrorCode);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Theory]
    [InlineData("malformed")]
    [InlineData("endless")]
    [InlineData("silent")]
    public async Task A_dialer_whose_identify_is_wrong_is_still_a_connection_without_protocols(string what)
    {
        var time = new ManualTime();
        await using var victim = await Victim.StartAsync(o => o with { TimeProvider = time });
        await using var attacker = await ThreadsPeer.StartAsync(new() { Gossip = null });
        attacker.RemoveHandler("/ipfs/id/1.0.0");
        attacker.AddHandler(new Lying(what));
        var connection = await attacker.DialAsync(victim.Peer.DialableAddresses[0]);
        var side = await victim.SideAsync(attacker.Id);
        for (var i = 0; i < 30 && side.StreamCount > 0; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10);
        }

        Assert.Empty(side.Protocols);
        Assert.Null(side.EndReason);
        await using var echo = await connection.OpenStreamAsync("/threads/oracle/echo/1.0.0");
        await victim.AssertOthersUnaffectedAsync();
    }

    [Fact]
    public async Task A_gossip_peer_that_reads_nothing_costs_a_bounded_queue()
    {
        await using var victim = await Victim.StartAsync(o => o with { Gossip = new() { MaxWaitingBytes = 256 * 1024 } });
        var (attacker, connection) = await victim.DialByPeerAsync();
        attacker.AddHandler(new Deaf());
        var stream = await connection.OpenStreamAsync(Gossip);
        var hello = new GossipRpc();
        hello.Subscriptions.Add(new GossipRpc.Types.SubOpts { Subscribe = true, Topic = "t" });
        await stream.WriteAsync(LengthPrefixed.Frame(hello.ToByteArray()));
        for (var i = 0; i < 3000 && victim.Peer.Subscribers("t").Count == 0; i++)
        {
            await Task.Delay(10);
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 500; i++)
        {
            Assert.Equal(1, victim.Peer.Publish("t", new byte[100_000]));
        }

        // Fifty megabytes were published; the router's own cache holds them for five heartbeats, the queue does not.
        await Task.Delay(7000);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 16 * 1024 * 1024);
        await victim.AssertOthersUnaffectedAsync();
    }

    private sealed class Lying(string what) : IProtocolHandler
    {
        public string Protocol => "/ipfs/id/1.0.0";

        public async Task HandleAsync(PeerStream stream, CancellationToken cancellationToken)
        {
            for (var i = 0; i < (what == "endless" ? 1000 : 1) && what != "silent"; i++)
            {
                await stream.WriteAsync(what == "endless" ? LengthPrefixed.Frame(new Identify { AgentVersion = new('x', 10_000) }.ToByteArray()) : Garbage, cancellationToken);
            }

            await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, cancellationToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }

    private sealed class Deaf : IProtocolHandler
    {
        public string Protocol => Gossip;

        public Task HandleAsync(PeerStream stream, CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }
}
