using System.Globalization;
using Threads.Data;
using Threads.Data.Events;
using Threads.Data.Storage;
using Threads.Simulation.Model;

namespace Threads.Simulation;

/// <content>Who may do what: peers that grant, revoke, appoint, make groups, close logs, pass rights on; the verdicts against the model's and between peers.</content>
internal sealed partial class World
{
    private const string Denied = "denied";
    private const string Group = "g";

    private readonly bool _hasLists;
    private readonly List<string> _tokens = [];
    private (SimPeer Peer, int Changes, AccessJudge Judge)? _judge;

    /// <summary>The first peer owns the thread. Mostly everybody may write and delete at the beginning, and one more is an admin.</summary>
    private void BeginLists()
    {
        _mayHaveLost = true;
        var (owner, chance) = (_peers[0], Chance.Of(_seed, ulong.MaxValue - 3));
        _disk.Running = owner.Machine;
        var access = owner.Connection.Access;
        if (!chance.OneIn(4))
        {
            access.Grant(ThreadPrincipal.Everybody, ThreadRoles.Write | ThreadRoles.Delete);
        }

        if (chance.OneIn(2))
        {
            access.Grant(_peers[1].Identity, ThreadRoles.Admin);
        }

        foreach (var peer in _peers.Skip(1))
        {
            _disk.Running = peer.Machine;
            peer.Import(owner.Export(null));
        }

        _disk.Running = null;
    }

    /// <summary>A change as some user makes it; where it is denied, nothing of it stays.</summary>
    private string Access(SimPeer peer, SimPeer other, Chance chance)
    {
        var records = peer.Int64("SELECT count(*) FROM _threads_record");
        try
        {
            return Change(peer, other, chance);
        }
        catch (ThreadsException e) when (e.ThreadsErrorCode is ThreadsErrorCode.AccessDenied or ThreadsErrorCode.AccessChange)
        {
            Coverage.Hit("lists: refused here: " + e.ThreadsErrorCode);
            Must("nothing of a refused change", !peer.Connection.OpenSession().InTransaction && peer.Int64("SELECT count(*) FROM _threads_record") == records, $"peer {peer.Number} has another record after {e.Message}");
            return $"{e.ThreadsErrorCode}";
        }
    }

    private string Change(SimPeer peer, SimPeer other, Chance chance)
    {
        var (access, whom) = (peer.Connection.Access, other.Identity);
        var tables = _schema.Tables(peer.SchemaVersion);
        var table = chance.Pick(tables.Where(t => t.KeyCount == 1).ToArray());
        var role = chance.OneIn(3) ? ThreadRoles.Delete : ThreadRoles.Write;
        string? where = chance.OneIn(3) ? table.Name : null;
        object?[] row = where is not null && chance.OneIn(2) ? [Key(table, chance)] : [];
        switch (chance.Below(18))
        {
            case 0 or 1:
                access.Grant(whom, role | ThreadRoles.Read, where, row);
                return Said($"grants {other.Number} {role}", where, row);
            case 2:
                access.Grant(ThreadPrincipal.Everybody, role, where, row);
                return Said($"grants everybody {role}", where, row);
            case 3:
                Revoke(access, ThreadPrincipal.Everybody, role, where, row);
                return Said($"revokes everybody's {role}", where, row);
            case 4 or 5:
                Revoke(access, whom, role, where, row);
                return Said($"revokes {other.Number}'s {role}", where, row);
            case 6:
                access.Revoke(whom, rotateKeys: false);
                return Said($"puts {other.Number} out", null, []);
            case 7 or 8:
                access.Grant(whom, ThreadRoles.Admin);
                return Said($"appoints {other.Number}", null, []);
            case 9 when chance.OneIn(2):
                access.RemoveMember(Group, whom);
                return Said($"takes {other.Number} out of the group", null, []);
            case 9:
                access.AddMember(Group, whom);
                return Said($"takes {other.Number} into the group", null, []);
            case 10 when chance.OneIn(3):
                access.RemoveGroup(Group);
                return Said("ends the group", null, []);
            case 10:
                access.Grant(Group, role, table.Name, row);
                return Said($"grants the group {role}", table.Name, row);
            case 11:
                access.Restrict(table.Name, row);
                return Said("restricts", table.Name, row);
            case 12 or 13:
                access.Unrestrict(table.Name, row);
                return Said("lets go", table.Name, row);
            case 14:
                return Close(peer, chance);
            case 15:
                _tokens.Add(access.IssueCapability(whom, role, new DateTimeOffset(_now.UtcTicks, TimeSpan.Zero) + TimeSpan.FromSeconds(chance.Between(10, 100_000)), where, row).ToString());
                return Said($"issues {other.Number} {role}", where, row);
            default:
                var tokens = _tokens.ConvertAll(ThreadCapability.Parse);
                var held = tokens.FindAll(t => t.Holder == peer.Identity);
                return tokens.Count == 0 ? "no token" : Pass(peer, other, chance.Pick(held.Count > 0 ? held : tokens), chance);
        }
    }

