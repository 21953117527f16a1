using Threads.Data.Access;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>Changes of the lists as the records hold them, what has no effect, and the lists as they stand, in tables of the file.</summary>
internal sealed partial class AccessStore(SqliteDatabase database, LogStore logs)
{
    private readonly Dictionary<(long Record, long Index), AccessStatement> _read = [];

    /// <summary>False: it is stored already.</summary>
    public bool Add(long record, int index, long time, string digest, ReadOnlySpan<byte> change)
    {
        database["INSERT INTO _threads_access(r, i, t, digest, change) VALUES(?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"]
            .Bind(1, record).Bind(2, index).Bind(3, time).Bind(4, Convert.FromHexString(digest).AsSpan()).Bind(5, change).Run();
        return database.Changes > 0;
    }

    /// <summary>All changes there are; those whose bytes are none apart.</summary>
    public List<AccessStatement> Load(Func<string, string> nameOf, List<AccessStatement> malformed)
    {
        var statements = new List<AccessStatement>();
        var rows = database["SELECT r, i, t, digest, change FROM _threads_access"];
        while (rows.Step())
        {
            var place = (rows.Int64(0), rows.Int64(1));
            if (!_read.TryGetValue(place, out var statement))
            {
                _read.Add(place, statement = Read(rows));
            }

            // Names may mean something else by now.
            (statement.Change.Ops.Length > 0 ? statements : malformed).Add(statement with { Change = statement.Change with { Ops = Array.ConvertAll(statement.Change.Ops, op => Named(op, nameOf)) } });
        }

        return statements;
    }

    /// <summary>Records may have come or gone at the same place.</summary>
    public void Forget()
    {
        _read.Clear();
        _joins.Clear();
    }

    /// <summary>Without entries where the bytes are no change, which has one at least.</summary>
    private AccessStatement Read(SqliteStatement row)
    {
        var change = new AccessChange([], []);
        try
        {
            change = AccessChange.Read(row.Blob(4));
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            // Listed as malformed.
        }

        var author = logs.AuthorOf(RecordId.Log(row.Int64(0))) is { } peer ? AccessPrincipal.Of(peer) : "";
        return new AccessStatement(Convert.ToHexStringLower(row.Blob(3)), author, row.Int64(0), row.Int64(2), change);
    }

    /// <summary>False: it is stored already.</summary>
    public bool AddChain(long record, int index, long time, ReadOnlySpan<byte> chain)
    {
        database["INSERT INTO _threads_capability(r, i, t, chain) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING"].Bind(1, record).Bind(2, index).Bind(3, time).Bind(4, chain).Run();
        return database.Changes > 0;
    }

    /// <summary>All chains there are; records with bytes that are none apart. Each link's signature is verified once for this file.</summary>
    public List<CapabilityStatement> LoadChains(ThreadId thread, FirstList? list, Func<string, string> nameOf, List<long> malformed)
    {
        malformed.Clear();
        var read = new List<(CapabilityChain Chain, long Record, long Time)>();
        var rows = database["SELECT r, t, chain FROM _threads_capability"];
        while (rows.Step())
        {
            try
            {
                read.Add((CapabilityChain.Read(rows.Blob(2)), rows.Int64(0), rows.Int64(1)));
            }
            catch (Exception e) when (e is CborException or FormatException)
            {
                malformed.Add(rows.Int64(0));
            }
        }

        return read.ConvertAll(r => new CapabilityStatement(r.Chain.Named(nameOf), r.Record, r.Time, BrokenRule(r.Chain, thread, list)));
    }

    private int BrokenRule(CapabilityChain chain, ThreadId thread, FirstList? list)
    {
        var rule = list is null ? 5 : chain.BrokenRule(thread, list.IsOwner, digest => Holds(digest) == 1, digest => Note(digest, holds: true), digest => Holds(digest) == 0);
        if (rule == 1)
        {
            Note(chain.DigestOf(0), holds: false);
        }

        return rule;
    }

    private long Holds(string digest) => database["SELECT holds FROM _threads_link WHERE digest = ?"].Bind(1, Convert.FromHexString(digest).AsSpan()).ScalarInt64(-1);

    private void Note(string digest, bool holds)
        => database["INSERT INTO _threads_link(digest, holds) VALUES(?, ?) ON CONFLICT DO NOTHING"].Bind(1, Convert.FromHexString(digest).AsSpan()).Bind(2, holds ? 1 : 0).Run();

    public bool IsRefused(long collection, in SqlValue key, Clock clock)
    {
        var row = database["SELECT 1 FROM _threads_refused WHERE c = ? AND k = ? AND t = ? AND r = ?"].Bind(1, collection);
        key.Bind(row, 2, pinned: false);
        return row.Bind(3, clock.Time).Bind(4, clock.Record).ScalarInt64() == 1 || IsRefusedForAll(collection, clock);
    }

    public bool IsRefusedForAll(long collection, Clock clock)
        => database["SELECT 1 FROM _threads_refused_many WHERE c = ? AND t = ? AND r = ?"].Bind(1, collection).Bind(2, clock.Time).Bind(3, clock.Record).ScalarInt64() == 1;

