using System.Text;
using Google.Protobuf;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Protobuf;
using Threads.Net.Wire;

namespace Threads.Net.Gossip;

/// <summary>
/// Gossipsub v1.1 as a state machine: peers, RPCs and heartbeats go in, RPCs and deliveries come out. No clock, no socket, no thread; whoever
/// drives it holds a lock. Chance comes from the generator that is given.
/// </summary>
internal sealed partial class GossipRouter(Ed25519PrivateKey identity, GossipOptions options, Random random, ulong firstSequence)
{
    private readonly Dictionary<PeerId, PeerState> _peers = [];
    private readonly Dictionary<PeerId, PeerState> _gone = [];
    private readonly Dictionary<string, HashSet<PeerId>> _mesh = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (HashSet<PeerId> Peers, DateTimeOffset Last)> _fanout = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<GossipDelivery, GossipVerdict>> _validators = new(StringComparer.Ordinal);
    private readonly Dictionary<MessageId, DateTimeOffset> _seen = [];
    private readonly Queue<(MessageId Id, DateTimeOffset Until)> _seenOrder = new();
    private readonly Dictionary<MessageId, (PeerId By, DateTimeOffset Until)> _promises = [];
    private readonly MessageCache _cache = new(options);
    private readonly PeerId _self = PeerId.FromPublicKey(identity.PublicKey);
    private ulong _sequence = firstSequence;

    /// <summary>RPCs to send, in order. The driver empties it after each call.</summary>
    public List<(PeerId To, GossipRpc Rpc)> Outgoing { get; } = [];

    /// <summary>Messages for the application, in order. The driver empties it after each call.</summary>
    public List<GossipDelivery> Deliveries { get; } = [];

    public IReadOnlyCollection<string> Topics => _mesh.Keys;

    public IReadOnlyCollection<PeerId> MeshPeers(string topic) => _mesh.TryGetValue(topic, out var mesh) ? mesh : [];

    public IReadOnlyList<PeerId> Subscribers(string topic) => [.. _peers.Values.Where(p => p.Topics.Contains(topic)).Select(p => p.Peer)];

    public double Score(PeerId peer) => _peers.TryGetValue(peer, out var state) ? state.Score : 0;

    /// <summary>A peer that speaks gossipsub: it gets our subscriptions in full.</summary>
    public void AddPeer(PeerId peer, bool isOutbound)
    {
        if (!_gone.Remove(peer, out var state) || state.IsOutbound != isOutbound)
        {
            var known = state;
            state = new(peer, isOutbound) { Invalid = known?.Invalid ?? 0, Behaviour = known?.Behaviour ?? 0, Application = known?.Application ?? 0 };
        }

        if (_peers.TryAdd(peer, state) && _mesh.Count > 0)
        {
            var rpc = new GossipRpc();
            rpc.Subscriptions.AddRange(_mesh.Keys.Select(t => new GossipRpc.Types.SubOpts { Subscribe = true, Topic = t }));
            Outgoing.Add((peer, rpc));
        }
    }

    /// <summary>A peer that is gone. Its score is kept: coming back doesn't clean it.</summary>
    public void RemovePeer(PeerId peer)
    {
        if (_peers.Remove(peer, out var state))
        {
            state.Topics.Clear();
            foreach (var (id, _) in _promises.Where(p => p.Value.By == peer).ToArray())
            {
                _promises.Remove(id);
            }

            if (state.Score < 0)
            {
                _gone[peer] = state;
            }

            foreach (var mesh in _mesh.Values)
            {
                mesh.Remove(peer);
            }
        }
    }

    /// <summary>Joins a topic.</summary>
    /// <param name="topic">At most 256 bytes of UTF-8.</param>
    /// <param name="validator">Judges each message before it is delivered and passed on; null accepts all that are signed.</param>
    /// <param name="now">The time.</param>
    public void Subscribe(string topic, Func<GossipDelivery, GossipVerdict>? validator, DateTimeOffset now)
    {
        if (validator is not null)
        {
            _validators[topic] = validator;
        }

        if (_mesh.ContainsKey(topic))
        {
            return;
        }

        var mesh = new HashSet<PeerId>();
        _mesh.Add(topic, mesh);
        if (_fanout.Remove(topic, out var fanout))
        {
            mesh.UnionWith(fanout.Peers.Where(p => _peers.ContainsKey(p)));
        }

        foreach (var peer in _peers.Keys)
        {
            Send(peer).Subscriptions.Add(new GossipRpc.Types.SubOpts { Subscribe = true, Topic = topic });
        }

        foreach (var peer in Choose(topic, options.Degree - mesh.Count, mesh, now))
        {
            mesh.Add(peer);
        }

        foreach (var peer in mesh)
        {
            Graft(peer, topic);
        }
    }

    /// <summary>Leaves a topic.</summary>
    public void Unsubscribe(string topic, DateTimeOffset now)
    {
        _validators.Remove(topic);
        if (!_mesh.Remove(topic, out var mesh))
        {
            return;
        }

        foreach (var peer in _peers.Keys)
        {
            Send(peer).Subscriptions.Add(new GossipRpc.Types.SubOpts { Subscribe = false, Topic = topic });
        }

        foreach (var peer in mesh)
        {
            Prune(peer, topic, options.UnsubscribeBackoff, now);
        }
    }