    /// <summary>Without another read key: all peers' tables are compared, so that all read all.</summary>
    private static void Revoke(ThreadAccess access, ThreadPrincipal principal, ThreadRoles role, string? where, object?[] row)
    {
        if (where is null)
        {
            access.Revoke(principal, role, rotateKeys: false);
        }
        else
        {
            access.Revoke(principal, role, where, row);
        }
    }

    private string Said(string what, string? where, object?[] row)
    {
        Coverage.Hit("lists: " + string.Join(' ', what.Split(' ').Where(w => !char.IsAsciiDigit(w[0]))) + (where is null ? "" : row.Length == 0 ? " at a table" : " at a row"));
        return $"{what} {where} {string.Join(' ', row)}";
    }

    /// <summary>A capability is shown by its holder, or passed on, narrower.</summary>
    private string Pass(SimPeer peer, SimPeer other, ThreadCapability held, Chance chance)
    {
        if (chance.OneIn(3))
        {
            var (where, row) = held.Collection is { } collection && _schema.Tables(peer.SchemaVersion).FirstOrDefault(t => t.Canonical == collection) is { KeyCount: 1 } table && chance.OneIn(2)
                ? (table.Name, [Key(table, chance)]) : ((string?)null, Array.Empty<object?>());
            _tokens.Add(peer.Connection.Access.Delegate(held, other.Identity, held.Roles & (ThreadRoles.Write | ThreadRoles.Delete), held.Expires - TimeSpan.FromSeconds(chance.Below(100)), where, row).ToString());
            return Said($"passes on to {other.Number}", where, row);
        }

        peer.Connection.Access.Present(held);
        return Said(held.Holder == peer.Identity ? "shows a capability" : "shows somebody else's capability", null, []);
    }

    /// <summary>A log counts up to some record of it that is here, mostly its newest.</summary>
    private string Close(SimPeer peer, Chance chance)
    {
        var logs = peer.Connection.Thread.Logs;
        if (logs.Count == 0 || !chance.OneIn(3))
        {
            return "no log to close";
        }

        var log = chance.Pick([.. logs.OrderBy(l => l.Head.ToString(), StringComparer.Ordinal)]);
        peer.Connection.Access.CloseLog(log.Id, log.Head);
        return Said("closes a log", null, []);
    }

    private static object Key(TableModel table, Chance chance)
        => table.Columns[0].Affinity == Affinity.Text ? ((char)('a' + chance.Below(4))).ToString() : chance.Between(1, 6);

    /// <summary>What a peer's tables are of: its records that are due, and of these the events that the lists allow.</summary>
    private List<DecodedRecord> Folded(SimPeer peer)
    {
        var records = _decoder.Folded(peer);
        if (!_hasLists)
        {
            return records;
        }

        var judge = JudgeOf(peer, records);
        return records.ConvertAll(r => r with { Events = [.. r.Events.Where(e => judge.Refuses(r, e) is null)] });
    }

    private AccessJudge JudgeOf(SimPeer peer, List<DecodedRecord> records)
    {
        var changes = peer.Connection.OpenSession().Database.TotalChanges;
        if (_judge is { } known && known.Peer == peer && known.Changes == changes)
        {
            return known.Judge;
        }

        var judge = new AccessJudge(peer.Connection.Thread.Id, peer.Core.Meta.Bytes(ThreadFile.FirstListName)?.ToArray(), records, RecordDecoder.Stored(peer));
        _judge = (peer, changes, judge);
        return judge;
    }

