namespace Threads.Data.Storage;

/// <summary>The lists of who may do what (Access), and what users read of them.</summary>
internal static class AccessSchema
{
    public const string Sql =
        """
        -- changes of the lists as records hold them; i: the event's index
        CREATE TABLE _threads_access(r INTEGER NOT NULL, i INTEGER NOT NULL, t INTEGER NOT NULL, digest BLOB NOT NULL, change BLOB NOT NULL, PRIMARY KEY(r, i)) WITHOUT ROWID;
        -- the lists as they stand: collection NULL: the thread's, k NULL: the collection's
        CREATE TABLE _threads_access_list(collection TEXT, k, principal TEXT NOT NULL, roles TEXT NOT NULL);
        CREATE TABLE _threads_access_member(name TEXT NOT NULL, member TEXT NOT NULL, PRIMARY KEY(name, member)) WITHOUT ROWID;
        -- events that have no effect: of an entity, by its clock
        CREATE TABLE _threads_refused(c INTEGER NOT NULL, k NOT NULL, t INTEGER NOT NULL, r INTEGER NOT NULL, role TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY(c, k, t, r)) WITHOUT ROWID;
        -- and changes of the lists
        CREATE TABLE _threads_refused_change(r INTEGER NOT NULL, digest BLOB NOT NULL, t INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY(r, digest)) WITHOUT ROWID;

        CREATE VIEW threads_access AS
            SELECT CASE WHEN a.collection IS NULL THEN 'thread' WHEN a.k IS NULL THEN 'collection' ELSE 'entity' END AS level,
                a.collection AS collection, c.tbl AS table_name, a.k AS row_key, a.principal AS principal, a.roles AS roles
            FROM _threads_access_list a LEFT JOIN _threads_collection c ON c.name = a.collection;
        CREATE VIEW threads_groups AS SELECT name, member FROM _threads_access_member;
        CREATE VIEW threads_refused AS
            SELECT c.name AS collection, c.tbl AS table_name, f.k AS row_key, f.role AS role, f.reason AS reason, lower(hex(l.identity)) AS identity,
                f.r >> 40 AS log, f.r & 1099511627775 AS position, f.t AS time
            FROM _threads_refused f JOIN _threads_collection c ON c.id = f.c JOIN _threads_log l ON l.id = f.r >> 40
            UNION ALL
            SELECT NULL, NULL, NULL, 'admin', f.reason, lower(hex(l.identity)), f.r >> 40, f.r & 1099511627775, f.t
            FROM _threads_refused_change f JOIN _threads_log l ON l.id = f.r >> 40;
        """;

    /// <summary>Capabilities (Access/CapabilityChain), and what users read of them.</summary>
    public const string Capabilities =
        """
        -- chains of capabilities as records hold them; links whose signatures were verified, by their digest, and whether they hold
        CREATE TABLE _threads_capability(r INTEGER NOT NULL, i INTEGER NOT NULL, t INTEGER NOT NULL, chain BLOB NOT NULL, PRIMARY KEY(r, i)) WITHOUT ROWID;
        CREATE TABLE _threads_link(digest BLOB PRIMARY KEY, holds INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE _threads_capability_list(r INTEGER NOT NULL, holder TEXT, collection TEXT, k, roles TEXT, expires INTEGER, links INTEGER, issuer TEXT, reason TEXT);

        CREATE VIEW threads_capabilities AS
            SELECT a.holder AS holder, CASE WHEN a.collection IS NULL THEN 'thread' WHEN a.k IS NULL THEN 'collection' ELSE 'entity' END AS level,
                a.collection AS collection, c.tbl AS table_name, a.k AS row_key, a.roles AS roles, a.expires AS expires, a.links AS links, a.issuer AS issuer, a.reason AS reason,
                a.r >> 40 AS log, a.r & 1099511627775 AS position
            FROM _threads_capability_list a LEFT JOIN _threads_collection c ON c.name = a.collection;
        """;

    /// <summary>Read keys of rotations, and what waits for one.</summary>
    public const string Keys =
        """
        -- id: the name of a rotated read key (kind 5)
        ALTER TABLE _threads_key ADD COLUMN id BLOB;
        -- records that can't be read; key: the name of theirs; reason NULL: it is not here, otherwise why the record, and what follows it, never counts
        CREATE TABLE _threads_locked(r INTEGER PRIMARY KEY, key BLOB NOT NULL, reason TEXT);
        CREATE INDEX _threads_locked_key ON _threads_locked(key);

        DROP VIEW threads_records;
        CREATE VIEW threads_records AS
            SELECT r.id >> 40 AS log, r.id & 1099511627775 AS position, 'f01711220' || lower(hex(r.cid)) AS cid, r.time AS time,
                CASE WHEN r.time IS NULL THEN NULL ELSE strftime('%Y-%m-%d %H:%M:%f', r.time / 1000000000.0, 'unixepoch') END AS written_at,
                r.events AS events, length(r.data) AS size_bytes, l.folded IS NULL OR r.id & 1099511627775 <= l.folded AS is_due,
                CASE WHEN w.r IS NOT NULL THEN coalesce(w.reason, 'no key') END AS unread, lower(hex(w.key)) AS read_key
            FROM _threads_record r JOIN _threads_log l ON l.id = r.id >> 40 LEFT JOIN _threads_locked w ON w.r = r.id;
        """;

