using Threads.Data;
using Threads.Data.Logs;
using Threads.Net.Mvds;
using Threads.Simulation.Disk;

namespace Threads.Simulation;

/// <content>Records that travel otherwise than as files: by MVDS, whose payloads are lost, doubled and late as all messages are; by a replicator, which holds the replica key alone and loses power too.</content>
internal sealed partial class World
{
    /// <summary>As far apart as MVDS ever sends a message again.</summary>
    private const int LongestBackOff = 256;

    private const int MostMvdsRounds = 100;
    private const string ReplicatorName = "replicator";

    private Machine? _replicator;
    private ReplicaStore? _replicas;
    private long _epoch;
    private bool _hasCopies;

    private string SendMvds(SimPeer from, SimPeer to)
    {
        _epoch++;
        if (WithMvds(from, to, mvds => mvds.Next(_epoch)) is not { } payload)
        {
            return "has nothing to say";
        }

        _hash.AppendData(payload);
        _network.Send(new Message(from.Number, to.Number, payload, IsMvds: true));
        return FormattableString.Invariant($"says {payload.Length} bytes to {to.Number}");
    }

    private string TakeMvds(SimPeer to, SimPeer from, byte[] payload)
    {
        try
        {
            WithMvds(to, from, mvds =>
            {
                mvds.Receive(payload, _epoch, (remark, _) => Coverage.Hit("mvds: " + remark));
                return true;
            });
        }
        catch (ThreadsException e) when (_liars.Count > 0 && e.ThreadsErrorCode == ThreadsErrorCode.RecordRefused)
        {
            // A liar's record that only the next one's signature vouches for; alone it is refused.
            Coverage.Hit("mvds: refused alone");
            return "refused alone";
        }

        Coverage.Hit("mvds: taken");
        return FormattableString.Invariant($"heard {payload.Length} bytes of {from.Number}");
    }

    private static T WithMvds<T>(SimPeer peer, SimPeer other, Func<MvdsThread, T> work)
    {
        try
        {
            return work(peer.MvdsWith(other.Identity));
        }
        catch (ThreadsException)
        {
            peer.ForgetMvds();
            throw;
        }
    }

    /// <summary>One page, or some, of what the one has and the other lacks; or the replicator's power goes.</summary>
    private string Replicate(SimPeer peer, Chance chance)
    {
        var replica = Replica(peer);
        var bytes = (int)chance.Between(1, 20_000);
        switch (chance.Below(8))
        {
            case 0:
                return RestartReplicator(peer, chance);
            case 1 or 2 or 3:
                var taken = Pull(peer, replica, bytes, (int)chance.Between(1, 4));
                Coverage.Hit("replicator: pulled from", taken);
                return $"took {taken} pages from the replicator";
            default:
                var given = Push(peer, replica, bytes, (int)chance.Between(1, 4));
                Coverage.Hit("replicator: pushed to", given);
                return $"gave the replicator {given} pages";
        }
    }

    private ReplicaThread Replica(SimPeer member)
    {
        _replicator ??= _disk.Add(ReplicatorName);
        return On(_replicator, () =>
        {
            _replicas ??= ReplicaStore.Open($"/{ReplicatorName}/threads.db");
            using var key = member.Connection.Thread.Key;
            return _replicas.Add(member.Connection.Thread.Id, key);
        });
    }

    /// <summary>What it had not synced may be lost, the whole file is sound, and it goes on with the thread that it keeps.</summary>
    private string RestartReplicator(SimPeer peer, Chance chance)
    {
        var before = HeadsOf(Replica(peer).Heads);
        On(_replicator!, () =>
        {
            if (chance.OneIn(2))
            {
                _replicator!.TurnOff();
            }

            _replicas!.Dispose();
            _replicas = null;
            if (_replicator!.IsOff)
            {
                _replicator.StartAgain(chance);
            }

            return true;
        });
        Coverage.Hit("replicator: started anew");
        return $"the replicator started anew: {before.Except(HeadsOf(Replica(peer).Heads)).Count()} logs are shorter";
    }

