using Dapper;

namespace Threads.Data.Tests.Capture;

// T-STO-9: rows are held to a JSON schema before the commit, whoever writes here
public sealed class RowSchemaTests : IDisposable
{
    private const string Table = "CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT, age INTEGER, tags JSON, ok BOOLEAN)";

    private const string Schema =
        """
        {"required":["Name"],"properties":{"Name":{"type":"string","minLength":2},"Age":{"type":["integer","null"],"minimum":0},
         "tags":{"items":{"type":"string"}},"ok":{"type":"boolean"}}}
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("threads-rows-").FullName;
    private readonly Peer peer = Peer.New(Table);

    public RowSchemaTests() => peer.Connection.Thread.SetJsonSchema("People", Schema);

    public void Dispose()
    {
        peer.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("INSERT INTO people(id, age) VALUES(7, 1)", "'/Name' breaks 'required'")]
    [InlineData("INSERT INTO people(id, name) VALUES(7, 'x')", "'/Name' breaks 'minLength'")]
    [InlineData("INSERT INTO people(id, name, age) VALUES(7, 'ann', -1)", "'/Age' breaks 'minimum'")]
    [InlineData("INSERT INTO people(id, name, age) VALUES(7, 'ann', 1.5)", "'/Age' breaks 'type'")]
    [InlineData("INSERT INTO people(id, name, age) VALUES(7, 'ann', -9e999)", "'/Age' breaks 'minimum'")]
    [InlineData("INSERT INTO people(id, name, tags) VALUES(7, 'ann', '[\"a\",1]')", "'/tags/1' breaks 'type'")]
    [InlineData("INSERT INTO people(id, name, tags) VALUES(7, 'ann', '[')", "'/tags' breaks 'json'")]
    [InlineData("INSERT INTO people(id, name, ok) VALUES(7, 'ann', 2)", "'/ok' breaks 'type'")]
    [InlineData("INSERT INTO people(id, name, age) VALUES(7, '', -1)", "'/Name' breaks 'minLength': must have at least 2 characters; '/Age' breaks 'minimum'")]
    public void A_row_that_breaks_its_schema_is_refused_by_key_path_and_rule(string sql, string text)
    {
        var records = peer.One<long>("SELECT count(*) FROM threads_records");
        var error = Assert.Throws<ThreadsException>(() => peer.Run(sql));
        Assert.Equal(ThreadsErrorCode.JsonSchema, error.ThreadsErrorCode);
        Assert.Contains("'people'", error.Message);
        Assert.Contains("Row 7: " + text, error.Message);
        Assert.Equal(0, peer.One<long>("SELECT count(*) FROM people"));
        Assert.Equal(records, peer.One<long>("SELECT count(*) FROM threads_records"));
    }

    [Fact]
    public void Rows_that_keep_it_are_written_and_a_NULL_is_no_member()
    {
        peer.Run(
            "INSERT INTO people(id, name) VALUES(1, 'ann')",
            "INSERT INTO people VALUES(2, 'bob', 3, '[\"a\"]', 1)",
            "UPDATE people SET age = age + 1, ok = 0 WHERE id = 2");
        Assert.Equal(2, peer.One<long>("SELECT count(*) FROM people"));
    }

    [Fact]
    public void What_counts_is_the_row_at_the_commit_and_all_of_the_transaction_goes()
    {
        peer.Run("BEGIN", "INSERT INTO people(id) VALUES(1)", "UPDATE people SET name = 'ann'", "COMMIT");
        var error = Assert.Throws<ThreadsException>(() => peer.Run("BEGIN", "INSERT INTO people(id, name) VALUES(2, 'bob')", "UPDATE people SET age = -id", "COMMIT"));
        Assert.Contains("Row 2: '/Age' breaks 'minimum'", error.Message);
        Assert.Equal(1, peer.One<long>("SELECT count(*) FROM people"));
        Assert.Equal(System.Data.ConnectionState.Open, peer.Connection.State);
        peer.Run("INSERT INTO people(id, name) VALUES(2, 'bob')", "DELETE FROM people");
    }

    [Fact]
    public void Rows_of_triggers_and_cascades_are_asked_too()
    {
        peer.Run("CREATE TABLE log(n INTEGER PRIMARY KEY)", "CREATE TRIGGER t AFTER INSERT ON log BEGIN INSERT INTO people(id, name) VALUES(new.n, 'x'); END");
        Assert.Contains("Row 5:", Assert.Throws<ThreadsException>(() => peer.Run("INSERT INTO log VALUES(5)")).Message);
        Assert.Equal(0, peer.One<long>("SELECT count(*) FROM log"));
    }

    [Fact]
    public void Rows_of_other_peers_are_taken_whatever_they_hold()
    {
        using var other = peer.Join();
        other.Run("INSERT INTO people(id, age) VALUES(9, -5)");
        other.SendTo(peer);
        Assert.Equal(-5, peer.One<long>("SELECT age FROM people WHERE id = 9"));
        Assert.Throws<ThreadsException>(() => peer.Run("UPDATE people SET ok = 1 WHERE id = 9"));
        peer.Run("UPDATE people SET name = 'mended', age = 0 WHERE id = 9", "DELETE FROM people WHERE id = 9");
    }

    [Fact]
    public void The_schema_stays_in_the_file_for_every_connection_and_follows_a_rename()
    {
        var file = Path.Combine(folder, "schema.db;Pooling=False");
        using (var first = Peer.At(file, Table))
        {
            first.Connection.Thread.SetJsonSchema("people", Schema);
            first.Run("ALTER TABLE people RENAME TO persons");
            Assert.Equal("[\"Name\"]", first.One<string>("SELECT json_extract(schemas, '$.people.required') FROM threads_collections WHERE table_name = 'persons'"));
        }

        using var second = Peer.At(file);
        Assert.Throws<ThreadsException>(() => second.Run("INSERT INTO persons(id) VALUES(1)"));
        second.Connection.Thread.SetJsonSchema("persons", null);
        second.Run("INSERT INTO persons(id) VALUES(1)");
    }

    [Fact]
    public void A_schema_set_by_another_connection_holds_at_once_and_one_rolled_back_never()
    {
        using var first = Peer.At(Path.Combine(folder, "two.db;Pooling=False"), Table);
        using var second = Peer.At(Path.Combine(folder, "two.db;Pooling=False"));
        second.Run("INSERT INTO people(id) VALUES(1)");
        first.Connection.Thread.SetJsonSchema("people", Schema);
        Assert.Throws<ThreadsException>(() => second.Run("INSERT INTO people(id) VALUES(2)"));

        using (var transaction = first.Connection.BeginTransaction())
        {
            first.Connection.Thread.SetJsonSchema("people", null);
            first.Connection.Execute("INSERT INTO people(id) VALUES(3)", transaction: transaction);
            transaction.Rollback();
        }

        Assert.Throws<ThreadsException>(() => first.Run("INSERT INTO people(id) VALUES(4)"));
    }

    [Fact]
    public void A_text_that_is_no_schema_is_refused_and_nothing_is_kept()
    {
        var error = Assert.Throws<ThreadsException>(() => peer.Connection.Thread.SetJsonSchema("people", """{"type":"person"}"""));
        Assert.Equal(ThreadsErrorCode.JsonSchemaText, error.ThreadsErrorCode);
        Assert.Throws<ThreadsException>(() => peer.Run("INSERT INTO people(id) VALUES(1)"));
    }
}
