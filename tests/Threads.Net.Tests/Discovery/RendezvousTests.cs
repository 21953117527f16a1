using Google.Protobuf;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Discovery;
using Threads.Net.Protobuf;
using Threads.Net.Protocols;
using Threads.Net.Wire;
using Status = Threads.Net.Protobuf.Rendezvous.Types.ResponseStatus;

namespace Threads.Net.Tests.Discovery;

/// <summary>T-NET-11: peers that meet at a point both know.</summary>
public sealed class RendezvousTests : IAsyncDisposable
{
    private static readonly Multiaddress Address = Multiaddress.Parse("/ip4/127.0.0.1/tcp/4006");

    private readonly List<ThreadsPeer> _peers = [];
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Two_peers_that_know_only_the_point_meet_each_other()
    {
        var point = await StartAsync(new RendezvousOptions());
        var (a, b, stranger) = (await StartAsync(), await StartAsync(), await StartAsync());
        foreach (var (peer, name) in new[] { (a, "notes"), (b, "notes"), (stranger, "other") })
        {
            await peer.DiscoverAsync(new RendezvousDiscovery(peer, point.DialableAddresses[0], name, TimeSpan.FromMilliseconds(100)));
        }

        await UntilAsync(() => a.FindConnection(b.Id) is not null && b.FindConnection(a.Id) is not null);
        Assert.Null(a.FindConnection(stranger.Id));
    }

    [Fact]
    public async Task A_point_that_comes_later_is_asked_again()
    {
        var first = await StartAsync(new RendezvousOptions());
        var (address, there) = (first.Addresses[0], first.DialableAddresses[0]);
        await first.DisposeAsync();
        var (a, b) = (await StartAsync(), await StartAsync());
        // Without the peer's id: it comes back as another.
        Assert.NotNull(there.Peer);
        await a.DiscoverAsync(new RendezvousDiscovery(a, address, "n", TimeSpan.FromMilliseconds(200)));
        await b.DiscoverAsync(new RendezvousDiscovery(b, address, "n", TimeSpan.FromMilliseconds(200)));
        await StartAsync(new RendezvousOptions(), address.ToString());
        await UntilAsync(() => a.FindConnection(b.Id) is not null);
    }

    [Fact]
    public void A_registration_is_told_since_a_cookie_and_forgotten_after_its_time()
    {
        var point = new RendezvousPoint(new() { MaxAnswers = 2 }, new() { TimeProvider = _time });
        for (byte i = 1; i <= 3; i++)
        {
            Assert.Equal(Status.Ok, Register(point, i, "n", i == 3 ? 60u : 7200u).Status);
        }

        Assert.Equal(Status.Ok, Register(point, 4, "other", 0).Status);
        var first = point.Discover(new() { Ns = "n" });
        Assert.Equal(2, first.Registrations.Count);
        var second = point.Discover(new() { Ns = "n", Cookie = first.Cookie });
        Assert.Single(second.Registrations);
        Assert.Empty(point.Discover(new() { Ns = "n", Cookie = second.Cookie }).Registrations);
        Assert.Equal(Status.EInvalidCookie, point.Discover(new() { Ns = "other", Cookie = second.Cookie }).Status);
        Assert.Equal(Status.EInvalidCookie, point.Discover(new() { Ns = "n", Cookie = ByteString.CopyFrom(1) }).Status);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Empty(point.Discover(new() { Ns = "n", Cookie = first.Cookie }).Registrations);
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Empty(point.Discover(new() { Ns = "n" }).Registrations);
    }

    [Fact]
    public void What_is_wrong_with_a_registration_is_named()
    {
        var point = new RendezvousPoint(new() { MaxRegistrationsPerPeer = 1, MaxRegistrations = 2 }, new() { TimeProvider = _time });
        Assert.Equal(Status.EInvalidNamespace, Register(point, 1, "", 0).Status);
        Assert.Equal(Status.EInvalidNamespace, Register(point, 1, new('x', 256), 0).Status);
        Assert.Equal(Status.EInvalidTtl, Register(point, 1, "n", 100 * 3600).Status);
        // Another's addresses, and none at all.
        Assert.Equal(Status.EInvalidSignedPeerRecord, point.Register(Peer(2), new() { Ns = "n", SignedPeerRecord = Record(1) }).Status);
        Assert.Equal(Status.EInvalidSignedPeerRecord, point.Register(Peer(1), new() { Ns = "n" }).Status);
        Assert.Equal(Status.Ok, Register(point, 1, "n", 0).Status);
        Assert.Equal(Status.Ok, Register(point, 1, "n", 0).Status);
        Assert.Equal(Status.EUnavailable, Register(point, 1, "second", 0).Status);
        Assert.Equal(Status.Ok, Register(point, 2, "n", 0).Status);
        Assert.Equal(Status.EUnavailable, Register(point, 3, "n", 0).Status);
    }

    [Fact]
    public async Task A_malformed_message_resets_its_stream_by_name()
    {
        var log = new Hostile.RefusalLog();
        var point = await ThreadsPeer.StartAsync(new() { Listen = ["/ip4/127.0.0.1/tcp/0"], Rendezvous = new(), Gossip = null, LoggerFactory = log });
        _peers.Add(point);
        var attacker = await StartAsync();
        var connection = await attacker.DialAsync(point.DialableAddresses[0]);
        foreach (var bytes in new byte[][] { [0xFF, 0xFF], [], [0x08, 0x04], [0x08, 0x63] })
        {
            log.Clear();
            var stream = await connection.OpenStreamAsync(RendezvousPoint.Id);
            await stream.WriteAsync(LengthPrefixed.Frame(bytes));
            await log.WaitAsync(ThreadsPeerErrorCode.MessageMalformed);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in Enumerable.Reverse(_peers))
        {
            await peer.DisposeAsync();
        }
    }

    private static Ed25519PrivateKey Key(byte value) => new([.. Enumerable.Repeat(value, 32)]);

    private static PeerId Peer(byte value)
    {
        using var key = Key(value);
        return PeerId.FromPublicKey(key.PublicKey);
    }

    private ByteString Record(byte value)
    {
        using var key = Key(value);
        return ByteString.CopyFrom(PeerRecords.Seal(key, [Address], _time.GetUtcNow()));
    }

    private Protobuf.Rendezvous.Types.RegisterResponse Register(RendezvousPoint point, byte peer, string name, uint seconds) =>
        point.Register(Peer(peer), new() { Ns = name, Ttl = seconds, SignedPeerRecord = Record(peer) });

    private async Task<ThreadsPeer> StartAsync(RendezvousOptions? rendezvous = null, string listen = "/ip4/127.0.0.1/tcp/0")
    {
        _peers.Add(await ThreadsPeer.StartAsync(new() { Listen = [listen], Rendezvous = rendezvous, Gossip = null, DialBackOff = TimeSpan.FromMilliseconds(50) }));
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
}
