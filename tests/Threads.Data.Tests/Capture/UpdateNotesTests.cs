using Dapper;
using Threads.Data.Capture;

namespace Threads.Data.Tests.Capture;

/// <summary>The only UPDATE of a transaction is noted in memory: what comes to interrupt, undo or follow it must find what the notes in the TEMP table would have said.</summary>
public class UpdateNotesTests
{
    private const string Table = "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c REAL, d TEXT COLLATE NOCASE)";
    private const string Fill = "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT i, 'a' || i, i % 3, i, 'D' FROM n";

    [Theory]
    [InlineData("UPDATE t SET a = 'x'", 1)]
    [InlineData("UPDATE t SET a = 'x' WHERE id < 10", 9)]
    [InlineData("UPDATE t SET b = b + 1, a = NULL", 40)]
    [InlineData("UPDATE t SET a = a, b = 1", 1)]
    [InlineData("UPDATE t SET d = 'd'", 1)]
    [InlineData("UPDATE t SET c = 7", 1)]
    [InlineData("UPDATE t SET c = '7.0'", 1)]
    [InlineData("UPDATE t SET a = x'0001', b = 1.0, c = 9e999", 1)]
    [InlineData("UPDATE t SET a = printf('%.3000c', 'y') WHERE id < 20", 19)]
    [InlineData("UPDATE t SET a = CAST(x'ff61' AS TEXT)", 1)]
    [InlineData("UPDATE t SET a = 'same' WHERE a = 'none'", 0)]
    [InlineData("UPDATE t SET a = 'f' FROM (SELECT 3 AS n UNION ALL SELECT 5 UNION ALL SELECT 5) f WHERE f.n = t.b + 1", 13)]
    [InlineData("WITH w(x) AS (SELECT 'w') UPDATE t AS q SET a = (SELECT x FROM w), b = CASE WHEN q.b IS 1 THEN 5 ELSE 6 END WHERE q.id > 2", 14)]
    public void One_update_says_what_notes_by_row_say(string sql, int events)
    {
        using var pair = new CapturePair(Table);
        pair.Run(Fill);
        var before = pair.Alice.One<long>("SELECT count(*) FROM threads_records");
        pair.Run(sql);
        Assert.Equal(events == 0 ? 0 : 1, pair.Alice.One<long>("SELECT count(*) FROM threads_records") - before);
        Assert.Equal(events == 0 ? 40 : events, pair.EventsOfLast);
        pair.Agree();
    }

    [Theory]
    [InlineData("UPDATE t SET b = 8 WHERE id < 30")]
    [InlineData("UPDATE t SET a = 'y', c = 3 WHERE id % 2")]
    [InlineData("DELETE FROM t WHERE id BETWEEN 5 AND 25")]
    [InlineData("INSERT INTO t(id, a) VALUES(7, 'r'), (90, 'n') ON CONFLICT DO UPDATE SET a = 'up'")]
    [InlineData("INSERT OR REPLACE INTO t(id, b) VALUES(7, 1), (91, 1)")]
    [InlineData("UPDATE t SET id = id + 100")]
    [InlineData("CREATE INDEX i ON t(a)")]
    [InlineData("ALTER TABLE t ADD COLUMN e DEFAULT 4")]
    [InlineData("ALTER TABLE t RENAME COLUMN a TO z")]
    [InlineData("CREATE TABLE other(id INTEGER PRIMARY KEY)")]
    public void What_follows_in_the_transaction_changes_the_same_rows(string then)
    {
        using var pair = new CapturePair(Table);
        pair.Run(Fill);
        pair.Run("BEGIN", "UPDATE t SET a = 'x', b = 2", then, "COMMIT");
        var isSchema = then.StartsWith("CREATE", StringComparison.Ordinal) || then.StartsWith("ALTER", StringComparison.Ordinal);
        if (isSchema)
        {
            pair.Bob.Run(then);
        }

        Assert.Equal(2, pair.NewRecords);
        pair.Agree();
        pair.Run("BEGIN", "UPDATE t SET b = 5", isSchema ? "DELETE FROM t WHERE id = 1" : then, "ROLLBACK");
        pair.Agree();
    }

