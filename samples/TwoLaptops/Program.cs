using System.Data.Common;
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
bool equal;
try
{
    using var place = Workplace.Make(arguments.Out);
    equal = arguments.Import is { } file ? await new ImportStory(place, file).TellAsync() : await new KitchenStory(place).TellAsync();
    if (arguments.Out is not null)
        Report.Line($"Kept: {place.Database("alice.db")} and bob.db. Any SQLite tool opens them and sees the tables.");
}
catch (DbException e)
{
    AnsiConsole.MarkupLineInterpolated($"[red]{e.Message}[/]");
    return 1;
}

AnsiConsole.WriteLine();
AnsiConsole.MarkupLineInterpolated(equal
    ? (FormattableString)$"[green]Alice and Bob hold the same data[/], after {clock.Elapsed.TotalSeconds:0.0} s."
    : $"[red]Alice and Bob do not hold the same data.[/] That is a bug: please keep the databases (--out) and report it.");
return equal ? 0 : 1;