    /// <summary>Publishes to every subscriber that is known and trusted enough (flood publish).</summary>
    /// <returns>How many peers it goes to.</returns>
    public int Publish(string topic, ReadOnlySpan<byte> data, DateTimeOffset now)
    {
        var message = SignedMessage.Create(identity, topic, data, _sequence++);
        Remember(message.Id, now);
        _cache.Add(message);
        var count = 0;
        foreach (var state in _peers.Values)
        {
            if (state.Topics.Contains(topic) && state.Score >= options.PublishThreshold)
            {
                Send(state.Peer).Publish.Add(message.Bytes);
                count++;
            }
        }

        if (!_mesh.ContainsKey(topic))
        {
            var peers = _fanout.TryGetValue(topic, out var fanout) ? fanout.Peers : [.. Choose(topic, options.Degree, [], now)];
            _fanout[topic] = (peers, now);
        }

        return count;
    }

    /// <summary>Takes an RPC of a peer. False when it breaks the limits so far that the peer should be disconnected.</summary>
    public bool Receive(PeerId peer, ReadOnlySpan<byte> bytes, DateTimeOffset now)
    {
        if (!_peers.TryGetValue(peer, out var state))
        {
            return true;
        }

        if (!ProtobufMessage.TryParse(GossipRpc.Parser, bytes, out var rpc, out _) || rpc.Publish.Count > options.MaxMessagesPerRpc)
        {
            state.Behaviour++;
            return false;
        }

        if (state.Score < options.GraylistThreshold)
        {
            return true;
        }

        foreach (var subscription in rpc.Subscriptions)
        {
            TakeSubscription(state, subscription, now);
        }

        foreach (var message in rpc.Publish)
        {
            TakeMessage(state, message, now);
        }

        if (rpc.Control is { } control)
        {
            TakeControl(state, control, now);
        }

        return true;
    }

    private void TakeSubscription(PeerState state, GossipRpc.Types.SubOpts subscription, DateTimeOffset now)
    {
        if (!subscription.Subscribe)
        {
            state.Topics.Remove(subscription.Topic);
            _mesh.GetValueOrDefault(subscription.Topic)?.Remove(state.Peer);
            return;
        }

        if (state.Topics.Count >= options.MaxTopicsPerPeer || Encoding.UTF8.GetByteCount(subscription.Topic) > options.MaxTopicBytes || !state.Topics.Add(subscription.Topic))
        {
            return;
        }

        // At once rather than at the next heartbeat: two peers that just met want to talk.
        if (_mesh.TryGetValue(subscription.Topic, out var mesh) && mesh.Count < options.Degree && MayGraft(state, subscription.Topic, now) && mesh.Add(state.Peer))
        {
            Graft(state.Peer, subscription.Topic);
        }
    }

    private void TakeMessage(PeerState state, ByteString bytes, DateTimeOffset now)
    {
        if (SignedMessage.TryParse(bytes, options.MaxTopicBytes, out _) is not { } message)
        {
            state.Invalid++;
            return;
        }

        // Most messages of a mesh come more than once: the signature, which costs most, is judged only for one that is news.
        _promises.Remove(message.Id);
        if (message.From == _self || _seen.ContainsKey(message.Id) || !_mesh.TryGetValue(message.Topic, out var mesh))
        {
            return;
        }

        if (!message.IsSigned(out _))
        {
            state.Invalid++;
            return;
        }

        Remember(message.Id, now);

        var delivery = new GossipDelivery(message.From, message.Topic, message.Data, message.Sequence, state.Peer);
        var verdict = _validators.TryGetValue(message.Topic, out var validator) ? validator(delivery) : GossipVerdict.Accept;
        if (verdict != GossipVerdict.Accept)
        {
            state.Invalid += verdict == GossipVerdict.Reject ? 1 : 0;
            return;
        }

        _cache.Add(message);
        Deliveries.Add(delivery);
        foreach (var peer in mesh)
        {
            if (peer != state.Peer && peer != message.From)
            {
                Send(peer).Publish.Add(message.Bytes);
            }
        }
    }

    private void Remember(MessageId id, DateTimeOffset now)
    {
        while (_seenOrder.TryPeek(out var oldest) && oldest.Until <= now)
        {
            _seen.Remove(_seenOrder.Dequeue().Id);
        }

        var until = now + options.SeenTime;
        _seen[id] = until;
        _seenOrder.Enqueue((id, until));
    }

    /// <summary>The RPC that is being put together for a peer.</summary>
    private GossipRpc Send(PeerId peer)
    {
        for (var i = Outgoing.Count - 1; i >= 0; i--)
        {
            if (Outgoing[i].To == peer && Outgoing[i].Rpc.Publish.Count < options.MaxMessagesPerRpc / 10)
            {
                return Outgoing[i].Rpc;
            }
        }

        var rpc = new GossipRpc();
        Outgoing.Add((peer, rpc));
        return rpc;
    }

    private GossipControl Control(PeerId peer) => Send(peer).Control ??= new();
}