    /// <summary>Each event without effect, and why; each change of the lists of which something has none.</summary>
    private void CompareRefused(SimPeer peer)
    {
        if (!_hasLists)
        {
            return;
        }

        var records = _decoder.Folded(peer);
        var judge = JudgeOf(peer, records);
        var expected = new List<string>();
        foreach (var (record, e) in records.SelectMany(r => r.Events.Select(e => (r, e))))
        {
            if (judge.Refuses(record, e) is { } reason)
            {
                Coverage.Hit("no effect: " + reason);
                expected.Add(string.Create(CultureInfo.InvariantCulture, $"{e.Collection} {(e.Kind == EventKind.Delete ? "delete" : "write")} {reason} {record.Log} {record.Position} {e.Clock.Time}"));
            }
        }

        // An event on many entities has a line for each, or one for all.
        var refused = peer.Strings("""
            SELECT DISTINCT f.collection || ' ' || f.role || ' ' || f.reason || ' ' || lower(hex(l.public_key)) || ' ' || f.position || ' ' || f.time
            FROM threads_refused f JOIN _threads_log l ON l.id = f.log WHERE f.collection IS NOT NULL
            """).ToHashSet(StringComparer.Ordinal);
        if (!refused.SetEquals(expected))
        {
            Must("verdicts", false, $"peer {peer.Number} {judge} records {string.Join(", ", records.Select(r => $"{r.Log[..6]}/{r.Position}/{r.Cid[..6]}/{r.Events.Count}/{r.Time}"))}\n  only in the model: {string.Join("; ", expected.Except(refused))}\n  only in threads_refused: {string.Join("; ", refused.Except(expected))}");
        }

        var changes = peer.Strings("SELECT DISTINCT lower(hex(digest)) FROM _threads_refused_change ORDER BY 1");
        var without = judge.RefusedChanges.ToList();
        Must("changes without effect", without.SequenceEqual(changes), $"peer {peer.Number}; the model: {string.Join(' ', without)}; threads_refused: {string.Join(' ', changes)}");
    }

    /// <summary>All who have the same records read the same lists, groups and capabilities, and have refused the same for the same reasons.</summary>
    private void CheckLists()
    {
        if (!_hasLists)
        {
            return;
        }

        var lists = Lists(_peers[0]);
        foreach (var peer in _peers.Skip(1))
        {
            var theirs = Lists(peer);
            if (theirs != lists)
            {
                var (mine, other) = (lists.Split('\n'), theirs.Split('\n'));
                Must("lists", false, $"peers {_peers[0].Number} and {peer.Number} have the same records and other lists\n  only one: {string.Join("; ", mine.Except(other))}\n  only the other: {string.Join("; ", other.Except(mine))}");
            }
        }

        foreach (var reason in _peers[0].Strings("SELECT reason FROM threads_refused WHERE collection IS NULL"))
        {
            Coverage.Hit("no effect of a change: " + reason);
        }

        foreach (var reason in _peers[0].Strings("SELECT coalesce(reason, 'holds') FROM threads_capabilities"))
        {
            Coverage.Hit("a capability: " + reason);
        }

        Coverage.Hit("lists compared");
        Note($"lists: {lists.Length} characters");
    }

    private static string Lists(SimPeer peer) => string.Join('\n', peer.Strings("""
        SELECT 'list ' || level || ' ' || coalesce(collection, '') || ' ' || coalesce(quote(row_key), '') || ' ' || principal || ' ' || roles FROM threads_access
        UNION ALL SELECT 'group ' || name || ' ' || member FROM threads_groups
        UNION ALL SELECT 'capability ' || coalesce(holder, '') || ' ' || coalesce(level || collection, '') || coalesce(quote(row_key), '') || coalesce(roles || expires || links || issuer, '') || coalesce(reason, '') || lower(hex(l.public_key)) || position
            FROM threads_capabilities c JOIN _threads_log l ON l.id = c.log
        UNION ALL SELECT 'refused ' || coalesce(collection || quote(row_key), '') || ' ' || role || ' ' || reason || ' ' || r.identity || ' ' || lower(hex(l.public_key)) || ' ' || position || ' ' || time
            FROM threads_refused r JOIN _threads_log l ON l.id = r.log
        ORDER BY 1
        """));

    /// <summary>A write that is not allowed is refused as a whole.</summary>
    private string CheckDenied(SimPeer peer, string before)
    {
        if (peer.Connection.OpenSession().InTransaction)
        {
            peer.Run("ROLLBACK");
        }

        Must("nothing of a denied write", AllRows(peer) == before, $"peer {peer.Number} has other rows, or records, after a commit that was denied");
        return Denied;
    }

    private string AllRows(SimPeer peer)
        => peer.Int64("SELECT count(*) FROM _threads_record").ToString(CultureInfo.InvariantCulture) + string.Join('\n', _schema.Tables(peer.SchemaVersion).SelectMany(t => Rows(peer, t)));

    /// <summary>What somebody sends who takes rights that he was not given.</summary>
    private string Cheat(SimPeer to, SimPeer victim, Chance chance)
    {
        if (!victim.IsUp || victim.Machine.IsOff)
        {
            return "no victim";
        }

        AddLiar(victim);
        var (what, bytes) = chance.Pick(_liars).Cheat(chance, HybridTime.FromWallClock(_now), _schema.Tables(0), victim, _tokens);
        Coverage.Hit("lie: " + what);
        _network.Send(new Message(-1, to.Number, bytes));
        return $"{what} for {to.Number}";
    }
}
