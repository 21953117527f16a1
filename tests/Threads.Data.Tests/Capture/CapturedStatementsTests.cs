namespace Threads.Data.Tests.Capture;

// T-STO-1: every kind of statement that writes.
public class CapturedStatementsTests
{
    private const string Notes = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT, b INTEGER UNIQUE)";

    [Fact]
    public void Insert_is_captured() => Check(1, Notes, "INSERT INTO n VALUES(1, 'x', 10)");

    [Fact]
    public void Insert_of_several_rows_is_one_record() => Check(1, Notes, "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20), (3, 'z', 30)");

    [Fact]
    public void Insert_of_default_values_is_captured()
        => Check(1, "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT DEFAULT 'none', b INTEGER DEFAULT (1 + 1))", "INSERT INTO n DEFAULT VALUES");

    [Fact]
    public void Insert_from_a_select_is_captured()
        => Check(2, Notes, "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20)", "INSERT INTO n SELECT id + 10, a || a, b + 100 FROM n");

    [Fact]
    public void Update_is_captured() => Check(2, Notes, "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20)", "UPDATE n SET a = 'new' WHERE b = 20");

    [Fact]
    public void Update_of_all_rows_is_captured() => Check(2, Notes, "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20)", "UPDATE n SET a = a || '!', b = b + 1000");

    [Fact]
    public void Delete_is_captured() => Check(2, Notes, "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20)", "DELETE FROM n WHERE id = 1");

    [Fact]
    public void Delete_without_where_is_captured() => Check(2, Notes, "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20)", "DELETE FROM n");

    [Fact]
    public void Upsert_that_updates_is_captured()
        => Check(2, Notes, "INSERT INTO n VALUES(1, 'x', 10)", "INSERT INTO n VALUES(1, 'y', 20), (2, 'z', 30) ON CONFLICT(id) DO UPDATE SET a = excluded.a || a");

    [Fact]
    public void Upsert_that_does_nothing_is_no_event()
    {
        using var pair = new CapturePair(Notes);
        pair.Run("INSERT INTO n VALUES(1, 'x', 10)");
        _ = pair.NewRecords;

        pair.Run("INSERT INTO n VALUES(1, 'y', 20) ON CONFLICT DO NOTHING");

        Assert.Equal(0, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void Insert_or_replace_of_one_row_is_captured()
        => Check(2, Notes, "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20)", "INSERT OR REPLACE INTO n VALUES(1, 'z', 30)");

    [Fact]
    public void Insert_or_replace_captures_three_victims()
        => Check(2, "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER UNIQUE)", "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20), (3, 'z', 30), (4, 'w', 40)", "INSERT OR REPLACE INTO n VALUES(1, 'y', 30)");

    [Fact]
    public void Replace_into_is_captured() => Check(2, Notes, "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20)", "REPLACE INTO n VALUES(3, 'z', 20)");

    [Fact]
    public void Update_or_replace_captures_its_victims()
        => Check(2, Notes, "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20), (3, 'z', 30)", "UPDATE OR REPLACE n SET b = 30, id = 2 WHERE id = 1");

    [Fact]
    public void Replace_in_the_tables_own_text_is_captured()
        => Check(3, "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT UNIQUE ON CONFLICT REPLACE, b)", "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20)", "INSERT INTO n VALUES(3, 'x', 30)", "UPDATE n SET a = 'y' WHERE id = 3");

    [Fact]
    public void Replace_captures_victims_of_an_index_with_another_collation()
        => Check(3, Notes, "CREATE UNIQUE INDEX i ON n(a COLLATE NOCASE)", "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20)", "INSERT OR REPLACE INTO n VALUES(3, 'X', 30)", "UPDATE OR REPLACE n SET a = 'Y' WHERE id = 3");

    [Fact]
    public void Replace_captures_victims_of_an_expression_and_of_a_partial_index()
        => Check(3, Notes, "CREATE UNIQUE INDEX i ON n(abs(b))", "CREATE UNIQUE INDEX j ON n(a) WHERE b < 0", "INSERT INTO n VALUES(1, 'x', -10), (2, 'y', 20)", "INSERT OR REPLACE INTO n VALUES(3, 'w', 10)", "REPLACE INTO n VALUES(4, 'w', -30), (5, 'w', -40)");

    [Fact]
    public void Replace_captures_victims_by_rowid()
        => Check(2, "CREATE TABLE n(k TEXT PRIMARY KEY, a)", "INSERT INTO n(rowid, k, a) VALUES(7, 'x', 1), (8, 'y', 2)", "INSERT OR REPLACE INTO n(rowid, k, a) VALUES(7, 'z', 3)");

    [Fact]
    public void Replace_captures_victims_whose_values_are_converted_or_generated()
        => Check(2, "CREATE TABLE n(k TEXT PRIMARY KEY, i INT UNIQUE, d TEXT DEFAULT 'd' UNIQUE, g AS (i + 1) UNIQUE)",
            "INSERT INTO n(k, i, d) VALUES('1', 8, 'd'), ('2', 9, 'e')", "INSERT OR REPLACE INTO n(k, i) VALUES(2, '8.0')");

    [Fact]
    public void Replace_follows_a_unique_index_made_later_in_the_transaction()
        => Check(1, Notes, "BEGIN", "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20)", "REPLACE INTO n VALUES(1, 'z', 30)", "CREATE UNIQUE INDEX i ON n(a)", "REPLACE INTO n VALUES(3, 'y', 40)", "COMMIT");

    [Fact]
    public void Insert_or_ignore_captures_what_went_in()
        => Check(2, Notes, "INSERT INTO n VALUES(1, 'x', 10)", "INSERT OR IGNORE INTO n VALUES(1, 'y', 20), (2, 'z', 10), (3, 'w', 30)");

    [Fact]
    public void Insert_or_fail_keeps_and_captures_the_rows_before_the_failing_one()
        => Check(2, Notes, "INSERT INTO n VALUES(3, 'x', 10)", "INSERT OR FAIL INTO n VALUES(1, 'y', 20), (2, 'z', 30), (3, 'w', 40), (4, 'v', 50)");

    [Fact]
    public void Insert_or_fail_in_a_transaction_is_captured_with_it()
        => Check(2, Notes, "INSERT INTO n VALUES(3, 'x', 10)", "BEGIN", "INSERT OR FAIL INTO n VALUES(1, 'y', 20), (3, 'w', 40), (4, 'v', 50)", "INSERT INTO n VALUES(5, 'u', 60)", "COMMIT");

    [Fact]
    public void Insert_or_abort_captures_nothing()
        => Check(1, Notes, "INSERT INTO n VALUES(3, 'x', 10)", "INSERT OR ABORT INTO n VALUES(1, 'y', 20), (3, 'w', 40)");

    [Fact]
    public void A_statement_that_fails_in_the_middle_of_a_transaction_leaves_the_rest()
        => Check(1, Notes, "BEGIN", "INSERT INTO n VALUES(3, 'x', 10)", "INSERT INTO n VALUES(1, 'y', 20), (3, 'w', 40)", "UPDATE n SET a = 'kept'", "COMMIT");

    [Fact]
    public void Insert_or_rollback_takes_the_transaction_with_it()
        => Check(2, Notes, "INSERT INTO n VALUES(3, 'x', 10)", "BEGIN", "INSERT INTO n VALUES(1, 'lost', 20)", "INSERT OR ROLLBACK INTO n VALUES(2, 'y', 30), (3, 'w', 40)", "COMMIT", "INSERT INTO n VALUES(4, 'later', 50)");

    [Fact]
    public void Insert_or_rollback_outside_a_transaction_leaves_the_connection_usable()
        => Check(2, Notes, "INSERT INTO n VALUES(3, 'x', 10)", "INSERT OR ROLLBACK INTO n VALUES(2, 'y', 30), (3, 'w', 40)", "INSERT INTO n VALUES(4, 'later', 50)", "SELECT 1");

    [Fact]
    public void Update_from_is_captured()
        => Check(3, Notes, "CREATE TABLE m(id INTEGER PRIMARY KEY, t TEXT)", "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20)", "INSERT INTO m VALUES(1, 'from'), (9, 'other')", "UPDATE n SET a = m.t FROM m WHERE m.id = n.id");

    [Fact]
    public void Writes_behind_a_common_table_expression_are_captured()
        => Check(4, Notes,
            "WITH RECURSIVE c(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM c WHERE i < 5) INSERT INTO n SELECT i, 'c' || i, i * 10 FROM c",
            "WITH c AS (SELECT 2 AS id) UPDATE n SET a = 'cte' WHERE id IN (SELECT id FROM c)",
            "WITH c AS (SELECT 3 AS id) DELETE FROM n WHERE id IN (SELECT id FROM c)",
            "WITH c(x) AS (VALUES(4)) REPLACE INTO n SELECT x, 'replaced', 50 FROM c");

    [Fact]
    public void A_command_of_several_statements_is_a_record_each_outside_a_transaction()
        => Check(3, Notes, "INSERT INTO n VALUES(1, 'x', 10); INSERT INTO n VALUES(2, 'y', 20); UPDATE n SET a = 'z' WHERE id = 1");

    [Fact]
    public void A_command_of_several_statements_that_fails_keeps_those_before()
        => Check(1, Notes, "INSERT INTO n VALUES(1, 'x', 10); INSERT INTO n VALUES(1, 'y', 20); INSERT INTO n VALUES(3, 'z', 30)");

    [Fact]
    public void A_transaction_in_one_command_is_one_record()
        => Check(1, Notes, "BEGIN; INSERT INTO n VALUES(1, 'x', 10); INSERT INTO n VALUES(2, 'y', 20); UPDATE n SET a = 'z' WHERE id = 1; COMMIT");

    [Theory]
    [InlineData("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT, b INTEGER)", false)]
    [InlineData("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT, b INTEGER)", true)]
    [InlineData("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT, b INTEGER) WITHOUT ROWID", false)]
    [InlineData("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT, b INTEGER) WITHOUT ROWID", true)]
    public void Returning_is_captured_also_when_its_rows_are_not_read(string schema, bool inTransaction)
    {
        using var pair = new CapturePair(schema);
        var transaction = inTransaction ? pair.Alice.Connection.BeginTransaction() : null;
        foreach (var sql in new[] { "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20), (3, 'z', 30) RETURNING id", "UPDATE n SET b = b + 1 RETURNING b", "DELETE FROM n WHERE id > 1 RETURNING id, a" })
        {
            pair.Plainly(sql);
            using var command = pair.Alice.Connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            Assert.True(reader.Read());
        }

        transaction?.Commit();

        Assert.Equal(inTransaction ? 1 : 3, pair.NewRecords);
        pair.Agree();
    }

    private static void Check(int records, string schema, params string[] statements)
    {
        var schemas = statements.TakeWhile(s => s.StartsWith("CREATE ", StringComparison.Ordinal)).Prepend(schema).ToArray();
        using var pair = new CapturePair(schemas);
        pair.Run(statements[(schemas.Length - 1)..]);
        Assert.Equal(records, pair.NewRecords);
        pair.Agree();
    }
}
