using System.Globalization;

namespace Threads.Data.Tests.Faults;

/// <summary>kill -9 between any two statements of a commit: a child commits and says so, and dies at a random moment.</summary>
public class KillTests
{
    private const int Databases = 10;
    private const int KillsEach = 20;
    private const int Seed = 20261121;

    // I3, I6: a crash between any two steps loses nothing committed, and a transaction is in the log and the tables, or in neither.
    [Fact]
    public async Task Killed_at_a_random_point_it_keeps_every_acknowledged_commit()
        => await Parallel.ForEachAsync(Enumerable.Range(0, Databases), new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (number, _) => await KillAsync(new Random(Seed + number)));

    private static async Task KillAsync(Random chance)
    {
        using var database = new FaultDatabase();
        var acknowledged = 0;
        var next = FaultProcess.Start();
        for (var kill = 0; kill < KillsEach; kill++)
        {
            using var process = next;
            await process.GoAsync(database.File, writer: 1, commits: int.MaxValue / 2);
            next = FaultProcess.Start();

            // Some die on the way to their first commit, most after a few.
            for (var commits = chance.Next(0, 6); commits > 0; commits--)
                acknowledged = int.Parse((await process.ReadLineAsync())!, CultureInfo.InvariantCulture);
            SpinFor(TimeSpan.FromMicroseconds(chance.Next(0, 4_000)));
            process.Kill();

            var rest = await process.EndAsync();
            acknowledged = rest.Where(IsWhole).Select(l => int.Parse(l, CultureInfo.InvariantCulture)).Append(acknowledged).Max();
            await database.CheckAsync(writer: 1, acknowledged);
            acknowledged = Last(database);
        }

        next.Dispose();
        await database.CheckRebuildAsync();
    }

    private static bool IsWhole(string line) => line.Length > 0 && line.All(char.IsAsciiDigit);

    private static int Last(FaultDatabase database)
    {
        using var connection = database.Open();
        return FaultHost.Work.Last(connection, 1);
    }

    private static void SpinFor(TimeSpan time)
    {
        var from = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetElapsedTime(from) < time)
            Thread.SpinWait(20);
    }
}
