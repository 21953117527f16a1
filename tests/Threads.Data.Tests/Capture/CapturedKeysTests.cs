using Dapper;

namespace Threads.Data.Tests.Capture;

// FINDINGS 1b, cases 3, 5, 6.
public class CapturedKeysTests
{
    [Theory]
    [InlineData("id INTEGER PRIMARY KEY", "1", "2", "3")]
    [InlineData("id INT PRIMARY KEY", "1", "'2'", "3.0")]
    [InlineData("id TEXT PRIMARY KEY", "'a'", "'B'", "7")]
    [InlineData("id TEXT PRIMARY KEY COLLATE NOCASE", "'a'", "'B'", "'c'")]
    [InlineData("id TEXT PRIMARY KEY COLLATE RTRIM", "'a '", "'B  '", "''")]
    [InlineData("id BLOB PRIMARY KEY", "x'00'", "x''", "'text'")]
    [InlineData("id REAL PRIMARY KEY", "1", "2.5", "-0.0")]
    [InlineData("id REAL PRIMARY KEY", "9e999", "-9e999", "1e300")]
    [InlineData("id NUMERIC PRIMARY KEY", "1.0", "'2.5'", "'abc'")]
    [InlineData("id PRIMARY KEY", "1", "'1'", "x'31'")]
    [InlineData("id INTEGER PRIMARY KEY DESC", "1", "2", "3")]
    [InlineData("id INTEGER PRIMARY KEY", "-9223372036854775808", "9223372036854775807", "0")]
    [InlineData("id TEXT PRIMARY KEY", "char(0)", "'a' || char(0) || 'b'", "CAST(x'ff41' AS TEXT)")]
    public void Keys_of_every_kind_are_captured(string key, string first, string second, string third)
    {
        foreach (var more in new[] { "", " WITHOUT ROWID" })
        {
            using var pair = new CapturePair($"CREATE TABLE n({key} NOT NULL, a){more}");
            pair.Run(
                $"INSERT INTO n VALUES({first}, 1), ({second}, 2)", $"INSERT INTO n VALUES({third}, 3)", $"UPDATE n SET a = 'changed' WHERE id = {second}", $"DELETE FROM n WHERE id = {first}",
                $"INSERT INTO n VALUES({first}, 'back')", $"REPLACE INTO n VALUES({third}, 'replaced')", $"UPDATE n SET id = {first}, a = 'moved' WHERE id = {first}");
            Assert.Equal(7, pair.NewRecords);
            pair.Agree();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" WITHOUT ROWID")]
    public void Composite_keys_are_captured(string more)
    {
        using var pair = new CapturePair($"CREATE TABLE n(a TEXT COLLATE NOCASE NOT NULL, v, b INTEGER NOT NULL, c NOT NULL, PRIMARY KEY(b, a, c)){more}");
        pair.Run("INSERT INTO n VALUES('x', 1, 1, 1.5), ('X', 2, 2, x'00'), ('y', 3, 1, 'z')", "UPDATE n SET v = 'u' WHERE b = 1", "UPDATE n SET b = b + 10 WHERE a = 'X'", "UPDATE n SET a = 'Y' WHERE a = 'y'", "DELETE FROM n WHERE b = 12");
        pair.Agree();
    }

    [Fact]
    public void A_table_of_nothing_but_its_key_is_captured()
    {
        using var pair = new CapturePair("CREATE TABLE n(a, b, PRIMARY KEY(a, b))", "CREATE TABLE m(id INTEGER PRIMARY KEY)");
        pair.Run("INSERT INTO n VALUES(1, 2), (1, 3), (2, 2)", "UPDATE n SET b = 9 WHERE b = 3", "DELETE FROM n WHERE a = 2", "INSERT INTO m VALUES(5), (6)", "UPDATE m SET id = id + 10");
        pair.Agree();
    }

    [Fact]
    public void A_changed_primary_key_is_a_delete_and_a_create()
    {
        using var pair = new CapturePair("CREATE TABLE n(id INTEGER PRIMARY KEY, a)");
        pair.Run("INSERT INTO n VALUES(1, 'x'), (2, 'y')", "UPDATE n SET id = 3 WHERE id = 1", "UPDATE n SET rowid = 4 WHERE id = 2", "UPDATE n SET _rowid_ = id + 10");
        Assert.Equal(4, pair.EventsOfLast);
        pair.Agree();
    }

    [Fact]
    public void Autoincrement_is_captured_and_its_sequence_is_local()
    {
        using var pair = new CapturePair("CREATE TABLE n(id INTEGER PRIMARY KEY AUTOINCREMENT, a)");
        pair.Run("INSERT INTO n(a) VALUES('x'), ('y')", "DELETE FROM n WHERE id = 2", "INSERT INTO n(a) VALUES('z')");
        Assert.Equal(3L, pair.Alice.One<long>("SELECT seq FROM sqlite_sequence"));
        _ = pair.NewRecords;
        pair.Run("UPDATE sqlite_sequence SET seq = 100");
        Assert.Equal(0, pair.NewRecords);
        pair.Run("INSERT INTO n(a) VALUES('w')");
        pair.Agree();
    }