    /// <summary>One line, however many entities the event names: else a record of some bytes would make as many rows (I7).</summary>
    public void RefuseForAll(long collection, Clock clock, string role, string reason)
        => database["INSERT INTO _threads_refused_many(c, t, r, role, reason) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET reason = ?5"]
            .Bind(1, collection).Bind(2, clock.Time).Bind(3, clock.Record).Bind(4, role).Bind(5, reason).Run();

    public void AdmitForAll(long collection, Clock clock)
        => database["DELETE FROM _threads_refused_many WHERE c = ? AND t = ? AND r = ?"].Bind(1, collection).Bind(2, clock.Time).Bind(3, clock.Record).Run();

    public void Refuse(long collection, in SqlValue key, Clock clock, string role, string reason)
    {
        var insert = database["INSERT INTO _threads_refused(c, k, t, r, role, reason) VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET reason = ?6"].Bind(1, collection);
        key.Bind(insert, 2, pinned: false);
        insert.Bind(3, clock.Time).Bind(4, clock.Record).Bind(5, role).Bind(6, reason).Run();
    }

    public void Admit(long collection, in SqlValue key, Clock clock)
    {
        var delete = database["DELETE FROM _threads_refused WHERE c = ? AND k = ? AND t = ? AND r = ?"].Bind(1, collection);
        key.Bind(delete, 2, pinned: false);
        delete.Bind(3, clock.Time).Bind(4, clock.Record).Run();
    }

    /// <summary>Writes the lists as they stand.</summary>
    public void Show(AccessRules rules, IReadOnlyCollection<AccessStatement> malformed, IReadOnlyCollection<long> malformedChains)
    {
        ShowChains(rules);
        ShowJoins(rules);
        foreach (var record in malformedChains)
        {
            database["INSERT INTO _threads_capability_list(r, reason) VALUES(?, 'malformed')"].Bind(1, record).Run();
        }

        database.Execute("DELETE FROM _threads_access_list; DELETE FROM _threads_access_member; DELETE FROM _threads_refused_change");
        foreach (var (path, principal, roles) in rules.Current())
        {
            ShowEntry(path, principal, roles);
        }

        foreach (var (group, member) in rules.Members())
        {
            database["INSERT INTO _threads_access_member(name, member) VALUES(?, ?)"].Bind(1, group[1..]).Bind(2, member).Run();
        }

        foreach (var (statement, reason) in rules.Refused.Concat(malformed.Select(m => (m, AccessReason.Malformed))))
        {
            database["INSERT INTO _threads_refused_change(r, digest, t, reason) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING"]
                .Bind(1, statement.Record).Bind(2, Convert.FromHexString(statement.Digest).AsSpan()).Bind(3, statement.Time).Bind(4, TextOf(reason)).Run();
        }
    }

    /// <summary>As <c>threads_refused</c> says it.</summary>
    public static string TextOf(AccessReason reason) => reason switch
    {
        AccessReason.NoList => "no list",
        AccessReason.NoInvitation => "no invitation",
        AccessReason.NotAdmin => "not admin",
        AccessReason.UsedUp => "used up",
        _ => reason.ToString().ToLowerInvariant(),
    };

    private void ShowChains(AccessRules rules)
    {
        database.Execute("DELETE FROM _threads_capability_list");
        foreach (var shown in rules.Capabilities)
        {
            var insert = database["INSERT INTO _threads_capability_list(collection, k, r, holder, roles, expires, links, issuer, reason) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"];
            BindPath(insert, shown.Chain.Links[0].Path);
            insert.Bind(3, shown.Record).Bind(4, shown.Chain.Holder).Bind(5, AccessRoles.Text(shown.Chain.Roles)).Bind(6, shown.Chain.Expires).Bind(7, shown.Chain.Links.Length)
                .Bind(8, shown.Chain.Links[0].Issuer);
            (shown.BrokenRule == 0 ? insert.BindNull(9) : insert.Bind(9, FormattableString.Invariant($"rule {shown.BrokenRule}"))).Run();
        }
    }

    private void ShowEntry(AccessPath path, string principal, ThreadRoles roles)
    {
        var insert = database["INSERT INTO _threads_access_list(collection, k, principal, roles) VALUES(?, ?, ?, ?)"];
        BindPath(insert, path);
        insert.Bind(3, AccessPrincipal.IsGroup(principal) ? principal[1..] : principal).Bind(4, AccessRoles.Text(roles)).Run();
    }

    private static void BindPath(SqliteStatement insert, AccessPath path)
    {
        var components = path.Components;
        insert.BindNull(1).BindNull(2);
        if (components.Length > 0)
        {
            insert.Bind(1, components[0]);
        }

        if (components.Length > 1)
        {
            BindKey(insert, components);
        }
    }

    /// <summary>An entity by its key; what lies deeper, or is no key, by its text.</summary>
    private static void BindKey(SqliteStatement insert, string[] components)
    {
        try
        {
            var reader = new CborReader(components.Length == 2 ? System.Buffers.Text.Base64Url.DecodeFromChars(components[1]) : []);
            SqlValue.Read(ref reader).Bind(insert, 2, pinned: false);
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            insert.Bind(2, string.Join('/', components.Skip(1)));
        }
    }

    private static AccessOp Named(AccessOp op, Func<string, string> nameOf) => op.Path.Depth == 0 ? op : op with { Path = op.Path.Named(nameOf) };
}
