using Threads.Data.Access;
using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Sqlite;
using Threads.Data.Storage;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// The lists of one connection's thread, and what they say of each event. They are made of the changes in the records, and kept while the file's data version stands (decision 12). When changes have come, what they concern
/// is judged again before anybody sees it: <see cref="Settle"/>.
/// </summary>
internal sealed class AccessGate(SqliteDatabase database, ThreadCore core) : IEventGate
{
    /// <summary>How often events turned out to be allowed, or not to be, after they were folded: who made something of them begins anew.</summary>
    public const string TurnsName = "turns";

    private const int JoinsBetween = 4;

    private readonly LogAncestry _ancestry = new(core.Logs, core.Records);
    private readonly AccessStore _store = new(database, core.Logs);
    private readonly Dictionary<string, (long Id, string Name)> _collections = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Collection, ThreadRoles Role), AccessReason> _ofRecord = [];
    private readonly Dictionary<(string Collection, ThreadRoles Role), AccessReason> _ofMine = [];
    private readonly HashSet<string> _forked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);
    private readonly PinnedBuffer _buffer = new();
    private long _turned;
    private bool? _isJudging;
    private AccessRules? _rules;
    private readonly List<long> _malformedChains = [];
    private List<AccessStatement> _malformed = [];
    private Standpoint _at;
    private bool _isStale;
    private int _joined;
    private bool _isSettling;

    /// <summary>In a rebuild: how far of each log was folded again; what comes behind that is judged when its turn comes. Null: all that is due.</summary>
    public Dictionary<long, long>? Rebuilt { get; set; }

    public bool IsJudging => _isJudging ??= core.Keys.Thread.Variant == ThreadVariant.AccessControlled;

    /// <summary>The lists, by the changes that were settled.</summary>
    public AccessRules Rules => _rules ??= Load();

    /// <summary>The lists as the file has them now, for who only reads; in a write transaction those at hand.</summary>
    public AccessRules Fresh() => database.InTransaction && _rules is not null && !_isStale && _joined == 0 ? _rules : Load();

    /// <summary>What would become of a change that this peer made next.</summary>
    public AccessReason Try(AccessChange change, long record, out AccessRules after)
    {
        var trial = new AccessStatement("", Me, record, long.MaxValue - 1, change);
        after = new AccessRules(List(), [.. Statements(), trial], _ancestry, Rules.Capabilities, _store.LoadJoins());
        return after.Refused.FirstOrDefault(r => r.Statement == trial).Reason;
    }

    /// <summary>What would become of a join that this peer wrote next.</summary>
    public AccessReason Try(AccessJoin join, long record, long time)
    {
        var trial = new JoinStatement("", Me, record, time, join, ShowsToken: true, IsOffered: true);
        return new AccessRules(List(), Statements(), _ancestry, joins: [.. _store.LoadJoins(), trial]).Joins.Find(j => j.Join == trial).Reason;
    }

    /// <summary>This peer, as the lists name it.</summary>
    public string Me => field ??= AccessPrincipal.Of(PeerId.FromPublicKey(core.Keys.Identity.PublicKey));

    public ILogAncestry Ancestry => _ancestry;

    /// <summary>Another connection has written, or what was done here is undone.</summary>
    public void Forget()
    {
        _rules = null;
        _isStale = false;
        _joined = 0;
        _store.Forget();
        _ancestry.Forget();
        _collections.Clear();
        _ofRecord.Clear();
        _ofMine.Clear();
        _forked.Clear();
        Rebuilt = null;
    }

    /// <summary>Where this peer stands.</summary>
    public Standpoint Next() => Standpoint.Next(Me, core.Clock.Peek());

    /// <summary>The changes are read from the records anew, from none.</summary>
    public void Begin()
    {
        Forget();
        _isStale = IsJudging;
    }

    /// <summary>A record was stored. Where a log has branches, what leads to a head that some change names may be another set now.</summary>
    public void Stored(LogEntry log, bool isBranch)
    {
        if (isBranch)
        {
            _ancestry.Forget();
        }

        var key = Convert.ToHexStringLower(log.PublicKey);
        if (Rules is null || !_named.Contains(key) || !_ancestry.HasBranches(key))
        {
            return;
        }

        _ancestry.Forget();
        _forked.Add(key);
        _isStale = true;
    }

    public void NamesChanged()
    {
        _collections.Clear();
        _isStale = true;
    }

    public void Begin(long record, long time)
    {
        var author = core.Logs.AuthorOf(RecordId.Log(record)) is { } peer ? AccessPrincipal.Of(peer) : "";

        // Read now, before this record adds to what they are made of. Joins wait until they are a part of all: each by itself would cost what all before it cost.
        var rules = Rules;
        if ((_isStale || _joined * JoinsBetween > rules.Joins.Count) && !_isSettling && !rules.IsOwner(author))
        {
            Settle();
        }

        _at = new Standpoint(author, record, time);
        _ofRecord.Clear();
    }

    public void Take(EventKind kind, ref CborReader values, ReadOnlySpan<byte> logId, int index)
    {
        var bytes = values.ReadBytes();
        if (kind == EventKind.Capability)
        {
            _isStale |= _store.AddChain(_at.Record, index, _at.Time, bytes);
            return;
        }

        if (kind == EventKind.Join)
        {
            var digest = AccessStatement.DigestOf(logId, RecordId.Position(_at.Record), index, bytes);
            _joined += _store.AddJoin(core.Keys.Thread, _at, index, digest, bytes) ? 1 : 0;
            return;
        }

        if (FirstList.IdOf(bytes) == core.Keys.Thread)
        {
            core.Meta.Set(ThreadFile.FirstListTold, 1);
            TakeList(bytes.ToArray());
        }
        else
        {
            _isStale |= _store.Add(_at.Record, index, _at.Time, AccessStatement.DigestOf(logId, RecordId.Position(_at.Record), index, bytes), bytes);
            core.Rotation.Take(bytes);
        }
    }

    /// <summary>Keeps the first list, whoever brought it.</summary>
    public void TakeList(byte[] list)
    {
        if (core.Meta.Bytes(ThreadFile.FirstListName) is null)
        {
            _rules ??= Load();
            core.Meta.Set(ThreadFile.FirstListName, list);
            _isStale = true;
        }
    }

    public long CollectionOf(string name) => Collection(name).Id;

    public AccessReason Judge(EventShape shape, in SqlValue key)
    {
        var role = RoleOf(shape.Kind);
        var name = Collection(shape.Collection).Name;
        if (Rules.JudgesEntities(name, _at.Author))
        {
            return Rules.Judge(_at, AccessPath.Entity(name, RowKey.Of(key)), role);
        }

        if (!_ofRecord.TryGetValue((name, role), out var reason))
        {
            _ofRecord.Add((name, role), reason = Rules.Judge(_at, AccessPath.Collection(name), role));
        }

        return reason;
    }

    public bool IsRefused(long collection, in SqlValue key, Clock clock) => _store.IsRefused(collection, key, clock);

    public bool JudgesEach(string collection) => Rules.JudgesEntities(Collection(collection).Name, _at.Author);

    public bool IsRefusedForAll(long collection, Clock clock) => _store.IsRefusedForAll(collection, clock);

    public void RefuseForAll(long collection, Clock clock, EventKind kind, AccessReason reason)
        => _store.RefuseForAll(collection, clock, AccessRoles.Text(RoleOf(kind)), AccessStore.TextOf(reason));

    public void AdmitForAll(long collection, Clock clock) => _store.AdmitForAll(collection, clock);

    public void Refuse(long collection, in SqlValue key, Clock clock, EventKind kind, AccessReason reason)
        => _store.Refuse(collection, key, clock, AccessRoles.Text(RoleOf(kind)), AccessStore.TextOf(reason));

    public void Admit(long collection, in SqlValue key, Clock clock) => _store.Admit(collection, key, clock);

    public void Turned() => _turned++;

    public void Demand(TableSchema table, EventKind kind, in SqlValue key)
    {
        if (!IsJudging)
        {
            return;
        }

        var role = RoleOf(kind);
        var hasLists = Rules.JudgesEntities(table.Canonical, Me);
        var reason = AccessReason.None;
        if (hasLists)
        {
            reason = Rules.Judge(Next(), AccessPath.Entity(table.Canonical, RowKey.Of(key)), role);
        }
        else if (!_ofMine.TryGetValue((table.Canonical, role), out reason))
        {
            reason = Rules.Judge(Next(), AccessPath.Collection(table.Canonical), role);
            if (!Rules.HasChains(Me))
            {
                _ofMine.Add((table.Canonical, role), reason);
            }
        }

        if (reason != AccessReason.None)
        {
            throw ThreadsErrors.AccessDenied(AccessRoles.Text(role), table.Name, RowKey.Label(table, RowKey.Of(key)), AccessStore.TextOf(reason));
        }
    }

    /// <summary>In a fold scope of a write transaction: takes changes in, and judges again what they concern. The constraints are settled by the caller.</summary>
    public void Settle()
    {
        if ((!_isStale && _joined == 0) || _isSettling)
        {
            return;
        }

        _isSettling = true;
        try
        {
            var before = Rules;
            _isStale = false;
            _joined = 0;
            _ancestry.Forget();
            _collections.Clear();
            _ofMine.Clear();
            _rules = Load();
            var concern = new AccessConcern(before, _rules, core.Logs.All(), core.Logs, _ancestry, new EventWalk(core, null), _forked);
            foreach (var (log, since) in concern.Logs().ToArray())
            {
                JudgeAgain(log, since);
            }

            _forked.Clear();

            _store.Show(_rules, _malformed, _malformedChains);
            if (_turned > 0)
            {
                core.Meta.Set(TurnsName, (core.Meta.Int64(TurnsName) ?? 0) + 1);
                _turned = 0;
            }
        }
        finally
        {
            _isSettling = false;
        }
    }

    private void JudgeAgain(LogEntry log, long position)
    {
        var last = Rebuilt is null ? EventWalk.Limit(log) : Rebuilt.GetValueOrDefault(log.Id);
        for (; position <= last; position++)
        {
            var id = RecordId.Of(log.Id, position);
            if (core.OpenPayload(id, _buffer, out var payload))
            {
                core.RecordFold.JudgeAgain(id, payload);
            }
        }
    }

    private AccessRules Load()
    {
        var statements = Statements();
        _named.Clear();
        _named.UnionWith(statements.SelectMany(s => s.Change.Ops).SelectMany(op => op.Heads).Select(h => h.Log));
        var list = List();
        return new AccessRules(list, statements, _ancestry, _store.LoadChains(core.Keys.Thread, list, name => Collection(name).Name, _malformedChains), _store.LoadJoins());
    }

    public FirstList? List() => core.Meta.Bytes(ThreadFile.FirstListName) is { } bytes ? FirstList.Read(bytes, core.Keys.Thread) : null;

    private List<AccessStatement> Statements()
    {
        _malformed = [];
        return _store.Load(name => Collection(name).Name, _malformed);
    }

    private (long Id, string Name) Collection(string name)
    {
        if (_collections.TryGetValue(name, out var known))
        {
            return known;
        }

        var row = database["SELECT o.id, o.name FROM _threads_collection n JOIN _threads_collection o ON o.id = coalesce(n.same, n.id) WHERE n.name = ?"].Bind(1, name);
        known = row.Step() ? (row.Int64(0), row.Text(1)) : (0, name);
        row.Reset();
        if (known.Id != 0)
        {
            _collections.Add(name, known);
        }

        return known;
    }

    private static ThreadRoles RoleOf(EventKind kind) => kind is EventKind.Delete or EventKind.DeleteMany ? ThreadRoles.Delete : ThreadRoles.Write;
}
