using Dapper;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Views;

namespace Threads.Data.Tests.Views;

/// <summary>An event of many rows stands in the index as one line until a row is asked for, and means what a line for each would.</summary>
public sealed class BulkEventsTests : IDisposable
{
    private const string Integers = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INTEGER)";
    private const string Composite = "CREATE TABLE u(x TEXT, y REAL, v, PRIMARY KEY(x, y)) WITHOUT ROWID";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("threads-bulk-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_index_is_not_touched_by_row_until_a_row_is_asked_for()
    {
        using var alice = Filled(100);
        alice.Run("UPDATE t SET a = 'all'");
        Assert.Equal(1, Waiting(alice));
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM _threads_event"));

        alice.Run("UPDATE t SET b = 7 WHERE id = 3");
        Assert.Equal(1, Waiting(alice));
        Assert.Equal(2, alice.One<long>("SELECT count(*) FROM _threads_event"));
        AgreesWithRebuild(alice);
    }

    [Fact]
    public void History_names_what_is_kept_back_and_writes_nothing()
    {
        using var alice = Filled(40);
        alice.Run("UPDATE t SET a = 'all', b = 1", "DELETE FROM t WHERE id > 20");
        Assert.Equal(["CREATE", "SAVE", "DELETE"], Kinds(alice, 30));
        Assert.Equal(["CREATE", "SAVE"], Kinds(alice, 3));
        Assert.Equal(2, Waiting(alice));
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM _threads_event"));
        AgreesWithRebuild(alice);
    }

    [Fact]
    public void A_rollback_takes_back_what_is_kept_back()
    {
        using var alice = Filled(40);
        alice.Run("BEGIN", "UPDATE t SET a = 'all'", "CREATE TABLE more(id INTEGER PRIMARY KEY)", "ROLLBACK");
        Assert.Equal(0, Waiting(alice));
        alice.Run("UPDATE t SET b = 5 WHERE id = 1");
        Assert.Equal(["CREATE", "SAVE"], Kinds(alice, 1));
        AgreesWithRebuild(alice);
    }

    [Fact]
    public void A_rollback_to_a_savepoint_keeps_what_came_before_it()
    {
        using var alice = Filled(40);
        // A schema statement makes events of what came before; their record is not there yet when the row is asked for.
        alice.Run("BEGIN", "UPDATE t SET a = 'kept'", "CREATE TABLE one(id INTEGER PRIMARY KEY)", "SAVEPOINT s",
            "UPDATE t SET a = 'undone' WHERE id <= 30", "CREATE TABLE two(id INTEGER PRIMARY KEY)", "ROLLBACK TO s",
            "UPDATE t SET a = 'other' WHERE id <= 25", "CREATE TABLE three(id INTEGER PRIMARY KEY)", "UPDATE t SET b = 9 WHERE id IN (1, 28, 38)", "COMMIT");
        Assert.Equal([2L, 1, 1], new[] { 1, 28, 38 }.Select(id => alice.One<long>($"SELECT count(*) FROM threads_history WHERE table_name = 't' AND row_key = {id} AND column_name = 'a'") - 1));
        AgreesWithRebuild(alice);
    }

    [Fact]
    public void A_deleted_row_comes_back_by_a_new_one()
    {
        using var alice = Filled(40);
        using var bob = alice.Join();
        alice.Run("DELETE FROM t WHERE id > 10", "INSERT INTO t VALUES(20, 'anew', 1)", "UPDATE t SET b = 2");
        alice.SendTo(bob);
        Assert.Equal("anew", bob.One<string>("SELECT a FROM t WHERE id = 20"));
        Assert.Equal(alice.Digest, bob.Digest);
        AgreesWithRebuild(alice);
    }

    [Fact]
    public void A_late_record_is_judged_by_what_is_kept_back()
    {
        using var alice = Filled(40);
        using var bob = alice.Join();
        alice.SendTo(bob);
        bob.Run("UPDATE t SET a = 'older', b = 3 WHERE id = 4", "DELETE FROM t WHERE id = 5");
        alice.Run("UPDATE t SET a = 'newer'");
        bob.SendTo(alice);
        Assert.Equal("newer 3", alice.One<string>("SELECT a || ' ' || b FROM t WHERE id = 4"));
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM t WHERE id = 5"));
        alice.SendTo(bob);
        Assert.Equal(alice.Digest, bob.Digest);
        AgreesWithRebuild(alice);
    }

    [Fact]
    public void Another_connection_knows_what_is_kept_back()
    {
        var file = Path.Combine(_folder.FullName, "two.db");
        using var one = Peer.At(file, Integers);
        Fill(one, 40);
        using var other = Peer.At(file);
        other.Run("UPDATE t SET b = 1 WHERE id = 1");
        one.Run("UPDATE t SET a = 'all'");
        other.Run("UPDATE t SET b = 2 WHERE id = 1");
        Assert.Equal(4, other.One<long>("SELECT count(*) FROM threads_history WHERE table_name = 't' AND row_key = 1 AND column_name IN ('a', 'b')") - 1);
        other.Run("DELETE FROM t WHERE id > 20");
        Assert.Equal(["CREATE", "SAVE", "DELETE"], Kinds(one, 21));
        one.Run("INSERT INTO t VALUES(21, 'anew', 1)");
        AgreesWithRebuild(one);
        AgreesWithRebuild(other);
    }

    [Fact]
    public void No_more_than_so_many_are_kept_back()
    {
        using var alice = Filled(30);
        for (var i = 0; i < (2 * BulkEvents.MostEvents) + 3; i++)
        {
            alice.Run($"UPDATE t SET a = 'number {i}', b = {i}");
            Assert.InRange(Waiting(alice), 1, BulkEvents.MostEvents);
        }

        AgreesWithRebuild(alice);
    }

    [Fact]
    public void Rows_that_another_tool_wrote_are_still_told_by_name()
    {
        var file = Path.Combine(_folder.FullName, "outside.db");
        using (var alice = Peer.At(file, Integers))
        {
            Fill(alice, 30);
        }

        ThreadsConnection.ClearAllPools();
        using (var tool = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False"))
        {
            tool.Execute("INSERT INTO t VALUES(1000, 'outside', 1)");
        }

        using var again = Peer.At(file);
        Assert.Equal(ThreadsErrorCode.UnknownRow, Assert.Throws<ThreadsException>(() => again.Run("UPDATE t SET a = 'all'")).ThreadsErrorCode);
        again.Run("UPDATE t SET a = 'all' WHERE id < 1000");
        Assert.Equal(0, Waiting(again));
    }

    [Fact]
    public void A_record_that_is_damaged_is_said_to_be()
    {
        var file = Path.Combine(_folder.FullName, "damaged.db");
        using (var alice = Peer.At(file, Integers))
        {
            Fill(alice, 30);
            alice.Run("UPDATE t SET a = 'all'");
        }

        ThreadsConnection.ClearAllPools();
        using (var tool = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False"))
        {
            tool.Execute("UPDATE _threads_record SET data = CAST(substr(data, 1, length(data) - 40) || zeroblob(40) AS BLOB) WHERE id = (SELECT max(id) FROM _threads_record)");
        }

        using var again = Peer.At(file);
        Assert.Equal(ThreadsErrorCode.RecordDamaged, Assert.Throws<ThreadsException>(() => again.Run("UPDATE t SET b = 1 WHERE id = 1")).ThreadsErrorCode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void The_index_is_what_a_rebuild_makes_whatever_was_kept_back(int seed)
    {
        var random = new Random(seed);
        using var alice = Peer.New(Integers, Composite);
        Fill(alice, 60);
        alice.Run(Numbers(60, "INSERT INTO u SELECT 'k' || (i % 7), i, i FROM n"));
        using var bob = alice.Join();
        Peer[] peers = [alice, bob];
        alice.SendTo(bob);
        for (var step = 0; step < 80; step++)
        {
            var (at, from) = (random.Next(2), random.Next(60));
            var sql = Statement(random, step, from);
            peers[at].Run(random.Next(6) switch
            {
                0 => ["BEGIN", sql, Statement(random, step, random.Next(60)), "COMMIT"],
                1 => ["BEGIN", "SAVEPOINT s", sql, "CREATE TABLE x(id INTEGER PRIMARY KEY)", "ROLLBACK TO s", Statement(random, step, from), "COMMIT"],
                2 => ["BEGIN", sql, "CREATE TABLE x(id INTEGER PRIMARY KEY)", Statement(random, step, from), "ROLLBACK"],
                _ => [sql],
            });
            if (random.Next(6) == 0)
            {
                peers[at].SendTo(peers[1 - at]);
            }
        }

        alice.SendTo(bob);
        bob.SendTo(alice);
        Assert.Equal(alice.Digest, bob.Digest);
        AgreesWithRebuild(alice);
        AgreesWithRebuild(bob);
    }

    [Fact]
    public void Keys_are_found_by_value_whatever_form_their_list_has()
    {
        using var items = new CborWriter();
        foreach (var text in new[] { "a", "b", "a", "" })
        {
            SqlValue.OfText(System.Text.Encoding.UTF8.GetBytes(text)).Write(items);
        }

        var keys = EntityKeys.OfItems(items.WrittenSpan, keyCount: 1, count: 4);
        Assert.Equal(3, keys.Count);
        Assert.True(keys.Contains(SqlValue.OfText("b"u8)));
        Assert.True(keys.Contains(SqlValue.OfText(""u8)));
        Assert.False(keys.Contains(SqlValue.OfText("c"u8)));
        Assert.False(keys.Contains(SqlValue.OfBlob("b"u8)));
        Assert.Equal("b", System.Text.Encoding.UTF8.GetString(keys[1].Bytes));
        Assert.False(EntityKeys.None.Contains(SqlValue.Of(1)));
    }

    private static string Statement(Random random, int step, int from) => random.Next(9) switch
    {
        0 => $"UPDATE t SET a = 's{step}'",
        1 => $"UPDATE t SET a = 's{step}', b = {step % 3} WHERE id > {from / 2}",
        2 => $"DELETE FROM t WHERE id BETWEEN {from} AND {from + 20}",
        3 => $"INSERT INTO t(id, a) SELECT value, 'back {step}' FROM json_each('[{from},{from + 1},{from + 2}]') WHERE 1 ON CONFLICT DO UPDATE SET b = {step}",
        4 => $"UPDATE u SET v = {step} WHERE y > {from / 2}",
        5 => $"DELETE FROM u WHERE y BETWEEN {from} AND {from + 17}",
        6 => $"INSERT INTO u(x, y, v) VALUES('k{from % 7}', {from}, 'back {step}') ON CONFLICT DO UPDATE SET v = {step}",
        7 => $"UPDATE u SET v = {step} WHERE y = {from}",
        _ => $"UPDATE t SET b = {step} WHERE id = {from}",
    };

    private static Peer Filled(int rows)
    {
        var peer = Peer.New(Integers);
        Fill(peer, rows);
        return peer;
    }

    private static void Fill(Peer peer, int rows) => peer.Run(Numbers(rows, "INSERT INTO t SELECT i, 'x' || i, 0 FROM n"));

    private static string Numbers(int count, string insert)
    {
        var at = insert.IndexOf("SELECT", StringComparison.Ordinal);
        return $"{insert[..at]}WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) {insert[at..]}";
    }

    private static long Waiting(Peer peer) => peer.One<long>("SELECT count(*) FROM _threads_bulk");

    private static string[] Kinds(Peer peer, int id)
        => [.. peer.Connection.Query<string>($"SELECT upper(kind) FROM threads_history WHERE table_name = 't' AND row_key = {id} GROUP BY time ORDER BY min(time)")];

    /// <summary>History, and what the index holds once every row was asked for, are those of a fold from nothing.</summary>
    private static void AgreesWithRebuild(Peer peer)
    {
        var history = Dump(peer, "SELECT * FROM threads_history");
        var digest = peer.Digest;
        var entities = peer.Connection.OpenSession().Core.Entities;
        var tables = peer.Connection.Query<(long, string)>("SELECT id, tbl FROM _threads_collection WHERE kind = 0 AND tbl IS NOT NULL").ToArray();
        peer.Connection.OpenSession().Begin(deferred: false);
        foreach (var (collection, _) in tables)
        {
            entities.TakeIn(collection);
        }

        Assert.Equal(0, Waiting(peer));
        var index = Dump(peer, "SELECT c, k, t, r FROM _threads_entity UNION ALL SELECT c, k, t, r FROM _threads_event ORDER BY 1, 2, 3");
        peer.Connection.OpenSession().Rollback();
        peer.Connection.Thread.RebuildViews();
        Assert.Equal(history, Dump(peer, "SELECT * FROM threads_history"));
        Assert.Equal(index, Dump(peer, "SELECT c, k, t, r FROM _threads_entity UNION ALL SELECT c, k, t, r FROM _threads_event ORDER BY 1, 2, 3"));
        Assert.Equal(digest, peer.Digest);
        Assert.True(peer.Connection.Thread.Verify().IsSound);
    }

    private static string[] Dump(Peer peer, string sql)
        => [.. peer.Connection.Query(sql).Select(row => string.Join('|', ((IDictionary<string, object?>)row).Values.Select(v => v is byte[] bytes ? Convert.ToHexString(bytes) : v?.ToString() ?? "null")))];
}
