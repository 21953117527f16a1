using System.Buffers.Text;
using Threads.Data;
using Threads.Data.Access;
using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Simulation.Model;

/// <summary>
/// Who may do what, slowly: docs/access.md and decision 0020 sentence by sentence, over sets of what is here. Every question looks through all that anybody said; nothing is indexed, nothing is kept but answers.
/// It shares with the product the reading of changes and chains, and what a signature is.
/// </summary>
internal sealed class AccessJudge
{
    private readonly FirstList? _first;
    private readonly Dictionary<string, StoredRecord> _stored;
    private readonly Dictionary<string, HashSet<string>> _leadsTo = new(StringComparer.Ordinal);
    private readonly HashSet<string> _forked;
    private readonly List<Said> _said = [];
    private readonly List<Shown> _shown = [];
    private readonly Dictionary<Said, HashSet<Said>> _past = [];
    private readonly Dictionary<Said, int> _rank = [];
    private readonly Dictionary<(string, string, ThreadRoles), string?> _answers = [];
    private readonly List<Entry> _taking;
    private readonly List<Entry> _giving;

    /// <param name="thread">Its id names the first list.</param>
    /// <param name="first">That list's bytes; null: it is not here.</param>
    /// <param name="folded">The records that count: those that are due.</param>
    /// <param name="stored">All that are here.</param>
    public AccessJudge(ThreadId thread, byte[]? first, IReadOnlyCollection<DecodedRecord> folded, Dictionary<string, StoredRecord> stored)
    {
        (_first, _stored) = (first is null ? null : FirstList.Read(first, thread), stored);
        _forked = [.. stored.Values.GroupBy(r => (r.Log, r.Position)).Where(g => g.Count() > 1).Select(g => g.Key.Log)];
        foreach (var record in folded)
        {
            foreach (var (index, bytes) in record.Lists.Where(l => FirstList.IdOf(l.Bytes) != thread))
            {
                Hear(record, index, bytes);
            }

            foreach (var bytes in record.Chains)
            {
                Show(thread, record, bytes);
            }
        }

        if (_first is not null)
        {
            Rank();
        }

        _taking = [.. _rank.Keys.SelectMany(s => s.Ops.Where(op => !op.Widens && !IsVoid(s, op)).Select(op => new Entry(s, op)))];
        _giving = [.. _rank.Keys.Where(s => !IsCutOff(s, _rank[s])).SelectMany(s => s.Ops.Where(op => op.Widens).Select(op => new Entry(s, op)))];
    }

    /// <summary>Digests of changes of which nothing counts, or something does not.</summary>
    public IEnumerable<string> RefusedChanges => _said
        .Where(s => s.Ops.Length == 0 || !_rank.TryGetValue(s, out var rank) || s.Ops.Any(op => !op.Widens && IsVoid(s, op)) || (s.Ops.Any(op => op.Widens) && IsCutOff(s, rank)))
        .Select(s => s.Digest).Order(StringComparer.Ordinal);

    /// <summary>Null: the event has effect; else why it has none.</summary>
    public string? Refuses(DecodedRecord at, DecodedEvent e)
    {
        var role = e.Kind == Data.Events.EventKind.Delete ? ThreadRoles.Delete : ThreadRoles.Write;
        string[] path = [e.Collection, KeyOf(e.Key)];
        var question = (at.Cid, string.Join('\0', path), role);
        if (!_answers.TryGetValue(question, out var answer))
        {
            _answers.Add(question, answer = Judge(at, path, role));
        }

        return answer;
    }

    /// <summary>What was said, by rank; what takes; which logs have branches.</summary>
    public override string ToString() => string.Join("; ", _said.Select(s => $"{s.Record.Author[^6..]} {s.Record.Log[..6]}/{s.Record.Position} at {s.Record.Time} rank {(_rank.TryGetValue(s, out var rank) ? rank : -1)}: "
        + string.Join(", ", s.Ops.Select(op => $"{op.Kind} {op.Path} {op.Principal[^1..]} {op.Roles} {op.Member} [{string.Join(' ', op.Heads.Select(h => $"{h.Log[..6]}/{h.Position}/{h.Digest[..6]}"))}]"))))
        + $" forked: {string.Join(' ', _forked.Select(f => f[..6]))}";

