using Dapper;

namespace Threads.Data.Tests.Capture;

// FINDINGS 1b, cases 1 and 2: the stored value, whatever its column declares, arrives bit for bit.
public class CapturedValuesTests
{
    [Theory]
    [InlineData("INTEGER")]
    [InlineData("REAL")]
    [InlineData("TEXT")]
    [InlineData("BLOB")]
    [InlineData("NUMERIC")]
    [InlineData("")]
    public void Values_arrive_bit_for_bit_whatever_the_column_declares(string type)
    {
        string[] values =
        [
            "NULL", "0", "1", "-1", "9223372036854775807", "-9223372036854775808", "1.0", "-0.0", "0.1", "1e300", "4.9e-324", "9e999", "-9e999", "9007199254740993", "9007199254740993.0",
            "''", "'12'", "'1.50'", "'abc'", "'1e400'", "'0x1F'", "' 5 '", "'é€𝄞'", "char(0)", "'a' || char(0) || 'b'", "CAST(x'ff41' AS TEXT)", "CAST(x'eda080' AS TEXT)", "x''", "x'00ff'", "x'313233'", "zeroblob(100000)", "CAST('' AS BLOB)",
            "CAST('12' AS BLOB)", "true", "1 = 1", "date('2026-11-21')", "'{\"a\":1}'",
        ];
        using var pair = new CapturePair($"CREATE TABLE n(id INTEGER PRIMARY KEY, v {type})");
        pair.Run([.. values.Select((v, i) => $"INSERT INTO n VALUES({i}, {v})")]);
        pair.Agree();

        // Each value turns into each neighbour.
        pair.Run([.. values.Select((v, i) => $"UPDATE n SET v = {v} WHERE id = {(i + 1) % values.Length}")]);
        pair.Agree();
    }

    [Fact]
    public void A_change_of_the_storage_class_alone_is_an_event()
    {
        using var pair = new CapturePair("CREATE TABLE n(id INTEGER PRIMARY KEY, v)");
        pair.Run("INSERT INTO n VALUES(1, 1)");
        foreach (var value in new[] { "1.0", "'1'", "x'31'", "0.0", "-0.0", "NULL" })
        {
            _ = pair.NewRecords;
            pair.Run($"UPDATE n SET v = {value}");
            Assert.Equal(1, pair.NewRecords);
            pair.Agree();
        }
    }

    [Fact]
    public void Generated_columns_are_recomputed_and_never_sent()
    {
        using var pair = new CapturePair("CREATE TABLE n(id INTEGER PRIMARY KEY, v AS (a || '!'), a TEXT, s TEXT AS (upper(a)) STORED UNIQUE, b INTEGER)");
        pair.Run("INSERT INTO n(id, a, b) VALUES(1, 'x', 10), (2, 'y', 20)", "UPDATE n SET a = 'z' WHERE id = 1", "INSERT OR REPLACE INTO n(id, a) VALUES(3, 'Y')", "DELETE FROM n WHERE id = 1");
        pair.Agree();
    }

    [Fact]
    public void Defaults_that_differ_from_peer_to_peer_are_sent_as_they_came_out()
    {
        using var alice = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY, t TEXT DEFAULT CURRENT_TIMESTAMP, r INTEGER DEFAULT (random()), b BLOB DEFAULT (randomblob(8)))");
        using var bob = alice.Join();
        alice.Run("INSERT INTO n(id) VALUES(1), (2), (3)");
        alice.SendTo(bob);
        Assert.Equal(CapturePair.Dump(alice.Connection), CapturePair.Dump(bob.Connection));
    }

    [Fact]
    public void Large_values_and_long_texts_arrive()
    {
        using var pair = new CapturePair("CREATE TABLE n(id INTEGER PRIMARY KEY, v)");
        pair.Run("INSERT INTO n VALUES(1, zeroblob(3000000)), (2, replace(hex(zeroblob(200000)), '00', 'né'))", "UPDATE n SET v = v || 'x' WHERE id = 2");
        pair.Agree();
    }

    [Fact]
    public void Wide_tables_and_names_in_need_of_quotes_are_captured()
    {
        var columns = Enumerable.Range(0, 200).Select(i => $"c{i}").ToArray();
        using var pair = new CapturePair(
            $"CREATE TABLE wide(id INTEGER PRIMARY KEY, {string.Join(", ", columns)})",
            "CREATE TABLE \"odd \"\"table\"\" [x]\"(\"a \"\"key\"\"\" TEXT PRIMARY KEY, \"select\", \"k0\", \"v0\", \"s\", [o], `x`, \"NEW\", \"c\")");
        pair.Run(
            $"INSERT INTO wide(id, c0, c199) VALUES(1, 'first', 'last')", "UPDATE wide SET c100 = 'middle'",
            "INSERT INTO \"odd \"\"table\"\" [x]\" VALUES('k', 1, 2, 3, 4, 5, 6, 7, 8)", "UPDATE [odd \"table\" [x] SET \"k0\" = 'a', v0 = 'b', s = 'c', o = 'd', x = 'e'".Replace("[odd \"table\" [x]", "\"odd \"\"table\"\" [x]\"", StringComparison.Ordinal),
            "REPLACE INTO \"odd \"\"table\"\" [x]\" VALUES('k', 9, 8, 7, 6, 5, 4, 3, 2)");
        pair.Agree();
    }
}
