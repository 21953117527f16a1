using Threads.Data.Sqlite;

namespace Threads.Data.Storage;

/// <summary>The tables of a replicator's file: the records of many threads, without tables made of them (decision 1).</summary>
internal static class ReplicaSchema
{
    /// <summary>"Thrr" in the header of the file (PRAGMA application_id).</summary>
    public const int ApplicationId = 0x54687272;

    public static int Version => Upgrades.Length;

    private static readonly string[] Upgrades =
    [
        """
        CREATE TABLE _threads_meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;

        -- key: the replica key
        CREATE TABLE _threads_thread(id INTEGER PRIMARY KEY, thread BLOB NOT NULL UNIQUE, key BLOB NOT NULL);

        -- as in a thread's own file, and whose they are: a log's number is its own in the whole file
        CREATE TABLE _threads_log(id INTEGER PRIMARY KEY, thread INTEGER NOT NULL, public_key BLOB NOT NULL, identity BLOB NOT NULL, parent INTEGER, fork INTEGER, folded INTEGER);
        CREATE INDEX _threads_log_key ON _threads_log(thread, public_key);
        CREATE TABLE _threads_record(id INTEGER PRIMARY KEY, cid BLOB NOT NULL, time INTEGER, events INTEGER, data BLOB NOT NULL);
        CREATE TABLE _threads_pending(thread INTEGER NOT NULL, cid BLOB NOT NULL, log BLOB, prev BLOB, blocks BLOB NOT NULL, reason INTEGER NOT NULL,
            PRIMARY KEY(thread, cid)) WITHOUT ROWID;
        CREATE INDEX _threads_pending_prev ON _threads_pending(thread, prev);
        CREATE TABLE _threads_announcement(thread INTEGER NOT NULL, log BLOB NOT NULL, sequence INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(thread, log)) WITHOUT ROWID;

        CREATE VIEW threads_logs AS
            SELECT t.id AS thread, l.id AS id, lower(hex(l.public_key)) AS public_key, lower(hex(l.identity)) AS identity, l.parent AS branch_of, l.fork AS forked_at,
                coalesce((SELECT max(r.id) & 1099511627775 FROM _threads_record r WHERE r.id > l.id << 40 AND r.id < (l.id + 1) << 40), 0) AS counter
            FROM _threads_log l JOIN _threads_thread t ON t.id = l.thread;
        """,
    ];

    /// <summary>Brings the file, in an open write transaction, from <paramref name="version"/> (0: empty) to ours.</summary>
    public static void Upgrade(SqliteDatabase database, int version)
    {
        for (; version < Version; version++)
        {
            database.Execute(Upgrades[version]);
        }

        database.Execute(FormattableString.Invariant($"PRAGMA application_id = {ApplicationId}"));
        new MetaStore(database).Set("version", Version);
    }
}
