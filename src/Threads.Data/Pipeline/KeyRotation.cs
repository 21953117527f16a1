using System.Security.Cryptography;
using Threads.Data.Access;
using Threads.Data.Cryptography;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Records;
using Threads.Data.Sqlite;

namespace Threads.Data.Pipeline;

/// <summary>Read keys that changes of the lists carry: takes those that are sealed to this peer, chooses the one to write under, seals them to who lacks them.</summary>
internal sealed class KeyRotation(SqliteDatabase database, ThreadCore core)
{
    private (AccessRules? Rules, int Held, ReadKeyId? Id) _chosen;
    private (AccessRules Rules, int Logs) _complete;

    /// <summary>What this peer's next record is under; null: the thread's first key.</summary>
    public ReadKeyId? WriteKey
    {
        get
        {
            if (!core.Access.IsJudging)
            {
                return null;
            }

            var (rules, held) = (core.Access.Rules, core.Keys.Reads.RotatedCount);
            if (_chosen.Rules != rules || _chosen.Held != held)
            {
                _chosen = (rules, held, rules.Keys.FirstOrDefault(core.Keys.Reads.Has));
            }

            return _chosen.Id;
        }
    }

    /// <summary>Takes the keys of a change that are sealed to this peer. Whoever's change it is: a name has one key, and which one is written under is another question.</summary>
    public void Take(ReadOnlySpan<byte> change)
    {
        AccessOp[] ops;
        try
        {
            ops = AccessChange.Read(change).Ops;
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            return;
        }

        foreach (var op in ops)
        {
            if (op.Key is { } key && core.Sealer.CanRead && !core.Keys.Reads.Has(key.Id) && key.Open(core.Access.Me, core.Keys.Identity) is { } opened)
            {
                core.Keys.TakeReads(database, core.Options, [opened]);
                CryptographicOperations.ZeroMemory(opened);
            }
        }
    }

    /// <summary>Who may read by these lists.</summary>
    public HashSet<string> Readers(AccessRules rules) => rules.Readers(core.Logs.All().Select(l => AuthorOf(l.Id)), core.Clock.Peek());

    /// <summary>In a write transaction: an entry with a fresh key for these readers, which is held from now on.</summary>
    public AccessOp Rotate(IEnumerable<string> readers)
    {
        var key = new byte[SymmetricKey.KeySize];
        core.Options.Random.Fill(key);
        core.Keys.TakeReads(database, core.Options, [key]);
        var op = AccessOp.Rotate(AccessKey.Seal(key, readers, core.Options.Random));
        CryptographicOperations.ZeroMemory(key);
        return op;
    }

    /// <summary>Whether readers lack keys that this peer has and may give, or a new key is due that it may make. Asked after each change, and after records came.</summary>
    public bool IsMissing
    {
        get
        {
            if (!core.Access.IsJudging || !core.Sealer.CanRead)
            {
                return false;
            }

            var state = (core.Access.Rules, core.Logs.All().Count);
            if (_complete == state || !state.Rules.IsAdmin(core.Access.Next()))
            {
                return false;
            }

            var isMissing = state.Rules.IsRotationDue || Lacking(state.Rules).Any();
            _complete = isMissing ? default : state;
            return isMissing;
        }
    }

    /// <summary>In a write transaction: entries with what is missing, as many as one change holds.</summary>
    public AccessOp[] Missing()
    {
        if (!IsMissing)
        {
            return [];
        }

        var rules = core.Access.Rules;
        if (rules.IsRotationDue)
        {
            return [Rotate(Readers(rules))];
        }

        var room = AccessKey.MaxBoxes;
        var ops = new List<AccessOp>();
        foreach (var (id, peers) in Lacking(rules))
        {
            ops.Add(AccessOp.Reseal(Seal(id, [.. peers.Take(room)])));
            room -= ops[^1].Key!.Boxes.Count;
        }

        return [.. ops.Where(op => op.Key!.Boxes.Count > 0)];
    }

    private IEnumerable<(ReadKeyId Id, string[] Peers)> Lacking(AccessRules rules)
    {
        if (!rules.ReadersKeys.Any())
        {
            return [];
        }

        var readers = Readers(rules);
        return rules.ReadersKeys.Where(core.Keys.Reads.Has).Select(id => (id, readers.Where(r => !rules.HasBox(id, r)).ToArray())).Where(l => l.Item2.Length > 0);
    }

    private AccessKey Seal(ReadKeyId id, string[] peers)
    {
        Span<byte> key = stackalloc byte[SymmetricKey.KeySize];
        core.Keys.Reads.Find(id)!.CopyTo(key);
        var sealedKey = AccessKey.Seal(key, peers, core.Options.Random);
        CryptographicOperations.ZeroMemory(key);
        return sealedKey;
    }

    private string AuthorOf(long log) => core.Logs.AuthorOf(log) is { } peer ? AccessPrincipal.Of(peer) : "";
}
