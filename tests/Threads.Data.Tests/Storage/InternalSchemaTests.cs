using Dapper;
using Microsoft.Data.Sqlite;
using Threads.Data.Storage;

namespace Threads.Data.Tests.Storage;

public sealed class InternalSchemaTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("threads-schema-").FullName, "a.db");

    public void Dispose()
    {
        Pools();
        Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);
    }

    [Fact]
    public void A_file_from_a_newer_version_is_refused_with_both_versions()
    {
        Create();
        Plain("UPDATE _threads_meta SET value = 99 WHERE name = 'version'");

        var e = Assert.Throws<ThreadsException>(() => Peer.At(_file));

        Assert.Equal(ThreadsErrorCode.NewerFile, e.ThreadsErrorCode);
        Assert.Contains("99", e.Message, StringComparison.Ordinal);
        Assert.Contains(InternalSchema.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), e.Message, StringComparison.Ordinal);
        Assert.Contains(_file, e.Message, StringComparison.Ordinal);
        Assert.Equal(ThreadsErrorCode.NewerFile, Assert.Throws<ThreadsException>(() => Peer.At(_file + ";Mode=ReadOnly")).ThreadsErrorCode);
    }

    [Fact]
    public void A_process_that_has_an_upgraded_file_open_refuses_to_write()
    {
        Create();
        using var old = Peer.At(_file);
        old.Run("INSERT INTO n VALUES(1, 'a')");
        Plain("UPDATE _threads_meta SET value = 99 WHERE name = 'version'");

        Assert.Equal(ThreadsErrorCode.NewerFile, Assert.Throws<ThreadsException>(() => old.Run("INSERT INTO n VALUES(2, 'b')")).ThreadsErrorCode);
        Assert.Equal(ThreadsErrorCode.NewerFile, Assert.Throws<ThreadsException>(() => old.Connection.BeginTransaction()).ThreadsErrorCode);
        Assert.Equal(ThreadsErrorCode.NewerFile, Assert.Throws<ThreadsException>(() => old.Run("BEGIN DEFERRED", "INSERT INTO n VALUES(2, 'b')")).ThreadsErrorCode);
        old.Run("ROLLBACK TRANSACTION");
        Assert.Equal(1, old.One<long>("SELECT count(*) FROM n"));
        Plain($"UPDATE _threads_meta SET value = {InternalSchema.Version} WHERE name = 'version'");
        old.Run("INSERT INTO n VALUES(2, 'b')");
    }

    [Fact]
    public void A_file_of_version_1_is_upgraded_when_it_is_opened()
    {
        Create();
        ToVersion1();

        using var alice = Peer.At(_file);
        alice.Run("INSERT INTO n VALUES(1, 'a')");

        Assert.Equal(InternalSchema.Version, alice.One<long>("SELECT value FROM _threads_meta WHERE name = 'version'"));
        Assert.Equal(3, alice.One<long>("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE '\\_threads\\_o%' ESCAPE '\\'"));
        Assert.True(alice.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void Held_back_rows_of_an_older_file_are_judged_anew()
    {
        using (var alice = Peer.At(_file, "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT UNIQUE)"))
        using (var bob = alice.Join())
        {
            alice.Run("INSERT INTO n VALUES(1, 'same')");
            bob.Run("INSERT INTO n VALUES(2, 'same')");
            bob.SendTo(alice);
        }

        Pools();
        ToVersion1();

        using var again = Peer.At(_file);
        again.Run("INSERT INTO n VALUES(3, 'x')");
        Assert.Equal("UNIQUE n(a)", again.One<string>("SELECT constraint_name FROM threads_conflicts WHERE row_key = 2"));
        again.Run("DELETE FROM n WHERE id = 1");
        Assert.Equal(2, again.One<long>("SELECT id FROM n WHERE a = 'same'"));
    }

    [Fact]
    public void Constraints_that_an_older_version_noted_as_hashes_are_looked_at_once_more()
    {
        using (var alice = Peer.At(_file, "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT UNIQUE)"))
        {
            alice.Run("INSERT INTO n VALUES(1, 'a')");
        }

        Pools();
        Plain("UPDATE _threads_collection SET definition = zeroblob(16), rules = zeroblob(16)");

        using var again = Peer.At(_file);
        using var bob = again.Join();
        again.Run("CREATE TABLE other(id INTEGER PRIMARY KEY)", "INSERT INTO n VALUES(2, 'b')");
        Assert.Contains("CREATE TABLE n", again.One<string>("SELECT CAST(definition AS TEXT) FROM _threads_collection WHERE tbl = 'n'"), StringComparison.Ordinal);
        Assert.Contains("UNIQUE n(a)", again.One<string>("SELECT CAST(rules AS TEXT) FROM _threads_collection WHERE tbl = 'n'"), StringComparison.Ordinal);
        bob.Run("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT UNIQUE)", "INSERT INTO n VALUES(3, 'b')");
        bob.SendTo(again);
        Assert.Equal("UNIQUE n(a)", again.One<string>("SELECT constraint_name FROM threads_conflicts"));
    }

    [Fact]
    public void A_failing_upgrade_leaves_the_file_as_it_was()
    {
        Create();
        ToVersion1();
        Plain("CREATE TABLE _threads_outside(in_the_way)");
        var before = Dump();

        Assert.Throws<ThreadsException>(() => Peer.At(_file));

        Assert.Equal(before, Dump());
        Plain("DROP TABLE _threads_outside");
        using var alice = Peer.At(_file);
        alice.Run("INSERT INTO n VALUES(1, 'a')");
    }

    private void Create()
    {
        Peer.At(_file, "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)").Dispose();
        Pools();
    }

    private void ToVersion1() => Plain(
        """
        DROP VIEW threads_records; DROP TABLE _threads_locked; ALTER TABLE _threads_key DROP COLUMN id; CREATE VIEW threads_records AS SELECT id FROM _threads_record;
        DROP VIEW threads_peers; DROP TABLE _threads_peer_log; DROP TABLE _threads_peer; DROP TABLE _threads_replicator; DROP TABLE _threads_announcement;
        DROP VIEW threads_addresses; DROP TABLE _threads_address;
        CREATE TABLE _threads_address(log INTEGER NOT NULL, address TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY(log, address)) WITHOUT ROWID;
        CREATE VIEW threads_addresses AS SELECT log, address, expires FROM _threads_address;
        CREATE TABLE held AS SELECT c, k, coalesce(reason, '') AS reason, t AS since FROM _threads_held;
        DROP VIEW threads_invites; DROP VIEW threads_joins; DROP TABLE _threads_join; DROP TABLE _threads_invite_list; DROP TABLE _threads_join_list;
        DROP VIEW threads_capabilities; DROP TABLE _threads_capability; DROP TABLE _threads_link; DROP TABLE _threads_capability_list; DROP VIEW threads_access; DROP VIEW threads_groups; DROP VIEW threads_refused; DROP TABLE _threads_access; DROP TABLE _threads_access_list; DROP TABLE _threads_access_member;
        DROP TABLE _threads_refused; DROP TABLE _threads_refused_many; DROP TABLE _threads_refused_change;
        DROP VIEW threads_forks; ALTER TABLE _threads_log DROP COLUMN own;
        DROP VIEW threads_conflicts; DROP VIEW _threads_rival; DROP TABLE _threads_held; DROP TABLE _threads_claim; DROP TABLE _threads_owner; DROP TABLE _threads_ref;
        DROP TABLE _threads_constraint; ALTER TABLE _threads_collection DROP COLUMN definition; ALTER TABLE _threads_collection DROP COLUMN rules;
        CREATE TABLE _threads_held(c INTEGER NOT NULL, k NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY(c, k)) WITHOUT ROWID;
        INSERT INTO _threads_held SELECT * FROM held; DROP TABLE held;
        CREATE VIEW threads_conflicts AS SELECT k FROM _threads_held;
        DROP TRIGGER _threads_oi1; DROP TRIGGER _threads_ou1; DROP TRIGGER _threads_od1; DROP TABLE _threads_outside;
        DROP VIEW threads_collections; DROP TABLE _threads_schema;
        DROP TABLE _threads_alias; ALTER TABLE _threads_collection DROP COLUMN same; ALTER TABLE _threads_column DROP COLUMN same; ALTER TABLE _threads_collection DROP COLUMN fill;
        DROP TABLE _threads_view; DROP TABLE _threads_view_state; DROP TABLE _threads_bulk;
        DROP VIEW threads_merges; DROP TABLE _threads_merge; DROP TABLE _threads_cell;
        UPDATE _threads_meta SET value = 1 WHERE name = 'version';
        """);

    private void Plain(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_file};Pooling=False");
        connection.Execute(sql);
    }

    private string Dump()
    {
        using var connection = new SqliteConnection($"Data Source={_file};Pooling=False");
        return string.Join('\n', connection.Query<string>("SELECT sql FROM sqlite_master UNION ALL SELECT name || quote(value) FROM _threads_meta"));
    }

    private void Pools()
    {
        using var connection = new ThreadsConnection($"Data Source={_file}");
        ThreadsConnection.ClearPool(connection);
    }
}