    private int Push(SimPeer from, ReplicaThread to, int bytes, int most)
    {
        var pages = 0;
        for (; pages < most && from.Connection.Thread.ReadPage(On(_replicator!, () => to.Heads), bytes) is { Records: > 0 } page; pages++)
        {
            _hash.AppendData(page.Car.Span);
            On(_replicator!, () => to.Import(new MemoryStream(page.Car.ToArray())));
        }

        return pages;
    }

    private int Pull(SimPeer to, ReplicaThread from, int bytes, int most)
    {
        var pages = 0;
        for (; pages < most && On(_replicator!, () => from.ReadPage(to.Connection.Thread.Heads, bytes)) is { Records: > 0 } page; pages++)
        {
            _hash.AppendData(page.Car.Span);
            to.Import(page.Car.ToArray());
        }

        return pages;
    }

    /// <summary>Does something on another machine than that of the step.</summary>
    private T On<T>(Machine machine, Func<T> work)
    {
        var before = _disk.Running;
        _disk.Running = machine;
        try
        {
            return work();
        }
        finally
        {
            _disk.Running = before;
        }
    }

    /// <summary>Before files bring the rest: one peer has the replicator's records, and now and then all is said by MVDS, which suffices where nobody's file was copied and nobody lied.</summary>
    private void ConvergeOtherwise(Chance ways)
    {
        if (_replicator is not null)
        {
            var replica = Replica(_peers[0]);
            foreach (var peer in _peers.Where((p, i) => i == 0 || ways.OneIn(3)))
            {
                _disk.Running = peer.Machine;
                Pull(peer, replica, (int)ways.Between(1, 50_000), int.MaxValue);
            }
        }

        if (_epoch == 0 || !ways.OneIn(3))
        {
            return;
        }

        // A log that has branches goes by its longest one, which two peers may see otherwise for ever.
        var suffices = !_hasCopies && _liars.Count == 0;
        Must("MVDS comes to an end", ConvergeByMvds() || !suffices, $"after {MostMvdsRounds} rounds something is still said");
        if (suffices)
        {
            var heads = _peers[0].Heads();
            foreach (var peer in _peers)
            {
                Must("MVDS brings all", peer.Heads().SequenceEqual(heads), $"peer {peer.Number} has {string.Join(", ", peer.Heads())}\n  and peer 0 {string.Join(", ", heads)}");
            }

            Coverage.Hit("mvds: brought all");
        }
    }

    /// <summary>False: something is still said.</summary>
    private bool ConvergeByMvds()
    {
        var hasWaited = false;
        for (var round = 0; round < MostMvdsRounds; round++)
        {
            _epoch++;
            var said = 0;
            foreach (var peer in _peers.Skip(1).Where(p => p.Identity != _peers[0].Identity))
            {
                said += Say(peer, _peers[0]) + Say(_peers[0], peer);
            }

            if (said == 0 && hasWaited)
            {
                return true;
            }

            // What was lost goes again after so long at last.
            hasWaited = said == 0;
            _epoch += hasWaited ? LongestBackOff : 0;
        }

        return false;
    }

    private int Say(SimPeer from, SimPeer to)
    {
        _disk.Running = from.Machine;
        if (WithMvds(from, to, mvds => mvds.Next(_epoch)) is not { } payload)
        {
            return 0;
        }

        _disk.Running = to.Machine;
        TakeMvds(to, from, payload);
        return 1;
    }

    /// <summary>T-NET-8: who can read nothing has all that the others have.</summary>
    private void CheckReplicator()
    {
        if (_replicator is null)
        {
            return;
        }

        var (replica, heads) = (Replica(_peers[0]), _peers[0].Heads());
        _disk.Running = _peers[0].Machine;
        Push(_peers[0], replica, 1 << 20, int.MaxValue);
        var kept = HeadsOf(On(_replicator, () => replica.Heads));
        Must("replicator", kept.SequenceEqual(heads), $"the replicator has {string.Join(", ", kept.Except(heads))}\n  and peer 0 {string.Join(", ", heads.Except(kept))}");
        Coverage.Hit("replicator: compared");
    }

    public static List<string> HeadsOf(ThreadHeads heads) => [.. heads.Heads.Select(h => FormattableString.Invariant($"{h.PublicKey} {h.Counter} {h.Cid}")).Order(StringComparer.Ordinal)];
}
