using Threads.Data.Capture;

namespace Threads.Data.Tests.Capture;

public sealed class SqlScriptTests
{
    private static SqlStatement One(string sql) => Assert.Single(SqlScript.Split(sql));

    private static string[] Texts(string sql) => [.. SqlScript.Split(sql).Select(s => s.Text)];

    [Theory]
    [InlineData("")]
    [InlineData(" \t\r\n\f ")]
    [InlineData(";;; ;")]
    [InlineData("-- only a comment")]
    [InlineData("/* only; a comment */ ; -- and; another\n")]
    [InlineData("/* never closed ; SELECT 1")]
    [InlineData("\ufeff")]
    public void A_text_without_statements_gives_none(string sql) => Assert.Empty(SqlScript.Split(sql));

    [Fact]
    public void Statements_end_at_semicolons_and_at_the_end_of_the_text() =>
        Assert.Equal(["SELECT 1", "SELECT 2", "SELECT 3"], Texts("SELECT 1;SELECT 2 ; \n SELECT 3"));

    [Theory]
    [InlineData("SELECT ';', 'it''s; fine', \";\", [a;b], `c;``d;` -- ;\n /* ; */ FROM t")]
    [InlineData("SELECT x';'")]
    [InlineData("SELECT $a(;) + $b::c(;)")]
    public void Semicolons_in_quotes_comments_and_parameters_end_nothing(string sql) => Assert.Equal([sql], Texts(sql));

    [Theory]
    [InlineData("SELECT 'never closed; SELECT 2")]
    [InlineData("SELECT \"never closed; SELECT 2")]
    [InlineData("SELECT [never closed; SELECT 2")]
    public void What_is_not_closed_reaches_to_the_end(string sql) => Assert.Equal([sql], Texts(sql));

    [Fact]
    public void Comments_around_a_statement_are_left_out() =>
        Assert.Equal(["SELECT /* inside */ 1"], Texts("-- a tag\n\nSELECT /* inside */ 1 -- after\n;"));

    [Fact]
    public void Trailing_garbage_is_a_statement_of_its_own()
    {
        var statements = SqlScript.Split("SELECT 1; rubbish here");
        Assert.Equal(2, statements.Length);
        Assert.Equal(SqlStatementKind.Other, statements[1].Kind);
        Assert.Equal("rubbish here", statements[1].Text);
    }

    [Fact]
    public void A_triggers_body_belongs_to_it()
    {
        const string trigger = """
            CREATE TEMP TRIGGER IF NOT EXISTS "t;r" AFTER UPDATE OF a ON main.things WHEN new.a > 1 BEGIN
              UPDATE other SET b = CASE WHEN new.a = 1 THEN 'x;' ELSE (SELECT CASE 1 WHEN 1 THEN 2 END) END WHERE id = new.id; -- END;
              SELECT CASE WHEN 1 THEN 1 END; /* ; END; */
              INSERT INTO other VALUES (';END;');
            END
            """;
        var statements = SqlScript.Split(trigger + "; SELECT 1");
        Assert.Equal([trigger, "SELECT 1"], statements.Select(s => s.Text));
        Assert.Equal(("CREATE", "TRIGGER", "things", true), (statements[0].Verb, statements[0].SchemaObject, statements[0].Target, statements[0].IsTemp));
    }

    [Fact]
    public void A_trigger_may_be_the_last_without_semicolon_or_explained()
    {
        const string trigger = "CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END";
        Assert.Equal([trigger], Texts(trigger));
        Assert.Equal(SqlStatementKind.Read, One("EXPLAIN QUERY PLAN " + trigger).Kind);
        Assert.Equal(["SELECT 0", trigger, "SELECT 3"], Texts($"SELECT 0;{trigger} ;SELECT 3;"));
    }

    [Fact]
    public void A_table_called_trigger_is_no_trigger() => Assert.Equal(2, SqlScript.Split("CREATE TABLE trigger (a); SELECT 1").Length);

    [Theory]
    [InlineData("SELECT 1", "SELECT")]
    [InlineData("select * from t", "SELECT")]
    [InlineData("VALUES (1), (2)", "VALUES")]
    [InlineData("EXPLAIN DELETE FROM t", "EXPLAIN")]
    [InlineData("EXPLAIN QUERY PLAN INSERT INTO t VALUES (1)", "EXPLAIN")]
    [InlineData("WITH a AS (SELECT 1), b(x, y) AS MATERIALIZED (SELECT 'DELETE', (2)) SELECT * FROM a, b", "SELECT")]
    [InlineData("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n", "SELECT")]
    public void Reads(string sql, string verb)
    {
        var statement = One(sql);
        Assert.Equal(SqlStatementKind.Read, statement.Kind);
        Assert.Equal(verb, statement.Verb);
    }

