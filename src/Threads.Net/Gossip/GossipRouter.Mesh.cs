using Google.Protobuf;
using Threads.Data.Identity;
using Threads.Net.Protobuf;

namespace Threads.Net.Gossip;

/// <content>The mesh: grafts and prunes, announcements and requests, the heartbeat.</content>
internal sealed partial class GossipRouter
{
    private const int OpportunisticBeats = 60;
    // An id is an author and a number: an RSA author takes 34 bytes, an Ed25519 one 38.
    private const int MaxIdBytes = 64;
    private readonly Dictionary<(PeerId, string), DateTimeOffset> _backoff = [];
    private int _beats;

    /// <summary>Once a second: mends the mesh, announces messages, forgets what is old.</summary>
    public void Heartbeat(DateTimeOffset now)
    {
        _beats++;
        foreach (var state in _peers.Values.Concat(_gone.Values))
        {
            (state.IHaves, state.IdsAsked, state.IdsServed) = (0, 0, 0);
            state.DecayCounters();
        }

        foreach (var (id, (by, until)) in _promises.Where(p => p.Value.Until <= now).ToArray())
        {
            _promises.Remove(id);
            _peers[by].Behaviour++;
        }

        foreach (var (peer, state) in _gone.ToArray())
        {
            if (state.Score >= 0)
            {
                _gone.Remove(peer);
            }
        }

        foreach (var (key, until) in _backoff.ToArray())
        {
            // One heartbeat more than the other side's clock says.
            if (until + options.HeartbeatInterval <= now)
            {
                _backoff.Remove(key);
            }
        }

        foreach (var (topic, mesh) in _mesh)
        {
            BeatMesh(topic, mesh, now);
            Announce(topic, mesh);
        }

        foreach (var (topic, fanout) in _fanout.ToArray())
        {
            if (fanout.Last + options.FanoutTime <= now)
            {
                _fanout.Remove(topic);
            }
        }

        _cache.Shift();
    }

    private void BeatMesh(string topic, HashSet<PeerId> mesh, DateTimeOffset now)
    {
        foreach (var peer in mesh.Where(p => Score(p) < 0).ToArray())
        {
            mesh.Remove(peer);
            Prune(peer, topic, options.PruneBackoff, now);
        }

        if (mesh.Count < options.DegreeLow)
        {
            foreach (var peer in Choose(topic, options.Degree - mesh.Count, mesh, now))
            {
                mesh.Add(peer);
                Graft(peer, topic);
            }
        }
        else if (mesh.Count > options.DegreeHigh)
        {
            Cut(topic, mesh, now);
        }
        else if (_beats % OpportunisticBeats == 0 && Median(mesh) < 0)
        {
            foreach (var peer in Choose(topic, 2, mesh, now))
            {
                mesh.Add(peer);
                Graft(peer, topic);
            }
        }
    }

    private void Cut(string topic, HashSet<PeerId> mesh, DateTimeOffset now)
    {
        var order = Shuffled(mesh).OrderByDescending(Score).ToList();
        var keep = new HashSet<PeerId>(order.Take(options.DegreeScore));
        keep.UnionWith(order.Where(p => _peers[p].IsOutbound).Take(options.DegreeOutbound));
        keep.UnionWith(Shuffled(order.Where(p => !keep.Contains(p))).Take(options.Degree - keep.Count));
        foreach (var peer in order.Where(p => !keep.Contains(p)))
        {
            mesh.Remove(peer);
            Prune(peer, topic, options.PruneBackoff, now);
        }
    }

    private void Announce(string topic, HashSet<PeerId> mesh)
    {
        var ids = _cache.Announced(topic);
        if (ids.Count == 0)
        {
            return;
        }

        var others = Shuffled(_peers.Values.Where(p => p.Topics.Contains(topic) && !mesh.Contains(p.Peer) && p.Score >= options.GossipThreshold).Select(p => p.Peer));
        foreach (var peer in others.Take(Math.Max(options.DegreeLazy, others.Count / 4)))
        {
            var have = new GossipControl.Types.IHave { Topic = topic };
            have.MessageIds.AddRange(ids.Take(options.MaxIdsPerHeartbeat).Select(id => ByteString.CopyFrom(id.Bytes)));
            Control(peer).Ihave.Add(have);
        }
    }

