using System.Diagnostics;
using Spectre.Console;
using TwoLaptops;

Report.Prepare();
if (!Arguments.TryRead(args, out var arguments, out var mistake))
{
    AnsiConsole.MarkupLineInterpolated($"[red]{mistake}[/]");
    AnsiConsole.WriteLine(Arguments.Usage);
    return 2;
}

if (arguments.Help)
{
    AnsiConsole.WriteLine(Arguments.Usage);
    return 0;
}

var clock = Stopwatch.StartNew();
using var folder = Workplace.Make(arguments.Out);
var equal = await new KitchenStory(folder).TellAsync();

AnsiConsole.WriteLine();
AnsiConsole.MarkupLineInterpolated(equal
    ? (FormattableString)$"[green]Alice and Bob hold the same data[/], after {clock.Elapsed.TotalSeconds:0.0} s."
    : $"[red]Alice and Bob do not hold the same data.[/] That is a bug: please keep the databases (--out) and report it.");
if (arguments.Out is not null)
    AnsiConsole.MarkupLineInterpolated($"Kept: {Path.Combine(folder.Path, "alice.db")} and bob.db. Any SQLite tool opens them.");
return equal ? 0 : 1;