    [Theory]
    [InlineData("INSERT INTO t VALUES (1)", "INSERT", null, "t")]
    [InlineData("insert or ignore into main.t default values", "INSERT", "main", "t")]
    [InlineData("REPLACE INTO \"a \"\"b\"\"\" VALUES (1)", "REPLACE", null, "a \"b\"")]
    [InlineData("UPDATE OR ROLLBACK [main] . [my table] SET a = 1", "UPDATE", "main", "my table")]
    [InlineData("UPDATE `t` SET a = 1 FROM u", "UPDATE", null, "t")]
    [InlineData("DELETE FROM 'quoted' WHERE 1", "DELETE", null, "quoted")]
    [InlineData("DELETE FROM größe", "DELETE", null, "größe")]
    [InlineData("INSERT INTO 表 VALUES ('😀')", "INSERT", null, "表")]
    [InlineData("WITH x AS NOT MATERIALIZED (SELECT 1) INSERT INTO t SELECT * FROM x", "INSERT", null, "t")]
    [InlineData("WITH replace AS (SELECT 1), \"select\"(a) AS (SELECT 2) DELETE FROM t WHERE id IN replace", "DELETE", null, "t")]
    public void Writes_name_their_table(string sql, string verb, string? schema, string table)
    {
        var statement = One(sql);
        Assert.Equal((SqlStatementKind.Write, verb, schema, table), (statement.Kind, statement.Verb, statement.TargetSchema, statement.Target));
    }

    [Theory]
    [InlineData("INSERT INTO t VALUES (1) RETURNING id", true)]
    [InlineData("DELETE FROM t returning *", true)]
    [InlineData("INSERT INTO t VALUES ('RETURNING')", false)]
    [InlineData("UPDATE t SET a = (SELECT \"RETURNING\")", false)]
    [InlineData("UPDATE t SET a = 1 -- RETURNING a", false)]
    public void Returning_is_seen(string sql, bool expected) => Assert.Equal(expected, One(sql).HasReturning);

    [Theory]
    [InlineData("CREATE TABLE a (b)", "CREATE", "TABLE", null, "a", false)]
    [InlineData("CREATE TABLE IF NOT EXISTS main.a AS SELECT 1", "CREATE", "TABLE", "main", "a", false)]
    [InlineData("CREATE TEMPORARY TABLE a (b)", "CREATE", "TABLE", null, "a", true)]
    [InlineData("CREATE TABLE temp.a (b)", "CREATE", "TABLE", "temp", "a", true)]
    [InlineData("CREATE VIRTUAL TABLE f USING fts5(a)", "CREATE", "VIRTUAL", null, "f", false)]
    [InlineData("CREATE UNIQUE INDEX IF NOT EXISTS main.i ON [the table](a)", "CREATE", "INDEX", "main", "the table", false)]
    [InlineData("CREATE VIEW v AS SELECT 1", "CREATE", "VIEW", null, null, false)]
    [InlineData("DROP TABLE IF EXISTS x.a", "DROP", "TABLE", "x", "a", false)]
    [InlineData("DROP INDEX i", "DROP", "INDEX", null, null, false)]
    [InlineData("ALTER TABLE a ADD COLUMN b DEFAULT 1", "ALTER", "TABLE", null, "a", false)]
    [InlineData("REINDEX", "REINDEX", null, null, null, false)]
    [InlineData("ANALYZE main", "ANALYZE", null, null, null, false)]
    public void Schema_statements_say_of_what(string sql, string verb, string? what, string? schema, string? table, bool temp)
    {
        var statement = One(sql);
        Assert.Equal(SqlStatementKind.Schema, statement.Kind);
        Assert.Equal((verb, what, schema, table, temp), (statement.Verb, statement.SchemaObject, statement.TargetSchema, statement.Target, statement.IsTemp));
    }

