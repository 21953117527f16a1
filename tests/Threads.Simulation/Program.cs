using Threads.Simulation;

Arguments arguments;
try
{
    arguments = Arguments.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

if (arguments.ShowHelp)
{
    Console.WriteLine(Arguments.Help);
    return 0;
}

if (arguments.Trace is { } file)
{
    var (hash, failure) = Trace.Parse(File.ReadAllText(file)).Run(new Coverage(), arguments.Quiet ? null : Console.Out);
    Console.WriteLine(failure is null ? $"held, hash {hash}" : $"FAILED {failure}");
    return failure is null ? 0 : 1;
}

if (arguments.IsFixed)
{
    arguments = FixedSeeds.Ask(arguments);
}

var runner = new Runner(arguments, Console.Out);
runner.Run();
Console.WriteLine($"\nWhat happened, and how often:\n{runner.Coverage}");
var missed = arguments.IsFixed ? FixedSeeds.Missed(runner.Coverage) : [];
foreach (var what in missed)
{
    Console.WriteLine($"never happened: {what}");
}

Console.WriteLine($"simulation: {runner.Worlds} worlds, {runner.Steps} steps, {runner.Failed} failed, {missed.Count} never happened");
return runner.Failed + missed.Count == 0 ? 0 : 1;
