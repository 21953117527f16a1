using Threads.Data.Records;

namespace Threads.Data.Access;

/// <summary>Which read key is written under, who reads, and who has which key.</summary>
internal sealed partial class AccessRules
{
    private readonly List<AccessEntry> _rotations = [];
    private readonly Dictionary<ReadKeyId, HashSet<string>> _boxes = [];
    private readonly HashSet<int> _takings = [];
    private readonly HashSet<ReadKeyId> _voided = [];

    /// <summary>
    /// Keys of rotations that count, the one to write under first: it was made by who knew of the most revocations that came with a key, and of such it is the newest. None: the thread's first key.
    /// A key that is handed out as new a second time is as old as it was.
    /// </summary>
    public IReadOnlyList<ReadKeyId> Keys => field ??=
    [
        .. _rotations.GroupBy(r => r.Op.Key!.Id).Select(g => g.MinBy(r => r.Statement))
            .OrderByDescending(r => Known(r.Statement)).ThenByDescending(r => r.Statement).Select(r => r.Op.Key!.Id),
    ];

    /// <summary>Those, and keys made by admins whose revokers had not seen it: others may have written under them before they knew, so readers get them, too.</summary>
    public IEnumerable<ReadKeyId> ReadersKeys => Keys.Concat(_voided.Except(Keys));

    /// <summary>Of revocations side by side each came with a key that the other's reader has: whoever may makes one that neither has.</summary>
    public bool IsRotationDue => _takings.Count > 0 && _rotations.Select(r => Known(r.Statement)).DefaultIfEmpty(0).Max() < _takings.Count;

    /// <summary>Whether somebody who may sealed the key to the peer.</summary>
    public bool HasBox(ReadKeyId key, string peer) => _boxes.TryGetValue(key, out var peers) && peers.Contains(peer);

    /// <summary>Who may read now: at the whole thread, or somewhere by a capability.</summary>
    /// <param name="authors">Peers that write logs: what everybody may is theirs, too.</param>
    /// <param name="clock">For what expires.</param>
    public HashSet<string> Readers(IEnumerable<string> authors, long clock)
    {
        var known = FirstPeers.Keys.Concat(_grants.Keys.Where(k => AccessPrincipal.IsPeer(k.Item2)).Select(k => k.Item2)).Concat(_joins.Keys).Concat(_chains.Select(c => c.Key)).Concat(authors);
        return known.Where(p => p.Length > 0).Distinct(StringComparer.Ordinal).Where(p => Reads(Standpoint.Next(p, clock))).ToHashSet(StringComparer.Ordinal);
    }

    private bool Reads(Standpoint at)
        => Judge(at, AccessPath.Thread, ThreadRoles.Read) == AccessReason.None
            || (!IsOut(at) && _chains[at.Author].Any(c => (AccessRoles.Implied(c.Chain.Roles) & ThreadRoles.Read) != 0 && at.Clock < c.Chain.Expires && !IsBroken(c.Chain, at)));

    private void TakeKey(AccessEntry entry)
    {
        var key = entry.Op.Key!;
        if (entry.Op.Kind == AccessOpKind.Rotate)
        {
            _rotations.Add(entry);
        }

        if (!_boxes.TryGetValue(key.Id, out var peers))
        {
            _boxes.Add(key.Id, peers = new HashSet<string>(StringComparer.Ordinal));
        }

        peers.UnionWith(key.Boxes.Select(b => b.Key));
    }

    /// <summary>A change that takes something and brings a key with it: what is written by who knows of it must be under a key that was made knowing of it.</summary>
    private void NoteTaking(AccessEntry entry)
    {
        if (!entry.Op.Widens && Array.Exists(entry.Of.Change.Ops, op => op.Kind == AccessOpKind.Rotate))
        {
            _takings.Add(entry.Statement);
        }
    }

    private void NoteVoid(AccessStatement statement) => _voided.UnionWith(statement.Change.Ops.Where(op => op.Kind == AccessOpKind.Rotate).Select(op => op.Key!.Id));

    private int Known(int statement) => _takings.Count(t => t == statement || _graph!.IsBefore(t, statement));
}