    private string? Judge(DecodedRecord at, string[] path, ThreadRoles role)
        => _first is null ? "no list"
        : IsClosed(at) ? "closed"
        : IsAdmin(at) ? null
        : IsOut(at, at.Author) ? "expelled"
        : IsListed(at, path, role) || IsCapable(at, path, role) ? null : "role";

    /// <summary>An entity's key as paths have it; those that no list of a world names are all one.</summary>
    private static string KeyOf(Value[] key)
    {
        if (key is not [{ Kind: ValueKind.Integer or ValueKind.Text } one])
        {
            return "?";
        }

        using var writer = new CborWriter();
        if (one.Kind == ValueKind.Integer)
        {
            writer.WriteInt64(one.Integer);
        }
        else
        {
            writer.WriteText(one.TextValue);
        }

        return Base64Url.EncodeToString(writer.WrittenSpan);
    }

    private void Hear(DecodedRecord record, int index, byte[] bytes)
    {
        var change = new AccessChange([], []);
        try
        {
            change = AccessChange.Read(bytes);
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            // It says nothing, and is listed.
        }

        var digest = AccessStatement.DigestOf(record.LogId, record.Position, index, bytes);
        if (!_said.Exists(s => s.Digest == digest))
        {
            _said.Add(new Said(digest, record, change.Follows, change.Ops));
        }
    }

    private void Show(ThreadId thread, DecodedRecord record, byte[] bytes)
    {
        try
        {
            var chain = CapabilityChain.Read(bytes);
            if (_first is { } first && chain.BrokenRule(thread, first.IsOwner, _ => false, _ => { }, _ => false) == 0)
            {
                _shown.Add(new Shown(chain.Links, record));
            }
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            return;
        }
    }

    /// <summary>From the highest rank down; within one, what was said first.</summary>
    private void Rank()
    {
        foreach (var said in _said.Where(s => s.Ops.Length > 0))
        {
            if (Past(said) is { } past)
            {
                _past.Add(said, past);
            }
        }

        for (var rank = 0; rank <= _past.Count; rank++)
        {
            foreach (var said in _past.Keys.Where(s => !_rank.ContainsKey(s)).OrderBy(s => s.Record.Time).ToArray())
            {
                if (RankOf(said.Record.Author, said, rank) == rank && (rank == 0 || !IsCutOff(said, rank - 1)))
                {
                    _rank.Add(said, rank);
                }
            }
        }
    }

    /// <summary>All it follows, straight or by way of others; null where something of that is not here, or not older.</summary>
    private HashSet<Said>? Past(Said said)
    {
        var past = new HashSet<Said>();
        foreach (var digest in said.Follows.Where(d => d != _first!.Digest))
        {
            if (_said.Find(s => s.Digest == digest && s.Ops.Length > 0) is not { } followed || followed.Record.Time >= said.Record.Time || (_past.GetValueOrDefault(followed) ?? Past(followed)) is not { } further)
            {
                return null;
            }

            past.Add(followed);
            past.UnionWith(further);
        }

        return past;
    }

    /// <summary>An admin's rank by what a change had seen; ranks up to a number are asked about. Null: he was none.</summary>
    private int? RankOf(string peer, Said said, int most)
    {
        if (_first!.IsOwner(peer))
        {
            return 0;
        }

        var appointed = _past[said].Where(a => _rank.TryGetValue(a, out var rank) && rank < most && !IsCutOff(a, rank)
            && a.Ops.Any(op => op.Kind == AccessOpKind.Grant && op.Principal == peer && (op.Roles & ThreadRoles.Admin) != 0)
            && !_past[said].Any(d => _rank.TryGetValue(d, out var by) && by <= most && !IsBefore(d, a) && d.Ops.Any(op => op.Principal == peer && EndsAdmin(op) && !IsVoid(d, op))));
        return appointed.Select(a => (int?)_rank[a] + 1).Min();
    }

