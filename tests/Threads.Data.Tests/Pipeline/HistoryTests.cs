using Dapper;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Pipeline;

// Issue 5, point 2: a user sees why a cell has its value
public sealed class HistoryTests : IDisposable
{
    private readonly Peer alice = Peer.New("CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT, age)", "CREATE TABLE pairs(a TEXT, b INTEGER, v BLOB, PRIMARY KEY(a, b))");

    public void Dispose() => alice.Dispose();

    [Fact]
    public void Every_write_of_a_row_is_listed_with_old_and_new_value_and_who_won()
    {
        alice.Run(
            "INSERT INTO people VALUES(1, 'ann', 61)",
            "INSERT INTO people VALUES(2, 'bob', 1)",
            "UPDATE people SET name = 'anna' WHERE id = 1",
            "UPDATE people SET age = 61.5, name = 'anne' WHERE id = 1");
        Assert.Equal(
            [
                "create name:  -> ann lost", "create age:  -> 61 lost", "save name: ann -> anna lost", "save name: anna -> anne won", "save age: 61 -> 61.5 won",
            ], Lines(alice, 1));
        Assert.Equal(["create name:  -> bob won", "create age:  -> 1 won"], Lines(alice, 2));
        Assert.Empty(alice.Connection.Thread.History("people", 3));

        var last = alice.Connection.Thread.History("PEOPLE", 1L)[^1];
        Assert.Equal(alice.Connection.Thread.Identity, last.Author);
        var row = alice.Connection.QuerySingle("SELECT log, position, cid, time, written_at FROM threads_records ORDER BY position DESC LIMIT 1");
        Assert.Equal(((long)row.log, (long)row.position), (last.Log, last.Position));
        Assert.Equal((string)row.cid, "f" + Convert.ToHexStringLower(last.Cid.Span));
        Assert.InRange(last.Time, (long)row.time, (long)row.time + 1);
        Assert.Equal(((string)row.written_at)[..19], last.WrittenAt.ToString("yyyy-MM-dd HH:mm:ss"));
    }

