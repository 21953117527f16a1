namespace Threads.Simulation.Tests;

/// <summary>What the simulator found, shrunk; the file's name says what must hold.</summary>
public class TraceTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Traces");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.trace").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_trace_that_once_failed_holds(string name)
    {
        using var log = new StringWriter();
        var (_, failure) = Trace.Parse(File.ReadAllText(Path.Combine(Folder, name + ".trace"))).Run(new Coverage(), log);

        Assert.True(failure is null, $"{failure}\n{log}");
    }
}