    /// <summary>Events on many entities that have no effect on any of them.</summary>
    public const string RefusedMany =
        """
        -- one row an event, however many entities it names
        CREATE TABLE _threads_refused_many(c INTEGER NOT NULL, t INTEGER NOT NULL, r INTEGER NOT NULL, role TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY(c, t, r)) WITHOUT ROWID;
        DROP VIEW threads_refused;
        CREATE VIEW threads_refused AS
            SELECT c.name AS collection, c.tbl AS table_name, f.k AS row_key, f.role AS role, f.reason AS reason, lower(hex(l.identity)) AS identity,
                f.r >> 40 AS log, f.r & 1099511627775 AS position, f.t AS time
            FROM _threads_refused f JOIN _threads_collection c ON c.id = f.c JOIN _threads_log l ON l.id = f.r >> 40
            UNION ALL
            SELECT c.name, c.tbl, NULL, f.role, f.reason, lower(hex(l.identity)), f.r >> 40, f.r & 1099511627775, f.t
            FROM _threads_refused_many f JOIN _threads_collection c ON c.id = f.c JOIN _threads_log l ON l.id = f.r >> 40
            UNION ALL
            SELECT NULL, NULL, NULL, 'admin', f.reason, lower(hex(l.identity)), f.r >> 40, f.r & 1099511627775, f.t
            FROM _threads_refused_change f JOIN _threads_log l ON l.id = f.r >> 40;
        """;

    /// <summary>Invitations and joins (Access/AccessRules.Joins), and what users read of them.</summary>
    public const string Joins =
        """
        -- joins as records hold them; holds: 1 the token's signature, 2 the inviter's
        CREATE TABLE _threads_join(r INTEGER NOT NULL, i INTEGER NOT NULL, t INTEGER NOT NULL, digest BLOB NOT NULL, holds INTEGER NOT NULL, joined BLOB NOT NULL, PRIMARY KEY(r, i)) WITHOUT ROWID;
        -- invitations that count, and what became of joins; reason NULL: it counts
        CREATE TABLE _threads_invite_list(token TEXT PRIMARY KEY, roles TEXT NOT NULL, invited TEXT, since INTEGER NOT NULL, expires INTEGER, uses INTEGER NOT NULL, used INTEGER NOT NULL, withdrawn INTEGER NOT NULL,
            inviter TEXT NOT NULL, r INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE _threads_join_list(r INTEGER NOT NULL, token TEXT, t INTEGER NOT NULL, reason TEXT);

        CREATE VIEW threads_invites AS
            SELECT token AS invitation, roles AS roles, invited AS invited, since AS since, expires AS expires, uses AS uses, used AS used, withdrawn AS withdrawn, inviter AS inviter,
                r >> 40 AS log, r & 1099511627775 AS position
            FROM _threads_invite_list;
        CREATE VIEW threads_joins AS
            SELECT j.token AS invitation, lower(hex(l.identity)) AS identity, j.reason AS reason, j.r >> 40 AS log, j.r & 1099511627775 AS position, j.t AS time
            FROM _threads_join_list j JOIN _threads_log l ON l.id = j.r >> 40;
        DROP VIEW threads_refused;
        CREATE VIEW threads_refused AS
            SELECT c.name AS collection, c.tbl AS table_name, f.k AS row_key, f.role AS role, f.reason AS reason, lower(hex(l.identity)) AS identity,
                f.r >> 40 AS log, f.r & 1099511627775 AS position, f.t AS time
            FROM _threads_refused f JOIN _threads_collection c ON c.id = f.c JOIN _threads_log l ON l.id = f.r >> 40
            UNION ALL
            SELECT c.name, c.tbl, NULL, f.role, f.reason, lower(hex(l.identity)), f.r >> 40, f.r & 1099511627775, f.t
            FROM _threads_refused_many f JOIN _threads_collection c ON c.id = f.c JOIN _threads_log l ON l.id = f.r >> 40
            UNION ALL
            SELECT NULL, NULL, NULL, 'admin', f.reason, lower(hex(l.identity)), f.r >> 40, f.r & 1099511627775, f.t
            FROM _threads_refused_change f JOIN _threads_log l ON l.id = f.r >> 40
            UNION ALL
            SELECT NULL, NULL, NULL, 'join', j.reason, lower(hex(l.identity)), j.r >> 40, j.r & 1099511627775, j.t
            FROM _threads_join_list j JOIN _threads_log l ON l.id = j.r >> 40 WHERE j.reason IS NOT NULL;
        """;
}