    [Theory]
    [InlineData("UPDATE k SET n = 7", 1)]
    [InlineData("UPDATE k SET n = p % 2, m = 'm'", 2)]
    [InlineData("UPDATE k SET n = 7, m = CASE WHEN p < 30 THEN m ELSE 'late' END", 2)]
    [InlineData("UPDATE k SET m = printf('%.2000c', 'y') WHERE p < 6", 10)]
    public void Keys_of_several_values_and_changes_that_take_turns_are_told_as_they_are(string sql, int events)
    {
        using var pair = new CapturePair("CREATE TABLE k(q TEXT, n INTEGER, p REAL, m TEXT, PRIMARY KEY(p, q)) WITHOUT ROWID");
        pair.Run("INSERT INTO k WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT q, 1, i, iif(i % 20, NULL, 'late') FROM n, (SELECT 'x' q UNION SELECT 'y')");
        pair.Run(sql);
        Assert.Equal(events, pair.EventsOfLast);
        pair.Agree();
        pair.Run("BEGIN", "UPDATE k SET n = n + p, m = 'z'", "DELETE FROM k WHERE p > 20", "COMMIT");
        pair.Agree();
    }

    [Fact]
    public void An_update_that_is_undone_in_part_tells_what_stands()
    {
        using var pair = new CapturePair(Table);
        pair.Run(Fill);
        pair.Run("BEGIN", "UPDATE t SET a = 'x' WHERE id < 20", "SAVEPOINT s", "UPDATE t SET a = 'y', b = 9", "ROLLBACK TO s", "COMMIT");
        Assert.Equal(1, pair.EventsOfLast);
        pair.Agree();
        pair.Run("BEGIN", "SAVEPOINT s", "UPDATE t SET a = 'z'", "ROLLBACK TO s", "UPDATE t SET b = 4 WHERE id = 1", "RELEASE s", "COMMIT");
        Assert.Equal(1, pair.EventsOfLast);
        pair.Agree();
        pair.Run("SAVEPOINT s", "UPDATE t SET a = 'w' WHERE id > 30", "RELEASE s");
        Assert.Equal(10, pair.EventsOfLast);
        pair.Agree();
        pair.Run("BEGIN", "UPDATE t SET a = 'gone'", "ROLLBACK");
        pair.Run("UPDATE t SET b = 11 WHERE id = 2");
        Assert.Equal(1, pair.EventsOfLast);
        pair.Agree();
    }

    [Fact]
    public void An_update_that_fails_leaves_nothing_or_what_SQLite_left()
    {
        using var pair = new CapturePair("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b INTEGER UNIQUE CHECK(b < 1000))");
        pair.Run(Fill.Replace("SELECT i, 'a' || i, i % 3, i, 'D'", "SELECT i, 'a' || i, i", StringComparison.Ordinal));
        pair.Fails("UPDATE t SET b = 7");
        pair.Fails("UPDATE t SET b = b * 30");
        pair.Fails("UPDATE t SET a = abs(-9223372036854775807 - (id = 25))");
        pair.Run("BEGIN");
        pair.Fails("UPDATE t SET a = abs(-9223372036854775807 - (id = 25)), b = -id");
        pair.Run("UPDATE t SET a = 'then' WHERE id > 20", "COMMIT");
        pair.Agree();
        pair.Run("BEGIN");
        pair.Fails("UPDATE t SET b = b - (id = 20)");
        pair.Run("COMMIT");
        pair.Agree();
    }

    [Fact]
    public void A_parents_key_and_generated_ones_cascade()
    {
        using var pair = new CapturePair(
            "CREATE TABLE p(id INTEGER PRIMARY KEY, code TEXT UNIQUE, n, g GENERATED ALWAYS AS (n + 1) STORED UNIQUE)",
            "CREATE TABLE k(id INTEGER PRIMARY KEY, code TEXT REFERENCES p(code) ON UPDATE CASCADE, g REFERENCES p(g) ON UPDATE SET NULL)");
        pair.Run("INSERT INTO p(id, code, n) VALUES(1, 'a', 10), (2, 'b', 20)", "INSERT INTO k VALUES(1, 'a', 11), (2, 'b', 21), (3, 'b', NULL)");
        pair.Run("UPDATE p SET code = code || 'x'");
        pair.Agree();
        pair.Run("UPDATE p SET n = n + 100");
        pair.Agree();
        pair.Run("UPDATE k SET code = 'ax'");
        pair.Agree();
        pair.Fails("UPDATE k SET code = 'nobody'");
        pair.Agree();
    }

