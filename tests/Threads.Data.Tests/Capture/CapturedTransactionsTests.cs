using Dapper;

namespace Threads.Data.Tests.Capture;

// T-STO-2: what a transaction did in the end is one record; what did not change is no event.
public class CapturedTransactionsTests
{
    private const string Notes = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT, b INTEGER UNIQUE)";
    private const string ThreeRows = "INSERT INTO n VALUES(1, 'x', 10), (2, 'y', 20), (3, 'z', 30)";

    [Fact]
    public void What_a_transaction_did_is_one_record_with_an_event_a_row()
    {
        using var pair = Filled();
        pair.Run("BEGIN", "INSERT INTO n VALUES(4, 'w', 40)", "UPDATE n SET a = 'u' WHERE id < 3", "UPDATE n SET b = 11 WHERE id = 1", "DELETE FROM n WHERE id = 3", "COMMIT");
        Assert.Equal(1, pair.NewRecords);
        Assert.Equal(4, pair.EventsOfLast);
        pair.Agree();
    }

    [Fact]
    public void An_update_to_the_same_value_is_no_event() => NoEvent("UPDATE n SET a = a, b = b + 0");

    [Fact]
    public void An_insert_and_a_delete_in_one_transaction_are_no_event()
        => NoEvent("BEGIN", "INSERT INTO n VALUES(9, 'gone', 90)", "UPDATE n SET a = 'still' WHERE id = 9", "DELETE FROM n WHERE id = 9", "COMMIT");

    [Fact]
    public void A_value_that_came_back_is_no_event() => NoEvent("BEGIN", "UPDATE n SET a = 'other'", "UPDATE n SET a = CASE id WHEN 1 THEN 'x' WHEN 2 THEN 'y' ELSE 'z' END", "COMMIT");

    [Fact]
    public void A_row_deleted_and_inserted_as_it_was_is_no_event() => NoEvent("BEGIN", "DELETE FROM n", ThreeRows, "COMMIT");

    [Fact]
    public void A_row_replaced_by_itself_is_no_event() => NoEvent("REPLACE INTO n VALUES(2, 'y', 20)");

    [Fact]
    public void A_row_deleted_and_inserted_anew_is_a_change()
    {
        using var pair = Filled();
        pair.Run("BEGIN", "DELETE FROM n WHERE id = 2", "INSERT INTO n VALUES(2, 'new', 20)", "COMMIT");
        Assert.Equal(1, pair.EventsOfLast);
        pair.Agree();
    }

    [Fact]
    public void Rollback_leaves_nothing() => NoEvent("BEGIN", "UPDATE n SET a = 'lost'", "INSERT INTO n VALUES(9, 'lost', 90)", "ROLLBACK");

    [Fact]
    public void Rollback_to_a_savepoint_leaves_what_was_before()
    {
        using var pair = Filled();
        pair.Run("BEGIN", "UPDATE n SET a = 'kept' WHERE id = 1", "SAVEPOINT s", "UPDATE n SET a = 'lost'", "INSERT INTO n VALUES(9, 'lost', 90)", "ROLLBACK TO s", "UPDATE n SET b = 21 WHERE id = 2", "COMMIT");
        Assert.Equal(1, pair.NewRecords);
        Assert.Equal(2, pair.EventsOfLast);
        pair.Agree();
    }

    [Fact]
    public void Rollback_to_a_savepoint_before_the_first_write_leaves_nothing()
        => NoEvent("BEGIN", "SAVEPOINT s", "UPDATE n SET a = 'lost'", "ROLLBACK TO s", "COMMIT");

    [Fact]
    public void The_first_write_ever_can_be_rolled_back_to_a_savepoint()
    {
        using var pair = new CapturePair(Notes, "CREATE TABLE m(id INTEGER PRIMARY KEY)");
        pair.Run("BEGIN", "SAVEPOINT s", ThreeRows, "CREATE TABLE k(id INTEGER PRIMARY KEY)", "ROLLBACK TO s", "INSERT INTO m VALUES(1)", "COMMIT", "INSERT INTO m VALUES(2)");
        Assert.Equal(2, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void Nested_savepoints_undo_what_they_hold()
    {
        using var pair = Filled();
        pair.Run(
            "BEGIN", "SAVEPOINT a", "UPDATE n SET a = 'a'", "SAVEPOINT b", "UPDATE n SET a = 'b'", "SAVEPOINT c", "DELETE FROM n WHERE id = 1", "RELEASE c", "ROLLBACK TO b",
            "SAVEPOINT A", "INSERT INTO n VALUES(5, 'five', 50)", "ROLLBACK TRANSACTION TO SAVEPOINT a", "INSERT INTO n VALUES(6, 'six', 60)", "RELEASE SAVEPOINT b", "COMMIT");
        Assert.Equal(1, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void An_outermost_savepoint_and_its_release_are_a_transaction()
    {
        using var pair = Filled();
        pair.Run("SAVEPOINT a", "UPDATE n SET a = 'a' WHERE id = 1", "SAVEPOINT b", "UPDATE n SET a = 'b' WHERE id = 2", "RELEASE b", "RELEASE a");
        Assert.Equal(1, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void An_outermost_savepoint_rolled_back_to_goes_on()
    {
        using var pair = Filled();
        pair.Run("SAVEPOINT a", "UPDATE n SET a = 'a' WHERE id = 1", "ROLLBACK TO a", "UPDATE n SET a = 'b' WHERE id = 2", "COMMIT");
        Assert.Equal(1, pair.NewRecords);
        Assert.Equal(1, pair.EventsOfLast);
        pair.Agree();
    }

    [Fact]
    public void Transaction_objects_with_savepoints_are_one_record()
    {
        using var pair = Filled();
        using (var transaction = pair.Alice.Connection.BeginTransaction())
        {
            pair.Alice.Connection.Execute("UPDATE n SET a = 'kept' WHERE id = 1", transaction: transaction);
            transaction.Save("s");
            pair.Alice.Connection.Execute("UPDATE n SET a = 'lost'", transaction: transaction);
            transaction.Rollback("s");
            pair.Alice.Connection.Execute("INSERT INTO n VALUES(4, 'w', 40)", transaction: transaction);
            transaction.Release("s");
            transaction.Commit();
        }

        pair.Plainly("UPDATE n SET a = 'kept' WHERE id = 1", "INSERT INTO n VALUES(4, 'w', 40)");
        Assert.Equal(1, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void A_commit_that_a_deferred_foreign_key_refuses_seals_nothing_and_goes_on()
    {
        using var pair = new CapturePair("CREATE TABLE p(id INTEGER PRIMARY KEY)", "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
        pair.Run("BEGIN", "INSERT INTO c VALUES(1, 7)", "COMMIT", "INSERT INTO p VALUES(7)", "COMMIT");
        Assert.Equal(1, pair.NewRecords);
        Assert.Equal(2, pair.EventsOfLast);
        pair.Agree();
    }

    [Fact]
    public void A_schema_change_between_writes_is_still_one_record()
    {
        using var pair = Filled();
        pair.Run("BEGIN", "UPDATE n SET a = 'before'", "ALTER TABLE n ADD COLUMN c TEXT DEFAULT 'd'", "UPDATE n SET c = 'after' WHERE id = 1", "CREATE TABLE m(id INTEGER PRIMARY KEY)", "INSERT INTO m VALUES(1)", "UPDATE n SET b = b + 1", "COMMIT");
        pair.Bob.Run("ALTER TABLE n ADD COLUMN c TEXT DEFAULT 'd'", "CREATE TABLE m(id INTEGER PRIMARY KEY)");
        Assert.Equal(1, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void A_schema_change_rolled_back_to_a_savepoint_leaves_capture_right()
    {
        using var pair = Filled();
        pair.Run(
            "BEGIN", "UPDATE n SET a = 'before' WHERE id = 1", "SAVEPOINT s", "ALTER TABLE n ADD COLUMN c", "UPDATE n SET c = 'lost', a = 'lost'", "ALTER TABLE n RENAME TO m", "INSERT INTO m VALUES(8, 'lost', 80, 1)",
            "ROLLBACK TO s", "UPDATE n SET a = 'after' WHERE id = 2", "COMMIT", "UPDATE n SET a = 'later' WHERE id = 3");
        Assert.Equal(2, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void A_savepoint_rolled_back_to_after_a_schema_change_leaves_the_log_in_order()
    {
        using var pair = Filled();
        pair.Run("BEGIN", "INSERT INTO n VALUES(4, 'w', 40)", "CREATE INDEX i ON n(a)", "SAVEPOINT s", "DELETE FROM n", "ROLLBACK TO s", "DELETE FROM n WHERE id = 1", "COMMIT", "INSERT INTO n VALUES(1, 'again', 50)", "INSERT INTO n VALUES(5, 'v', 60)");
        Assert.Equal(3, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void A_schema_change_rolled_back_leaves_capture_right()
    {
        using var pair = Filled();
        pair.Run("BEGIN", "UPDATE n SET a = 'lost'", "ALTER TABLE n RENAME COLUMN a TO z", "UPDATE n SET z = 'lost too'", "DROP TABLE n", "ROLLBACK", "UPDATE n SET a = 'later' WHERE id = 3", "INSERT INTO n VALUES(4, 'w', 40)");
        Assert.Equal(2, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void A_schema_statement_that_fails_leaves_the_transaction_and_its_savepoints()
    {
        using var pair = Filled();
        pair.Run("BEGIN", "UPDATE n SET a = 'kept' WHERE id = 1", "SAVEPOINT s", "CREATE TABLE n(id INTEGER PRIMARY KEY)", "ROLLBACK TO s", "ALTER TABLE nowhere ADD COLUMN c", "RELEASE s", "UPDATE n SET a = 'also' WHERE id = 2", "COMMIT");
        Assert.Equal(1, pair.NewRecords);
        pair.Agree();
    }

    [Fact]
    public void Swapped_keys_and_values_arrive_as_they_are()
    {
        using var pair = Filled();
        pair.Run(
            "BEGIN", "UPDATE n SET b = -b", "UPDATE n SET b = CASE b WHEN -10 THEN 20 WHEN -20 THEN 10 ELSE 30 END", "UPDATE n SET id = -id", "UPDATE n SET id = CASE id WHEN -1 THEN 3 WHEN -3 THEN 1 ELSE 2 END", "COMMIT");
        Assert.Equal(1, pair.NewRecords);
        pair.Agree();
    }

    private static CapturePair Filled()
    {
        var pair = new CapturePair(Notes);
        pair.Run(ThreeRows);
        _ = pair.NewRecords;
        return pair;
    }

    private static void NoEvent(params string[] statements)
    {
        using var pair = Filled();
        pair.Run(statements);
        Assert.Equal(0, pair.NewRecords);
        pair.Agree();
    }
}
