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

        var newestSchema = _peers.Max(p => p.SchemaVersion);
        foreach (var peer in _peers.Where(_ => chance.OneIn(2)))
        {
            _disk.Running = peer.Machine;
            while (peer.SchemaVersion < newestSchema && Migrate(peer, peer.SchemaVersion + 1) != "refused")
            {
            }
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

    /// <summary>Peers of one schema version hold the same, whatever their way to it; each holds what the model says, and what a rebuild makes of its records.</summary>
    private void CheckEqual()
    {
        foreach (var group in _peers.GroupBy(p => p.SchemaVersion))
        {
            var first = group.First();
            var (digest, conflicts) = (first.Digest(), Conflicts(first));
            Note($"digest of version {group.Key}: {digest}, {conflicts.Length} bytes of conflicts");
            foreach (var peer in group)
            {
                Must("I1 digest", peer.Digest() == digest, $"peers {first.Number} and {peer.Number} have the same records and other tables");
                Must("conflicts", Conflicts(peer) == conflicts, $"peers {first.Number} and {peer.Number} hold back other rows: {conflicts} | {Conflicts(peer)}");
            }

            foreach (var peer in group)
            {
                CheckNothingLost(peer);
                Compare(peer);
                CheckIncrements(peer);
                _disk.Running = peer.Machine;
                Rebuild(peer);
                Must("I2 conflicts", Conflicts(peer) == conflicts, $"peer {peer.Number} holds back other rows after a rebuild: {conflicts} | {Conflicts(peer)}");
            }
        }
    }

    /// <summary>All that threads_conflicts says, but for what is named locally.</summary>
    private static string Conflicts(SimPeer peer)
    {
        var columns = string.Join(" || ' ' || ", peer.Strings("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('threads_conflicts') ORDER BY cid"));
        return string.Join('\n', peer.Strings($"SELECT {columns} FROM threads_conflicts ORDER BY 1"));
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
