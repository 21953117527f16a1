using Threads.Data.Access;
using Threads.Data.Logs;

namespace Threads.Data.Pipeline;

/// <summary>Which records must be judged again when the lists have changed: those of the peers that entries concern which count now and did not, or did and don't; and of those only what the entries can reach.</summary>
internal sealed class AccessConcern(AccessRules before, AccessRules after, IReadOnlyList<LogEntry> logs, LogStore store, ILogAncestry ancestry, EventWalk walk, IReadOnlySet<string> forked)
{
    private readonly Dictionary<long, long> _since = [];
    private readonly Dictionary<long, string> _authors = [];
    private ILookup<string, LogEntry>? _byAuthor;

    /// <summary>The logs, each from which position on.</summary>
    public IEnumerable<(LogEntry Log, long Since)> Logs()
    {
        if (before.HasList != after.HasList)
        {
            return logs.Select(l => (l, l.Fork ?? 1));
        }

        foreach (var log in logs.Where(l => forked.Contains(Convert.ToHexStringLower(l.PublicKey))))
        {
            Add(log, 1);
        }

        var known = before.Entries.ToHashSet(new SameEntry());
        foreach (var entry in after.Entries)
        {
            if (!known.Remove(entry))
            {
                Add(entry);
            }
        }

        foreach (var entry in known)
        {
            Add(entry);
        }

        var shown = before.Capabilities.Select(Name).ToHashSet();
        foreach (var chain in after.Capabilities.Where(c => !shown.Contains(Name(c))))
        {
            foreach (var log in logs.Where(l => AuthorOf(l) == chain.Chain.Holder))
            {
                Add(log, walk.FirstAt(log, chain.Time));
            }
        }

        return logs.Where(l => _since.ContainsKey(l.Id)).Select(l => (l, _since[l.Id]));
    }

    private static (long, string) Name(CapabilityStatement shown) => (shown.Record, shown.Chain.DigestOf(0));

    private void Add(AccessEntry entry)
    {
        var op = entry.Op;
        foreach (var log in Candidates(op))
        {
            if (!Concerns(op, log))
            {
                continue;
            }

            if (op.Widens)
            {
                Add(log, walk.FirstAt(log, entry.Of.Time));
                continue;
            }

            var key = Convert.ToHexStringLower(log.PublicKey);
            var seen = op.Heads.Where(h => h.Log == key && ancestry.Covers(h, RecordId.Of(log.Id, Math.Min(h.Position, Math.Max(log.Head, 1))))).Select(h => h.Position).DefaultIfEmpty(0).Min();
            Add(log, log.Parent is null ? seen + 1 : 1);
        }
    }

    private void Add(LogEntry log, long position)
    {
        position = Math.Max(position, log.Fork ?? 1);
        _since[log.Id] = _since.TryGetValue(log.Id, out var other) ? Math.Min(position, other) : position;
    }

    private bool Concerns(AccessOp op, LogEntry log) => op.Kind switch
    {
        AccessOpKind.Own or AccessOpKind.Share => true,
        AccessOpKind.Rotate or AccessOpKind.Reseal => false,
        AccessOpKind.Close => op.Heads[0].Log == Convert.ToHexStringLower(log.PublicKey),
        AccessOpKind.Join or AccessOpKind.Leave => op.Member == AuthorOf(log),
        AccessOpKind.Expel => op.Principal == AuthorOf(log) || IssuedTo(AuthorOf(log), op.Principal),
        _ => op.Principal == AccessPrincipal.Everybody || op.Principal == AuthorOf(log)
            || (AccessPrincipal.IsGroup(op.Principal) && (before.EverMembers(op.Principal).Contains(AuthorOf(log)) || after.EverMembers(op.Principal).Contains(AuthorOf(log)))),
    };

    /// <summary>What the peer holds went through the other's hands.</summary>
    private bool IssuedTo(string holder, string issuer) => after.Capabilities.Any(c => c.Chain.Holder == holder && c.Chain.Links.Any(l => l.Issuer == issuer));

    /// <summary>Where an entry names one peer, that peer's logs: after many joins there are many of both.</summary>
    private IEnumerable<LogEntry> Candidates(AccessOp op)
    {
        var peer = op.Kind switch
        {
            AccessOpKind.Join or AccessOpKind.Leave => op.Member,
            AccessOpKind.Grant or AccessOpKind.Revoke when AccessPrincipal.IsPeer(op.Principal) => op.Principal,
            _ => null,
        };
        return peer is null ? logs : (_byAuthor ??= logs.ToLookup(AuthorOf, StringComparer.Ordinal))[peer];
    }

    private string AuthorOf(LogEntry log)
    {
        if (!_authors.TryGetValue(log.Id, out var author))
        {
            _authors.Add(log.Id, author = store.AuthorOf(log.Id) is { } peer ? AccessPrincipal.Of(peer) : "");
        }

        return author;
    }

    private sealed class SameEntry : IEqualityComparer<AccessEntry>
    {
        public bool Equals(AccessEntry x, AccessEntry y) => x.Of.Digest == y.Of.Digest && Place(x) == Place(y);

        public int GetHashCode(AccessEntry entry) => HashCode.Combine(entry.Of.Digest, Place(entry));

        private static int Place(AccessEntry entry) => Array.IndexOf(entry.Of.Change.Ops, entry.Op);
    }
}
