using Threads.Simulation.Steps;

namespace Threads.Simulation;

/// <summary>Leaves out of a failing trace what it fails without, the same check each time: delta debugging (Zeller and Hildebrandt 2002) over the list of steps.</summary>
internal static class Shrinker
{
    /// <param name="trace">Fails.</param>
    /// <param name="check">The check it fails.</param>
    /// <param name="maxRuns">How often the world may be run again.</param>
    public static Trace Shrink(Trace trace, string check, int maxRuns = 400)
    {
        var runs = 0;
        bool Fails(IReadOnlyList<Step> steps, int peers) => runs++ < maxRuns && (trace with { Steps = steps, Peers = peers }).Run(new Coverage()).Failure?.Check == check;

        var best = trace.Steps.ToList();
        for (var chunk = Math.Max(1, best.Count / 2); runs < maxRuns; chunk = Math.Max(1, chunk / 2))
        {
            var removed = false;
            for (var from = best.Count - chunk; from > -chunk && runs < maxRuns; from -= chunk)
            {
                var (first, count) = (Math.Max(0, from), Math.Min(chunk, from + chunk));
                var without = best.Take(first).Concat(best.Skip(first + count)).ToList();
                if (Fails(without, trace.Peers))
                {
                    best = without;
                    removed = true;
                }
            }

            if (chunk == 1 && !removed)
            {
                break;
            }
        }

        return trace with { Steps = best };
    }
}
