using Threads.Data;
using Threads.Net;
using Threads.Net.Sync;

namespace Threads.Simulation;

/// <content>Threads.Net's conversation between two peers: pages, heads and answers, both ways at once, on a stream whose bytes arrive in pieces, and that breaks. One thread runs all of it.</content>
internal sealed partial class World
{
    private const int MostArrivals = 20_000;

    private string Converse(SimPeer one, SimPeer other, Chance chance)
    {
        var (near, far) = SimStream.Pair(one.Identity, other.Identity);
        var (mine, theirs) = (Serve(one, chance), Serve(other, chance));
        var (my, their) = (one.Connection.Thread.Heads, On(other.Machine, () => other.Connection.Thread.Heads));
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            SyncSession[] sessions = [new PageSession(mine, near, one.Identity, their, one.Time), new PageSession(theirs, far, one.Identity, my, other.Time)];
            var running = Array.ConvertAll(sessions, s => s.RunAsync());
            var left = chance.OneIn(3) ? chance.Below(20_000) : int.MaxValue;
            var bytes = Pump([near, far], running, chance, left);
            var isTorn = bytes >= left;
            if (isTorn)
            {
                near.Abort();
            }

            Array.ForEach(sessions, s => s.Stop());
            var ends = Array.ConvertAll(running, EndOf);
            foreach (var peer in new[] { one, other })
            {
                AfterConversation(peer);
            }

            return Judge(one, other, isTorn, ends, bytes);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private ServedThread Serve(SimPeer peer, Chance chance)
        => new(new SimSource(peer, (int)chance.Between(500, 20_000), work => On(peer.Machine, work)));

    /// <summary>Lets bytes arrive until nobody has anything to say, or so many have.</summary>
    private int Pump(SimStream[] streams, Task[] running, Chance chance, int most)
    {
        var bytes = 0;
        for (var arrivals = 0; bytes < most && !running.Any(r => r.IsCompleted); arrivals++)
        {
            var ready = Array.FindAll(streams, s => s.IsReady);
            if (ready.Length == 0)
            {
                return bytes;
            }

            Must("a conversation comes to rest", arrivals < MostArrivals, $"after {bytes} bytes something is still said");
            var arrived = chance.Pick(ready).Arrive(Math.Min(most - bytes, 1 + chance.Below(chance.OneIn(4) ? 50 : 5_000)));
            _hash.AppendData(arrived);
            bytes += arrived.Length;
        }

        return bytes;
    }

    /// <summary>Why a side ended; null: it was asked to.</summary>
    private static Exception? EndOf(Task side)
    {
        try
        {
            side.Wait();
            return null;
        }
        catch (AggregateException e) when (e.InnerException is OperationCanceledException)
        {
            return null;
        }
        catch (AggregateException e)
        {
            return e.InnerException;
        }
    }

    private void AfterConversation(SimPeer peer)
    {
        if (!peer.IsUp || peer.Machine.IsOff)
        {
            return;
        }

        On(peer.Machine, () =>
        {
            if (peer.Connection.OpenSession().InTransaction)
            {
                peer.Run("ROLLBACK");
            }

            peer.NoteRecords();
            return true;
        });
    }

    /// <summary>Who was not torn away, and whose disk did not give out, has what the other has; of logs that were written twice that is not so yet (docs/simulation.md).</summary>
    private string Judge(SimPeer one, SimPeer other, bool isTorn, Exception?[] ends, int bytes)
    {
        var failed = ends.FirstOrDefault(e => e is not null);
        if (failed is not null && !isTorn && !one.Machine.IsOff && !other.Machine.IsOff)
        {
            var refusal = ends.Select(e => e?.InnerException).OfType<ThreadsException>().FirstOrDefault();
            Must("honest conversation", refusal is not null && IsDiskError(refusal), $"peers {one.Number} and {other.Number}: {failed.Message}");
        }

        if (failed is not null || isTorn)
        {
            Coverage.Hit(isTorn ? "a conversation was torn" : "a conversation ended by a disk");
            return FormattableString.Invariant($"and {other.Number} were torn apart after {bytes} bytes");
        }

        var (mine, theirs) = (one.Heads(), On(other.Machine, other.Heads));
        Must("a conversation brings all", _hasCopies || _liars.Count > 0 || SyncSession.Covers(one.Connection.Thread.Heads, On(other.Machine, () => other.Connection.Thread.Heads))
            && SyncSession.Covers(On(other.Machine, () => other.Connection.Thread.Heads), one.Connection.Thread.Heads),
            $"peer {one.Number} has {string.Join(", ", mine.Except(theirs))}\n  and peer {other.Number} {string.Join(", ", theirs.Except(mine))}");
        Coverage.Hit("a conversation came to rest");
        return FormattableString.Invariant($"and {other.Number} said {bytes} bytes");
    }
}
