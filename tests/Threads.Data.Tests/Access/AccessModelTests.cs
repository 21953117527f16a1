using Threads.Data.Access;

namespace Threads.Data.Tests.Access;

/// <summary>The rules against the sentences of docs/access.md, written down as slowly as they read: sets, no indexes, no order. Random histories of admins, groups, tables; every record judged by both (T-ACL-7).</summary>
public sealed class AccessModelTests
{
    private const int Peers = 5;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 150)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Rules_judge_as_the_sentences_of_the_documentation_do(int seed)
    {
        var random = new Random(seed);
        var t = new Lists(Peers);
        var records = new List<Standpoint>();
        for (var step = 0; step < 40; step++)
        {
            var peer = random.Next(3) == 0 ? 0 : random.Next(Peers);
            if (random.Next(2) == 0)
            {
                records.Add(t.Write(peer, random.Next(4) == 0 ? t.Time - random.Next(20) : null));
                continue;
            }

            // What its author had seen of the others, and of their logs, is any part of it.
            var seen = t.All.Where(_ => random.Next(3) > 0).TakeLast(1 + random.Next(4)).ToArray();
            t.Say(peer, seen, [.. Enumerable.Range(0, 1 + random.Next(2)).Select(_ => Op(t, random))]);
        }

        var (rules, model) = (t.Rules(t.All.OrderBy(_ => random.Next())), new Model(t));
        AccessPath[] paths = [default, AccessPath.Collection("n"), AccessPath.Collection("m"), AccessPath.Entity("n", [1])];
        foreach (var at in records)
        {
            foreach (var path in paths)
            {
                foreach (var role in new[] { ThreadRoles.Read, ThreadRoles.Write, ThreadRoles.Delete })
                {
                    Assert.Equal((model.May(at, path, role), at, path.ToString(), role), (rules.Judge(at, path, role) == AccessReason.None, at, path.ToString(), role));
                }
            }

            Assert.Equal(model.IsAdmin(at), rules.IsAdmin(at));
        }
    }

    private static AccessOp Op(Lists t, Random random)
    {
        var (peer, other) = (random.Next(Peers), random.Next(Peers));
        var path = random.Next(3) switch { 0 => AccessPath.Collection("n"), 1 => AccessPath.Entity("n", [1]), _ => default };
        var role = random.Next(4) switch { 0 => ThreadRoles.Delete, 1 => ThreadRoles.Read, _ => ThreadRoles.Write };
        var heads = Enumerable.Range(0, Peers).Where(_ => random.Next(3) > 0).Select(p => t.Head(p, 1 + random.Next(12))).ToArray();
        return random.Next(14) switch
        {
            0 => AccessOp.Grant(default, t[peer], ThreadRoles.Admin | role),
            1 => AccessOp.Revoke(default, t[peer], ThreadRoles.Admin, heads),
            2 => AccessOp.Expel(t[peer], heads),
            3 => AccessOp.Join("@g", t[peer]),
            4 => AccessOp.Leave("@g", t[peer], heads),
            5 => AccessOp.Drop("@g", heads),
            6 => AccessOp.Own(path.Depth == 0 ? AccessPath.Collection("n") : path, heads),
            7 => AccessOp.Share(path.Depth == 0 ? AccessPath.Collection("n") : path),
            8 => AccessOp.Close([t.Head(other, 1 + random.Next(12))]),
            9 => AccessOp.Revoke(path, random.Next(2) == 0 ? AccessPrincipal.Everybody : "@g", role, heads),
            10 => AccessOp.Revoke(path, t[peer], role, heads),
            11 => AccessOp.Grant(path, random.Next(2) == 0 ? AccessPrincipal.Everybody : "@g", role),
            _ => AccessOp.Grant(path, t[peer], role),
        };
    }

    private sealed class Model
    {
        private readonly Lists _t;
        private readonly Dictionary<AccessStatement, HashSet<AccessStatement>> _past = [];
        private readonly Dictionary<AccessStatement, int> _rank = [];

        public Model(Lists t)
        {
            _t = t;
            foreach (var s in t.All.Where(s => Past(s) is not null))
            {
                _past[s] = Past(s)!;
            }

            // Ranks from the highest down; within one, what was seen first.
            for (var rank = 0; rank <= t.All.Count; rank++)
            {
                foreach (var s in _past.Keys.OrderBy(s => s.Time).Where(s => !_rank.ContainsKey(s)).ToList())
                {
                    if (RankOf(s.Author, s, rank) == rank && (rank == 0 || !IsCutOff(s, rank - 1)))
                    {
                        _rank[s] = rank;
                    }
                }
            }
        }

        public bool IsAdmin(Standpoint at) => IsOwner(at.Author) || (Named(at, default, at.Author) & ThreadRoles.Admin) != 0;

        public bool May(Standpoint at, AccessPath path, ThreadRoles role)
        {
            var closes = Taking().Where(x => x.Op.Kind == AccessOpKind.Close && x.Op.Heads[0].Log == _t.LogOf(at.Record)).ToList();
            if (closes.Exists(x => !Saw(x.Op, at) && !closes.Exists(y => Before(x.By, y.By))))
            {
                return false;
            }

            if (IsAdmin(at))
            {
                return true;
            }

            return !IsOut(at) && Levels(path).All(level => (level.Depth > 0 && !Stands(at, level)) || Has(at, level, role));
        }

        private static IEnumerable<AccessPath> Levels(AccessPath path) => Enumerable.Range(0, path.Depth + 1).Select(depth => AccessPath.Of(path.Components.AsSpan(0, depth)));

        private bool Stands(Standpoint at, AccessPath path)
            => Taking().Any(own => own.Op.Kind == AccessOpKind.Own && own.Op.Path.Equals(path) && !Saw(own.Op, at)
                && !Giving().Any(share => share.Op.Kind == AccessOpKind.Share && share.Op.Path.Equals(path) && Before(own.By, share.By) && share.By.Time < at.Time));

        private bool Has(Standpoint at, AccessPath path, ThreadRoles role)
        {
            var groups = Giving().Where(x => x.Op.Kind == AccessOpKind.Join && x.Op.Member == at.Author && x.By.Time < at.Time && !Undone(x, at, at.Author)).Select(x => x.Op.Principal);
            var roles = groups.Distinct().Append(at.Author).Append(AccessPrincipal.Everybody).Aggregate(ThreadRoles.None, (sum, p) => sum | Named(at, path, p));
            return (AccessRoles.Implied(roles) & role) == role;
        }

        private ThreadRoles Named(Standpoint at, AccessPath path, string principal)
        {
            var roles = path.Depth == 0 && IsOwner(principal) ? ThreadRoles.Admin : ThreadRoles.None;
            foreach (var grant in Giving().Where(x => x.Op.Kind == AccessOpKind.Grant && x.Op.Path.Equals(path) && x.Op.Principal == principal && x.By.Time < at.Time))
            {
                foreach (var role in Enum.GetValues<ThreadRoles>().Where(r => r != 0 && (grant.Op.Roles & r) != 0))
                {
                    var taken = Undone(grant, at, principal)
                        || Taking().Any(x => x.Op.Kind == AccessOpKind.Revoke && x.Op.Path.Equals(path) && x.Op.Principal == principal && (AccessRoles.Implied(role) & x.Op.Roles) != 0 && Takes(x, grant, at))
                        || Giving().Any(x => x.Op.Kind == AccessOpKind.Share && path.Depth > 0 && x.Op.Path.Equals(path) && Before(grant.By, x.By) && x.By.Time < at.Time);
                    roles |= taken ? 0 : role;
                }
            }

            return roles;
        }

        /// <summary>By an expulsion, a group's end, or leaving it.</summary>
        private bool Undone((AccessStatement By, AccessOp Op) given, Standpoint at, string whom) => Taking().Any(x => Takes(x, given, at) && (x.Op.Kind switch
        {
            AccessOpKind.Expel => x.Op.Principal == whom,
            AccessOpKind.Drop => x.Op.Principal == given.Op.Principal,
            AccessOpKind.Leave => given.Op.Kind == AccessOpKind.Join && x.Op.Principal == given.Op.Principal && x.Op.Member == whom,
            _ => false,
        }));

        private bool IsOut(Standpoint at) => Taking().Any(x => x.Op.Kind == AccessOpKind.Expel && x.Op.Principal == at.Author && !Saw(x.Op, at)
            && !Giving().Any(g => Before(x.By, g.By) && g.By.Time < at.Time && (g.Op.Kind == AccessOpKind.Grant ? g.Op.Principal == at.Author : g.Op.Kind == AccessOpKind.Join && g.Op.Member == at.Author)));

        private bool Takes((AccessStatement By, AccessOp Op) taking, (AccessStatement By, AccessOp Op) given, Standpoint at) => !Before(taking.By, given.By) && !Saw(taking.Op, at);

        private bool Saw(AccessOp op, Standpoint at) => op.Heads.Any(h => _t.Covers(h, at.Record));

        /// <summary>Entries that take, of changes that count, but for those that would take from an owner or a senior.</summary>
        private IEnumerable<(AccessStatement By, AccessOp Op)> Taking()
            => _rank.Keys.SelectMany(s => s.Change.Ops.Where(op => !op.Widens && !IsVoid(s, op)).Select(op => (s, op)));

        private IEnumerable<(AccessStatement By, AccessOp Op)> Giving()
            => _rank.Keys.Where(s => !IsCutOff(s, _rank[s])).SelectMany(s => s.Change.Ops.Where(op => op.Widens).Select(op => (s, op)));

        private bool IsVoid(AccessStatement s, AccessOp op)
        {
            var isMeant = op.Kind == AccessOpKind.Expel || (op.Kind == AccessOpKind.Revoke && op.Path.Depth == 0 && AccessPrincipal.IsPeer(op.Principal));
            return isMeant && (IsOwner(op.Principal) || RankOf(op.Principal, s, _rank[s]) < _rank[s]);
        }

        private int? RankOf(string peer, AccessStatement s, int most)
        {
            if (IsOwner(peer))
            {
                return 0;
            }

            var ranks = _past[s]
                .Where(a => _rank.TryGetValue(a, out var rank) && rank < most && !IsCutOff(a, rank) && a.Change.Ops.Any(op => op.Kind == AccessOpKind.Grant && op.Principal == peer && (op.Roles & ThreadRoles.Admin) != 0))
                .Where(a => !_past[s].Any(d => _rank.TryGetValue(d, out var rank) && rank <= most && !Before(d, a) && Dismisses(d, peer)))
                .Select(a => _rank[a] + 1).ToList();
            return ranks.Count == 0 ? null : ranks.Min();
        }

        private bool Dismisses(AccessStatement s, string peer)
            => s.Change.Ops.Any(op => op.Principal == peer && !IsVoid(s, op) && (op.Kind == AccessOpKind.Expel || (op.Kind == AccessOpKind.Revoke && op.Path.Depth == 0)));

        private bool IsCutOff(AccessStatement s, int upTo) => _rank.Any(d => d.Value <= upTo && d.Key != s && !Before(d.Key, s) && d.Key.Change.Ops.Any(op =>
            !op.Heads.Any(h => _t.Covers(h, s.Record))
            && (op.Kind == AccessOpKind.Close ? op.Heads[0].Log == _t.LogOf(s.Record)
                : op.Principal == s.Author && !IsVoid(d.Key, op) && (op.Kind == AccessOpKind.Expel || (op.Kind == AccessOpKind.Revoke && op.Path.Depth == 0 && (AccessRoles.Lost(op.Roles) & ThreadRoles.Admin) != 0)))));

        private bool Before(AccessStatement earlier, AccessStatement later) => _past[later].Contains(earlier);

        private bool IsOwner(string peer) => _t.First.IsOwner(peer);

        /// <summary>All it follows, or null where something of it is missing or not older.</summary>
        private HashSet<AccessStatement>? Past(AccessStatement s)
        {
            var past = new HashSet<AccessStatement>();
            foreach (var digest in s.Change.Follows.Where(d => d != _t.Anchor))
            {
                if (_t.All.Find(o => o.Digest == digest) is not { } followed || followed.Time >= s.Time || Past(followed) is not { } further)
                {
                    return null;
                }

                past.Add(followed);
                past.UnionWith(further);
            }

            return past;
        }
    }
}