    [Fact]
    public void A_deferred_foreign_key_that_holds_the_commit_up_keeps_the_notes()
    {
        using var pair = new CapturePair("CREATE TABLE p(id INTEGER PRIMARY KEY)", "CREATE TABLE k(id INTEGER PRIMARY KEY, p REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
        pair.Run("INSERT INTO p VALUES(1)", "INSERT INTO k VALUES(1, 1), (2, 1)", "BEGIN", "UPDATE k SET p = 2");
        pair.Fails("COMMIT");
        pair.Run("INSERT INTO p VALUES(2)", "COMMIT");
        pair.Agree();
    }

    [Fact]
    public void Statements_within_the_update_are_noted_beside_it()
    {
        using var alice = Peer.New(Table);
        alice.Run(Fill);
        using var bob = alice.Join();
        alice.Connection.CreateFunction("meddle", (long id) =>
        {
            if (id == 10)
            {
                alice.Run("UPDATE t SET b = 77 WHERE id IN (3, 30)");
            }

            return "m" + id % 2;
        });
        alice.Run("BEGIN", "UPDATE t SET a = meddle(id)", "COMMIT");
        alice.SendTo(bob);
        Assert.Equal(alice.Digest, bob.Digest);
        var digest = alice.Digest;
        alice.Connection.Thread.RebuildViews();
        Assert.Equal(digest, alice.Digest);
    }

    [Fact]
    public void The_same_command_twice_in_a_transaction_is_one_change()
    {
        using var pair = new CapturePair(Table);
        pair.Run(Fill);
        pair.Plainly("UPDATE t SET b = b + 2");
        using (var transaction = pair.Alice.Connection.BeginTransaction())
        using (var command = pair.Alice.Connection.CreateCommand())
        {
            command.Transaction = transaction;
            command.CommandText = "UPDATE t SET b = b + 1";
            command.ExecuteNonQuery();
            command.ExecuteNonQuery();
            transaction.Commit();
        }

        Assert.Equal(40, pair.EventsOfLast);
        pair.Agree();
    }

    [Fact]
    public void Reading_the_digest_or_the_history_in_between_changes_nothing()
    {
        using var alice = Peer.New(Table);
        alice.Run(Fill, "BEGIN", "UPDATE t SET a = 'x'");
        var digest = alice.Digest;
        Assert.Equal(40 * 4, alice.One<long>("SELECT count(*) FROM threads_history"));
        alice.Run("COMMIT");
        Assert.Equal(40 * 5, alice.One<long>("SELECT count(*) FROM threads_history"));
        alice.Connection.Thread.RebuildViews();
        Assert.Equal(digest, alice.Digest);
    }

    [Theory]
    [InlineData("UPDATE t SET a = 1, \"b\" = (SELECT 2, 3), [c]=4 WHERE id = 5", "a b c")]
    [InlineData("UPDATE main.t AS x NOT INDEXED SET a = a IS DISTINCT FROM b, c = 1 FROM u, v", "a c")]
    [InlineData("UPDATE t INDEXED BY i SET a = 1 ORDER BY b LIMIT 1, 2", "a")]
    [InlineData("WITH q AS (SELECT 1) UPDATE t SET a = 1 RETURNING a, b", "a")]
    [InlineData("UPDATE OR REPLACE t SET a = 1", null)]
    [InlineData("UPDATE OR IGNORE t SET a = 1", null)]
    [InlineData("UPDATE t SET (a, b) = (1, 2)", null)]
    [InlineData("UPDATE t SET a = 1, (b, c) = (1, 2)", null)]
    [InlineData("DELETE FROM t WHERE a = 1", null)]
    [InlineData("INSERT INTO t(a) VALUES(1) ON CONFLICT DO UPDATE SET a = 1", null)]
    public void The_text_tells_which_columns_an_update_sets(string sql, string? columns)
        => Assert.Equal(columns, Assert.Single(SqlScript.Split(sql)).Sets is { } sets ? string.Join(' ', sets) : null);
}