    private void TakeControl(PeerState state, GossipControl control, DateTimeOffset now)
    {
        foreach (var have in control.Ihave)
        {
            TakeIHave(state, have, now);
        }

        foreach (var want in control.Iwant)
        {
            foreach (var id in want.MessageIds)
            {
                if (state.Score >= options.GossipThreshold && id.Length <= MaxIdBytes && ++state.IdsServed <= options.MaxIdsPerHeartbeat && _cache.TakeFor(state.Peer, new(id.ToByteArray())) is { } message)
                {
                    Send(state.Peer).Publish.Add(message.Bytes);
                }
            }
        }

        foreach (var graft in control.Graft)
        {
            TakeGraft(state, graft.Topic, now);
        }

        foreach (var prune in control.Prune)
        {
            if (_mesh.TryGetValue(prune.Topic, out var mesh))
            {
                mesh.Remove(state.Peer);
                var backoff = prune.HasBackoff ? TimeSpan.FromSeconds(Math.Min(prune.Backoff, 3600)) : options.PruneBackoff;
                _backoff[(state.Peer, prune.Topic)] = now + backoff;
            }
        }
    }

    private void TakeIHave(PeerState state, GossipControl.Types.IHave have, DateTimeOffset now)
    {
        if (state.Score < options.GossipThreshold || ++state.IHaves > options.MaxIHavePerHeartbeat || !_mesh.ContainsKey(have.Topic))
        {
            return;
        }

        var want = new GossipControl.Types.IWant();
        foreach (var bytes in have.MessageIds.Take(options.MaxIdsPerHeartbeat - state.IdsAsked))
        {
            if (bytes.Length > MaxIdBytes)
            {
                continue;
            }

            var id = new MessageId(bytes.ToByteArray());
            if (!_seen.ContainsKey(id) && _promises.TryAdd(id, (state.Peer, now + options.PromiseTime)))
            {
                want.MessageIds.Add(bytes);
            }
        }

        state.IdsAsked += want.MessageIds.Count;
        if (want.MessageIds.Count > 0)
        {
            Control(state.Peer).Iwant.Add(want);
        }
    }

    private void TakeGraft(PeerState state, string topic, DateTimeOffset now)
    {
        if (!_mesh.TryGetValue(topic, out var mesh) || mesh.Contains(state.Peer))
        {
            return;
        }

        var inBackoff = _backoff.TryGetValue((state.Peer, topic), out var until) && until > now;
        if (inBackoff)
        {
            state.Behaviour++;
        }

        if (inBackoff || state.Score < 0 || (mesh.Count >= options.DegreeHigh && !state.IsOutbound))
        {
            Prune(state.Peer, topic, options.PruneBackoff, now);
            return;
        }

        mesh.Add(state.Peer);
    }

    private void Graft(PeerId peer, string topic) => Control(peer).Graft.Add(new GossipControl.Types.Graft { Topic = topic });

    private void Prune(PeerId peer, string topic, TimeSpan backoff, DateTimeOffset now)
    {
        _backoff[(peer, topic)] = now + backoff;
        Control(peer).Prune.Add(new GossipControl.Types.Prune { Topic = topic, Backoff = (ulong)backoff.TotalSeconds });
    }

    private bool MayGraft(PeerState state, string topic, DateTimeOffset now) =>
        state.Score >= 0 && !(_backoff.TryGetValue((state.Peer, topic), out var until) && until + options.HeartbeatInterval > now);

    private List<PeerId> Choose(string topic, int count, HashSet<PeerId> without, DateTimeOffset now) =>
        count <= 0 ? [] : [.. Shuffled(_peers.Values.Where(p => p.Topics.Contains(topic) && !without.Contains(p.Peer) && MayGraft(p, topic, now)).Select(p => p.Peer)).Take(count)];

    private List<PeerId> Shuffled(IEnumerable<PeerId> peers)
    {
        // Sorted first: the order of a dictionary must not decide what a seed gives.
        var list = peers.Order().ToArray();
        random.Shuffle(list);
        return [.. list];
    }

    private double Median(HashSet<PeerId> mesh)
    {
        var scores = mesh.Select(Score).Order().ToArray();
        return scores.Length == 0 ? 0 : scores[scores.Length / 2];
    }
}
