using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Capture;

namespace Threads.Data.Tests.Capture;

/// <summary>SQLite's own parser says where a statement ends; ours has to end it there too, or a COMMIT could hide in what we take for text.</summary>
public sealed class SqlScriptAgainstSqliteTests : IDisposable
{
    private static readonly string[] Statements =
    [
        "SELECT 1", "SELECT ';' || 'it''s' AS \"a;b\", [id] , `text` FROM t", "VALUES (1), (2)", "SELECT x'3b', 1.5e-3, .5, 0x1F, 1e+2, -1", "SELECT $a(;), $b::c, @d, :e, #f0, ?, ?7",
        "WITH x(a) AS (SELECT ';'), replace AS (SELECT 1) SELECT * FROM x, replace", "INSERT INTO t VALUES (1, ';') ON CONFLICT (id) DO UPDATE SET text = ';' RETURNING id",
        "UPDATE t SET text = CASE WHEN id = 1 THEN 'a;' ELSE ';b' END", "DELETE FROM t WHERE text LIKE '%;%' ESCAPE '\\'", "BEGIN", "COMMIT TRANSACTION", "END", "ROLLBACK TO a",
        "SAVEPOINT 'a;b'", "RELEASE \"a;b\"", "CREATE TABLE IF NOT EXISTS new (a TEXT DEFAULT ';', b AS (a || ';'))", "CREATE INDEX i ON t (text) WHERE text <> ';'",
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END", "CREATE TEMP TRIGGER IF NOT EXISTS r UPDATE OF text ON t WHEN ';' BEGIN SELECT CASE 1 WHEN 2 THEN 3 END; DELETE FROM t WHERE text = 'END;'; END",
        "EXPLAIN CREATE TRIGGER r DELETE ON t BEGIN INSERT INTO t VALUES (1, CASE WHEN 1 THEN ';' END); UPDATE t SET text = 'x'; END", "EXPLAIN QUERY PLAN SELECT * FROM t", "PRAGMA table_info(t)",
        "SELECT 'größe; 表 😀', \"text\" FROM t AS größe", "ATTACH ':memory:' AS \"x;y\"", "ALTER TABLE t RENAME COLUMN text TO \"te;xt\"", "DROP TABLE IF EXISTS nowhere", "VACUUM", "ANALYZE", "REINDEX",
    ];

    private static readonly string[] Between =
    [
        ";", " ; ", ";\n", ";;", ";-- a comment; with one\n", ";/* and; another */", "-- before; it\n;", "/* ; */ ; /* ; */", "\t;\r\n", ";/**/", ";--\n", ";/***/ -- x\r\n", ";/*/ ; */", "; \f",
    ];

    private readonly SqliteConnection _connection = new("Data Source=:memory:");

    public SqlScriptAgainstSqliteTests()
    {
        _connection.Open();
        Assert.Equal(0, raw.sqlite3_exec(_connection.Handle, "CREATE TABLE t (id INTEGER PRIMARY KEY, text)"));
    }

    public void Dispose() => _connection.Dispose();

    [Fact]
    public void Scripts_are_cut_where_SQLite_cuts_them()
    {
        var random = new Random(20240229);
        for (var round = 0; round < 2000; round++)
        {
            var script = new StringBuilder(Pick(random, ["", " ", "-- start;\n", ";", "/* ; */"]));
            for (var count = random.Next(1, 6); count > 0; count--) script.Append(Pick(random, Statements)).Append(Pick(random, Between));
            if (random.Next(3) == 0) script.Append(Pick(random, Statements)).Append(Pick(random, ["", " ", "\n", " -- end;", " /* end; ", "/*;*/"]));
            var text = script.ToString();
            Assert.Equal(BySqlite(text), SqlScript.Split(text).Select(s => s.Text));
        }
    }

    /// <summary>Each statement as sqlite3_prepare takes it, space and comments around it left out.</summary>
    private List<string> BySqlite(string text)
    {
        var statements = new List<string>();
        var rest = text;
        while (rest.Length > 0)
        {
            Assert.True(raw.sqlite3_prepare_v2(_connection.Handle, rest, out var statement, out var tail) == 0, raw.sqlite3_errmsg(_connection.Handle).utf8_to_string() + "\n" + rest);
            tail ??= "";
            var taken = rest[..^tail.Length];
            rest = tail;
            if (statement.IsInvalid) continue;
            statement.Dispose();
            statements.Add(Trim(taken));
        }
        return statements;
    }

    private static string Trim(string taken)
    {
        var tokens = new List<SqlToken>();
        var tokenizer = new SqlTokenizer(taken);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next()) tokens.Add(token);
        var start = tokens.FindIndex(t => t.Kind != SqlTokenKind.Semicolon);
        var end = tokens[^1].Kind == SqlTokenKind.Semicolon ? tokens.Count - 2 : tokens.Count - 1;
        return taken[tokens[start].Start..tokens[end].End];
    }

    private static string Pick(Random random, string[] choices) => choices[random.Next(choices.Length)];
}