    [Fact]
    public void A_CID_is_the_same_text_in_every_view()
    {
        alice.Run("INSERT INTO people VALUES(1, 'ann', 61)");
        var cid = alice.One<string>("SELECT DISTINCT cid FROM threads_history WHERE table_name = 'people' AND row_key = 1");
        Assert.Equal(Cid.Parse(cid).ToBytes(), alice.Connection.Thread.History("people", 1)[0].Cid.ToArray());
        Assert.Equal(cid, alice.One<string>("SELECT r.cid FROM threads_records r JOIN threads_heads h ON h.cid = r.cid AND h.counter = r.position"));
        Assert.Equal("text text", alice.One<string>("SELECT typeof(h.cid) || ' ' || typeof(w.cid) FROM threads_heads h JOIN threads_history w ON w.cid = h.cid LIMIT 1"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(";Password=secret")]
    public void A_file_that_is_read_only_has_its_history(string password)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("threads-history-").FullName, "a.db");
        try
        {
            using (var peer = Peer.At(file + password, "CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT)"))
            {
                peer.Run("INSERT INTO people VALUES(1, 'ann')", "UPDATE people SET name = 'anna'");
            }

            using (var reader = Peer.At($"{file};Mode=ReadOnly{password};Pooling=False"))
            {
                Assert.Equal(["ann", "anna"], reader.Connection.Query<string>("SELECT new_value FROM threads_history WHERE table_name = 'people' AND row_key = 1 AND new_value IS NOT NULL"));
                Assert.Equal(2, reader.Connection.Thread.History("people", 1).Count);
                Assert.Throws<ThreadsException>(() => reader.Run("INSERT INTO people VALUES(2, 'bob')"));
            }

            // Reading the tables needs no key; what lies in the records does.
            using var stranger = Peer.At($"{file};Mode=ReadOnly;Pooling=False");
            Assert.Equal("anna", stranger.One<string>("SELECT name FROM people"));
            if (password.Length > 0)
            {
                Assert.Contains("password", Assert.Throws<ThreadsException>(() => stranger.Connection.Thread.History("people", 1)).Message, StringComparison.OrdinalIgnoreCase);
            }
        }
        finally
        {
            ThreadsConnection.ClearAllPools();
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    [Fact]
    public void A_late_record_stands_where_it_belongs_and_has_lost()
    {
        alice.Run("INSERT INTO people VALUES(1, 'ann', 61)");
        using var bob = alice.Join();
        alice.SendTo(bob);
        bob.Run("UPDATE people SET name = 'early', age = 62 WHERE id = 1");
        alice.Run("UPDATE people SET name = 'late' WHERE id = 1");
        bob.SendTo(alice);
        alice.SendTo(bob);
        string[] expected =
        [
            "create name:  -> ann lost", "create age:  -> 61 lost", "save name: ann -> early lost", "save age: 61 -> 62 won", "save name: early -> late won",
        ];
        Assert.Equal(expected, Lines(alice, 1));
        Assert.Equal(expected, Lines(bob, 1));
        var byBob = alice.Connection.Thread.History("people", 1)[2];
        Assert.Equal(bob.Connection.Thread.Identity, byBob.Author);
        Assert.Equal(bob.Connection.Thread.Identity.ToString(), alice.One<string>("SELECT DISTINCT author FROM threads_history WHERE table_name = 'people' AND row_key = 1 AND new_value = 'early'"));
    }

    [Fact]
    public void A_deleted_row_has_its_history_and_one_that_came_back_another()
    {
        alice.Run("INSERT INTO people VALUES(1, 'ann', 61)");
        using var bob = alice.Join();
        alice.SendTo(bob);
        alice.Run("DELETE FROM people");
        bob.Run("UPDATE people SET age = 70");
        bob.SendTo(alice);
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM people"));
        Assert.Equal(["create name:  -> ann lost", "create age:  -> 61 lost", "delete :  ->  won", "save age:  -> 70 lost"], Lines(alice, 1));
        alice.Run("INSERT INTO people VALUES(1, 'ann', NULL)");
        Assert.Equal(["delete :  ->  lost", "save age:  -> 70 lost", "create name:  -> ann won", "create age:  ->  won"], Lines(alice, 1)[2..]);
    }

    [Fact]
    public void The_same_change_to_many_rows_and_operations_of_counters_are_in_it()
    {
        alice.Run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO people SELECT i, 'x', 0 FROM n", "UPDATE people SET name = 'y'");
        Assert.Equal(["create name:  -> x lost", "create age:  -> 0 won", "save name: x -> y won"], Lines(alice, 50));
        alice.Run("CREATE TABLE counts(id INTEGER PRIMARY KEY, n INTEGER)", "SELECT threads_merge('counts', 'n', 'counter')", "INSERT INTO counts VALUES(1, 5)", "UPDATE counts SET n = n + 2", "UPDATE counts SET n = n + 3");
        var writes = alice.Connection.Thread.History("counts", 1);
        Assert.Equal([5L, 7L, 10L], writes.Select(w => w.NewValue));
        Assert.Equal([null, 5L, 7L], writes.Select(w => w.OldValue));
        Assert.All(writes, w => Assert.True(w.Won));
        Assert.Equal("+", writes[^1].Operation);
    }

    [Fact]
    public void A_text_that_merges_is_told_edit_by_edit_and_stays_as_it_is()
    {
        alice.Run("CREATE TABLE texts(id INTEGER PRIMARY KEY, body TEXT)", "SELECT threads_merge('texts', 'body', 'text')", "INSERT INTO texts VALUES(1, 'one')", "UPDATE texts SET body = 'one two'", "UPDATE texts SET body = 'zero two'", "UPDATE texts SET body = 'zero two three'");
        var writes = alice.Connection.Thread.History("texts", 1);
        Assert.Equal(["one", "one two", "zero two", "zero two three"], writes.Select(w => w.NewValue));
        Assert.All(writes, w => Assert.True(w.Won));
        alice.Run("UPDATE texts SET body = 'zero two three four'");
        Assert.Equal("zero two three four", alice.One<string>("SELECT body FROM texts"));
        Assert.True(alice.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void SQL_reads_it_by_row_by_table_and_all()
    {
        alice.Run("INSERT INTO people VALUES(1, 'ann', 61), (2, 'bob', NULL)", "INSERT INTO pairs VALUES('x\"', 2, x'00ff'), ('x', 3, NULL)", "UPDATE pairs SET v = 'text' WHERE b = 2");
        Assert.Equal(4, alice.One<long>("SELECT count(*) FROM threads_history WHERE table_name = 'PEOPLE'"));
        Assert.Equal(7, alice.One<long>("SELECT count(*) FROM threads_history"));
        Assert.Equal("blob text", alice.One<string>("SELECT typeof(old_value) || ' ' || typeof(new_value) FROM threads_history WHERE table_name = 'pairs' AND row_key = '[\"x\\\"\", 2]' AND kind = 'save'"));
        Assert.Equal("[\"x\",3]", alice.One<string>("SELECT row_key FROM threads_history WHERE table_name = 'pairs' AND new_value IS NULL"));
        Assert.Equal("61", alice.One<string>("SELECT h.new_value FROM people p JOIN threads_history h ON h.table_name = 'people' AND h.row_key = p.id WHERE h.column_name = 'age' AND h.won AND p.name = 'ann'"));
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_history WHERE table_name = 'nothing'"));
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_history WHERE table_name = 'pairs' AND row_key = 'no json'"));
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_history WHERE table_name = 'pairs' AND row_key = '[{},1]'"));
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_history WHERE table_name IS NULL AND row_key = 1"));
        alice.Run("BEGIN", "UPDATE people SET age = 5 WHERE id = 2", "COMMIT");
        Assert.Equal(2, alice.One<long>("SELECT count(*) FROM threads_history WHERE table_name = 'people' AND row_key = 2 AND column_name = 'age'"));
    }

    [Fact]
    public void One_row_is_found_by_the_index_whatever_else_is_there()
    {
        var plan = alice.Connection.Query("EXPLAIN QUERY PLAN SELECT * FROM threads_history WHERE table_name = 'people' AND row_key = 1").Single();
        Assert.EndsWith("INDEX 2:", (string)plan.detail);
        plan = alice.Connection.Query("EXPLAIN QUERY PLAN SELECT * FROM threads_history WHERE row_key = 1").Single();
        Assert.EndsWith("INDEX 0:", (string)plan.detail);
    }

    [Fact]
    public void A_column_that_this_table_lacks_is_told_by_its_name_in_events()
    {
        using var bob = alice.Join(["CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT, age, extra)"]);
        bob.Run("INSERT INTO people VALUES(1, 'ann', 61, 'more')");
        bob.SendTo(alice);
        Assert.Equal("create extra:  -> more won", Lines(alice, 1)[^1]);
    }

    [Fact]
    public void It_can_t_be_written_and_wrong_arguments_are_refused()
    {
        Assert.Throws<ThreadsException>(() => alice.Run("DELETE FROM threads_history"));
        Assert.Throws<ThreadsException>(() => alice.Run("CREATE TABLE threads_history(id INTEGER PRIMARY KEY)"));
        Assert.Contains("'nothing'", Assert.Throws<ArgumentException>(() => alice.Connection.Thread.History("nothing", 1)).Message);
        Assert.Contains("a, b", Assert.Throws<ArgumentException>(() => alice.Connection.Thread.History("pairs", "x")).Message);
        Assert.Throws<ArgumentException>(() => alice.Connection.Thread.History("people", [null]));
        Assert.Throws<ArgumentException>(() => alice.Connection.Thread.History("people", DateTime.MinValue));
    }

    [Fact]
    public void Many_connections_come_and_go_with_a_statement_on_it_open()
    {
        for (var i = 0; i < 20; i++)
        {
            using var peer = Peer.New("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
            peer.Run("INSERT INTO t VALUES(1, 'a'), (2, 'b')");
            using var command = peer.Connection.CreateCommand();
            command.CommandText = "SELECT * FROM threads_history h, threads_history g";
            using var reader = command.ExecuteReader();
            Assert.True(reader.Read());
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_history"));
    }

    private static string[] Lines(Peer peer, long id)
    {
        var lines = peer.Connection.Thread.History("people", id)
            .Select(w => FormattableString.Invariant($"{w.Kind.ToString().ToLowerInvariant()} {w.Column}: {w.OldValue} -> {w.NewValue} {(w.Won ? "won" : "lost")}")).ToArray();
        var sql = peer.Connection.Query<string>(
            "SELECT kind || ' ' || coalesce(column_name, '') || ': ' || coalesce(old_value, '') || ' -> ' || coalesce(new_value, '') || CASE won WHEN 1 THEN ' won' ELSE ' lost' END FROM threads_history WHERE table_name = 'people' AND row_key = @id",
            new { id });
        Assert.Equal(lines, sql);
        return lines;
    }
}
