using Threads.Data;
using Threads.Data.Events;

namespace Threads.Simulation;

/// <content>What must hold.</content>
internal sealed partial class World
{
    private const int MostRounds = 6;

    /// <summary>The year 2100; what liars say is later waits for ever.</summary>
    private const string EverDue = "4102444800000000000";

    /// <summary>Everybody is up, all clocks are right, all that was written is due, everybody gets everything: then all must be equal.</summary>
    private void Quiet(Chance chance, Chance ways)
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

        var newest = _peers.Max(p => p.Int64($"SELECT coalesce(max(time + events), 0) FROM _threads_record WHERE time < {EverDue}"));
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

        ConvergeOtherwise(ways);
        Converge();
        CheckReplicator();
        CheckEqual(chance);
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

        Must("convergence", false, $"the peers do not have the same records:\n{string.Join('\n', _peers.Select(p => $"{p.Number}: {string.Join(", ", p.Heads())}"))}");
    }

    private void Exchange(SimPeer from, SimPeer to)
    {
        if (from.Heads().All(to.Heads().Contains))
        {
            return;
        }

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

    /// <summary>
    /// Peers of one schema version hold the same, whatever their way to it: what the model says. What a rebuild makes of a peer's records is asked of one of them at least, and of each now and then:
    /// it takes as long as all else here, and is a step of its own too.
    /// </summary>
    private void CheckEqual(Chance chance)
    {
        var forks = Forks(_peers[0]);
        foreach (var peer in _peers.Skip(1))
        {
            Must("forks", Forks(peer) == forks, $"peers {_peers[0].Number} and {peer.Number} have the same records and list other forks: {forks} | {Forks(peer)}");
        }

        Coverage.Hit("forks compared", forks.Length > 0 ? 1 : 0);
        CheckLists();
        foreach (var group in _peers.GroupBy(p => p.SchemaVersion).Select(g => g.ToArray()).ToArray())
        {
            var first = group[0];
            var (digest, conflicts, expected) = (first.Digest(), Conflicts(first), Expected(first));
            Note($"digest of version {first.SchemaVersion}: {digest}, {conflicts.Length} bytes of conflicts");
            foreach (var peer in group.Skip(1))
            {
                Must("I1 digest", peer.Digest() == digest, $"peers {first.Number} and {peer.Number} have the same records and other tables");
                Must("conflicts", Conflicts(peer) == conflicts, $"peers {first.Number} and {peer.Number} hold back other rows: {conflicts} | {Conflicts(peer)}");
            }

            var rebuilt = chance.Pick(group);
            foreach (var peer in group)
            {
                CheckNothingLost(peer);
                Compare(peer, expected);
                CheckIncrements(peer);
                CheckView(peer);
                if (peer != rebuilt && !chance.OneIn(8))
                {
                    continue;
                }

                _disk.Running = peer.Machine;
                Rebuild(peer, digest);
                Must("I2 conflicts", Conflicts(peer) == conflicts, $"peer {peer.Number} holds back other rows after a rebuild: {conflicts} | {Conflicts(peer)}");
            }

            Must("conflicts", conflicts.Count(c => c == '\n') + (conflicts.Length > 0 ? 1 : 0) == expected.Held.Count, $"threads_conflicts of peer {first.Number} lists others than the model: {conflicts}");
        }
    }

    /// <summary>All that threads_conflicts says, but for what is named locally.</summary>
    private static string Conflicts(SimPeer peer)
    {
        var columns = string.Join(" || ' ' || ", peer.Strings("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('threads_conflicts') ORDER BY cid"));
        return string.Join('\n', peer.Strings($"SELECT {columns} FROM threads_conflicts ORDER BY 1"));
    }

    /// <summary>All that threads_forks says, but for whose file it is.</summary>
    private static string Forks(SimPeer peer)
        => string.Join('\n', peer.Strings("SELECT public_key || ' ' || identity || ' ' || position || ' ' || hex(cid) || ' ' || coalesce(time, '?') || ' ' || records FROM threads_forks ORDER BY 1"));

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
