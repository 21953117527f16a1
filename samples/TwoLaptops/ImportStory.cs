using System.Diagnostics;
using Spectre.Console;
using Threads.Data;
using TwoLaptops.Import;

namespace TwoLaptops;

/// <summary>The same story on somebody's own SQLite database: taken in, shared, scribbled on by both, put back, and equal to the original.</summary>
internal sealed class ImportStory(Workplace place, string file)
{
    public async Task<bool> TellAsync()
    {
        using var original = new Original(file);

        Report.Chapter($"Alice brings {Path.GetFileName(file)}");
        await using var hers = await Laptop.StartAsync("Alice", place.Database("alice.db"));
        var clock = Stopwatch.StartNew();
        await hers.Connection.Thread.ImportSqliteAsync(file);
        var rows = original.Tables.Sum(original.Count);
        Report.Line($"{original.Tables.Count} tables, {Report.Number(rows)} rows, signed and sealed in {clock.Elapsed.TotalSeconds:0.0} s, as {await hers.CountAsync("SELECT count(*) FROM threads_records")} records.");

        await using var his = await Laptop.JoinAsync("Bob", place.Database("bob.db"), hers);
        await his.Connection.Thread.ImportSqliteAsync(file, new() { SchemaOnly = true });
        clock.Restart();
        var size = await hers.SendAsync(his, place.Carried("monday.car"));
        Report.Line($"Bob makes the same empty tables, joins, and takes the rows from Alice's file ({Report.Size(size)}) in {clock.Elapsed.TotalSeconds:0.0} s.");
        var equal = Compare(original, hers, his);

        Report.Chapter("Both offline, both scribbling");
        var scribble = new Scribble(original);
        var byAlice = scribble.Write(hers.Connection, "Alice", fromTheEnd: false);
        var byBob = scribble.Write(his.Connection, "Bob", fromTheEnd: true);
        Report.Line($"Alice changes {byAlice} cells, Bob {byBob}, each change a record; {scribble.CountShared()} cells are changed by both.");
        await ExchangeAsync(hers, his);
        var (a, b) = (await hers.Connection.Thread.DigestAsync(), await his.Connection.Thread.DigestAsync());
        Report.Line($"After two files have changed hands both hold the same rows: {(a.SequenceEqual(b) ? "yes" : "NO")}. Where both wrote, the later stands.");
        equal &= a.SequenceEqual(b);

        Report.Chapter("Put back");
        scribble.PutBack(his.Connection);
        await ExchangeAsync(hers, his);
        Report.Line($"Bob restores every cell in one commit. The log keeps what happened; the tables are the original's again:");
        equal &= Compare(original, hers, his);

        return await Report.LedgerAsync(hers, his) && equal;
    }

    private async Task ExchangeAsync(Laptop hers, Laptop his)
    {
        await his.SendAsync(hers, place.Carried("bob-to-alice.car"));
        await hers.SendAsync(his, place.Carried("alice-to-bob.car"));
    }

    private static bool Compare(Original original, Laptop hers, Laptop his)
    {
        var table = Report.Table("table", "rows", Report.Name("Alice"), Report.Name("Bob"));
        var equal = true;
        foreach (var t in original.Tables)
        {
            var cells = new[] { hers, his }.Select(side => original.CountDifferences(t, side.Connection)).ToArray();
            equal &= cells.All(c => c == 0);
            table.AddRow([Markup.Escape(t.Name), Report.Number(original.Count(t)), .. cells.Select(c => c == 0 ? "[green]equal[/]" : $"[red]{c} rows differ[/]")]);
        }

        AnsiConsole.Write(table);
        return equal;
    }
}
