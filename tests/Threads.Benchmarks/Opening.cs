using System.Data.Common;

namespace Threads.Benchmarks;

/// <summary>A database with 100 tables and 20,000 records, opened and asked for one row; nothing of ours is kept from the last time.</summary>
internal static class Opening
{
    private const double LimitMs = 5;

    public static IEnumerable<Line> Run(Bench bench)
    {
        var (ours, theirs) = bench.Filled(bench.Scaled(20_000), 1);
        foreach (var connection in new DbConnection[] { ours, theirs })
        {
            for (var i = 1; i < 100; i++)
                Bench.Execute(connection, Line.Text($"CREATE TABLE t{i}(id INTEGER PRIMARY KEY, a TEXT, b TEXT, c REAL, d BLOB, e INTEGER)"));
            Bench.Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        }

        var (mine, others) = (ours.DataSource, theirs.DataSource);
        ours.Dispose();
        theirs.Dispose();

        var (a, b) = bench.Alternate(() => Timed.Run(() => First(Bench.OpenOurs(mine))), () => Timed.Run(() => First(Bench.OpenTheirs(others))));
        var moreMs = (a.Seconds - b.Seconds) * 1000;
        yield return new("cold open, 100 tables, 20,000 records, first row", Line.Text($"≤ {LimitMs} ms more"), moreMs <= LimitMs, Line.Text($"{moreMs:0.0} ms more"),
            Line.Each(a, 1), Line.Each(b, 1), Line.Text($"{a.AllocatedBytes:#,0} B"), Line.Text($"{b.AllocatedBytes:#,0} B"));
    }

    private static void First(DbConnection connection)
    {
        using (connection)
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT title FROM notes LIMIT 1";
            command.ExecuteScalar();
        }
    }
}
