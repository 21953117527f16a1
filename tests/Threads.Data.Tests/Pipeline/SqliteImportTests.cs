using Dapper;
using Microsoft.Data.Sqlite;

namespace Threads.Data.Tests.Pipeline;

public sealed class SqliteImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("threads-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void Chinook_goes_in_at_one_peer_and_comes_out_at_another_row_for_row()
    {
        var chinook = SharedFolder.PathOrSkip("data", "Chinook.sqlite");
        using var alice = Peer.New();
        using var bob = alice.Join();

        var imported = alice.Connection.Thread.ImportSqlite(chinook);
        var schema = bob.Connection.Thread.ImportSqlite(chinook, new ImportSqliteOptions { SchemaOnly = true });
        var taken = alice.SendTo(bob);

        Assert.Equal((11, 15_607L, 0L), (imported.Tables, imported.Rows, imported.LocalRows));
        Assert.Empty(imported.AddedKeys);
        Assert.Empty(imported.BrokenReferences);
        Assert.Equal((11, 0L), (schema.Tables, schema.Rows));
        Assert.Equal(15_608, taken.Events);
        Assert.Equal(alice.Digest, bob.Digest);
        using var original = Open(chinook);
        Assert.Equal(SchemaOf(original), SchemaOf(alice.Connection));
        Assert.Equal(SchemaOf(original), SchemaOf(bob.Connection));
        foreach (var table in original.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"))
        {
            var rows = RowsOf(original, table);
            Assert.Equal(rows, RowsOf(alice.Connection, table));
            Assert.Equal(rows, RowsOf(bob.Connection, table));
        }
    }

    [SkippableFact]
    public void What_was_imported_is_in_the_log_and_comes_back_from_it()
    {
        using var alice = Peer.New();
        alice.Connection.Thread.ImportSqlite(SharedFolder.PathOrSkip("data", "Chinook.sqlite"));
        var before = alice.Digest;

        alice.Connection.Thread.RebuildViews();

        Assert.Equal(before, alice.Digest);
    }

    [Fact]
    public void Values_keys_and_everything_around_the_rows_are_taken_as_they_are()
    {
        var source = Source(
            """
            PRAGMA foreign_keys = OFF;
            CREATE TABLE a(id INTEGER PRIMARY KEY AUTOINCREMENT, x, g AS (x || '!') STORED);
            INSERT INTO a(id, x) VALUES(7, 1), (9, 1.5), (11, -0.0), (13, 9e999), (15, x'00ff'), (17, CAST(x'ff41' AS TEXT)), (19, NULL), (21, 'a' || char(0) || 'b');
            DELETE FROM a WHERE id = 9; INSERT INTO a(id, x) VALUES(99, 'gone'); DELETE FROM a WHERE id = 99;
            CREATE TABLE c(p TEXT COLLATE NOCASE, q REAL, r DECIMAL, PRIMARY KEY(p, q)) WITHOUT ROWID;
            INSERT INTO c VALUES('K', 1, '12'), ('k2', 2.5, '1.10');
            CREATE TABLE n(id TEXT PRIMARY KEY, parent TEXT REFERENCES n(id));
            INSERT INTO n(rowid, id, parent) VALUES(50, 'child', 'root'), (60, 'root', NULL), (70, 'orphan', 'nobody');
            CREATE TABLE seen(id INTEGER PRIMARY KEY, what TEXT);
            CREATE INDEX ax ON a(x) WHERE x IS NOT NULL;
            CREATE VIEW v AS SELECT id FROM a;
            CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO seen(what) VALUES('fired'); END;
            PRAGMA user_version = 5;
            """);
        using var alice = Peer.New();
        using var bob = alice.Join();

        var result = alice.Connection.Thread.ImportSqlite(source);
        bob.Connection.Thread.ImportSqlite(source, new ImportSqliteOptions { SchemaOnly = true });
        alice.SendTo(bob);

        // A row without its parent waits for it.
        Assert.Equal("orphan", alice.One<string>("SELECT row_key FROM threads_conflicts"));
        Assert.Equal("orphan", bob.One<string>("SELECT row_key FROM threads_conflicts"));
        Source("DELETE FROM n WHERE id = 'orphan'");
        using var original = Open(source);
        foreach (var table in new[] { "a", "c", "n", "seen" })
        {
            Assert.Equal(RowsOf(original, table), RowsOf(alice.Connection, table));
            Assert.Equal(RowsOf(original, table), RowsOf(bob.Connection, table));
        }

        Assert.Equal(SchemaOf(original), SchemaOf(alice.Connection));
        Assert.Equal([new BrokenReference("n", 70, "n")], result.BrokenReferences);
        Assert.Equal(original.Query<long>("SELECT rowid FROM n ORDER BY id"), alice.Connection.Query<long>("SELECT rowid FROM n ORDER BY id"));
        Assert.Equal(99, alice.One<long>("SELECT seq FROM sqlite_sequence WHERE name = 'a'"));
        Assert.Equal(5, alice.One<long>("PRAGMA user_version"));
        alice.Run("INSERT INTO a(x) VALUES('new')");
        Assert.Equal("fired", alice.One<string>("SELECT what FROM seen"));
        Assert.Equal(100, alice.One<long>("SELECT max(id) FROM a"));
    }

    [Fact]
    public void A_table_without_a_primary_key_gets_one_that_two_peers_never_share()
    {
        var source = Source("CREATE TABLE \"odd (name\"(row_key TEXT, b); INSERT INTO \"odd (name\"(rowid, row_key, b) VALUES(3, 'x', 1), (8, 'y', 2);");
        using var alice = Peer.New();
        using var bob = alice.Join();

        var result = alice.Connection.Thread.ImportSqlite(source);
        bob.Connection.Thread.ImportSqlite(source, new ImportSqliteOptions { SchemaOnly = true });
        alice.SendTo(bob);
        alice.Run("INSERT INTO \"odd (name\"(row_key, b) VALUES('alice', 3)");
        bob.Run("INSERT INTO \"odd (name\"(row_key, b) VALUES('bob', 4)", "UPDATE \"odd (name\" SET b = 9 WHERE row_key = 'x'");
        alice.SendTo(bob);
        bob.SendTo(alice);

        Assert.Equal([new AddedKey("odd (name", "row_key2")], result.AddedKeys);
        Assert.Equal([("alice", 3L), ("bob", 4L), ("x", 9L), ("y", 2L)], alice.Connection.Query<(string, long)>("SELECT row_key, b FROM \"odd (name\" ORDER BY 1"));
        Assert.Equal([3L, 8L], bob.Connection.Query<long>("SELECT row_key2 FROM \"odd (name\" WHERE typeof(row_key2) = 'integer' ORDER BY 1"));
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void Rows_become_records_of_bounded_size_in_one_transaction()
    {
        var source = Source("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) INSERT INTO t SELECT i, randomblob(200) FROM n;");
        using var alice = Peer.New();
        var reported = new List<ThreadsProgress>();

        var result = alice.Connection.Thread.ImportSqlite(source, new ImportSqliteOptions { RecordSizeBytes = 64 << 10 }, new Reports(reported.Add));

        Assert.Equal(2500, result.Rows);
        Assert.Equal([.. Enumerable.Repeat(true, (int)result.Records)], alice.Connection.Query<bool>("SELECT events <= 1000 AND size_bytes < 70000 FROM threads_records WHERE position > 1"));
        Assert.InRange(result.Records, 8, 12);
        Assert.Equal(new ThreadsProgress(2500, 2500), reported[^1]);
        Assert.True(reported.Count > 5);
    }

    [Fact]
    public void Full_text_tables_come_along_and_find_at_once()
    {
        var source = Source(
            """
            CREATE TABLE doc(id INTEGER PRIMARY KEY, body TEXT);
            CREATE VIRTUAL TABLE doc_fts USING fts5(body, content='doc', content_rowid='id');
            CREATE VIRTUAL TABLE own USING fts5(body);
            INSERT INTO doc VALUES(1, 'hello world'), (2, 'goodbye world');
            INSERT INTO doc_fts(rowid, body) SELECT id, body FROM doc;
            INSERT INTO own(body) VALUES('kept inside');
            """);
        using var alice = Peer.New();

        var result = alice.Connection.Thread.ImportSqlite(source);

        Assert.Equal((3, 2L), (result.Tables, result.Rows));
        Assert.Equal([1L], alice.Connection.Query<long>("SELECT rowid FROM doc_fts WHERE doc_fts MATCH 'hello'"));
        Assert.Equal("kept inside", alice.One<string>("SELECT body FROM own WHERE own MATCH 'inside'"));
    }

    [Fact]
    public void Local_tables_are_copied_and_make_no_events()
    {
        var source = Source("CREATE TABLE __EFMigrationsHistory(MigrationId TEXT PRIMARY KEY, ProductVersion TEXT); INSERT INTO __EFMigrationsHistory VALUES('1_Init', '6.0.0'); CREATE TABLE cache(a); INSERT INTO cache VALUES(1);");
        using var alice = Peer.New();
        alice.Connection.Thread.MarkLocal("cache");
        using var bob = alice.Join();

        var result = alice.Connection.Thread.ImportSqlite(source);
        bob.Connection.Thread.ImportSqlite(source, new ImportSqliteOptions { SchemaOnly = true });

        Assert.Equal((0L, 2L, 0L), (result.Rows, result.LocalRows, result.Records));
        Assert.Empty(result.AddedKeys);
        Assert.Equal("1_Init", bob.One<string>("SELECT MigrationId FROM __EFMigrationsHistory"));
    }

    [Fact]
    public void An_import_can_be_part_of_a_transaction()
    {
        var source = Source("CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES(1); CREATE INDEX i ON t(id)");
        using var alice = Peer.New("CREATE TABLE own(id INTEGER PRIMARY KEY)");
        using (alice.Connection.BeginTransaction())
        {
            alice.Connection.Thread.ImportSqlite(source);
        }

        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM sqlite_master WHERE name = 't'"));
        using (var transaction = alice.Connection.BeginTransaction())
        {
            alice.Run("INSERT INTO own VALUES(1)", "SAVEPOINT s");
            alice.Connection.Thread.ImportSqlite(source);
            alice.Run("INSERT INTO own VALUES(3)", "ROLLBACK TO s");
            alice.Connection.Thread.ImportSqlite(source);
            alice.Run("INSERT INTO own VALUES(2)", "INSERT INTO t VALUES(2)");
            transaction.Commit();
        }

        Assert.Equal((2L, 2L), alice.Connection.QuerySingle<(long, long)>("SELECT (SELECT count(*) FROM own), (SELECT count(*) FROM t)"));
        Assert.True(alice.Connection.Thread.Verify().IsSound);
    }

    [Theory]
    [InlineData("CREATE TABLE _threads_x(id INTEGER PRIMARY KEY)", "_threads_x")]
    [InlineData("CREATE TABLE t(id INTEGER PRIMARY KEY); CREATE VIEW threads_records AS SELECT id FROM t", "threads_records")]
    public void A_name_kept_for_the_log_is_refused(string schema, string name)
    {
        var source = Source(schema);
        using var alice = Peer.New();

        var e = Assert.Throws<ThreadsException>(() => alice.Connection.Thread.ImportSqlite(source));

        Assert.Equal(ThreadsErrorCode.ImportTable, e.ThreadsErrorCode);
        Assert.Contains($"'{name}'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_taken_is_refused_and_nothing_is_imported()
    {
        var source = Source("CREATE TABLE fine(id INTEGER PRIMARY KEY); INSERT INTO fine VALUES(1); CREATE TABLE taken(id INTEGER PRIMARY KEY)");
        using var alice = Peer.New("CREATE TABLE taken(id INTEGER PRIMARY KEY)");

        var e = Assert.Throws<ThreadsException>(() => alice.Connection.Thread.ImportSqlite(source));

        Assert.Equal(ThreadsErrorCode.ImportTable, e.ThreadsErrorCode);
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM sqlite_master WHERE name = 'fine'"));
    }

    [Theory]
    [InlineData("CREATE TABLE fine(id INTEGER PRIMARY KEY); INSERT INTO fine VALUES(1); CREATE TABLE k(id TEXT PRIMARY KEY); INSERT INTO k VALUES('a'), (NULL)", "NULL")]
    [InlineData("CREATE TABLE fine(id INTEGER PRIMARY KEY); INSERT INTO fine VALUES(1); PRAGMA ignore_check_constraints = ON; CREATE TABLE k(id INTEGER PRIMARY KEY, x CHECK(x > 0)); INSERT INTO k VALUES(4, -1)", "id = 4")]
    public void A_row_that_cannot_be_taken_is_named_and_nothing_is_imported(string schema, string says)
    {
        var source = Source(schema);
        using var alice = Peer.New();

        var e = Assert.Throws<ThreadsException>(() => alice.Connection.Thread.ImportSqlite(source));

        Assert.Equal(ThreadsErrorCode.ImportTable, e.ThreadsErrorCode);
        Assert.Contains("'k'", e.Message, StringComparison.Ordinal);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM sqlite_master WHERE name IN ('fine', 'k')"));
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_records"));
        alice.Run("CREATE TABLE fine(id INTEGER PRIMARY KEY)", "INSERT INTO fine VALUES(1)");
        Assert.Equal(2, alice.One<long>("SELECT count(*) FROM threads_records"));
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused()
    {
        var garbage = Path.Combine(_folder, "garbage");
        File.WriteAllText(garbage, new string('x', 5_000));
        using var alice = Peer.New();

        Assert.Equal(ThreadsErrorCode.ImportSource, Assert.Throws<ThreadsException>(() => alice.Connection.Thread.ImportSqlite(garbage)).ThreadsErrorCode);
        Assert.Equal(ThreadsErrorCode.ImportSource, Assert.Throws<ThreadsException>(() => alice.Connection.Thread.ImportSqlite(Path.Combine(_folder, "absent"))).ThreadsErrorCode);
        Assert.False(File.Exists(Path.Combine(_folder, "absent")));
    }

    [Theory]
    [InlineData("sql || '; DELETE FROM _threads_meta'")]
    [InlineData("sql || '; DROP TABLE own; --'")]
    [InlineData("replace(sql, 'TABLE t', 'TABLE own2')")]
    [InlineData("replace(sql, 'TABLE', 'TEMP TABLE')")]
    public void A_schema_that_was_tampered_with_is_refused(string sql)
    {
        var source = Source($"CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES(1); PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = {sql}");
        using var alice = Peer.New("CREATE TABLE own(id INTEGER PRIMARY KEY)");

        var e = Assert.Throws<ThreadsException>(() => alice.Connection.Thread.ImportSqlite(source));

        Assert.Contains(e.ThreadsErrorCode, new[] { ThreadsErrorCode.ImportTable, ThreadsErrorCode.ImportSource });
        alice.Run("INSERT INTO own VALUES(1)");
        Assert.True(alice.Connection.Thread.Verify().IsSound);
    }

    [Fact]
    public void A_damaged_source_is_a_typed_error_or_comes_in_as_far_as_sqlite_reads_it()
    {
        var source = Source(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX i ON t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) INSERT INTO t SELECT i, 'row ' || i FROM n;");
        var sound = File.ReadAllBytes(source);
        var random = new Random(11);
        for (var i = 0; i < 60; i++)
        {
            var bad = (byte[])sound.Clone();
            random.NextBytes(bad.AsSpan(random.Next(100, bad.Length - 64), 64));
            File.WriteAllBytes(source, bad);
            using var alice = Peer.New();
            try
            {
                alice.Connection.Thread.ImportSqlite(source);
            }
            catch (ThreadsException e)
            {
                Assert.Contains(e.ThreadsErrorCode, new[] { ThreadsErrorCode.ImportTable, ThreadsErrorCode.ImportSource });
                Assert.Equal(0, alice.One<long>("SELECT count(*) FROM sqlite_master WHERE name = 't'"));
            }

            Assert.True(alice.Connection.Thread.Verify().IsSound);
        }
    }

    [Fact]
    public async Task A_cancelled_import_leaves_the_thread_as_it_was()
    {
        var source = Source("CREATE TABLE t(id INTEGER PRIMARY KEY); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT i FROM n;");
        using var alice = Peer.New();
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alice.Connection.Thread.ImportSqliteAsync(source, null, new Reports(_ => stop.Cancel()), stop.Token));

        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM sqlite_master WHERE name = 't'"));
    }

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
        connection.Open();
        return connection;
    }

    private string Source(string script)
    {
        var path = Path.Combine(_folder, "source.db");
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Execute(script);
        return path;
    }

    /// <summary>Every row as text with the storage class of each value.</summary>
    private static List<string> RowsOf(System.Data.Common.DbConnection connection, string table)
    {
        var columns = connection.Query<string>($"SELECT name FROM pragma_table_xinfo('{table}')").ToList();
        var parts = columns.Select(c => $"typeof(\"{c}\") || ' ' || CASE typeof(\"{c}\") WHEN 'real' THEN printf('%!.20g', \"{c}\") ELSE hex(CAST(\"{c}\" AS BLOB)) END");
        return [.. connection.Query<string>($"SELECT {string.Join(" || '|' || ", parts)} FROM \"{table}\"").Order(StringComparer.Ordinal)];
    }

    private static List<(string, string, string)> SchemaOf(System.Data.Common.DbConnection connection)
        => [.. connection.Query<(string, string, string)>(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '\\_threads\\_%' ESCAPE '\\' AND name NOT LIKE 'threads\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' ORDER BY 1, 2")];

    private sealed class Reports(Action<ThreadsProgress> report) : IProgress<ThreadsProgress>
    {
        public void Report(ThreadsProgress value) => report(value);
    }
}
