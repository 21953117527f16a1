using Threads.Data;
using Threads.Data.Events;

namespace Threads.Simulation;

/// <content>What must hold.</content>
internal sealed partial class World
{
    private const int MostRounds = 6;

    /// <summary>Everybody is up, all clocks are right, all that was written is due, everybody gets everything: then all must be equal.</summary>
    private void Quiet(Chance chance)
    {
        _network.Clear();
        _network.Heal();
        foreach (var peer in _peers)
        {
            peer.Machine.Repair();
            if (!peer.IsUp)
            {
                Start(peer, chance);
                Must("start", peer.IsUp, $"peer {peer.Number} does not start");
            }
        }

        var newest = _peers.Max(p => p.Int64("SELECT coalesce(max(time + events), 0) FROM _threads_record"));
        var due = new HybridTime(newest).ToDateTimeOffset() + TimeSpan.FromSeconds(1);
        _now = due > _now ? due : _now;
        foreach (var peer in _peers)
        {
            peer.Time.Offset = TimeSpan.Zero;
        }

        Converge();
        CheckEqual();
    }

    private void Converge()
    {
        for (var round = 0; round < MostRounds; round++)
        {
            foreach (var peer in _peers.Skip(1))
            {
                Exchange(peer, _peers[0]);
            }

            foreach (var peer in _peers.Skip(1))
            {
                Exchange(_peers[0], peer);
            }

            var heads = _peers[0].Heads();
            if (_peers.All(p => p.Heads().SequenceEqual(heads)))
            {
                return;
            }
        }

        Must("convergence", false, "the peers do not have the same records:\n" + string.Join('\n', _peers.Select(p => $"{p.Number}: {string.Join(", ", p.Heads())}")));
    }

    private void Exchange(SimPeer from, SimPeer to)
    {
        _disk.Running = to.Machine;
        try
        {
            _exchange.Read(to, _exchange.Write(from, to.Connection.Thread.Heads));
        }
        catch (ThreadsException e)
        {
            throw new CheckFailedException("honest exchange", $"peer {to.Number} refuses what peer {from.Number} has: {e.Message}", e);
        }
    }

    private void CheckEqual()
    {
        var digests = _peers.Select(p => p.Digest()).ToArray();
        Note("digest " + digests[0]);
        for (var i = 1; i < _peers.Count; i++)
        {
            Must("I1 digest", digests[i] == digests[0], $"peers 0 and {i} have the same records and other tables");
        }

        var conflicts = _peers.Select(p => string.Join('\n', p.Strings("SELECT collection || ' ' || quote(row_key) || ' ' || since FROM threads_conflicts ORDER BY 1"))).ToArray();
        for (var i = 0; i < _peers.Count; i++)
        {
            CheckNothingLost(_peers[i]);
            _disk.Running = _peers[i].Machine;
            Rebuild(_peers[i]);
            Must("conflicts", conflicts[i] == conflicts[0], $"peers 0 and {i} hold back other rows: {conflicts[0]} | {conflicts[i]}");
        }
    }

    /// <summary>I3, I6: what was acknowledged is there, and nothing that was stored is gone.</summary>
    private static void CheckNothingLost(SimPeer peer)
    {
        var stored = peer.Strings("SELECT lower(hex(cid)) FROM _threads_record").ToHashSet(StringComparer.Ordinal);
        foreach (var cid in peer.Acknowledged)
        {
            Must("I6 acknowledged commit", stored.Contains(cid), $"peer {peer.Number} lost its commit {cid}");
        }

        Must("I3 stored records", stored.Count >= peer.Records, $"peer {peer.Number} had {peer.Records} records and has {stored.Count}");
    }
}
