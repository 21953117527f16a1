using System.Buffers.Binary;
using Google.Protobuf;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Gossip;
using Threads.Net.Protobuf;

namespace Threads.Net.Tests.Gossip;

/// <summary>The state machine by hand: RPCs and heartbeats in, RPCs and deliveries out.</summary>
public sealed class GossipRouterTests : IDisposable
{
    private static readonly GossipOptions Options = new();

    private readonly List<Ed25519PrivateKey> _keys = [];
    private readonly GossipRouter _router;
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public GossipRouterTests() => _router = new(NewKey(), Options, new SeededGenerator(7), 1000);

    [Fact]
    public void A_new_peer_hears_all_our_subscriptions_and_a_subscriber_is_grafted_at_once()
    {
        _router.Subscribe("t", null, _now);
        _router.Subscribe("u", null, _now);
        var peer = Add();
        Assert.Equal(["t", "u"], Taken(peer).SelectMany(r => r.Subscriptions).Select(s => s.Topic).Order());
        Receive(peer, Subscription("t"));
        Assert.Equal(["t"], Taken(peer).SelectMany(r => r.Control?.Graft ?? []).Select(g => g.Topic));
        Assert.Equal([peer], _router.MeshPeers("t"));
    }

    [Fact]
    public void A_mesh_below_its_bound_is_filled_and_above_it_is_cut_at_the_heartbeat()
    {
        var few = Enumerable.Range(0, 20).Select(_ => Add("t")).ToArray();
        _router.Subscribe("t", null, _now);
        Assert.Equal(Options.Degree, _router.MeshPeers("t").Count);
        foreach (var peer in _router.MeshPeers("t").Take(3).ToArray())
        {
            _router.RemovePeer(peer);
        }

        Beat();
        Assert.Equal(Options.Degree, _router.MeshPeers("t").Count);

        // They graft themselves up to the bound and one outbound above it; the next is turned away.
        foreach (var peer in few.Where(p => !_router.MeshPeers("t").Contains(p)).ToArray())
        {
            Receive(peer, Graft("t"));
        }

        Assert.InRange(_router.MeshPeers("t").Count, Options.DegreeHigh, 20);
        var inbound = Add("t", isOutbound: false);
        Taken(inbound);
        Receive(inbound, Graft("t"));
        Assert.Equal("t", Assert.Single(Pruned(inbound)).Topic);
        Beat();
        Assert.True(_router.MeshPeers("t").Count <= Options.DegreeHigh);
    }

    [Fact]
    public void A_cut_mesh_keeps_the_best_and_some_that_we_dialed()
    {
        var options = Options with { DegreeHigh = 7 };
        using var key = Ed25519PrivateKey.Generate(SystemRandomSource.Instance);
        var router = new GossipRouter(key, options, new SeededGenerator(3), 1);
        router.Subscribe("t", null, _now);
        var dialed = new HashSet<PeerId>();
        for (var i = 0; i < 12; i++)
        {
            var peer = PeerId.FromPublicKey(NewKey().PublicKey);
            router.AddPeer(peer, isOutbound: i >= 9);
            dialed.UnionWith(i >= 9 ? [peer] : []);
            router.Receive(peer, Subscription("t").ToByteArray(), _now);
            router.Receive(peer, Graft("t").ToByteArray(), _now);
        }

        router.Heartbeat(_now += TimeSpan.FromSeconds(1));
        Assert.Equal(options.Degree, router.MeshPeers("t").Count);
        Assert.True(router.MeshPeers("t").Count(dialed.Contains) >= options.DegreeOutbound);
    }

    [Fact]
    public void A_pruned_peer_is_not_grafted_before_its_back_off_is_over()
    {
        _router.Subscribe("t", null, _now);
        var peer = Add("t");
        Assert.Contains(peer, _router.MeshPeers("t"));
        Receive(peer, new() { Control = new() { Prune = { new GossipControl.Types.Prune { Topic = "t", Backoff = 20 } } } });
        Taken(peer);
        for (var i = 0; i < 20; i++)
        {
            Beat();
            Assert.Empty(_router.MeshPeers("t"));
        }

        Beat();
        Beat();
        Assert.Equal([peer], _router.MeshPeers("t"));
        Assert.Single(Taken(peer).SelectMany(r => r.Control?.Graft ?? []));
    }

