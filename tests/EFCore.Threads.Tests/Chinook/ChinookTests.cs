using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace EFCore.Threads.Tests.Chinook;

/// <summary>The Chinook database imported, its context as <c>dotnet ef dbcontext scaffold</c> wrote it, and a dozen reports against the same in SQL on the original.</summary>
public sealed class ChinookTests : IClassFixture<ChinookTests.Imported>
{
    private static readonly Dictionary<string, (Func<ChinookContext, IEnumerable<object?>> Report, string Sql)> Reports = new()
    {
        ["tracks of each genre"] = (
            db => db.Genres.Select(g => new { g.Name, Count = g.Tracks.Count }).OrderByDescending(g => g.Count).ThenBy(g => g.Name).AsEnumerable().Select(g => Line(g.Name, g.Count)),
            "SELECT g.Name, count(t.TrackId) AS n FROM Genre g LEFT JOIN Track t ON t.GenreId = g.GenreId GROUP BY g.GenreId ORDER BY n DESC, g.Name"),
        ["revenue of each country"] = (
            db => db.Invoices.GroupBy(i => i.BillingCountry).Select(g => new { g.Key, Sum = g.Sum(i => i.Total) }).OrderByDescending(g => g.Sum).ThenBy(g => g.Key).AsEnumerable().Select(g => Line(g.Key, g.Sum)),
            "SELECT BillingCountry, round(sum(Total), 2) AS s FROM Invoice GROUP BY BillingCountry ORDER BY s DESC, BillingCountry"),
        ["the ten best customers"] = (
            db => db.Customers.Select(c => new { c.FirstName, c.LastName, Sum = c.Invoices.Sum(i => i.Total), c.CustomerId }).OrderByDescending(c => c.Sum).ThenBy(c => c.CustomerId).Take(10).AsEnumerable().Select(c => Line(c.FirstName, c.LastName, c.Sum)),
            "SELECT c.FirstName, c.LastName, round(sum(i.Total), 2) AS s FROM Customer c JOIN Invoice i ON i.CustomerId = c.CustomerId GROUP BY c.CustomerId ORDER BY s DESC, c.CustomerId LIMIT 10"),
        ["sales of each agent"] = (
            db => db.Employees.Where(e => e.Customers.Any()).OrderBy(e => e.EmployeeId).Select(e => new { e.LastName, Customers = e.Customers.Count, Sum = e.Customers.SelectMany(c => c.Invoices).Sum(i => i.Total) }).AsEnumerable().Select(e => Line(e.LastName, e.Customers, e.Sum)),
            "SELECT e.LastName, count(DISTINCT c.CustomerId), round(sum(i.Total), 2) FROM Employee e JOIN Customer c ON c.SupportRepId = e.EmployeeId JOIN Invoice i ON i.CustomerId = c.CustomerId GROUP BY e.EmployeeId ORDER BY e.EmployeeId"),
        ["invoices of each month"] = (
            db => db.Invoices.GroupBy(i => new { i.InvoiceDate.Year, i.InvoiceDate.Month }).Select(g => new { g.Key.Year, g.Key.Month, Count = g.Count() }).OrderBy(g => g.Year).ThenBy(g => g.Month).AsEnumerable().Select(g => Line($"{g.Year}-{g.Month:D2}", g.Count)),
            "SELECT strftime('%Y-%m', InvoiceDate) AS m, count(*) FROM Invoice GROUP BY m ORDER BY m"),
        ["the longest track of each album of an artist"] = (
            db => db.Albums.Where(a => a.Artist.Name == "Led Zeppelin").OrderBy(a => a.Title).Select(a => new { a.Title, Track = a.Tracks.OrderByDescending(t => t.Milliseconds).First() }).AsEnumerable().Select(a => Line(a.Title, a.Track.Name, a.Track.Milliseconds)),
            "SELECT a.Title, (SELECT Name FROM Track t WHERE t.AlbumId = a.AlbumId ORDER BY Milliseconds DESC LIMIT 1), (SELECT max(Milliseconds) FROM Track t WHERE t.AlbumId = a.AlbumId) FROM Album a JOIN Artist r ON r.ArtistId = a.ArtistId WHERE r.Name = 'Led Zeppelin' ORDER BY a.Title"),
        ["playlists and their length"] = (
            db => db.Playlists.OrderBy(p => p.PlaylistId).Select(p => new { p.Name, Count = p.Tracks.Count, Length = p.Tracks.Sum(t => (long)t.Milliseconds) }).AsEnumerable().Select(p => Line(p.Name, p.Count, p.Length)),
            "SELECT p.Name, count(t.TrackId), coalesce(sum(t.Milliseconds), 0) FROM Playlist p LEFT JOIN PlaylistTrack x ON x.PlaylistId = p.PlaylistId LEFT JOIN Track t ON t.TrackId = x.TrackId GROUP BY p.PlaylistId ORDER BY p.PlaylistId"),
        ["artists without an album"] = (
            db => db.Artists.Where(a => !a.Albums.Any()).OrderBy(a => a.ArtistId).Select(a => a.Name),
            "SELECT Name FROM Artist a WHERE NOT EXISTS(SELECT 1 FROM Album b WHERE b.ArtistId = a.ArtistId) ORDER BY ArtistId"),
        ["who reports to whom"] = (
            db => db.Employees.OrderBy(e => e.EmployeeId).Select(e => new { e.LastName, Manager = e.ReportsToNavigation!.LastName }).AsEnumerable().Select(e => Line(e.LastName, e.Manager)),
            "SELECT e.LastName, m.LastName FROM Employee e LEFT JOIN Employee m ON m.EmployeeId = e.ReportsTo ORDER BY e.EmployeeId"),
        ["media types by average price and size"] = (
            db => db.MediaTypes.OrderBy(m => m.MediaTypeId).Select(m => new { m.Name, Price = m.Tracks.Average(t => t.UnitPrice), Largest = m.Tracks.Max(t => t.Bytes) }).AsEnumerable().Select(m => Line(m.Name, Math.Round(m.Price, 4), m.Largest)),
            "SELECT m.Name, round(avg(t.UnitPrice), 4), max(t.Bytes) FROM MediaType m JOIN Track t ON t.MediaTypeId = m.MediaTypeId GROUP BY m.MediaTypeId ORDER BY m.MediaTypeId"),
        ["customers who bought a genre and another not"] = (
            db => db.Customers.Where(c => c.Invoices.Any(i => i.InvoiceLines.Any(l => l.Track.Genre!.Name == "Jazz")) && !c.Invoices.Any(i => i.InvoiceLines.Any(l => l.Track.Genre!.Name == "Blues"))).OrderBy(c => c.CustomerId).Select(c => c.Email),
            "SELECT Email FROM Customer c WHERE EXISTS(SELECT 1 FROM Invoice i JOIN InvoiceLine l ON l.InvoiceId = i.InvoiceId JOIN Track t ON t.TrackId = l.TrackId JOIN Genre g ON g.GenreId = t.GenreId WHERE i.CustomerId = c.CustomerId AND g.Name = 'Jazz') AND NOT EXISTS(SELECT 1 FROM Invoice i JOIN InvoiceLine l ON l.InvoiceId = i.InvoiceId JOIN Track t ON t.TrackId = l.TrackId JOIN Genre g ON g.GenreId = t.GenreId WHERE i.CustomerId = c.CustomerId AND g.Name = 'Blues') ORDER BY c.CustomerId"),
        ["invoices whose lines do not add up"] = (
            db => db.Invoices.Where(i => i.Total != i.InvoiceLines.Sum(l => l.UnitPrice * l.Quantity)).OrderBy(i => i.InvoiceId).Select(i => (object)i.InvoiceId).AsEnumerable().Select(i => Line(i)),
            "SELECT i.InvoiceId FROM Invoice i JOIN InvoiceLine l ON l.InvoiceId = i.InvoiceId GROUP BY i.InvoiceId HAVING round(i.Total - sum(l.UnitPrice * l.Quantity), 2) <> 0 ORDER BY i.InvoiceId"),
        ["names in two letters"] = (
            db => db.Customers.Where(c => EF.Functions.Like(c.Company!, "%a%") || c.Company == null).GroupBy(c => c.Country!.Substring(0, 2).ToUpper()).OrderBy(g => g.Key).Select(g => new { g.Key, Count = g.Count(c => c.Company == null), All = g.Count() }).AsEnumerable().Select(g => Line(g.Key, g.Count, g.All)),
            "SELECT upper(substr(Country, 1, 2)) AS k, count(*) FILTER (WHERE Company IS NULL), count(*) FROM Customer WHERE Company LIKE '%a%' OR Company IS NULL GROUP BY k ORDER BY k"),
    };

