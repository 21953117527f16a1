namespace Threads.Data.Tests.Faults;

/// <summary>Decision 12: several processes may use one file. They share one log, and none forks it.</summary>
public class SeveralProcessesTests
{
    private const int Processes = 4;
    private const int CommitsEach = 1_000;

    [Fact]
    public async Task Four_processes_commit_a_thousand_times_each_into_one_log()
    {
        using var database = new FaultDatabase();
        var children = Enumerable.Range(1, Processes).Select(_ => FaultProcess.Start()).ToArray();
        try
        {
            await Task.WhenAll(children.Select((child, i) => child.GoAsync(database.File, writer: i + 1, CommitsEach)));
            var said = await Task.WhenAll(children.Select(c => c.EndAsync()));
            Assert.All(said, lines => Assert.Equal(Enumerable.Range(1, CommitsEach).Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)), lines));
        }
        finally
        {
            Array.ForEach(children, c => c.Dispose());
        }

        for (var writer = 1; writer <= Processes; writer++)
            await database.CheckAsync(writer, CommitsEach, unacknowledged: 0);
        await database.CheckRebuildAsync();

        using var after = database.Open();
        Assert.Equal(1, FaultDatabase.Number(after, "SELECT count(*) FROM threads_logs"));
        // Position 1 is the opening: no transaction of a user.
        Assert.Equal(Processes * CommitsEach, FaultDatabase.Number(after, "SELECT count(*) FROM threads_records WHERE position > 1"));
        Assert.Equal(FaultDatabase.Number(after, "SELECT count(*) FROM threads_records"), FaultDatabase.Number(after, "SELECT counter FROM threads_logs"));
    }
}
