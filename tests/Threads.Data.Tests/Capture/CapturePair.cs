using Microsoft.Data.Sqlite;

namespace Threads.Data.Tests.Capture;

/// <summary>
/// Alice and Bob in one thread, and a plain SQLite database that runs everything Alice runs: what Alice's tables hold, counts and errors must be SQLite's own, and
/// what Bob gets, and what Alice's records alone give, must be what Alice has.
/// </summary>
internal sealed class CapturePair : IDisposable
{
    private readonly SqliteConnection _plain = new("Data Source=:memory:;Foreign Keys=True");
    private readonly string[] _schema;
    private long _recordsBefore;

    public CapturePair(params string[] schema)
    {
        _schema = schema;
        Alice = Peer.New(schema);
        Bob = Alice.Join();
        _plain.Open();
        foreach (var sql in schema)
        {
            Plain(sql);
        }
    }

    public Peer Alice { get; }

    public Peer Bob { get; }

    /// <summary>Records that Alice wrote since the last call, the opening of her log left out.</summary>
    public long NewRecords
    {
        get
        {
            var all = Alice.One<long>("SELECT count(*) FROM threads_records r JOIN threads_logs l ON l.id = r.log AND l.is_own WHERE r.position > 1");
            var more = all - _recordsBefore;
            _recordsBefore = all;
            return more;
        }
    }

    /// <summary>The events of Alice's newest record.</summary>
    public long EventsOfLast => Alice.One<long>("SELECT events FROM threads_records r JOIN threads_logs l ON l.id = r.log AND l.is_own ORDER BY position DESC LIMIT 1");

    /// <summary>Runs each on Alice's connection and on plain SQLite; counts and errors must agree. Returns how many rows the last one changed.</summary>
    public int Run(params string[] statements)
    {
        var count = 0;
        foreach (var sql in statements)
        {
            var (expected, expectedError) = Try(() => Plain(sql));
            var (actual, error) = Try(() => Execute(Alice.Connection, sql));
            Assert.True(expectedError == error?.ToString(), $"{sql}\nSQLite: {expectedError ?? "fine"}\nThreads: {error ?? "fine"}");
            // Microsoft.Data.Sqlite also counts the changes() that an earlier statement left.
            var counts = sql.Split(' ')[0] is "INSERT" or "UPDATE" or "DELETE" or "REPLACE" or "WITH" && !sql.Contains("RETURNING", StringComparison.Ordinal);
            Assert.True(!counts || expected == actual, $"{sql}\nSQLite counts {expected} rows, Threads {actual}");
            count = actual;
        }

        return count;
    }

    /// <summary>Runs on Alice's side and on plain SQLite, which must both refuse.</summary>
    public void Fails(string sql)
    {
        Assert.ThrowsAny<SqliteException>(() => Plain(sql));
        var error = Assert.ThrowsAny<ThreadsException>(() => Execute(Alice.Connection, sql));
        Assert.Equal(ThreadsErrorCode.None, error.ThreadsErrorCode);
    }

    /// <summary>Only SQLite's tables are compared with.</summary>
    public void Plainly(params string[] statements)
    {
        foreach (var sql in statements)
        {
            Plain(sql);
        }
    }

    /// <summary>Alice has what SQLite has.</summary>
    public void AgreeWithSqlite() => Assert.Equal(Dump(_plain), Dump(Alice.Connection));

    /// <summary>Alice has what SQLite has; so does Bob once he got her records, and so does she after a rebuild.</summary>
    public void Agree(bool compareBob = true)
    {
        var expected = Dump(_plain);
        Assert.Equal(expected, Dump(Alice.Connection));
        Alice.SendTo(Bob);
        if (compareBob)
        {
            Assert.Equal(expected, Dump(Bob.Connection));
            Assert.Equal(Alice.Digest, Bob.Digest);
        }

        var digest = Alice.Digest;
        Alice.Connection.Thread.RebuildViews();
        Assert.Equal(expected, Dump(Alice.Connection));
        Assert.Equal(digest, Alice.Digest);
        Bob.Connection.Thread.RebuildViews();
        Assert.Equal(digest, Bob.Digest);
        Assert.Empty(Conflicts(Alice));
        Assert.Empty(Conflicts(Bob));
    }

    public void Dispose()
    {
        Alice.Dispose();
        Bob.Dispose();
        _plain.Dispose();
    }

    public static string[] Conflicts(Peer peer)
    {
        using var command = peer.Connection.CreateCommand();
        command.CommandText = "SELECT table_name || ' ' || quote(row_key) || ' ' || reason FROM threads_conflicts";
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(reader.GetString(0));
        }

        return [.. rows];
    }

    /// <summary>Every row of every table of the user's, each value with its storage class and bits.</summary>
    public static string[] Dump(System.Data.Common.DbConnection connection)
    {
        var lines = new List<string>();
        foreach (var table in Strings(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_threads_*' AND name NOT GLOB 'local*' AND name NOT GLOB 'fts*' ORDER BY name"))
        {
            var columns = Strings(connection, $"SELECT '\"' || replace(name, '\"', '\"\"') || '\"' FROM pragma_table_xinfo('{table}')")
                .Select(c => $"CASE typeof({c}) WHEN 'text' THEN 't' || hex(CAST({c} AS BLOB)) WHEN 'blob' THEN 'b' || hex({c}) WHEN 'real' THEN printf('r%!.17g', {c}) ELSE quote({c}) END");
            var rows = Strings(connection, $"SELECT {string.Join(" || ' ' || ", columns)} FROM \"{table.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
            lines.AddRange(rows.Order(StringComparer.Ordinal).Select(r => $"{table}: {r}"));
        }

        return [.. lines];
    }

    private static List<string> Strings(System.Data.Common.DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    private static (int, string?) Try(Func<int> action)
    {
        try
        {
            return (action(), null);
        }
        catch (SqliteException e)
        {
            return (0, $"{e.SqliteErrorCode}/{e.SqliteExtendedErrorCode}");
        }
        catch (ThreadsException e) when (e.ThreadsErrorCode == ThreadsErrorCode.None)
        {
            return (0, $"{e.SqliteErrorCode}/{e.SqliteExtendedErrorCode}");
        }
    }

    private int Plain(string sql) => Execute(_plain, sql);

    private static int Execute(System.Data.Common.DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }
}
