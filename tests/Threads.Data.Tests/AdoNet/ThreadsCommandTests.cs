using System.Data;

namespace Threads.Data.Tests.AdoNet;

public sealed class ThreadsCommandTests : IDisposable
{
    private readonly TemporaryDatabase _database = new();
    private readonly ThreadsConnection _connection;

    public ThreadsCommandTests() => _connection = _database.Open("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE, stars INTEGER)");

    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    [Fact]
    public void ExecuteScalar_gives_the_first_value()
    {
        Assert.Equal(42L, _connection.Scalar("SELECT 42, 43"));
        Assert.Null(_connection.Scalar("SELECT 1 WHERE 0"));
        Assert.Equal(DBNull.Value, _connection.Scalar("SELECT NULL"));
    }

    [Fact]
    public void ExecuteNonQuery_counts_the_rows_of_all_statements()
    {
        Assert.Equal(3, _connection.Run("INSERT INTO notes VALUES (1, 'a', 1), (2, 'b', 2); UPDATE notes SET stars = 5 WHERE id = 2"));
        Assert.Equal(-1, _connection.Run("SELECT * FROM notes"));
        Assert.Equal(0, _connection.Run("DELETE FROM notes WHERE id = 99"));
    }

    [Fact]
    public void Parameters_are_found_with_and_without_their_prefix()
    {
        Assert.Equal("1-2-3", _connection.Scalar("SELECT @a || '-' || $b || '-' || :c", ("@a", 1), ("b", 2), (":c", 3)));
        Assert.Equal(7L, _connection.Scalar("SELECT @y - @x", ("x", 3), ("y", 10)));
    }