    [Theory]
    [InlineData("ALTER TABLE a RENAME TO b", null, "b")]
    [InlineData("ALTER TABLE a RENAME COLUMN \"x y\" TO [z]", "x y", "z")]
    [InlineData("ALTER TABLE a RENAME x TO y", "x", "y")]
    [InlineData("ALTER TABLE a RENAME column TO y", "column", "y")]
    [InlineData("ALTER TABLE a DROP COLUMN x", null, null)]
    public void Renames_say_from_what_to_what(string sql, string? old, string? renamed)
    {
        var statement = One(sql);
        Assert.Equal(("a", old, renamed), (statement.Target, statement.OldColumn, statement.NewName));
    }

    [Theory]
    [InlineData("BEGIN", "Begin", null)]
    [InlineData("BEGIN DEFERRED TRANSACTION", "Begin", null)]
    [InlineData("BEGIN IMMEDIATE", "Begin", null)]
    [InlineData("begin exclusive transaction named", "Begin", null)]
    [InlineData("COMMIT", "Commit", null)]
    [InlineData("COMMIT TRANSACTION x", "Commit", null)]
    [InlineData("END", "Commit", null)]
    [InlineData("END TRANSACTION", "Commit", null)]
    [InlineData("ROLLBACK", "Rollback", null)]
    [InlineData("ROLLBACK TRANSACTION", "Rollback", null)]
    [InlineData("ROLLBACK TO s", "RollbackTo", "s")]
    [InlineData("ROLLBACK TRANSACTION TO SAVEPOINT \"s 1\"", "RollbackTo", "s 1")]
    [InlineData("SAVEPOINT 's'", "Savepoint", "s")]
    [InlineData("RELEASE SAVEPOINT s", "Release", "s")]
    [InlineData("RELEASE s", "Release", "s")]
    public void Transaction_control_is_seen(string sql, string kind, string? name)
    {
        var statement = One(sql);
        Assert.Equal((kind, name), (statement.Kind.ToString(), statement.Target));
        Assert.Equal(sql.Contains("IMMEDIATE", StringComparison.OrdinalIgnoreCase) || sql.Contains("EXCLUSIVE", StringComparison.OrdinalIgnoreCase), statement.IsImmediate);
    }

    [Theory]
    [InlineData("BEGIN 1")]
    [InlineData("COMMIT NOW")]
    [InlineData("ROLLBACK s")]
    [InlineData("SAVEPOINT")]
    [InlineData("SAVEPOINT a b")]
    [InlineData("RELEASE")]
    [InlineData("ROLLBACK TO")]
    public void Malformed_transaction_control_is_left_to_SQLites_parser(string sql) => Assert.Equal(SqlStatementKind.Other, One(sql).Kind);

    [Theory]
    [InlineData("PRAGMA table_info(t)", "Pragma", null, "table_info")]
    [InlineData("pragma main.user_version = 3", "Pragma", "main", "user_version")]
    [InlineData("ATTACH 'x.db' AS x", "Attach", null, null)]
    [InlineData("DETACH x", "Detach", null, null)]
    [InlineData("VACUUM INTO 'y.db'", "Vacuum", null, null)]
    public void Statements_about_the_connection_are_seen(string sql, string kind, string? schema, string? name)
    {
        var statement = One(sql);
        Assert.Equal((kind, schema, name), (statement.Kind.ToString(), statement.TargetSchema, statement.Target));
    }

    [Theory]
    [InlineData("SELECT * FROM _THREADS_records", true)]
    [InlineData("SELECT 'threads_'", true)]
    [InlineData("SELECT 1", false)]
    public void A_mention_of_the_internal_tables_is_seen(string sql, bool expected) => Assert.Equal(expected, One(sql).MentionsThreads);

    [Fact]
    public void Every_prefix_of_a_script_splits_without_failing()
    {
        const string script = "WITH a(b) AS (SELECT [c], `d`, \"e\", 'f', x'00', 1.5e-3, $g(h), ?1, @i, :j) INSERT INTO main.t SELECT * FROM a RETURNING *;"
            + "CREATE TRIGGER k AFTER INSERT ON l BEGIN UPDATE m SET n = CASE 1 WHEN 1 THEN 2 END; END; ALTER TABLE o RENAME COLUMN p TO q; /* r */ -- s";
        for (var length = 0; length <= script.Length; length++)
        {
            var text = script[..length];
            Assert.All(SqlScript.Split(text), s => Assert.Contains(s.Text, text, StringComparison.Ordinal));
        }
    }
}
