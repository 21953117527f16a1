using System.Globalization;

namespace Threads.Simulation;

/// <summary>What the command line asks for.</summary>
internal sealed record Arguments
{
    public const string Help = """
        Runs the product in simulated worlds: many peers, a bad network, failing disks, wrong clocks, members that lie. One seed is one run, byte for byte.

        dotnet run --project tests/Threads.Simulation -- [options]

          (nothing)          the fixed seeds of continuous integration
          --seed n           one seed
          --seeds a..b       each of these seeds
          --steps n          steps per seed (default 100000); a seed is a row of worlds of some hundred steps each
          --minutes n        stops beginning new worlds after so long; seeds go on where --seeds ends
          --peers n          peers in every world (2 to 20; default: by the seed)
          --schema name      every world has this schema (default: by the seed)
          --lists            every world's thread has lists of who may do what (default: by the seed)
          --world n          only the n-th world of each seed
          --trace file       replays a trace, as a failure prints it
          --out folder       where to write shrunk traces of failures
          --no-shrink        prints the failing world's seed only
          --no-model         does not compare with the reference model
          --verbose          prints every step
          --quiet            prints failures and the sum only
          --help             this text

        Exit code 0: every check held, and nothing that the fixed seeds must reach was missed. 1: a check failed. 2: the arguments make no sense.
        """;

    public IReadOnlyList<ulong> Seeds { get; init; } = [];

    public long Steps { get; init; } = 100_000;

    public double Minutes { get; init; }

    public int? Peers { get; init; }

    public string? Schema { get; init; }

    public int? World { get; init; }

    public string? Trace { get; init; }

    public string? Out { get; init; }

    /// <summary>Every world's thread has lists.</summary>
    public bool Lists { get; init; }

    public bool Shrink { get; init; } = true;

    public bool Model { get; init; } = true;

    public bool Verbose { get; init; }

    public bool Quiet { get; init; }

    public bool ShowHelp { get; init; }

    /// <summary>Nothing was asked for: the seeds of continuous integration.</summary>
    public bool IsFixed { get; init; }

    /// <exception cref="FormatException">An option is not known, or its value can't be read.</exception>
    public static Arguments Parse(string[] words)
    {
        var arguments = new Arguments { IsFixed = words.All(w => w is "--quiet" or "--verbose") };
        for (var i = 0; i < words.Length; i++)
        {
            string Value() => ++i < words.Length ? words[i] : throw new FormatException($"{words[i - 1]} needs a value.");
            long Number(long least, long most)
            {
                var (option, text) = (words[i], Value());
                return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                    ? number
                    : throw new FormatException($"{option} is a whole number from {least} to {most}, not '{text}'.");
            }

            arguments = words[i] switch
            {
                "--seed" => arguments with { Seeds = [(ulong)Number(0, long.MaxValue)] },
                "--seeds" => arguments with { Seeds = Range(Value()) },
                "--steps" => arguments with { Steps = Number(1, long.MaxValue) },
                "--minutes" => arguments with { Minutes = Number(1, 100_000) },
                "--peers" => arguments with { Peers = (int)Number(2, Simulation.Steps.Plan.MaxPeers) },
                "--schema" => arguments with { Schema = Value() },
                "--world" => arguments with { World = (int)Number(0, int.MaxValue) },
                "--trace" => arguments with { Trace = Value() },
                "--out" => arguments with { Out = Value() },
                "--lists" => arguments with { Lists = true },
                "--no-shrink" => arguments with { Shrink = false },
                "--no-model" => arguments with { Model = false },
                "--verbose" => arguments with { Verbose = true },
                "--quiet" => arguments with { Quiet = true },
                "--help" or "-h" or "-?" => arguments with { ShowHelp = true },
                _ => throw new FormatException($"'{words[i]}' is no option; --help lists them."),
            };
        }

        if (arguments.Schema is { } schema && Schemas.Schema.All.All(s => s.Name != schema))
        {
            throw new FormatException($"There is no schema '{schema}': {string.Join(", ", Schemas.Schema.All.Select(s => s.Name))}.");
        }

        return arguments.Seeds.Count > 0 ? arguments : arguments with { Seeds = [1] };
    }

    private static ulong[] Range(string text)
    {
        var ends = text.Split("..");
        return ends.Length == 2 && ulong.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && ulong.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) && first <= last && last - first < 1_000_000
            ? [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => first + (ulong)i)]
            : throw new FormatException($"--seeds is first..last, not '{text}'.");
    }
}