    private static bool EndsAdmin(AccessOp op) => op.Kind == AccessOpKind.Expel || (op.Kind == AccessOpKind.Revoke && op.Path.Depth == 0 && op.Roles != 0);

    /// <summary>It would take from an owner, or a senior.</summary>
    private bool IsVoid(Said said, AccessOp op)
        => (op.Kind == AccessOpKind.Expel || (op.Kind == AccessOpKind.Revoke && op.Path.Depth == 0 && AccessPrincipal.IsPeer(op.Principal)))
            && (_first!.IsOwner(op.Principal) || RankOf(op.Principal, said, _rank[said]) < _rank[said]);

    /// <summary>Somebody up to a rank, who had not seen it, put its author out, or closed its log.</summary>
    private bool IsCutOff(Said said, int upTo) => _rank.Any(d => d.Value <= upTo && d.Key != said && !IsBefore(d.Key, said) && d.Key.Ops.Any(op => !Saw(op, said.Record)
        && (op.Kind == AccessOpKind.Close ? op.Heads[0].Log == said.Record.Log : op.Principal == said.Record.Author && EndsAdmin(op) && !IsVoid(d.Key, op))));

    private bool IsClosed(DecodedRecord at)
    {
        var closes = _taking.FindAll(x => x.Op.Kind == AccessOpKind.Close && x.Op.Heads[0].Log == at.Log);
        return closes.Exists(x => !Saw(x.Op, at) && !closes.Exists(y => IsBefore(x.By, y.By)));
    }

    private bool IsAdmin(DecodedRecord at) => _first!.IsOwner(at.Author) || (Named(at, [], at.Author) & ThreadRoles.Admin) != 0;

    private bool IsOut(DecodedRecord at, string peer) => _taking.Exists(x => x.Op.Kind == AccessOpKind.Expel && x.Op.Principal == peer && !Saw(x.Op, at)
        && !_giving.Exists(g => IsBefore(x.By, g.By) && IsEarlier(g, at) && (g.Op.Kind == AccessOpKind.Grant ? g.Op.Principal == peer : g.Op.Kind == AccessOpKind.Join && g.Op.Member == peer)));

    private bool IsListed(DecodedRecord at, string[] path, ThreadRoles role)
        => Enumerable.Range(0, path.Length + 1).Select(depth => path[..depth]).All(level => (level.Length > 0 && !HasOwnList(at, level)) || Has(at, level, role));

    private bool HasOwnList(DecodedRecord at, string[] path) => _taking.Exists(own => own.Op.Kind == AccessOpKind.Own && IsAt(own.Op, path) && !Saw(own.Op, at)
        && !_giving.Exists(share => share.Op.Kind == AccessOpKind.Share && IsAt(share.Op, path) && IsBefore(own.By, share.By) && IsEarlier(share, at)));

    private bool Has(DecodedRecord at, string[] path, ThreadRoles role)
    {
        var groups = _giving.Where(x => x.Op.Kind == AccessOpKind.Join && x.Op.Member == at.Author && IsEarlier(x, at) && !IsUndone(x, at, at.Author)).Select(x => x.Op.Principal);
        return groups.Append(at.Author).Append(AccessPrincipal.Everybody).Distinct().Any(principal => Gives(Named(at, path, principal), role));
    }

    /// <summary>The roles that a list names for somebody.</summary>
    private ThreadRoles Named(DecodedRecord at, string[] path, string principal)
    {
        var roles = path.Length == 0 && _first!.IsOwner(principal) ? ThreadRoles.Admin : ThreadRoles.None;
        foreach (var grant in _giving.Where(x => x.Op.Kind == AccessOpKind.Grant && IsAt(x.Op, path) && x.Op.Principal == principal && IsEarlier(x, at) && !IsUndone(x, at, principal)))
        {
            if (path.Length > 0 && _giving.Exists(x => x.Op.Kind == AccessOpKind.Share && IsAt(x.Op, path) && IsBefore(grant.By, x.By) && IsEarlier(x, at)))
            {
                continue;
            }

            var taken = _taking.FindAll(x => x.Op.Kind == AccessOpKind.Revoke && IsAt(x.Op, path) && x.Op.Principal == principal && Takes(x, grant, at));
            roles |= Each(grant.Op.Roles).Where(role => !taken.Exists(x => Each(x.Op.Roles).Any(t => Gives(role, t)))).Aggregate(ThreadRoles.None, (sum, role) => sum | role);
        }

        return roles;
    }