    [Fact]
    public void A_parameter_without_prefix_that_fits_two_is_refused()
    {
        var e = Assert.Throws<InvalidOperationException>(() => _connection.Scalar("SELECT @a + $a", ("a", 1)));
        Assert.Contains("'a'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_parameter_is_named()
    {
        var e = Assert.Throws<InvalidOperationException>(() => _connection.Scalar("SELECT @a, @b", ("@a", 1)));
        Assert.Contains("@b", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("@a", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parameter_whose_value_was_never_set_is_named()
    {
        var e = Assert.Throws<InvalidOperationException>(() => _connection.Scalar("SELECT @a", ("@a", null)));
        Assert.Contains("'@a'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_has_the_number_and_the_text_SQLite_users_know()
    {
        _connection.Run("INSERT INTO notes VALUES (1, 'a', 1)");
        var e = Assert.Throws<ThreadsException>(() => _connection.Run("INSERT INTO notes VALUES (2, 'a', 1)"));
        Assert.Equal("SQLite Error 19: 'UNIQUE constraint failed: notes.text'.", e.Message);
        Assert.Equal(19, e.SqliteErrorCode);
        Assert.Equal(2067, e.SqliteExtendedErrorCode);
        Assert.Equal("23505", e.SqlState);
        Assert.Equal(ThreadsErrorCode.None, e.ThreadsErrorCode);
        Assert.False(e.IsTransient);
    }

    [Fact]
    public void A_syntax_error_names_the_place()
    {
        var e = Assert.Throws<ThreadsException>(() => _connection.Run("SELEKT 1"));
        Assert.Equal("SQLite Error 1: 'near \"SELEKT\": syntax error'.", e.Message);
    }

    [Fact]
    public void Each_statement_outside_a_transaction_stands_alone()
    {
        Assert.Throws<ThreadsException>(() => _connection.Run("INSERT INTO notes VALUES (1, 'a', 1); INSERT INTO notes VALUES (1, 'b', 1); INSERT INTO notes VALUES (3, 'c', 1)"));
        Assert.Equal("1", _connection.Scalar("SELECT group_concat(id) FROM notes"));
    }

    [Fact]
    public void A_failed_statement_outside_a_transaction_leaves_nothing()
    {
        Assert.Throws<ThreadsException>(() => _connection.Run("INSERT INTO notes VALUES (1, 'a', 1), (2, 'b', 1), (2, 'c', 1)"));
        Assert.Equal(0L, _connection.Scalar("SELECT count(*) FROM notes"));
    }

    [Fact]
    public void Insert_or_fail_outside_a_transaction_keeps_the_rows_before_the_failing_one()
    {
        Assert.Throws<ThreadsException>(() => _connection.Run("INSERT OR FAIL INTO notes VALUES (1, 'a', 1), (2, 'b', 1), (2, 'c', 1)"));
        Assert.Equal(2L, _connection.Scalar("SELECT count(*) FROM notes"));
    }

    [Fact]
    public void Returning_commits_when_its_reader_closes_undrained()
    {
        using (var reader = _connection.Command("INSERT INTO notes VALUES (1, 'a', 1), (2, 'b', 1) RETURNING id").ExecuteReader())
        {
            Assert.True(reader.Read());
            Assert.Equal(1, reader.GetInt32(0));
        }
        using var other = _database.Open();
        Assert.Equal(2L, other.Scalar("SELECT count(*) FROM notes"));
    }

    [Fact]
    public void Returning_counts_its_rows_once_the_reader_is_closed()
    {
        var reader = _connection.Command("INSERT INTO notes VALUES (1, 'a', 1), (2, 'b', 1) RETURNING id").ExecuteReader();
        reader.Close();
        Assert.Equal(2, reader.RecordsAffected);
    }

    [Fact]
    public void A_command_can_run_again_with_other_values()
    {
        using var command = _connection.Command("INSERT INTO notes VALUES (@id, @text, NULL)", ("@id", 1), ("@text", "a"));
        command.Prepare();
        command.ExecuteNonQuery();
        command.Parameters["@id"].Value = 2;
        command.Parameters["@text"].Value = "b";
        command.ExecuteNonQuery();
        Assert.Equal("a,b", _connection.Scalar("SELECT group_concat(text) FROM notes"));
    }

    [Fact]
    public void A_kept_statement_follows_a_changed_schema()
    {
        using var command = _connection.Command("SELECT * FROM notes");
        using (var before = command.ExecuteReader()) Assert.Equal(3, before.FieldCount);
        _connection.Run("ALTER TABLE notes ADD COLUMN more");
        using var after = command.ExecuteReader();
        Assert.Equal(4, after.FieldCount);
        Assert.Equal("more", after.GetName(3));
    }

    [Fact]
    public void The_same_text_can_be_read_twice_at_once()
    {
        _connection.Run("INSERT INTO notes VALUES (1, 'a', 1), (2, 'b', 1)");
        using var first = _connection.Command("SELECT id FROM notes").ExecuteReader();
        using var second = _connection.Command("SELECT id FROM notes").ExecuteReader();
        first.Read();
        first.Read();
        second.Read();
        Assert.Equal(2, first.GetInt32(0));
        Assert.Equal(1, second.GetInt32(0));
    }

    [Fact]
    public void A_second_reader_of_one_command_is_refused()
    {
        using var command = _connection.Command("SELECT 1");
        using var reader = command.ExecuteReader();
        Assert.Throws<InvalidOperationException>(() => command.ExecuteReader());
        Assert.Throws<InvalidOperationException>(() => command.CommandText = "SELECT 2");
        Assert.Throws<InvalidOperationException>(() => command.Connection = null);
    }

    [Fact]
    public void A_command_without_open_connection_says_so()
    {
        using var command = new ThreadsCommand("SELECT 1");
        Assert.Throws<InvalidOperationException>(() => command.ExecuteScalar());
        command.Connection = new ThreadsConnection();
        Assert.Throws<InvalidOperationException>(() => command.ExecuteNonQuery());
    }

    [Fact]
    public void Stored_procedures_are_refused() => Assert.Throws<ArgumentException>(() => new ThreadsCommand { CommandType = CommandType.StoredProcedure });

    [Fact]
    public void Explain_runs_without_its_parameters()
    {
        using var reader = _connection.Command("EXPLAIN QUERY PLAN INSERT INTO notes VALUES (@a, @b, @c)").ExecuteReader();
        Assert.True(reader.FieldCount > 0);
        Assert.Equal(0L, _connection.Scalar("SELECT count(*) FROM notes"));
    }

    [Fact]
    public void An_empty_text_does_nothing()
    {
        Assert.Equal(-1, _connection.Run(" -- nothing\n;;"));
        using var reader = _connection.Command("").ExecuteReader();
        Assert.False(reader.Read());
        Assert.False(reader.NextResult());
    }
}