    [Fact]
    public void A_graft_within_the_back_off_is_pruned_and_counts_against_the_peer()
    {
        _router.Subscribe("t", null, _now);
        var peer = Add("t");
        _router.Unsubscribe("t", _now);
        Assert.Equal((ulong)Options.UnsubscribeBackoff.TotalSeconds, Assert.Single(Pruned(peer)).Backoff);
        _router.Subscribe("t", null, _now);
        Assert.Empty(_router.MeshPeers("t"));
        Receive(peer, Graft("t"));
        Assert.Single(Pruned(peer));
        Assert.True(_router.Score(peer) < 0);
        Assert.Empty(_router.MeshPeers("t"));
    }

    [Fact]
    public void A_message_is_delivered_once_and_passed_on_to_the_mesh_but_not_back()
    {
        _router.Subscribe("t", null, _now);
        Add("t");
        var (from, other) = (Add("t"), Add("t"));
        _router.Outgoing.Clear();
        var message = Message("t", [1, 2, 3]);
        Receive(from, Publish(message));
        Receive(other, Publish(message));
        Assert.Equal([1, 2, 3], Assert.Single(_router.Deliveries).Data.ToArray());
        Assert.Empty(Taken(from).SelectMany(r => r.Publish));
        Assert.Equal(message, Assert.Single(Taken(other).SelectMany(r => r.Publish)));
    }

    [Fact]
    public void Our_own_message_that_comes_back_and_one_of_a_topic_we_left_are_not_delivered()
    {
        _router.Subscribe("t", null, _now);
        var peer = Add("t");
        Assert.Equal(1, _router.Publish("t", [9], _now));
        var own = Assert.Single(Taken(peer).SelectMany(r => r.Publish));
        Receive(peer, Publish(own));
        _router.Unsubscribe("t", _now);
        Receive(peer, Publish(Message("t", [1])));
        Assert.Empty(_router.Deliveries);
        Assert.Equal(0, _router.Score(peer));
    }

    [Fact]
    public void The_id_of_a_message_is_forgotten_after_its_time()
    {
        _router.Subscribe("t", null, _now);
        var peer = Add("t");
        var message = Message("t", [1]);
        Receive(peer, Publish(message));
        _now += Options.SeenTime - TimeSpan.FromSeconds(1);
        Receive(peer, Publish(Message("t", [2])));
        Receive(peer, Publish(message));
        Assert.Equal(2, _router.Deliveries.Count);
        _now += TimeSpan.FromSeconds(2);
        Receive(peer, Publish(Message("t", [3])));
        Receive(peer, Publish(message));
        Assert.Equal(4, _router.Deliveries.Count);
    }

    [Fact]
    public void Whoever_is_not_in_the_mesh_hears_of_messages_and_gets_them_at_most_three_times()
    {
        _router.Subscribe("t", null, _now);
        var outside = Add("t");
        Receive(outside, new() { Control = new() { Prune = { new GossipControl.Types.Prune { Topic = "t", Backoff = 600 } } } });
        var author = Add("t");
        var message = Message("t", [5]);
        Receive(author, Publish(message));
        Taken(outside);
        Beat();
        var have = Assert.Single(Taken(outside).SelectMany(r => r.Control?.Ihave ?? []));
        var id = Assert.Single(have.MessageIds);
        for (var i = 0; i < 5; i++)
        {
            Receive(outside, new() { Control = new() { Iwant = { new GossipControl.Types.IWant { MessageIds = { id } } } } });
        }

        var sent = Taken(outside).SelectMany(r => r.Publish).ToArray();
        Assert.Equal(Options.MaxRetransmissions, sent.Length);
        Assert.All(sent, m => Assert.Equal(message, m));

        for (var i = 0; i < Options.HistoryLength; i++)
        {
            Beat();
        }

        var late = Add("t");
        Taken(late);
        Receive(late, new() { Control = new() { Iwant = { new GossipControl.Types.IWant { MessageIds = { id } } } } });
        Assert.Empty(Taken(late).SelectMany(r => r.Publish));
    }

