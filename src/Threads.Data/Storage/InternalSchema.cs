using Threads.Data.Sqlite;

namespace Threads.Data.Storage;

/// <summary>
/// The tables of ours in the one file, and their versioned upgrades: entry i of <see cref="Upgrades"/> takes a file from version i to i + 1. Keys and values
/// of entities are SQLite values as they are, so most columns declare no type.
/// </summary>
internal static class InternalSchema
{
    /// <summary>"Thrd" in the header of the file (PRAGMA application_id).</summary>
    public const int ApplicationId = 0x54687264;

    public const string Prefix = "_threads_";

    public static int Version => Upgrades.Length;

    private static readonly string[] Upgrades =
    [
        """
        CREATE TABLE _threads_meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;

        -- kind: 1 replica, 2 read (log 0: the thread's), 3 log private, 4 identity private; since: first position it opens
        CREATE TABLE _threads_key(log INTEGER NOT NULL, kind INTEGER NOT NULL, since INTEGER NOT NULL, key BLOB NOT NULL,
            PRIMARY KEY(log, kind, since)) WITHOUT ROWID;

        -- a branch of a fork is a log of its own here: parent and fork say where it left (I5); folded NULL: all of it
        CREATE TABLE _threads_log(id INTEGER PRIMARY KEY, public_key BLOB NOT NULL, identity BLOB NOT NULL, parent INTEGER, fork INTEGER, folded INTEGER);
        CREATE INDEX _threads_log_key ON _threads_log(public_key);

        -- id = log << 40 | position: one row a record (decision 1); time, events: NULL where the body can't be read
        CREATE TABLE _threads_record(id INTEGER PRIMARY KEY, cid BLOB NOT NULL, time INTEGER, events INTEGER, data BLOB NOT NULL);

        -- records that wait for their predecessor or for a signature that vouches
        CREATE TABLE _threads_pending(cid BLOB PRIMARY KEY, log BLOB, prev BLOB, blocks BLOB NOT NULL, reason INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX _threads_pending_prev ON _threads_pending(prev);

        CREATE TABLE _threads_address(log INTEGER NOT NULL, address TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY(log, address)) WITHOUT ROWID;

        -- name: for ever, in events (decision 13); tbl: the table it is bound to here; kind 0 shared, 1 local; since: folded from this time on
        CREATE TABLE _threads_collection(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, tbl TEXT COLLATE NOCASE, kind INTEGER NOT NULL DEFAULT 0,
            since INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE _threads_column(c INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, col TEXT COLLATE NOCASE, seen INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY(c, id)) WITHOUT ROWID;

        -- t, r: time and record of the newest event; x: what else its state holds (Views/EntityState)
        CREATE TABLE _threads_entity(c INTEGER NOT NULL, k NOT NULL, t INTEGER NOT NULL, r INTEGER NOT NULL, x BLOB, PRIMARY KEY(c, k)) WITHOUT ROWID;
        -- superseded events: with the newest one, all that ever named the entity (decision 6)
        CREATE TABLE _threads_event(c INTEGER NOT NULL, k NOT NULL, t INTEGER NOT NULL, r INTEGER NOT NULL, PRIMARY KEY(c, k, t, r)) WITHOUT ROWID;
        -- live entities that the view can't show
        CREATE TABLE _threads_held(c INTEGER NOT NULL, k NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY(c, k)) WITHOUT ROWID;

        -- integer keys this file's log may give out, and the logs that have a range (decision 8)
        CREATE TABLE _threads_range(first INTEGER PRIMARY KEY, last INTEGER NOT NULL);
        CREATE TABLE _threads_grant(log BLOB PRIMARY KEY) WITHOUT ROWID;

        CREATE VIEW threads_logs AS
            SELECT l.id AS id, lower(hex(l.public_key)) AS public_key, lower(hex(l.identity)) AS identity, l.parent AS branch_of, l.fork AS forked_at,
                coalesce((SELECT max(r.id) & 1099511627775 FROM _threads_record r WHERE r.id > l.id << 40 AND r.id < (l.id + 1) << 40), 0) AS counter,
                l.id = (SELECT value FROM _threads_meta WHERE name = 'log') AS is_own
            FROM _threads_log l;
        CREATE VIEW threads_records AS
            SELECT r.id >> 40 AS log, r.id & 1099511627775 AS position, x'01711220' || r.cid AS cid, r.time AS time,
                CASE WHEN r.time IS NULL THEN NULL ELSE strftime('%Y-%m-%d %H:%M:%f', r.time / 1000000000.0, 'unixepoch') END AS written_at,
                r.events AS events, length(r.data) AS size_bytes
            FROM _threads_record r;
        CREATE VIEW threads_heads AS
            SELECT r.id >> 40 AS log, x'01711220' || r.cid AS cid, r.id & 1099511627775 AS counter
            FROM _threads_record r WHERE r.id IN
                (SELECT (SELECT max(h.id) FROM _threads_record h WHERE h.id > l.id << 40 AND h.id < (l.id + 1) << 40) FROM _threads_log l);
        CREATE VIEW threads_addresses AS SELECT log, address, expires FROM _threads_address;
        CREATE VIEW threads_conflicts AS
            SELECT c.tbl AS table_name, c.name AS collection, h.k AS row_key, h.reason AS reason, h.since AS since
            FROM _threads_held h JOIN _threads_collection c ON c.id = h.c;
        """,
        """
        -- keys of rows that other SQLite tools wrote (Views/OutsideMarks)
        CREATE TABLE _threads_outside(c INTEGER NOT NULL, k0, k1, k2, k3, k4, k5, k6, k7);
        """,
        """
        -- other names of collections (col '') and columns, by their names in events (Capture/Aliases); fresh: nothing else had the name when it was given
        CREATE TABLE _threads_alias(collection TEXT NOT NULL, col TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, fresh INTEGER NOT NULL, t INTEGER NOT NULL, log INTEGER NOT NULL,
            PRIMARY KEY(name, collection, col, t, log)) WITHOUT ROWID;
        -- same: the collection or column of which this is another name
        ALTER TABLE _threads_collection ADD COLUMN same INTEGER;
        ALTER TABLE _threads_column ADD COLUMN same INTEGER;
        """,
        """
        -- JSON schemas that rows written here have to keep (Capture/RowSchemas)
        CREATE TABLE _threads_schema(tbl TEXT NOT NULL COLLATE NOCASE, entity TEXT NOT NULL, rule TEXT NOT NULL, schema TEXT NOT NULL, PRIMARY KEY(tbl, entity)) WITHOUT ROWID;
        CREATE VIEW threads_collections AS
            SELECT c.name AS name, c.tbl AS table_name,
                (SELECT json_group_object(s.entity, json(s.schema)) FROM _threads_schema s WHERE s.tbl = c.tbl) AS schemas,
                (SELECT json_group_array(i.name) FROM sqlite_master i WHERE i.type = 'index' AND i.tbl_name = c.tbl COLLATE NOCASE AND i.sql IS NOT NULL) AS indexes
            FROM _threads_collection c WHERE c.kind = 0 AND c.tbl IS NOT NULL;
        """,
        """
        -- kind: how a column merges as declared here; ops: which operations its events held, * several (Merging/ColumnMerge)
        CREATE TABLE _threads_merge(c INTEGER NOT NULL, id INTEGER NOT NULL, kind TEXT, ops TEXT, PRIMARY KEY(c, id)) WITHOUT ROWID;
        -- what a cell keeps beside its value, since the assignment of this clock
        CREATE TABLE _threads_cell(c INTEGER NOT NULL, k NOT NULL, id INTEGER NOT NULL, t INTEGER NOT NULL, r INTEGER NOT NULL, state BLOB NOT NULL,
            PRIMARY KEY(c, k, id)) WITHOUT ROWID;
        CREATE VIEW threads_merges AS
            SELECT c.tbl AS table_name, k.col AS column_name, m.kind AS kind, m.ops AS operations
            FROM _threads_merge m JOIN _threads_collection c ON c.id = m.c JOIN _threads_column k ON k.c = m.c AND k.id = m.id
            WHERE c.kind = 0 AND c.tbl IS NOT NULL AND k.col IS NOT NULL;
        """,
        """
        -- a function that operations of the column called and that no process registered here (Merging/CellReducers)
        ALTER TABLE _threads_merge ADD COLUMN missing TEXT;
        DROP VIEW threads_merges;
        CREATE VIEW threads_merges AS
            SELECT c.tbl AS table_name, k.col AS column_name, m.kind AS kind, m.ops AS operations, m.missing AS missing
            FROM _threads_merge m JOIN _threads_collection c ON c.id = m.c JOIN _threads_column k ON k.c = m.c AND k.id = m.id
            WHERE c.kind = 0 AND c.tbl IS NOT NULL AND k.col IS NOT NULL;
        """,
        """
        -- views of the users' reducers (Pipeline/ViewHistory): how far of each log was taken in, and states after so many events, the last one of this clock
        CREATE TABLE _threads_view(name TEXT PRIMARY KEY, version TEXT NOT NULL, seen TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE _threads_view_state(name TEXT NOT NULL, events INTEGER NOT NULL, t INTEGER NOT NULL, r INTEGER NOT NULL, state BLOB NOT NULL,
            PRIMARY KEY(name, events)) WITHOUT ROWID;
        """,
        ConstraintSchema.Sql,
        """
        -- 1: a migration bound a table or column whose events had come before; the table must still be filled from the log
        ALTER TABLE _threads_collection ADD COLUMN fill INTEGER NOT NULL DEFAULT 0;
        """,
        ForkSchema.Sql,
        PeerSchema.Sql,
        AccessSchema.Sql,
        CidSchema.Sql,
        AccessSchema.Capabilities,
        """
        -- local events of the same change to many entities that are not in _threads_entity and _threads_event by their n keys, which their records hold (Views/BulkEvents); x: kind, columns
        CREATE TABLE _threads_bulk(c INTEGER NOT NULL, t INTEGER NOT NULL, r INTEGER NOT NULL, n INTEGER NOT NULL, x BLOB NOT NULL, PRIMARY KEY(c, t, r)) WITHOUT ROWID;
        """,
        ForkSchema.WholeBranchesSql,
        AccessSchema.Keys,
        AccessSchema.RefusedMany,
        ForkSchema.LoneOpeningsSql,
        AccessSchema.Joins,
    ];

    /// <summary>Brings the file, in an open write transaction, from <paramref name="version"/> (0: empty) to ours.</summary>
    public static void Upgrade(SqliteDatabase database, int version)
    {
        // A renamed table of ours makes SQLite check every view of the user, and one that was broken all along would keep the file shut.
        database.Execute("PRAGMA legacy_alter_table = 1");
        try
        {
            for (; version < Version; version++)
            {
                database.Execute(Upgrades[version]);
            }
        }
        finally
        {
            database.Execute("PRAGMA legacy_alter_table = 0");
        }

        database.Execute(FormattableString.Invariant($"PRAGMA application_id = {ApplicationId}"));
        new MetaStore(database).Set("version", Version);
    }
}