    /// <summary>By being put out, by a group's end, by leaving it.</summary>
    private bool IsUndone(Entry given, DecodedRecord at, string whom) => _taking.Exists(x => Takes(x, given, at) && (x.Op.Kind switch
    {
        AccessOpKind.Expel => x.Op.Principal == whom,
        AccessOpKind.Drop => x.Op.Principal == given.Op.Principal,
        AccessOpKind.Leave => given.Op.Kind == AccessOpKind.Join && x.Op.Principal == given.Op.Principal && x.Op.Member == whom,
        _ => false,
    }));

    /// <summary>Shown earlier, in force for the role and the place in each of its links, and nobody who passed it on is out.</summary>
    private bool IsCapable(DecodedRecord at, string[] path, ThreadRoles role) => _shown.Exists(s => s.Links[0].IssuedTo == at.Author && s.By.Time < at.Time
        && s.Links.All(l => at.Time < l.Expires && Gives(l.Roles, role) && l.Path.Components.Length <= path.Length && path[..l.Path.Components.Length].SequenceEqual(l.Path.Components)
            && (_first!.IsOwner(l.Issuer) || !IsOut(at, l.Issuer))));

    private bool Takes(Entry taking, Entry given, DecodedRecord at) => !IsBefore(taking.By, given.By) && !Saw(taking.Op, at);

    private bool Saw(AccessOp op, DecodedRecord record) => op.Heads.Any(head => Leads(record, head));

    /// <summary>Whether a record is one of those that a head follows, or is the head itself.</summary>
    private bool Leads(DecodedRecord record, AccessHead head)
    {
        if (head.Log != record.Log || record.Position > head.Position)
        {
            return false;
        }

        if (!_forked.Contains(head.Log))
        {
            return true;
        }

        if (!_stored.TryGetValue(head.Digest, out var named) || named.Log != head.Log || named.Position != head.Position)
        {
            // A branch that is not here: what all branches have in common leads to it.
            return record.Position < _stored.Values.Where(s => s.Log == head.Log).GroupBy(s => s.Position).Where(g => g.Count() > 1).Min(g => g.Key);
        }

        if (!_leadsTo.TryGetValue(head.Digest, out var chain))
        {
            _leadsTo.Add(head.Digest, chain = new HashSet<string>(StringComparer.Ordinal));
            for (var at = head.Digest; at is not null; at = _stored[at].Previous)
            {
                chain.Add(at);
            }
        }

        return chain.Contains(record.Cid);
    }

    private bool IsBefore(Said earlier, Said later) => _past[later].Contains(earlier);

    private static bool IsEarlier(Entry entry, DecodedRecord at) => entry.By.Record.Time < at.Time;

    private static bool IsAt(AccessOp op, string[] path) => op.Path.Components.SequenceEqual(path);

    private static IEnumerable<ThreadRoles> Each(ThreadRoles roles) => Enum.GetValues<ThreadRoles>().Where(role => role != 0 && (roles & role) != 0);

    /// <summary>Whether one who has these roles has that one: the table of docs/access.md.</summary>
    private static bool Gives(ThreadRoles roles, ThreadRoles asked) => Each(roles).Any(role => role == asked || role == ThreadRoles.Admin || asked == ThreadRoles.Replicate
        || (role == ThreadRoles.Write && asked == ThreadRoles.Read) || (role == ThreadRoles.Erase && asked == ThreadRoles.Delete));

    private sealed class Said(string digest, DecodedRecord record, string[] follows, AccessOp[] ops)
    {
        public string Digest => digest;

        public DecodedRecord Record => record;

        public string[] Follows => follows;

        public AccessOp[] Ops => ops;
    }

    private sealed record Shown(CapabilityLink[] Links, DecodedRecord By);

    private readonly record struct Entry(Said By, AccessOp Op);
}