    [Fact]
    public void What_is_announced_and_unknown_is_asked_for_once_and_a_broken_promise_counts()
    {
        _router.Subscribe("t", null, _now);
        var (liar, other) = (Add("t"), Add("t"));
        var (kept, broken) = (Message("t", [1]), Message("t", [2]));
        Receive(liar, Have("t", Id(kept), Id(broken)));
        Assert.Equal(2, Assert.Single(Taken(liar).SelectMany(r => r.Control?.Iwant ?? [])).MessageIds.Count);
        Receive(other, Have("t", Id(kept)));
        Assert.Empty(Taken(other).SelectMany(r => r.Control?.Iwant ?? []));

        Receive(liar, Publish(kept));
        for (var i = 0; i < 3; i++)
        {
            Beat();
        }

        Assert.True(_router.Score(liar) < 0);
        Assert.Equal(0, _router.Score(other));
        // Asked of another, since the promise is broken.
        Receive(other, Have("t", Id(broken)));
        Assert.Single(Taken(other).SelectMany(r => r.Control?.Iwant ?? []));
    }

    [Fact]
    public void Announcements_beyond_the_limits_are_not_taken()
    {
        _router.Subscribe("t", null, _now);
        var peer = Add("t");
        for (var i = 0; i < 3 * Options.MaxIHavePerHeartbeat; i++)
        {
            Receive(peer, Have("t", [.. Enumerable.Range(0, 1000).Select(n => ByteString.CopyFromUtf8($"{i} {n}"))]));
        }

        Assert.Equal(Options.MaxIdsPerHeartbeat, Taken(peer).SelectMany(r => r.Control?.Iwant ?? []).Sum(w => w.MessageIds.Count));
        var other = Add("t");
        Taken(other);
        Receive(other, Have("t", ByteString.CopyFrom(new byte[1000])));
        Receive(other, Have("not ours", ByteString.CopyFrom(new byte[40])));
        Assert.Empty(Taken(other).SelectMany(r => r.Control?.Iwant ?? []));
    }

    [Fact]
    public void Whoever_sends_invalid_messages_leaves_the_mesh_is_ignored_and_is_forgiven_in_time()
    {
        _router.Subscribe("t", null, _now);
        var bad = Add("t");
        for (var i = 0; i < 4; i++)
        {
            var forged = Message("t", [1]).ToByteArray();
            forged[^1] ^= 1;
            Receive(bad, Publish(ByteString.CopyFrom(forged)));
        }

        Assert.True(_router.Score(bad) < Options.GraylistThreshold);
        Receive(bad, Publish(Message("t", [2])));
        Assert.Empty(_router.Deliveries);
        Assert.Equal(0, _router.Publish("t", [3], _now));
        Beat();
        Assert.Empty(_router.MeshPeers("t"));

        // Coming back doesn't clean it, time does.
        _router.RemovePeer(bad);
        _router.AddPeer(bad, isOutbound: true);
        Assert.True(_router.Score(bad) < 0);
        for (var i = 0; i < 120; i++)
        {
            Beat();
        }

        Assert.Equal(0, _router.Score(bad));
        Receive(bad, Subscription("t"));
        Receive(bad, Publish(Message("t", [4])));
        Assert.Equal([4], Assert.Single(_router.Deliveries).Data.ToArray());
    }

    [Fact]
    public void A_validator_that_rejects_blames_the_sender_and_one_that_ignores_does_not()
    {
        _router.Subscribe("t", d => d.Data.Span[0] == 0 ? GossipVerdict.Reject : GossipVerdict.Ignore, _now);
        var (rejected, ignored) = (Add("t"), Add("t"));
        Taken(ignored);
        Receive(rejected, Publish(Message("t", [0])));
        Receive(ignored, Publish(Message("t", [1])));
        Assert.True(_router.Score(rejected) < 0);
        Assert.Equal(0, _router.Score(ignored));
        Assert.Empty(_router.Deliveries);
        Assert.Empty(Taken(ignored).SelectMany(r => r.Publish));
    }

    [Fact]
    public void An_rpc_that_is_malformed_or_beyond_every_limit_is_refused_and_an_empty_one_is_not()
    {
        var peer = Add();
        Assert.True(_router.Receive(peer, [], _now));
        Assert.True(_router.Receive(peer, [0x7A, 1, 0], _now)); // an unknown field
        Assert.Equal(0, _router.Score(peer));
        Assert.False(_router.Receive(peer, [0xFF], _now));
        Assert.True(_router.Score(peer) < 0);
        var many = new GossipRpc();
        many.Publish.AddRange(Enumerable.Repeat(ByteString.Empty, Options.MaxMessagesPerRpc + 1));
        Assert.False(_router.Receive(peer, many.ToByteArray(), _now));
    }

