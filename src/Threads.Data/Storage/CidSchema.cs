namespace Threads.Data.Storage;

/// <summary>CIDs in views are text: multibase of hexadecimal digits, which plain SQL can write, as in threads_history. Before, they were bytes that passed as text.</summary>
internal static class CidSchema
{
    public const string Sql = """
        DROP VIEW threads_records;
        CREATE VIEW threads_records AS
            SELECT r.id >> 40 AS log, r.id & 1099511627775 AS position, 'f01711220' || lower(hex(r.cid)) AS cid, r.time AS time,
                CASE WHEN r.time IS NULL THEN NULL ELSE strftime('%Y-%m-%d %H:%M:%f', r.time / 1000000000.0, 'unixepoch') END AS written_at,
                r.events AS events, length(r.data) AS size_bytes, l.folded IS NULL OR r.id & 1099511627775 <= l.folded AS is_due
            FROM _threads_record r JOIN _threads_log l ON l.id = r.id >> 40;
        DROP VIEW threads_heads;
        CREATE VIEW threads_heads AS
            SELECT r.id >> 40 AS log, 'f01711220' || lower(hex(r.cid)) AS cid, r.id & 1099511627775 AS counter
            FROM _threads_record r WHERE r.id IN
                (SELECT (SELECT max(h.id) FROM _threads_record h WHERE h.id > l.id << 40 AND h.id < (l.id + 1) << 40) FROM _threads_log l);
        DROP VIEW threads_forks;
        CREATE VIEW threads_forks AS
            SELECT DISTINCT lower(hex(l.public_key)) AS public_key, lower(hex(l.identity)) AS identity, b.fork AS position, 'f01711220' || lower(hex(r.cid)) AS cid, r.time AS time,
                (SELECT count(*) FROM _threads_record n WHERE n.id BETWEEN r.id AND r.id | 1099511627775) AS records,
                EXISTS(SELECT 1 FROM _threads_log o WHERE o.public_key = l.public_key AND o.own) AS is_own
            FROM _threads_log b JOIN _threads_log l ON l.id = b.parent OR (l.parent = b.parent AND l.fork = b.fork)
                JOIN _threads_record r ON r.id = l.id << 40 | b.fork
            WHERE b.parent IS NOT NULL;
        """;
}
