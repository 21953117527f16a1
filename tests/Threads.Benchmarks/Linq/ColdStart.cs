using System.Diagnostics;
using System.Globalization;

namespace Threads.Benchmarks.Linq;

/// <summary>
/// The first query of a fresh process: options, model, opening, creating the table, a count. As a user of the packages has it, ours with the machine code they carry
/// and EFCore.Sqlite's as they are shipped; with our IL instead; and with everything published by PublishReadyToRun on both sides.
/// </summary>
internal static class ColdStart
{
    public static IEnumerable<Line> Run(Bench bench, int rounds)
    {
        var folders = AppContext.BaseDirectory;
        var theirs = folders.Replace("Threads.Benchmarks", "Threads.Benchmarks.EfSqlite", StringComparison.Ordinal);
        yield return Pair(bench, rounds, "first query, from cold", Beside(folders, "packages"), theirs, 1.1);
        yield return Pair(bench, rounds, "first query, from cold, our assemblies without machine code", folders, theirs, 1.1);
        yield return Pair(bench, rounds, "first query, from cold, both published with PublishReadyToRun", Beside(folders, "published"), Beside(theirs, "published"), 1.1);
    }

    private static Line Pair(Bench bench, int rounds, string name, string ours, string theirs, double limit)
    {
        var (mine, others) = (new List<Timed>(), new List<Timed>());
        for (var round = 0; round <= rounds; round++)
        {
            var first = Cold(Path.Combine(ours, "Threads.Benchmarks.dll"), "--linq-worker", bench.NewFile("cold"));
            var second = Cold(Path.Combine(theirs, "Threads.Benchmarks.EfSqlite.dll"), null, bench.NewFile("cold"));
            if (round == 0) continue; // the files of both are in memory from here on
            mine.Add(first);
            others.Add(second);
        }

        return Line.Of(name, Timed.Median(mine), Timed.Median(others), 1, limit);
    }

    private static Timed Cold(string program, string? option, string file)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in new[] { program, option, file, "0", LinqWorker.Cold, "1" }.OfType<string>())
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0 || output.Split('\n').FirstOrDefault(l => l.StartsWith(LinqWorker.Cold, StringComparison.Ordinal))?.Split('\t') is not { } fields)
            throw new InvalidOperationException($"'{program}' ended with {process.ExitCode}. Run tests/Threads.Benchmarks/run.sh, which publishes it.");
        return new(double.Parse(fields[2], CultureInfo.InvariantCulture), double.Parse(fields[3], CultureInfo.InvariantCulture), long.Parse(fields[4], CultureInfo.InvariantCulture));
    }

    /// <summary>Another folder beside the one the program was built into, where run.sh puts it.</summary>
    private static string Beside(string folder, string name) => Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder))!, name);
}
