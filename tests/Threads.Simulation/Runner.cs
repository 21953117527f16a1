using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Threads.Simulation.Steps;

namespace Threads.Simulation;

/// <summary>Runs the worlds of seeds one after the other, shrinks what fails, and counts.</summary>
internal sealed class Runner(Arguments arguments, TextWriter output)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);

    public Coverage Coverage { get; } = new();

    public long Steps { get; private set; }

    public int Worlds { get; private set; }

    public int Failed { get; private set; }

    private bool IsTimeUp => arguments.Minutes > 0 && _watch.Elapsed.TotalMinutes >= arguments.Minutes;

    public void Run()
    {
        foreach (var seed in arguments.Seeds)
        {
            if (!IsTimeUp)
            {
                Run(seed);
            }
        }

        for (var seed = arguments.Seeds[^1] + 1; arguments.Minutes > 0 && !IsTimeUp; seed++)
        {
            Run(seed);
        }
    }

    /// <summary>Runs one seed; gives the hash of all that happened.</summary>
    public string Run(ulong seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var steps = 0L;
        for (var number = arguments.World ?? 0; steps < arguments.Steps && !IsTimeUp; number++)
        {
            var plan = new Plan(Chance.Of(seed, (ulong)number).Next(), arguments.Peers, arguments.Schema, arguments.Lists);
            var all = plan.Steps().ToArray();
            if (arguments.World is null && steps + all.Length > arguments.Steps)
            {
                // The last world of a seed ends where the steps do, with a quiet point as every world does.
                all = [.. all.Take((int)(arguments.Steps - steps)).SkipLast(1), all[^1]];
            }

            steps += all.Length;
            var trace = Trace.Of(plan, all);
            var (worldHash, failure) = trace.Run(Coverage, arguments.Verbose ? output : null);
            hash.AppendData(Encoding.ASCII.GetBytes(worldHash));
            Steps += all.Length;
            Worlds++;
            if (failure is not null)
            {
                Report(seed, number, trace, failure);
            }

            if (arguments.World is not null)
            {
                break;
            }
        }

        var result = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (!arguments.Quiet)
        {
            output.WriteLine($"seed {seed}: {steps} steps, hash {result[..16]}, {Steps / _watch.Elapsed.TotalSeconds:0} steps/s");
        }

        return result;
    }

    private void Report(ulong seed, int number, Trace trace, CheckFailedException failure)
    {
        Failed++;
        var times = _failures[failure.Check] = _failures.GetValueOrDefault(failure.Check) + 1;
        output.WriteLine($"FAILED {failure.Message}\n  again: dotnet run --project tests/Threads.Simulation -- --seed {seed} --world {number}{Also()}");
        if (times > 1 || !arguments.Shrink)
        {
            return;
        }

        output.WriteLine(failure.ToString());
        var shrunk = Shrinker.Shrink(trace, failure.Check);
        output.WriteLine($"shrunk from {trace.Steps.Count} to {shrunk.Steps.Count} steps; as a file, --trace replays them:\n# {failure.Check}\n{shrunk}");
        shrunk.Run(new Coverage(), output);
        if (arguments.Out is { } folder)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, FormattableString.Invariant($"{seed}-{number}.trace")), $"# {failure.Check}\n# {failure.Message.ReplaceLineEndings(" ")}\n{shrunk}");
        }
    }

    private string Also() => (arguments.Peers is { } peers ? $" --peers {peers}" : "") + (arguments.Schema is { } schema ? $" --schema {schema}" : "") + (arguments.Lists ? " --lists" : "");
}