    private readonly Imported chinook;

    public ChinookTests(Imported chinook) => this.chinook = chinook;

    public static TheoryData<string> Names => [.. Reports.Keys];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void A_report_says_what_SQL_says_of_the_original(string name)
    {
        chinook.SkipIfAbsent();
        var (report, sql) = Reports[name];
        using var context = chinook.Open();
        var expected = new List<string?>();
        using var original = new SqliteConnection($"Data Source={Imported.Original};Mode=ReadOnly");
        original.Open();
        using var command = original.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            expected.Add(Line([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]));
        }

        Assert.Equal(expected, report(context).Select(r => r?.ToString()));
        Assert.True(expected.Count > 0 || name == "invoices whose lines do not add up");
    }

    [SkippableFact]
    public async Task Rows_are_changed_through_the_scaffolded_model_and_reach_another_peer()
    {
        chinook.SkipIfAbsent();
        using var database = new TestDatabase();
        await using var context = chinook.Open();
        using var key = context.Thread.Key;
        await using var other = Imported.Open($"{database.ConnectionString};Thread={context.Thread.Id};Thread Key={key.Export()}");
        await other.Database.EnsureCreatedAsync();
        var playlist = await context.Playlists.Include(p => p.Tracks).OrderBy(p => p.PlaylistId).LastAsync();
        playlist.Name = "changed";
        playlist.Tracks.Add(await context.Tracks.OrderBy(t => t.TrackId).FirstAsync(t => t.Genre!.Name == "Jazz"));
        await context.SaveChangesAsync();
        using var file = new MemoryStream();
        await context.Thread.ExportAsync(file);
        file.Position = 0;
        await other.Thread.ImportAsync(file);
        Assert.Equal("changed", (await other.Playlists.FindAsync(playlist.PlaylistId))!.Name);
        Assert.Equal(await context.Tracks.CountAsync(), await other.Tracks.CountAsync());
        Assert.Equal(playlist.Tracks.Count, await other.Tracks.CountAsync(t => t.Playlists.Any(p => p.PlaylistId == playlist.PlaylistId)));
    }

    private static string Line(params object?[] values) => string.Join('|', values.Select(v => v switch
    {
        decimal or double => Convert.ToDouble(v, CultureInfo.InvariantCulture).ToString("0.####", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => v?.ToString(),
    }));

    public sealed class Imported : IDisposable
    {
        private readonly TestDatabase database = new();

        public Imported()
        {
            if (File.Exists(Original))
            {
                using var context = Open();
                context.Thread.ImportSqliteAsync(Original).GetAwaiter().GetResult();
            }
        }

        public static string Original { get; } = FindOriginal();

        public static ChinookContext Open(string connectionString) => new(new DbContextOptionsBuilder<ChinookContext>().UseThreads(connectionString).Options);

        public ChinookContext Open() => Open(database.ConnectionString);

        public void SkipIfAbsent() => Skip.IfNot(File.Exists(Original), "shared/data/Chinook.sqlite is not beside the checkout.");

        public void Dispose() => database.Dispose();

        private static string FindOriginal()
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Threads.EF.sln")))
                {
                    return Path.Combine(folder.FullName, "..", "shared", "data", "Chinook.sqlite");
                }
            }

            return "shared/data/Chinook.sqlite";
        }
    }
}
