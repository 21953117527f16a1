using System.Text.RegularExpressions;
using Threads.Data;
using Threads.Data.Events;
using Threads.Data.Identity;

namespace Threads.Simulation;

/// <content>Bytes from who does not keep the rules.</content>
internal sealed partial class World
{
    private readonly List<Liar> _liars = [];

    private string Lie(SimPeer to, SimPeer victim, Chance chance, bool isForgery)
    {
        if (!victim.IsUp || victim.Machine.IsOff)
        {
            return "no victim";
        }

        AddLiar(victim);
        var (liar, now, tables) = (chance.Pick(_liars), HybridTime.FromWallClock(_now), _schema.Tables(0));
        var (what, bytes) = isForgery ? liar.Forge(chance, now, tables, victim) : liar.Lie(chance, now, tables, victim);
        _mayHaveLost = true;
        Coverage.Hit("lie: " + what);
        _network.Send(new Message(-1, to.Number, bytes));
        return $"{what} for {to.Number}";
    }

    private void AddLiar(SimPeer victim)
    {
        if (_liars.Count < 2)
        {
            using var key = victim.Connection.Thread.Key;
            _liars.Add(new Liar(key, victim.Connection.Thread.Id.ToBytes(), _seed + 77 + (ulong)_liars.Count));
        }
    }

    /// <summary>The same bytes but for a few, or not all of them, or some twice.</summary>
    private static byte[] Damaged(byte[] bytes, Chance chance)
    {
        var damaged = (byte[])bytes.Clone();
        switch (chance.Below(3))
        {
            case 0:
                for (var i = chance.Between(1, 3); i > 0; i--)
                {
                    damaged[chance.Below(damaged.Length)] ^= (byte)(1 + chance.Below(255));
                }

                return damaged;
            case 1:
                return damaged[..chance.Below(damaged.Length)];
            default:
                var from = chance.Below(damaged.Length);
                var to = (int)chance.Between(from, damaged.Length);
                return [.. damaged.AsSpan(0, to), .. damaged.AsSpan(from)];
        }
    }

    /// <summary>I7: what is wrong with bytes from outside has a name.</summary>
    private static bool IsRefusal(ThreadsException e)
        => e.ThreadsErrorCode is ThreadsErrorCode.RecordRefused or ThreadsErrorCode.ImportTruncated or ThreadsErrorCode.ImportDamaged or ThreadsErrorCode.ImportForeign;

    /// <summary>The sort of a refusal, without what it names.</summary>
    private static string ReasonOf(ThreadsException e)
    {
        var text = Names().Replace(e.Message, "…");
        return $"{e.ThreadsErrorCode}: {(text.Length > 110 ? text[..110] : text)}";
    }

    [GeneratedRegex("'[^']*'|[0-9][0-9,]*|bafy[a-z2-7]+")]
    private static partial Regex Names();
}
