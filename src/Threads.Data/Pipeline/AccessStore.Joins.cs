using Threads.Data.Access;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;

namespace Threads.Data.Pipeline;

/// <summary>Joins as the records hold them, and what users read of invitations.</summary>
internal sealed partial class AccessStore
{
    private const int ShowsToken = 1;
    private const int IsOffered = 2;

    private readonly Dictionary<(long Record, long Index), JoinStatement> _joins = [];

    /// <summary>False: it is stored already. Its signatures are verified now, the inviter's once for all joins by an invitation.</summary>
    public bool AddJoin(ThreadId thread, in Standpoint at, int index, string digest, ReadOnlySpan<byte> bytes)
    {
        var row = database["SELECT 1 FROM _threads_join WHERE r = ? AND i = ?"].Bind(1, at.Record).Bind(2, index);
        if (row.ScalarInt64() == 1)
        {
            return false;
        }

        var holds = 0;
        if (Parse(bytes) is { } join)
        {
            holds = (join.ShowsToken(thread, at.Author) ? ShowsToken : 0) | (Offers(join, thread) ? IsOffered : 0);
        }

        database["INSERT INTO _threads_join(r, i, t, digest, holds, joined) VALUES(?, ?, ?, ?, ?, ?)"]
            .Bind(1, at.Record).Bind(2, index).Bind(3, at.Time).Bind(4, Convert.FromHexString(digest).AsSpan()).Bind(5, holds).Bind(6, bytes).Run();
        return true;
    }

    /// <summary>All joins there are.</summary>
    public List<JoinStatement> LoadJoins()
    {
        var all = new List<JoinStatement>();
        var rows = database["SELECT r, i, t, digest, holds, joined FROM _threads_join"];
        while (rows.Step())
        {
            var place = (rows.Int64(0), rows.Int64(1));
            if (!_joins.TryGetValue(place, out var join))
            {
                var author = logs.AuthorOf(RecordId.Log(place.Item1)) is { } peer ? AccessPrincipal.Of(peer) : "";
                var holds = rows.Int64(4);
                join = new JoinStatement(Convert.ToHexStringLower(rows.Blob(3)), author, place.Item1, rows.Int64(2), Parse(rows.Blob(5)), (holds & ShowsToken) != 0, (holds & IsOffered) != 0);
                _joins.Add(place, join);
            }

            all.Add(join);
        }

        return all;
    }

    private bool Offers(AccessJoin join, ThreadId thread)
    {
        var digest = join.OfferDigest(thread);
        if (Holds(digest) is >= 0 and var known)
        {
            return known == 1;
        }

        var holds = join.IsOffered(thread);
        Note(digest, holds);
        return holds;
    }

    private static AccessJoin? Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return AccessJoin.Read(bytes);
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            return null;
        }
    }

    private void ShowJoins(AccessRules rules)
    {
        database.Execute("DELETE FROM _threads_invite_list; DELETE FROM _threads_join_list");
        foreach (var (invitation, used, isWithdrawn) in rules.Invitations())
        {
            var terms = invitation.Op.Terms!;
            var insert = database["INSERT INTO _threads_invite_list(token, roles, invited, since, expires, uses, used, withdrawn, inviter, r) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"]
                .Bind(1, invitation.Op.Principal).Bind(2, AccessRoles.Text(terms.Roles)).BindNull(3).Bind(4, terms.Since).BindNull(5).Bind(6, terms.Uses).Bind(7, used).Bind(8, isWithdrawn ? 1 : 0)
                .Bind(9, invitation.Of.Author).Bind(10, invitation.Of.Record);
            if (terms.To is { } to)
            {
                insert.Bind(3, to);
            }

            if (terms.Expires != long.MaxValue)
            {
                insert.Bind(5, terms.Expires);
            }

            insert.Run();
        }

        foreach (var (join, reason) in rules.Joins)
        {
            var insert = database["INSERT INTO _threads_join_list(r, token, t, reason) VALUES(?, ?, ?, ?)"].Bind(1, join.Record).BindNull(2).Bind(3, join.Time).BindNull(4);
            if (join.Join is { } shown)
            {
                insert.Bind(2, shown.Token);
            }

            if (reason != AccessReason.None)
            {
                insert.Bind(4, TextOf(reason));
            }

            insert.Run();
        }
    }
}
