using System.Globalization;
using Spectre.Console;
using TwoLaptops.Kitchen;

namespace TwoLaptops;

/// <summary>How things are shown.</summary>
internal static class Report
{
    private const int WidthInAFile = 100;

    private const int MergesShown = 12;

    /// <summary>A pipe or a file has neither width nor colours.</summary>
    public static void Prepare()
    {
        if (!Console.IsOutputRedirected)
            return;
        AnsiConsole.Profile.Width = WidthInAFile;
        AnsiConsole.Profile.Capabilities.Ansi = false;
        AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
    }

    public static void Chapter(string title)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.Write(new Rule($"[bold]{Markup.Escape(title)}[/]") { Justification = Justify.Left, Style = Style.Parse("grey") });
    }

    public static void Line(FormattableString text) => AnsiConsole.MarkupLineInterpolated(text);

    public static string Size(long bytes) => bytes < 10_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes:#,0} bytes")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:#,0} KiB");

    public static void Diaries(params Cook[] cooks)
    {
        var table = Table("who", "records", "rows created", "changed", "deleted");
        foreach (var cook in cooks)
            table.AddRow(Name(cook.Name), Number(cook.Commits), Number(cook.Created), Number(cook.Changed), Number(cook.Deleted));
        AnsiConsole.Write(table);
    }

    /// <summary>The story's recipes in its order, then what else was contested, then a count of the rest.</summary>
    public static void Merges(IReadOnlyList<RecipeMerge> merges, List<string> story)
    {
        var table = Table("recipe", "before", Name("Alice"), Name("Bob"), "now", "because");
        foreach (var m in merges.OrderBy(m => story.IndexOf(m.Title) is >= 0 and var at ? at : story.Count).ThenByDescending(m => m.IsContested).Take(MergesShown))
            table.AddRow($"{Markup.Escape(m.Title)} [grey]{m.Field}[/]", Markup.Escape(m.Before), Markup.Escape(m.Alice), Markup.Escape(m.Bob), $"[bold]{Markup.Escape(m.Now)}[/]", m.Why);
        AnsiConsole.Write(table);

        var contested = merges.Count(m => m.IsContested);
        Line($"Both touched {merges.Select(m => m.Title).Distinct().Count()} recipes. {merges.Count - contested} fields were changed by one of them, and both edits of the recipe stand; {contested} by both, and the later write, or the delete, stands. {Math.Max(0, merges.Count - MergesShown)} of these are not shown.");
    }

    /// <summary>Logs and signers, digests, sizes; whether both sides are equal and sound.</summary>
    public static async Task<bool> LedgerAsync(Laptop alice, Laptop bob)
    {
        Chapter("The log, as both now hold it");
        await LogsAsync(alice, bob);

        var equal = true;
        var sides = Table("", "digest of all rows", "records", "file", "checked");
        var expected = await alice.Connection.Thread.DigestAsync();
        foreach (var side in new[] { alice, bob })
        {
            var digest = await side.Connection.Thread.DigestAsync();
            var check = await side.Connection.Thread.VerifyAsync();
            var same = digest.SequenceEqual(expected);
            equal &= same && check.IsSound;
            var hex = Convert.ToHexStringLower(digest);
            sides.AddRow(Name(side.Owner), $"[{(same ? "green" : "red")}]{hex[..16]}…[/]", Number(await side.CountAsync("SELECT count(*) FROM threads_records")), Size(await SizeAsync(side)),
                check.IsSound ? $"[green]{Number(check.Records)} signed records, every row[/]" : "[red]not sound[/]");
        }

        AnsiConsole.Write(sides);
        return equal;
    }

    public static Table Table(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Rounded, BorderStyle = Style.Parse("grey") };
        foreach (var column in columns)
            table.AddColumn(column);
        return table;
    }

    public static string Number(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Name(string owner) => owner switch { "Alice" => "[fuchsia]Alice[/]", "Bob" => "[aqua]Bob[/]", _ => Markup.Escape(owner) };

    private static async Task LogsAsync(Laptop alice, Laptop bob)
    {
        var owners = new Dictionary<string, string>();
        foreach (var side in new[] { alice, bob })
            owners[await TextAsync(side, "SELECT public_key FROM threads_logs WHERE is_own")] = side.Owner;

        var table = Table("log", "signed by", "records", "events", "bytes", "first", "last");
        await using var command = alice.Connection.CreateCommand();
        command.CommandText = """
            SELECT l.public_key, count(*), coalesce(sum(r.events), 0), sum(r.size_bytes), min(r.written_at), max(r.written_at)
            FROM threads_logs l JOIN threads_records r ON r.log = l.id GROUP BY l.id ORDER BY min(r.time)
            """;
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            var key = rows.GetString(0);
            table.AddRow($"{key[..8]}…", Name(owners.GetValueOrDefault(key, "?")), Number(rows.GetInt64(1)), Number(rows.GetInt64(2)), Number(rows.GetInt64(3)),
                Clock(rows, 4), Clock(rows, 5));
        }

        AnsiConsole.Write(table);
    }

    private static string Clock(System.Data.Common.DbDataReader row, int column)
        => row.IsDBNull(column) ? "" : row.GetString(column)[11..19];

    private static async Task<string> TextAsync(Laptop side, string sql)
    {
        await using var command = side.Connection.CreateCommand();
        command.CommandText = sql;
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Pages times their size: what the file takes once the write-ahead log has gone into it.</summary>
    private static async Task<long> SizeAsync(Laptop side)
        => await side.CountAsync("PRAGMA page_count") * await side.CountAsync("PRAGMA page_size");
}
