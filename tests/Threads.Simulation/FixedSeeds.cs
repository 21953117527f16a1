using Threads.Simulation.Steps;

namespace Threads.Simulation;

/// <summary>What continuous integration runs, and what these seeds together must have met: a simulator that never crashes anybody proves nothing.</summary>
internal static class FixedSeeds
{
    private const ulong First = 1;
    private const ulong Last = 3;
    private const long StepsPerSeed = 8_000;

    public static Arguments Ask(Arguments arguments)
        => arguments with { Seeds = [.. Enumerable.Range((int)First, (int)(Last - First) + 1).Select(s => (ulong)s)], Steps = StepsPerSeed };

    /// <summary>Every kind of step, and what each part lists as its own.</summary>
    public static List<string> Missed(Coverage coverage)
        => [.. Enum.GetNames<StepKind>().Where(k => k != nameof(StepKind.Sabotage)).Select(k => "step: " + k).Concat(World.MustHappen).Where(what => !coverage.Hits.ContainsKey(what))];
}
