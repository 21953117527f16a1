using Dapper;
using Microsoft.Data.Sqlite;

namespace Threads.Data.Tests.Pipeline;

public sealed class OutsideChangesTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("threads-outside-").FullName, "a.db");

    public void Dispose()
    {
        using (var connection = new ThreadsConnection($"Data Source={_file}"))
        {
            ThreadsConnection.ClearPool(connection);
        }

        Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);
    }

    [Fact]
    public void Our_own_writes_folds_and_rebuilds_leave_no_mark()
    {
        using var alice = Filled();
        using var bob = alice.Join();
        bob.Run("INSERT INTO n VALUES(100, 'bob')", "UPDATE c SET v = 'B' WHERE p = 'x'");
        alice.SendTo(bob);
        bob.SendTo(alice);
        alice.Connection.Thread.RebuildViews();
        alice.Run("VACUUM");

        Assert.Empty(alice.Connection.Thread.OutsideChanges);
    }

    [Fact]
    public void What_another_tool_writes_is_noted_and_found()
    {
        using var alice = Filled();

        Plain("INSERT INTO n VALUES(50, 'new'); UPDATE n SET a = 'other' WHERE id = 2; DELETE FROM n WHERE id = 3; UPDATE n SET id = 51 WHERE id = 1; UPDATE c SET v = 'Z'");

        Assert.Equal(
            ["c 'x', 1", "n 1", "n 2", "n 3", "n 50", "n 51"],
            alice.Connection.Thread.OutsideChanges.Select(c => $"{c.Table} {c.Key}").Order(StringComparer.Ordinal));
        Assert.All(alice.Connection.Thread.OutsideChanges, c => Assert.Equal(OutsideChangeKind.Written, c.Kind));
    }

    [Fact]
    public void Undo_puts_back_what_the_records_say()
    {
        using var alice = Filled();
        var before = alice.Digest;
        Plain("INSERT INTO n VALUES(50, 'new'); UPDATE n SET a = 'other' WHERE id = 2; DELETE FROM n WHERE id = 3; UPDATE n SET id = 51 WHERE id = 1; UPDATE c SET v = 'Z'; INSERT INTO c VALUES(NULL, 2, 'null key')");
        Assert.NotEqual(before, alice.Digest);

        var undone = alice.Connection.Thread.UndoOutsideChanges();

        Assert.Equal(before, alice.Digest);
        Assert.Contains(new OutsideChange("n", "50", OutsideChangeKind.Added), undone);
        Assert.Contains(new OutsideChange("n", "2", OutsideChangeKind.Changed), undone);
        Assert.Contains(new OutsideChange("n", "3", OutsideChangeKind.Removed), undone);
        Assert.Contains(new OutsideChange("c", "'x', 1", OutsideChangeKind.Changed), undone);
        Assert.Empty(alice.Connection.Thread.OutsideChanges);
        Assert.True(alice.Connection.Thread.Verify().IsSound);
        alice.Run("INSERT INTO n VALUES(50, 'ours')");
    }

    [Fact]
    public void Take_over_makes_the_change_a_record_that_travels()
    {
        using var alice = Filled();
        using var bob = alice.Join();
        alice.SendTo(bob);
        var records = alice.One<long>("SELECT count(*) FROM threads_records");
        Plain("INSERT INTO n VALUES(50, 'new'); UPDATE n SET a = 'other' WHERE id = 2; DELETE FROM n WHERE id = 3; UPDATE n SET id = 51 WHERE id = 1; UPDATE c SET v = 'Z'");
        var outside = alice.Digest;

        var taken = alice.Connection.Thread.TakeOverOutsideChanges();

        Assert.Equal(6, taken.Count);
        Assert.Equal(outside, alice.Digest);
        Assert.Equal(records + 1, alice.One<long>("SELECT count(*) FROM threads_records"));
        Assert.Equal(6, alice.One<long>("SELECT events FROM threads_records ORDER BY time DESC LIMIT 1"));
        Assert.Empty(alice.Connection.Thread.OutsideChanges);
        alice.SendTo(bob);
        Assert.Equal(outside, bob.Digest);
        Assert.True(alice.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void Rows_that_swap_a_unique_value_are_taken_over()
    {
        using var alice = Peer.At(_file, "CREATE TABLE u(id INTEGER PRIMARY KEY, k TEXT UNIQUE)");
        alice.Run("INSERT INTO u VALUES(1, 'a'), (2, 'b')");
        Plain("UPDATE u SET k = 'x' WHERE id = 1; UPDATE u SET k = 'a' WHERE id = 2; UPDATE u SET k = 'b' WHERE id = 1");

        alice.Connection.Thread.TakeOverOutsideChanges();

        Assert.Equal([(1L, "b"), (2L, "a")], alice.Connection.Query<(long, string)>("SELECT id, k FROM u ORDER BY id"));
        Assert.True(alice.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void What_no_trigger_saw_is_settled_by_comparing_all()
    {
        using var alice = Filled();
        var before = alice.Digest;
        Plain("DROP TRIGGER _threads_oi1; DROP TRIGGER _threads_ou1; DROP TRIGGER _threads_od1; INSERT INTO n VALUES(50, 'new'); DELETE FROM n WHERE id = 2");
        Assert.Equal(2, alice.Connection.Thread.Verify().Differences.Count);

        Assert.Equal(2, alice.Connection.Thread.TakeOverOutsideChanges(compareAll: true).Count);

        Assert.NotEqual(before, alice.Digest);
        Assert.True(alice.Connection.Thread.Verify().IsSound);
        Plain("DROP TRIGGER IF EXISTS _threads_oi1; INSERT INTO n VALUES(60, 'unseen')");
        Assert.Equal([new OutsideChange("n", "60", OutsideChangeKind.Added)], alice.Connection.Thread.UndoOutsideChanges(compareAll: true));
        Assert.True(alice.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void The_users_triggers_and_foreign_keys_do_not_act_when_a_change_is_settled()
    {
        using var alice = Peer.At(
            _file, "CREATE TABLE p(id INTEGER PRIMARY KEY, a TEXT)", "CREATE TABLE k(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id) ON DELETE CASCADE)", "CREATE TABLE seen(id INTEGER PRIMARY KEY, what TEXT)",
            "CREATE TRIGGER t AFTER UPDATE ON p BEGIN INSERT INTO seen(what) VALUES('fired'); END");
        alice.Run("INSERT INTO p VALUES(1, 'a')", "INSERT INTO k VALUES(1, 1)");
        Plain("UPDATE p SET a = 'b'");

        alice.Connection.Thread.TakeOverOutsideChanges();

        Assert.Equal((1L, 1L), alice.Connection.QuerySingle<(long, long)>("SELECT (SELECT count(*) FROM k), (SELECT count(*) FROM seen)"));
        Assert.Equal("b", alice.One<string>("SELECT a FROM p"));
        Assert.True(alice.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void Marks_follow_a_table_through_renames_and_rebuilds()
    {
        using var alice = Filled();
        alice.Run(
            "ALTER TABLE n RENAME TO m", "ALTER TABLE m RENAME COLUMN id TO nr", "ALTER TABLE m ADD COLUMN b",
            "BEGIN DEFERRED", "CREATE TABLE ef_temp_c(p TEXT, q INTEGER, v TEXT, w TEXT, PRIMARY KEY(p, q))", "INSERT INTO ef_temp_c(p, q, v) SELECT p, q, v FROM c", "DROP TABLE c", "ALTER TABLE ef_temp_c RENAME TO c", "COMMIT TRANSACTION");

        Plain("UPDATE m SET b = 1 WHERE nr = 2; UPDATE c SET w = 'outside'");

        Assert.Equal([new("c", "'x', 1", OutsideChangeKind.Written), new OutsideChange("m", "2", OutsideChangeKind.Written)], alice.Connection.Thread.OutsideChanges.OrderBy(c => c.Table, StringComparer.Ordinal));
        alice.Connection.Thread.UndoOutsideChanges();
        Assert.Equal(0, alice.One<long>("SELECT count(b) FROM m"));
    }

    [Fact]
    public void A_table_that_another_tool_made_with_rows_is_found_and_taken_over()
    {
        using var alice = Filled();
        using var bob = alice.Join();
        Plain("CREATE TABLE made(id TEXT PRIMARY KEY, a); INSERT INTO made VALUES('x', 1), ('y', 2)");

        Assert.Equal(["'x'", "'y'"], alice.Connection.Thread.OutsideChanges.Select(c => c.Key));
        alice.Connection.Thread.TakeOverOutsideChanges();
        bob.Run("CREATE TABLE made(id TEXT PRIMARY KEY, a)");
        alice.SendTo(bob);

        Assert.Equal(alice.Digest, bob.Digest);
        Assert.Equal(2, bob.One<long>("SELECT count(*) FROM made"));
        Assert.True(alice.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void Marks_can_be_read_without_a_key_and_work_without_trust_in_the_schema()
    {
        using var alice = Filled();
        alice.Run("PRAGMA trusted_schema = OFF", "INSERT INTO n VALUES(70, 'ours')");
        Plain("PRAGMA trusted_schema = OFF; INSERT INTO n VALUES(71, 'theirs')");
        using var reader = Peer.At(_file + ";Mode=ReadOnly");

        Assert.Equal([new OutsideChange("n", "71", OutsideChangeKind.Written)], reader.Connection.Thread.OutsideChanges);
    }

    [Fact]
    public void Nothing_to_settle_settles_nothing()
    {
        using var alice = Filled();
        var records = alice.One<long>("SELECT count(*) FROM threads_records");

        Assert.Empty(alice.Connection.Thread.TakeOverOutsideChanges());
        Assert.Empty(alice.Connection.Thread.UndoOutsideChanges(compareAll: true));
        Assert.Equal(records, alice.One<long>("SELECT count(*) FROM threads_records"));
    }

    private Peer Filled()
    {
        var peer = Peer.At(_file, "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)", "CREATE TABLE c(p TEXT, q INTEGER, v TEXT, PRIMARY KEY(p, q))");
        peer.Run("INSERT INTO n VALUES(1, 'a'), (2, 'b'), (3, 'c')", "INSERT INTO c VALUES('x', 1, 'v')");
        return peer;
    }

    private void Plain(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_file};Pooling=False");
        connection.Execute(sql);
    }
}
