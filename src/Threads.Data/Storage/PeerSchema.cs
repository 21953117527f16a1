namespace Threads.Data.Storage;

/// <summary>What a file knows of peers: where logs are found, and how far others are. Nothing of it is in a record.</summary>
internal static class PeerSchema
{
    public const string Sql =
        """
        DROP VIEW threads_addresses;
        DROP TABLE _threads_address;
        -- log: its public key, which may be known before its records; ttl, expires: milliseconds, the latter since 1970
        CREATE TABLE _threads_address(log BLOB NOT NULL, address TEXT NOT NULL, ttl INTEGER NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY(log, address)) WITHOUT ROWID;
        -- what a log's writer said last of its addresses, signed, to pass on (Logs/AddressAnnouncement)
        CREATE TABLE _threads_announcement(log BLOB PRIMARY KEY, sequence INTEGER NOT NULL, bytes BLOB NOT NULL) WITHOUT ROWID;
        -- replicators of this file's own log
        CREATE TABLE _threads_replicator(address TEXT PRIMARY KEY) WITHOUT ROWID;
        -- peers that records were exchanged with, and how far each said it had a log
        CREATE TABLE _threads_peer(peer TEXT PRIMARY KEY, seen INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE _threads_peer_log(peer TEXT NOT NULL, log BLOB NOT NULL, counter INTEGER NOT NULL, PRIMARY KEY(peer, log)) WITHOUT ROWID;
        CREATE VIEW threads_addresses AS
            SELECT lower(hex(log)) AS public_key, address, CASE WHEN expires < 253402300799000 THEN strftime('%Y-%m-%d %H:%M:%f', expires / 1000.0, 'unixepoch') END AS expires_at
            FROM _threads_address WHERE expires > strftime('%s', 'now') * 1000;
        -- behind: records that are here and that the peer has not said to have; ahead: the other way round. A log that is only opened is not told of yet.
        CREATE VIEW threads_peers AS
            SELECT peer, strftime('%Y-%m-%d %H:%M:%f', seen / 1000.0, 'unixepoch') AS seen_at, lower(hex(log)) AS public_key, theirs AS counter,
                max(ours - theirs, 0) AS behind, max(theirs - ours, 0) AS ahead
            FROM (SELECT p.peer, p.seen, k.log, coalesce((SELECT t.counter FROM _threads_peer_log t WHERE t.peer = p.peer AND t.log = k.log), 0) AS theirs,
                    coalesce((SELECT nullif(max((SELECT max(r.id) & 1099511627775 FROM _threads_record r WHERE r.id > l.id << 40 AND r.id < (l.id + 1) << 40)), 1)
                        FROM _threads_log l WHERE l.public_key = k.log), 0) AS ours
                FROM _threads_peer p JOIN (SELECT peer, log FROM _threads_peer_log UNION SELECT p.peer, l.public_key FROM _threads_peer p, _threads_log l) k ON k.peer = p.peer)
            WHERE ours > 0 OR theirs > 0;
        """;
}
