using System.Data.Common;

namespace Threads.Benchmarks;

/// <summary>One-row commits, batches, and what the files weigh afterwards.</summary>
internal static class Writes
{
    public static IEnumerable<Line> Run(Bench bench)
    {
        foreach (var (synchronous, limit) in new[] { ("Full", 1.5), ("Normal", 4.0) })
        {
            var count = bench.Scaled(400);
            using var ours = Bench.OpenOurs(bench.NewFile("ours"), $"Synchronous={synchronous}");
            using var theirs = Bench.OpenTheirs(bench.NewFile("theirs"), synchronous);
            Bench.Execute(ours, Bench.Schema);
            Bench.Execute(theirs, Bench.Schema);
            var (mine, others) = (0, 0);
            var (a, b) = bench.Alternate(
                () => Timed.Run(() => Bench.Fill(ours, (mine++) * count, count, 1)),
                () => Timed.Run(() => Bench.Fill(theirs, (others++) * count, count, 1)));
            yield return Line.Of($"one-row commit, WAL, synchronous={synchronous.ToUpperInvariant()}", a, b, count, limit);
        }

        var rows = bench.Scaled(20_000);
        var (x, y) = bench.Alternate(() => Batches(Bench.OpenOurs(bench.NewFile("ours")), rows), () => Batches(Bench.OpenTheirs(bench.NewFile("theirs")), rows));
        yield return Line.Of("20,000 rows in transactions of 1,000, a row", x, y, rows, 2);

        foreach (var (perTransaction, limit) in new[] { (1_000, 2.5), (1, 5.0) })
            yield return Size(bench, rows, perTransaction, limit);
    }

    private static Timed Batches(DbConnection connection, int rows)
    {
        using (connection)
        {
            Bench.Execute(connection, Bench.Schema);
            return Timed.Run(() => Bench.Fill(connection, 0, rows, 1_000));
        }
    }

    private static Line Size(Bench bench, int rows, int perTransaction, double limit)
    {
        var (ours, theirs) = bench.Filled(rows, perTransaction);
        var (mine, others) = (Close(ours), Close(theirs));
        return new($"file size, {Line.Text($"{rows:#,0}")} inserts in transactions of {Line.Text($"{perTransaction:#,0}")}, a row", Line.Text($"≤ {limit} ×"), mine <= others * limit,
            Line.Text($"{(double)mine / others:0.00} ×"), Line.Text($"{mine / rows} B"), Line.Text($"{others / rows} B"));
    }

    /// <summary>Closes, which empties the write-ahead log, and weighs what is left.</summary>
    private static long Close(DbConnection connection)
    {
        var file = connection.DataSource;
        Bench.Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        connection.Dispose();
        return new[] { file, file + "-wal" }.Where(File.Exists).Sum(f => new FileInfo(f).Length);
    }
}