    [Fact]
    public void A_peer_can_join_only_so_many_topics_of_so_many_bytes()
    {
        var peer = Add();
        var rpc = new GossipRpc();
        rpc.Subscriptions.AddRange(Enumerable.Range(0, Options.MaxTopicsPerPeer + 10).Select(i => new GossipRpc.Types.SubOpts { Subscribe = true, Topic = $"t{i}" }));
        Receive(peer, rpc);
        Assert.Equal([peer], _router.Subscribers($"t{Options.MaxTopicsPerPeer - 1}"));
        Assert.Empty(_router.Subscribers($"t{Options.MaxTopicsPerPeer}"));
        var other = Add();
        Receive(other, Subscription(new('x', Options.MaxTopicBytes + 1)));
        Assert.Empty(_router.Subscribers(new('x', Options.MaxTopicBytes + 1)));
    }

    [Fact]
    public void A_topic_that_is_only_published_to_has_its_peers_for_a_while()
    {
        var peers = Enumerable.Range(0, 3).Select(_ => Add("t")).ToHashSet();
        Assert.Equal(3, _router.Publish("t", [1], _now));
        Assert.Empty(_router.MeshPeers("t"));
        _router.Subscribe("t", null, _now);
        Assert.Equal(peers, _router.MeshPeers("t").ToHashSet());
    }

    [Fact]
    public void Sequence_numbers_rise()
    {
        var peer = Add("t");
        Taken(peer);
        for (ulong i = 0; i < 3; i++)
        {
            _router.Publish("t", [1], _now);
            var message = GossipMessage.Parser.ParseFrom(Assert.Single(Taken(peer).SelectMany(r => r.Publish)));
            Assert.Equal(1000 + i, BinaryPrimitives.ReadUInt64BigEndian(message.Seqno.Span));
        }
    }

    public void Dispose() => _keys.ForEach(k => k.Dispose());

    private Ed25519PrivateKey NewKey()
    {
        _keys.Add(Ed25519PrivateKey.Generate(SystemRandomSource.Instance));
        return _keys[^1];
    }

    private PeerId Add(string? topic = null, bool isOutbound = true)
    {
        var peer = PeerId.FromPublicKey(NewKey().PublicKey);
        _router.AddPeer(peer, isOutbound);
        if (topic is not null)
        {
            Receive(peer, Subscription(topic));
        }

        return peer;
    }

    private void Receive(PeerId peer, GossipRpc rpc) => Assert.True(_router.Receive(peer, rpc.ToByteArray(), _now));

    private void Beat() => _router.Heartbeat(_now += Options.HeartbeatInterval);

    private GossipRpc[] Taken(PeerId peer)
    {
        var taken = _router.Outgoing.Where(o => o.To == peer).Select(o => o.Rpc).ToArray();
        _router.Outgoing.RemoveAll(o => o.To == peer);
        return taken;
    }

    private GossipControl.Types.Prune[] Pruned(PeerId peer) => [.. Taken(peer).SelectMany(r => r.Control?.Prune ?? [])];

    private ByteString Message(string topic, byte[] data) => SignedMessage.Create(NewKey(), topic, data, 1).Bytes;

    private static ByteString Id(ByteString message) => ByteString.CopyFrom(SignedMessage.TryRead(message, 256, out _)!.Id.Bytes);

    private static GossipRpc Subscription(string topic) => new() { Subscriptions = { new GossipRpc.Types.SubOpts { Subscribe = true, Topic = topic } } };

    private static GossipRpc Graft(string topic) => new() { Control = new() { Graft = { new GossipControl.Types.Graft { Topic = topic } } } };

    private static GossipRpc Publish(ByteString message) => new() { Publish = { message } };

    private static GossipRpc Have(string topic, params IEnumerable<ByteString> ids) => new() { Control = new() { Ihave = { new GossipControl.Types.IHave { Topic = topic, MessageIds = { ids } } } } };
}
