using Threads.Data.Access;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>Changes of the lists as the records hold them, what has no effect, and the lists as they stand, in tables of the file.</summary>
internal sealed class AccessStore(SqliteDatabase database, LogStore logs)
{
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
        var rows = database["SELECT r, t, digest, change FROM _threads_access"];
        while (rows.Step())
        {
            var record = rows.Int64(0);
            var digest = Convert.ToHexStringLower(rows.Blob(2));
            AccessChange change;
            var isChange = true;
            try
            {
                change = AccessChange.Read(rows.Blob(3));
            }
            catch (Exception e) when (e is CborException or FormatException)
            {
                (change, isChange) = (new AccessChange([], []), false);
            }

            var author = logs.AuthorOf(RecordId.Log(record)) is { } peer ? AccessPrincipal.Of(peer) : "";
            (isChange ? statements : malformed).Add(new AccessStatement(digest, author, record, rows.Int64(1), change with { Ops = Array.ConvertAll(change.Ops, op => Named(op, nameOf)) }));
        }

        return statements;
    }

    public bool IsRefused(long collection, in SqlValue key, Clock clock)
    {
        var row = database["SELECT 1 FROM _threads_refused WHERE c = ? AND k = ? AND t = ? AND r = ?"].Bind(1, collection);
        key.Bind(row, 2, pinned: false);
        return row.Bind(3, clock.Time).Bind(4, clock.Record).ScalarInt64() == 1;
    }

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
    public void Show(AccessRules rules, IReadOnlyCollection<AccessStatement> malformed)
    {
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
        AccessReason.NotAdmin => "not admin",
        _ => reason.ToString().ToLowerInvariant(),
    };

    private void ShowEntry(AccessPath path, string principal, ThreadRoles roles)
    {
        var components = path.Components;
        var insert = database["INSERT INTO _threads_access_list(collection, k, principal, roles) VALUES(?, ?, ?, ?)"];
        insert.BindNull(1).BindNull(2);
        if (components.Length > 0)
        {
            insert.Bind(1, components[0]);
        }

        if (components.Length > 1)
        {
            BindKey(insert, components);
        }

        insert.Bind(3, AccessPrincipal.IsGroup(principal) ? principal[1..] : principal).Bind(4, AccessRoles.Text(roles)).Run();
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

    private static AccessOp Named(AccessOp op, Func<string, string> nameOf)
    {
        if (op.Path.Depth == 0)
        {
            return op;
        }

        var components = op.Path.Components;
        components[0] = nameOf(components[0]);
        return op with { Path = AccessPath.Of(components) };
    }
}
