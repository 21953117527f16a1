namespace Threads.Data.Tests;

/// <summary>Seeds beyond those that always run.</summary>
internal static class SeedRange
{
    /// <summary>Those that a variable of the environment names, as from-to; without it the test is skipped.</summary>
    public static IEnumerable<int> Of(string variable)
    {
        var seeds = Environment.GetEnvironmentVariable(variable);
        Skip.If(seeds is null, $"{variable}=from-to runs more of them.");
        var range = seeds!.Split('-').Select(int.Parse).ToArray();
        return Enumerable.Range(range[0], range[1] - range[0] + 1);
    }
}
