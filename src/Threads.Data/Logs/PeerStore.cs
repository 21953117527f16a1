using Threads.Data.Identity;
using Threads.Data.Sqlite;

namespace Threads.Data.Logs;

/// <summary>Which peers records were exchanged with, and how far each said it had a log.</summary>
internal sealed class PeerStore(SqliteDatabase database)
{
    /// <summary>Notes a peer's heads in the place of those noted before.</summary>
    public void Note(PeerId peer, ThreadHeads heads, long nowMs)
    {
        var name = peer.ToString();
        database["INSERT INTO _threads_peer(peer, seen) VALUES(?, ?) ON CONFLICT DO UPDATE SET seen = excluded.seen"].Bind(1, name).Bind(2, nowMs).Run();
        foreach (var (log, counter) in heads.Counters())
        {
            database["INSERT INTO _threads_peer_log(peer, log, counter) VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET counter = excluded.counter"]
                .Bind(1, name).Bind(2, Convert.FromHexString(log)).Bind(3, counter).Run();
        }
    }

    public IReadOnlyList<(PeerId Peer, long SeenMs, Dictionary<string, long> Counters)> All()
    {
        var found = new List<(PeerId, long, Dictionary<string, long>)>();
        var rows = database["SELECT peer, seen FROM _threads_peer ORDER BY peer"];
        while (rows.Step())
        {
            found.Add((PeerId.Parse(rows.Text(0)), rows.Int64(1), CountersOf(rows.Text(0))));
        }

        return found;
    }

    private Dictionary<string, long> CountersOf(string peer)
    {
        var counters = new Dictionary<string, long>(StringComparer.Ordinal);
        var rows = database["SELECT log, counter FROM _threads_peer_log WHERE peer = ?"].Bind(1, peer);
        while (rows.Step())
        {
            counters[Convert.ToHexStringLower(rows.Blob(0))] = rows.Int64(1);
        }

        return counters;
    }
}
