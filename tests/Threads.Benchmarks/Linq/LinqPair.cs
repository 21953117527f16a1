using System.Diagnostics;
using System.Globalization;

namespace Threads.Benchmarks.Linq;

/// <summary>LINQ through this provider and through EFCore.Sqlite 6, a process each, in turn.</summary>
internal static class LinqPair
{
    private static readonly Dictionary<string, double> Limits = new()
    {
        ["SaveChanges of 1,000 inserts, a row"] = 2,
        ["SaveChanges of 1,000 updates, a row"] = 2,
        ["SaveChanges of 1,000 deletes, a row"] = 2,
        ["SaveChanges of one insert"] = 1.5,
        ["model building, 50 entity types"] = 1.1,
    };

    public static IEnumerable<Line> Run(Bench bench, int rounds)
    {
        var theirs = Path.Combine(AppContext.BaseDirectory.Replace("Threads.Benchmarks", "Threads.Benchmarks.EfSqlite", StringComparison.Ordinal), "Threads.Benchmarks.EfSqlite.dll");
        if (!File.Exists(theirs))
            throw new InvalidOperationException($"'{theirs}' is not built. Run tests/Threads.Benchmarks/run.sh.");

        var ours = typeof(LinqPair).Assembly.Location;
        var rows = bench.Scaled(20_000);
        var (mine, others) = (new List<(string Name, int Count, Timed Time)>(), new List<(string Name, int Count, Timed Time)>());
        for (var round = 0; round < rounds; round++)
        {
            mine.AddRange(Worker(ours, "--linq-worker", bench.NewFile("linq"), rows));
            others.AddRange(Worker(theirs, null, bench.NewFile("linq"), rows));
        }

        foreach (var group in mine.Where(m => m.Name != LinqWorker.Cold).GroupBy(m => m.Name))
        {
            var against = others.Where(o => o.Name == group.Key).Select(o => o.Time);
            yield return Line.Of(group.Key, Timed.Median(group.Select(g => g.Time)), Timed.Median(against), group.First().Count, Limits.GetValueOrDefault(group.Key, 1.05));
        }
    }

    private static IEnumerable<(string Name, int Count, Timed Time)> Worker(string program, string? option, string file, int rows)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in new[] { program, option, file, rows.ToString(CultureInfo.InvariantCulture) }.OfType<string>())
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{Path.GetFileName(program)}' ended with {process.ExitCode}.");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')).Select(f => (f[0], int.Parse(f[1], CultureInfo.InvariantCulture),
            new Timed(double.Parse(f[2], CultureInfo.InvariantCulture), double.Parse(f[3], CultureInfo.InvariantCulture), long.Parse(f[4], CultureInfo.InvariantCulture))))];
    }
}