    [Fact]
    public void A_changed_rowid_beside_a_key_is_no_event()
    {
        using var pair = new CapturePair("CREATE TABLE n(k TEXT PRIMARY KEY, a)");
        pair.Run("INSERT INTO n VALUES('x', 1)");
        _ = pair.NewRecords;
        pair.Run("UPDATE n SET rowid = 9");
        Assert.Equal(0, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void A_key_that_changes_its_case_moves()
    {
        using var pair = new CapturePair("CREATE TABLE n(k TEXT PRIMARY KEY COLLATE NOCASE, a)");
        pair.Run("INSERT INTO n VALUES('x', 1), ('y', 2)", "UPDATE n SET k = upper(k)", "REPLACE INTO n VALUES('x', 3)");
        pair.Agree();
    }

    [Fact]
    public void One_and_one_point_nought_are_one_key()
    {
        using var pair = new CapturePair("CREATE TABLE n(k PRIMARY KEY, a)");
        pair.Run("INSERT INTO n VALUES(1.0, 'x')", "INSERT INTO n VALUES(1, 'refused')", "REPLACE INTO n VALUES(1, 'y')", "BEGIN", "UPDATE n SET k = 1.0, a = 'z'", "DELETE FROM n WHERE k = 1", "INSERT INTO n VALUES(1.0, 'w')", "COMMIT");
        pair.Alice.SendTo(pair.Bob);
        Assert.Equal("1 w", pair.Bob.One<string>("SELECT k || ' ' || a FROM n"));
        Assert.Equal(pair.Alice.Digest, pair.Bob.Digest);
        pair.Alice.Connection.Thread.RebuildViews();
        Assert.Equal(pair.Alice.Digest, pair.Bob.Digest);
    }

    [Fact]
    public void A_null_key_is_refused_with_the_whole_transaction()
    {
        using var alice = Peer.New("CREATE TABLE n(k TEXT PRIMARY KEY, a)", "CREATE TABLE m(x, y, PRIMARY KEY(x, y))");
        alice.Run("INSERT INTO n VALUES('x', 1)");
        foreach (var sql in new[] { "INSERT INTO n VALUES(NULL, 2)", "UPDATE n SET k = NULL", "INSERT INTO m VALUES(1, NULL)", "BEGIN; INSERT INTO n VALUES('y', 2); INSERT INTO n VALUES(NULL, 3); COMMIT" })
        {
            var error = Assert.Throws<ThreadsException>(() => alice.Run(sql));
            Assert.True(error.ThreadsErrorCode == ThreadsErrorCode.NullKey, sql + error);
        }

        Assert.Equal("x1", alice.One<string>("SELECT group_concat(k || a) FROM n"));
        alice.Run("INSERT INTO n VALUES('z', 3)");
        Assert.Equal(2, alice.One<long>("SELECT count(*) FROM n"));
    }

    [Fact]
    public void A_null_key_that_did_not_come_to_be_or_is_gone_is_nothing()
    {
        using var pair = new CapturePair("CREATE TABLE n(k TEXT PRIMARY KEY, a) WITHOUT ROWID", "CREATE TABLE m(k TEXT PRIMARY KEY, a)");
        pair.Run("INSERT INTO n VALUES('x', 1)", "UPDATE OR IGNORE n SET k = NULL", "INSERT OR IGNORE INTO n VALUES(NULL, 2)", "BEGIN", "INSERT INTO m VALUES(NULL, 1), ('y', 2)", "DELETE FROM m WHERE k IS NULL", "COMMIT");
        Assert.Equal(2, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void A_table_without_a_primary_key_is_refused_by_name()
    {
        using var alice = Peer.New("CREATE TABLE n(k TEXT PRIMARY KEY, a)");
        foreach (var sql in new[] { "CREATE TABLE nokey(a, b)", "CREATE TABLE nokey AS SELECT 1 AS a", "CREATE TABLE IF NOT EXISTS main.nokey(a UNIQUE)" })
        {
            var error = Assert.Throws<ThreadsException>(() => alice.Run(sql));
            Assert.Equal(ThreadsErrorCode.NoKey, error.ThreadsErrorCode);
            Assert.Contains("nokey", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM sqlite_master WHERE name = 'nokey'"));
    }

    [Fact]
    public void A_table_without_a_primary_key_leaves_the_open_transaction_usable()
    {
        using var pair = new CapturePair("CREATE TABLE n(k TEXT PRIMARY KEY, a)");
        pair.Alice.Run("BEGIN", "INSERT INTO n VALUES('x', 1)");
        Assert.Equal(ThreadsErrorCode.NoKey, Assert.Throws<ThreadsException>(() => pair.Alice.Run("CREATE TABLE nokey(a)")).ThreadsErrorCode);
        pair.Alice.Run("INSERT INTO n VALUES('y', 2)", "CREATE TABLE withkey(id INTEGER PRIMARY KEY)", "INSERT INTO withkey VALUES(1)", "COMMIT");
        pair.Bob.Run("CREATE TABLE withkey(id INTEGER PRIMARY KEY)");
        pair.Plainly("INSERT INTO n VALUES('x', 1), ('y', 2)", "CREATE TABLE withkey(id INTEGER PRIMARY KEY)", "INSERT INTO withkey VALUES(1)");
        Assert.Equal(1, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void A_table_marked_local_needs_no_key_and_is_not_captured()
    {
        using var pair = new CapturePair("CREATE TABLE n(k TEXT PRIMARY KEY, a)");
        pair.Alice.Connection.Thread.MarkLocal("localstate");
        pair.Run("CREATE TABLE localstate(a)", "INSERT INTO localstate VALUES(1), (2)", "BEGIN", "INSERT INTO n VALUES('x', 1)", "DELETE FROM localstate WHERE a = 1", "COMMIT");
        Assert.Equal(1, pair.NewRecords);
        Assert.Equal(1, pair.EventsOfLast);
        pair.Agree();
        Assert.Equal(1, pair.Alice.One<long>("SELECT count(*) FROM localstate"));
    }
}
