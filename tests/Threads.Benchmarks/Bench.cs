using System.Data.Common;
using Microsoft.Data.Sqlite;
using Threads.Data;

namespace Threads.Benchmarks;

/// <summary>What the benchmarks share: a folder, the two kinds of database, alternating rounds, and the notes of FIELD's size.</summary>
internal sealed class Bench(string folder, int rounds, int scale)
{
    public const string Schema = "CREATE TABLE notes(id TEXT PRIMARY KEY NOT NULL, title TEXT, body TEXT, number INTEGER, stamp INTEGER)";

    private const string Insert = "INSERT INTO notes(id, title, body, number, stamp) VALUES($id, $title, $body, $number, $stamp)";

    private int files;

    /// <summary>A count cut to the scale of this run: 1 for the table, more to see only that everything runs.</summary>
    public int Scaled(int count) => Math.Max(10, count / scale);

    public string NewFile(string kind) => Path.Combine(folder, Line.Text($"{kind}{++files}.db"));

    /// <summary>Ours and theirs in turn, the order changing each time; the median of each. The first pair warms up and is dropped.</summary>
    public (Timed Ours, Timed Theirs) Alternate(Func<Timed> ours, Func<Timed> theirs)
    {
        var (mine, others) = (new List<Timed>(), new List<Timed>());
        for (var round = 0; round <= rounds; round++)
        {
            var (first, second) = round % 2 == 0 ? (ours, theirs) : (theirs, ours);
            var (a, b) = (first(), second());
            if (round == 0)
                continue;
            mine.Add(round % 2 == 0 ? a : b);
            others.Add(round % 2 == 0 ? b : a);
        }

        return (Timed.Median(mine), Timed.Median(others));
    }

    public static ThreadsConnection OpenOurs(string file, string more = "")
    {
        var connection = new ThreadsConnection($"Data Source={file};Pooling=False;{more}");
        connection.Open();
        return connection;
    }

    public static SqliteConnection OpenTheirs(string file, string synchronous = "FULL")
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        Execute(connection, $"PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}");
        return connection;
    }

    public static void Execute(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Inserts notes with the numbers from <paramref name="start"/>, in transactions of <paramref name="perTransaction"/>; 1 = autocommit.</summary>
    public static void Fill(DbConnection connection, int start, int count, int perTransaction)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Insert;
        var bound = new[] { "$id", "$title", "$body", "$number", "$stamp" }.Select(name =>
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
            return parameter;
        }).ToArray();

        for (var i = start; i < start + count;)
        {
            using var transaction = perTransaction == 1 ? null : connection.BeginTransaction();
            command.Transaction = transaction;
            for (var end = Math.Min(i + perTransaction, start + count); i < end; i++)
            {
                bound[0].Value = Key(i);
                bound[1].Value = Line.Text($"A title, number {i:0000}");
                bound[2].Value = Body(i);
                bound[3].Value = i % 100;
                bound[4].Value = 1_700_000_000_000L + i;
                command.ExecuteNonQuery();
            }

            transaction?.Commit();
        }
    }

    public static string Key(int i) => Line.Text($"{(uint)i * 2654435761u:x8}{i:x8}");

    /// <summary>The two databases with the same notes in them, still open.</summary>
    public (ThreadsConnection Ours, SqliteConnection Theirs) Filled(int count, int perTransaction)
    {
        var (ours, theirs) = (OpenOurs(NewFile("ours"), "Synchronous=Normal"), OpenTheirs(NewFile("theirs"), "NORMAL"));
        foreach (var connection in new DbConnection[] { ours, theirs })
        {
            Execute(connection, Schema);
            Fill(connection, 0, count, perTransaction);
        }

        return (ours, theirs);
    }

    private static string Body(int i) => string.Join(' ', Enumerable.Range(i, 17).Select(n => Line.Text($"{n * 7919 % 1_000_003:000000}")));
}
