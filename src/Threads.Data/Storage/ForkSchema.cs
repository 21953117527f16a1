namespace Threads.Data.Storage;

/// <summary>What users read of forks and of records that wait for their time.</summary>
internal static class ForkSchema
{
    public const string Sql =
        """
        -- own: a log that this file, or the one it was copied from, wrote
        ALTER TABLE _threads_log ADD COLUMN own INTEGER NOT NULL DEFAULT 0;
        UPDATE _threads_log SET own = 1 WHERE id = (SELECT value FROM _threads_meta WHERE name = 'log');
        -- each record that stands where another one of the same log stands, the same on every peer
        CREATE VIEW threads_forks AS
            SELECT DISTINCT lower(hex(l.public_key)) AS public_key, lower(hex(l.identity)) AS identity, b.fork AS position, x'01711220' || r.cid AS cid, r.time AS time,
                (SELECT count(*) FROM _threads_record n WHERE n.id BETWEEN r.id AND r.id | 1099511627775) AS records,
                EXISTS(SELECT 1 FROM _threads_log o WHERE o.public_key = l.public_key AND o.own) AS is_own
            FROM _threads_log b JOIN _threads_log l ON l.id = b.parent OR (l.parent = b.parent AND l.fork = b.fork)
                JOIN _threads_record r ON r.id = l.id << 40 | b.fork
            WHERE b.parent IS NOT NULL;
        DROP VIEW threads_records;
        CREATE VIEW threads_records AS
            SELECT r.id >> 40 AS log, r.id & 1099511627775 AS position, x'01711220' || r.cid AS cid, r.time AS time,
                CASE WHEN r.time IS NULL THEN NULL ELSE strftime('%Y-%m-%d %H:%M:%f', r.time / 1000000000.0, 'unixepoch') END AS written_at,
                r.events AS events, length(r.data) AS size_bytes, l.folded IS NULL OR r.id & 1099511627775 <= l.folded AS is_due
            FROM _threads_record r JOIN _threads_log l ON l.id = r.id >> 40;
        """;

    /// <summary>A branch counts with those that branch off from it further on: which of them goes on in its own rows differs between peers.</summary>
    public const string WholeBranchesSql =
        """
        DROP VIEW threads_forks;
        CREATE VIEW threads_forks AS
            SELECT DISTINCT lower(hex(l.public_key)) AS public_key, lower(hex(l.identity)) AS identity, b.fork AS position, 'f01711220' || lower(hex(r.cid)) AS cid, r.time AS time,
                (WITH RECURSIVE part(id, first) AS (
                    SELECT l.id, b.fork
                    UNION ALL
                    SELECT c.id, c.fork FROM part JOIN _threads_log c ON c.parent = part.id AND c.fork > part.first)
                SELECT sum((SELECT count(*) FROM _threads_record n WHERE n.id BETWEEN part.id << 40 | part.first AND part.id << 40 | 1099511627775)) FROM part) AS records,
                EXISTS(SELECT 1 FROM _threads_log o WHERE o.public_key = l.public_key AND o.own) AS is_own
            FROM _threads_log b JOIN _threads_log l ON l.id = b.parent OR (l.parent = b.parent AND l.fork = b.fork)
                JOIN _threads_record r ON r.id = l.id << 40 | b.fork
            WHERE b.parent IS NOT NULL;
        """;

    /// <summary>An opening that nothing follows is no branch: nobody passes it on, so that it is not on every peer.</summary>
    public const string LoneOpeningsSql =
        """
        DROP VIEW threads_forks;
        CREATE VIEW threads_forks AS
            SELECT DISTINCT lower(hex(l.public_key)) AS public_key, lower(hex(l.identity)) AS identity, b.fork AS position, 'f01711220' || lower(hex(r.cid)) AS cid, r.time AS time,
                (WITH RECURSIVE part(id, first) AS (
                    SELECT l.id, b.fork
                    UNION ALL
                    SELECT c.id, c.fork FROM part JOIN _threads_log c ON c.parent = part.id AND c.fork > part.first)
                SELECT sum((SELECT count(*) FROM _threads_record n WHERE n.id BETWEEN part.id << 40 | part.first AND part.id << 40 | 1099511627775)) FROM part) AS records,
                EXISTS(SELECT 1 FROM _threads_log o WHERE o.public_key = l.public_key AND o.own) AS is_own
            FROM _threads_log b JOIN _threads_log l ON l.id = b.parent OR (l.parent = b.parent AND l.fork = b.fork)
                JOIN _threads_record r ON r.id = l.id << 40 | b.fork
            WHERE b.fork > 1 OR (b.fork = 1 AND EXISTS(SELECT 1 FROM _threads_record s WHERE s.id = l.id << 40 | 2)
                AND (SELECT count(*) FROM _threads_log g JOIN _threads_record s ON s.id = g.id << 40 | 2 WHERE g.id = b.parent OR (g.parent = b.parent AND g.fork = 1)) > 1);
        """;
}
