using Threads.Data;
using Threads.Data.Access;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Data.Pipeline;
using Threads.Simulation.Model;

namespace Threads.Simulation;

/// <content>Rights that nobody gave: grants by nobody, changes again, forged chains, logs that are dated back, with his own keys or with those of somebody whose files he has.</content>
internal sealed partial class Liar
{
    private const long LongestBack = 10_000_000_000_000;

    private string Me => AccessPrincipal.Of(PeerId.FromPublicKey(_identity.PublicKey));

    /// <inheritdoc cref="Lie"/>
    public (string What, byte[] Bytes) Cheat(Chance chance, long now, IReadOnlyList<TableModel> tables, SimPeer victim, IReadOnlyList<string> tokens)
    {
        _random.Reseed(chance.Next());
        if (_chain.Count == 0)
        {
            Begin(now);
        }

        _time = Math.Max(_time + 1, now);
        var core = victim.Core;
        switch (chance.Below(11))
        {
            case 0:
                return ("a grant by nobody", Own(OwnLog.Access, new AccessChange([Anchor(core)], [AccessOp.Grant(default, Me, ThreadRoles.Admin | ThreadRoles.Write)]).ToBytes()));
            case 1 when ChangeOf(core, chance) is { } change:
                return ("a change that somebody made, again", Own(OwnLog.Access, change));
            case 2:
                var garbage = new byte[chance.Below(60)];
                chance.Fill(garbage);
                return ("a change that is none", Own(OwnLog.Access, garbage));
            case 3:
                return ("another first list", Own(OwnLog.Access, FirstList.Create(PeerId.FromPublicKey(_identity.PublicKey), _random)));
            case 4:
                return ("a capability that he gave himself", Own(OwnLog.Capability, Issue(Me, null)));
            case 5 when tokens.Count > 0:
                var forged = (byte[])ThreadCapability.Parse(chance.Pick(tokens)).Chain.Bytes.Clone();
                forged[^(1 + chance.Below(60))] ^= (byte)(1 + chance.Below(255));
                return ("a capability with another signature", Own(OwnLog.Capability, forged));
            case 6 when tokens.Count > 0:
                return ("a capability that was given to another", Own(OwnLog.Capability, Issue(Me, ThreadCapability.Parse(chance.Pick(tokens)).Chain)));
            case 7:
                return ("a log of somebody's dated back", DatedBack(chance, tables, victim));
            case 8 or 9:
                return ("a change with a stolen key", Stolen(chance, victim, core.Access.Fresh().Newest));
            case 10:
                return ("a change that follows what nobody knows", Stolen(chance, victim, [Convert.ToHexStringLower(Fresh(32))]));
            default:
                return ("rows of his own", File(Next(chance, tables)));
        }
    }

    private static string Anchor(ThreadCore core) => Convert.ToHexStringLower(core.Keys.Thread.Random);

    private static byte[]? ChangeOf(ThreadCore core, Chance chance)
    {
        var rows = core.Database["SELECT change FROM _threads_access ORDER BY digest"];
        var changes = new List<byte[]>();
        while (rows.Step())
        {
            changes.Add(rows.Blob(0).ToArray());
        }

        return changes.Count == 0 ? null : chance.Pick(changes);
    }

    private byte[] Own(EventShape shape, byte[] bytes) => File(Keep(Seal(_chain[^1].RecordCid, Payload(_chain.Count + 1, _time, shape, w => w.WriteBytes(bytes)))));

    private byte[] Issue(string to, CapabilityChain? behind)
        => CapabilityChain.Issue(ThreadId.FromBytes(_thread), _identity, to, default, ThreadRoles.Write, behind?.Expires ?? long.MaxValue, behind).Bytes;

    private byte[] Fresh(int count)
    {
        var bytes = new byte[count];
        _random.Fill(bytes);
        return bytes;
    }

    /// <summary>A new log by somebody's identity, which begins when he may have been somebody else's.</summary>
    private byte[] DatedBack(Chance chance, IReadOnlyList<TableModel> tables, SimPeer victim)
    {
        var time = _time;
        using var log = Ed25519PrivateKey.Generate(_random);
        return As(victim, log, () =>
        {
            _time = Math.Max(1, time - chance.Between(1, LongestBack));
            var first = Opening(_thread, signed: true);
            var bytes = Pack(first, Of(chance, 2, _time + 1_000, first.RecordCid, payload => Event(payload, chance, chance.Pick(tables))));
            _time = time;
            return bytes;
        });
    }

    /// <summary>What an admin could say, behind the newest record of somebody's log or beside it.</summary>
    private byte[] Stolen(Chance chance, SimPeer victim, string[] follows)
    {
        var core = victim.Core;
        core.Logs.Forget();
        core.OwnLog.Forget();
        if (core.OwnLog.Find() is not { Head: > 1 } own)
        {
            return Own(OwnLog.Access, new AccessChange(follows, [AccessOp.Expel(Me, [])]).ToBytes());
        }

        var rules = core.Access.Fresh();
        var whom = chance.Pick([.. core.Logs.All().Select(l => core.Logs.AuthorOf(l.Id)!.ToString()).Distinct().Order(StringComparer.Ordinal)]);
        AccessOp[] ops = chance.Below(5) switch
        {
            0 => [AccessOp.Grant(default, Me, ThreadRoles.Admin)],
            1 => [AccessOp.Expel(whom, [])],
            2 => [AccessOp.Revoke(default, whom, ThreadRoles.Write, []), AccessOp.Grant(default, Me, ThreadRoles.Write)],
            3 => [AccessOp.Revoke(default, rules.FirstPeers.Keys.Order(StringComparer.Ordinal).FirstOrDefault(whom), ThreadRoles.Admin, [])],
            _ => [AccessOp.Expel(whom, [new AccessHead(Convert.ToHexStringLower(own.PublicKey), own.Head, Convert.ToHexStringLower(own.HeadCid.Digest))]), AccessOp.Join("@g", Me)],
        };
        var after = chance.OneIn(2) ? own.Head : chance.Between(1, own.Head);
        var id = RecordId.Of(own.Id, after);
        var time = Math.Max(core.Records.EndTime(id) + 1, chance.OneIn(2) ? _time : 0);
        var bytes = new AccessChange(follows, ops).ToBytes();
        using var log = KeyOf(core.Keys.Log);
        return As(victim, log, () => Pack(Seal(core.Records.CidOf(id)!.Value, Payload(after + 1, time, OwnLog.Access, w => w.WriteBytes(bytes)))));
    }

    /// <summary>Does something with another log and somebody's identity.</summary>
    private byte[] As(SimPeer victim, Ed25519PrivateKey log, Func<byte[]> work)
    {
        var (mine, me) = (_log, _identity);
        using var identity = KeyOf(victim.Core.Keys.Identity);
        try
        {
            (_log, _identity) = (log, identity);
            return work();
        }
        finally
        {
            (_log, _identity) = (mine, me);
        }
    }

    private static Ed25519PrivateKey KeyOf(Ed25519PrivateKey key)
    {
        Span<byte> seed = stackalloc byte[Ed25519.SeedSize];
        key.CopySeed(seed);
        return new Ed25519PrivateKey(seed);
    }
}
