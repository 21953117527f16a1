using System.Globalization;
using Threads.Benchmarks;
using Threads.Benchmarks.Linq;

if (args is ["--linq-worker", var file, var rows, .. var only])
{
    LinqWorker.Run(file, int.Parse(rows, CultureInfo.InvariantCulture), only.ElementAtOrDefault(0), int.Parse(only.ElementAtOrDefault(1) ?? "5", CultureInfo.InvariantCulture));
    return 0;
}

if (args is [IdleMemory.Clients, var address, var clients, .. var tickets])
{
    IdleMemory.Connect(address, int.Parse(clients, CultureInfo.InvariantCulture), tickets.ElementAtOrDefault(0));
    return 0;
}

var small = args.Contains("--small");
var rounds = Array.IndexOf(args, "--rounds") is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : small ? 2 : 9;

if (args is ["--network-peer"])
{
    await Network.ServeAsync();
    return 0;
}

var groups = new Dictionary<string, Func<Bench, int, IEnumerable<Line>>>
{
    ["reads"] = (bench, _) => Reads.Run(bench),
    ["cold"] = (bench, _) => ColdStart.Run(bench, rounds),
    ["linq"] = LinqPair.Run,
    ["bulk"] = (bench, _) => BulkChanges.Run(bench),
    ["writes"] = (bench, _) => Writes.Run(bench),
    ["chinook"] = (bench, _) => ChinookImport.Run(bench),
    ["records"] = (bench, _) => Records.Run(bench),
    ["merging"] = Merging.Run,
    ["history"] = (bench, _) => Merging.RunHistory(bench, args.Contains("--million")),
    ["access"] = AccessLists.Run,
    ["opening"] = (bench, _) => Opening.Run(bench),
    ["text"] = Text.Run,
    ["sync"] = Syncing.Run,
    ["idle"] = (bench, _) => IdleMemory.Run(bench),
    ["network"] = Network.Run,
};

if (!args.Contains("--table"))
{
    Console.WriteLine($"dotnet run -c Release --project tests/Threads.Benchmarks -- --table [--small] [--rounds N] [{string.Join(" | ", groups.Keys)}]");
    return 2;
}

var wanted = groups.Keys.Where(args.Contains).ToArray();

var folder = Directory.CreateTempSubdirectory("threads-bench-");
try
{
    if (small)
        Console.WriteLine("A fortieth of each count: to see that it runs.\n");
    Console.WriteLine(Line.Head);
    foreach (var name in wanted.Length == 0 ? [.. groups.Keys] : wanted)
    {
        foreach (var line in groups[name](new Bench(folder.CreateSubdirectory(name).FullName, rounds, scale: small ? 40 : 1), Math.Max(1, rounds / 3)))
            Console.WriteLine(line);
    }
}
finally
{
    folder.Delete(recursive: true);
}

return 0;
