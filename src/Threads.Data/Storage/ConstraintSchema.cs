namespace Threads.Data.Storage;

/// <summary>The tables of held-back rows (Views/HeldRows), and what users read of them.</summary>
internal static class ConstraintSchema
{
    public const string Sql =
        """
        DROP VIEW threads_conflicts;
        ALTER TABLE _threads_held RENAME TO _threads_held_1;

        -- a live entity that the tables can't show; pass: which one it fails (Views/FoldNode.Standing); t: its age; f, fkey: the reference that finds no parent
        CREATE TABLE _threads_held(c INTEGER NOT NULL, k NOT NULL, pass INTEGER NOT NULL, reason TEXT, label TEXT NOT NULL, t INTEGER NOT NULL, f INTEGER, fkey BLOB, flabel TEXT,
            PRIMARY KEY(c, k)) WITHOUT ROWID;
        -- to be judged anew when the file is next written
        INSERT INTO _threads_held(c, k, pass, reason, label, t) SELECT c, k, 1, reason, 'null', since FROM _threads_held_1;
        DROP TABLE _threads_held_1;

        -- what held-back rows claim: unique key, value; s 0: their references hold, 1: not; t, g: their age in total order; raw: the values themselves, where key is not
        CREATE TABLE _threads_claim(u INTEGER NOT NULL, key BLOB NOT NULL, s INTEGER NOT NULL, t INTEGER NOT NULL, g BLOB NOT NULL, c INTEGER NOT NULL, k NOT NULL, r INTEGER NOT NULL, raw BLOB,
            PRIMARY KEY(u, key, s, t, g, c, k)) WITHOUT ROWID;
        CREATE INDEX _threads_claim_row ON _threads_claim(c, k);
        -- which shown row has a value that others claim as well
        CREATE TABLE _threads_owner(u INTEGER NOT NULL, key BLOB NOT NULL, c INTEGER NOT NULL, k NOT NULL, label TEXT NOT NULL, t INTEGER NOT NULL, PRIMARY KEY(u, key)) WITHOUT ROWID;
        -- what held-back rows refer to; s 2: a shown row that shows NULL for it
        CREATE TABLE _threads_ref(f INTEGER NOT NULL, key BLOB NOT NULL, s INTEGER NOT NULL, c INTEGER NOT NULL, k NOT NULL, raw BLOB, PRIMARY KEY(f, key, c, k)) WITHOUT ROWID;
        CREATE INDEX _threads_ref_row ON _threads_ref(c, k);
        -- the constraints as they are named to users; u: the parent's unique key of a reference
        CREATE TABLE _threads_constraint(kind INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, reason TEXT NOT NULL, u INTEGER, PRIMARY KEY(kind, id)) WITHOUT ROWID;
        -- definition: the table's and its indexes' text when its constraints were last looked at; rules: what they were then (older versions kept hashes)
        ALTER TABLE _threads_collection ADD COLUMN definition BLOB;
        ALTER TABLE _threads_collection ADD COLUMN rules BLOB;

        -- who stands in a held-back row's way, once for each constraint
        CREATE VIEW _threads_rival AS
            SELECT h.c, h.k, n.name, n.reason, o.c AS rc, o.k AS rk, o.label AS rlabel, o.t AS rt, 'shown' AS state
            FROM _threads_held h JOIN _threads_claim m ON m.c = h.c AND m.k = h.k JOIN _threads_owner o ON o.u = m.u AND o.key = m.key
                JOIN _threads_constraint n ON n.kind = 0 AND n.id = m.u
            WHERE h.pass = 3
            UNION ALL
            SELECT h.c, h.k, n.name, n.reason, x.c, x.k, y.label, x.t, 'held'
            FROM _threads_held h JOIN _threads_claim m ON m.c = h.c AND m.k = h.k
                JOIN _threads_claim x ON (x.u, x.key, x.s, x.t, x.g, x.c) = (SELECT z.u, z.key, z.s, z.t, z.g, z.c FROM _threads_claim z WHERE z.u = m.u AND z.key = m.key AND z.s = 0 ORDER BY z.t, z.g LIMIT 1)
                    AND NOT (x.c = h.c AND x.k = h.k)
                JOIN _threads_held y ON y.c = x.c AND y.k = x.k
                JOIN _threads_constraint n ON n.kind = 0 AND n.id = m.u
            WHERE h.pass = 3 AND NOT EXISTS(SELECT 1 FROM _threads_owner o WHERE o.u = m.u AND o.key = m.key)
            UNION ALL
            SELECT h.c, h.k, n.name, n.reason, coalesce(y.c, n.u >> 16), y.k, h.flabel, y.t, CASE WHEN y.c IS NULL THEN 'missing' ELSE 'held' END
            FROM _threads_held h JOIN _threads_constraint n ON n.kind = 1 AND n.id = h.f
                LEFT JOIN _threads_held y ON (y.c, y.k) = (SELECT z.c, z.k FROM _threads_claim z WHERE z.u = n.u AND z.key = h.fkey ORDER BY z.s, z.t, z.g LIMIT 1)
            WHERE h.pass IN (2, 4);

        CREATE VIEW threads_conflicts AS
            SELECT c.tbl AS table_name, c.name AS collection, CASE WHEN substr(h.label, 1, 1) = '[' THEN h.label ELSE h.k END AS row_key,
                coalesce((SELECT min(r.name) FROM _threads_rival r WHERE r.c = h.c AND r.k = h.k), substr(h.reason, 1, instr(h.reason || ' constraint', ' constraint') - 1)) AS constraint_name,
                coalesce((SELECT r.reason FROM _threads_rival r WHERE r.c = h.c AND r.k = h.k ORDER BY r.name LIMIT 1), h.reason) AS reason,
                (WITH RECURSIVE chain(n, c, k, item, seen) AS (
                    SELECT * FROM (SELECT 1, r.rc, r.rk, json_object('collection', rc.name, 'key', json(r.rlabel), 'state', r.state), ';' || h.c || ' ' || quote(h.k) || ';' || r.rc || ' ' || quote(r.rk) || ';'
                        FROM _threads_rival r JOIN _threads_collection rc ON rc.id = r.rc WHERE r.c = h.c AND r.k = h.k ORDER BY r.name LIMIT 1)
                    UNION ALL
                    SELECT chain.n + 1, r.rc, r.rk, json_object('collection', rc.name, 'key', json(r.rlabel), 'state', r.state), chain.seen || r.rc || ' ' || quote(r.rk) || ';'
                    FROM chain JOIN _threads_rival r ON r.c = chain.c AND r.k = chain.k JOIN _threads_collection rc ON rc.id = r.rc
                    WHERE chain.n < 16 AND instr(chain.seen, ';' || r.rc || ' ' || quote(r.rk) || ';') = 0 AND r.name = (SELECT min(o.name) FROM _threads_rival o WHERE o.c = chain.c AND o.k = chain.k))
                SELECT json_group_array(json(item)) FROM chain) AS rivals,
                max(h.t, coalesce((SELECT r.rt FROM _threads_rival r WHERE r.c = h.c AND r.k = h.k ORDER BY r.name LIMIT 1), h.t)) AS since
            FROM _threads_held h JOIN _threads_collection c ON c.id = h.c;
        """;
}
