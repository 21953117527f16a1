using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace Threads.Benchmarks.Linq;

/// <summary>One process's turn: fills a database, then prints "name count seconds cpu bytes" for each piece of work.</summary>
internal static class LinqWorker
{
    private const int Repeats = 5;

    public static void Run(string file, int rows)
    {
        Print("first query, from cold", 1, Timed.Run(() =>
        {
            using var db = new NotesContext(file);
            db.Database.EnsureCreated();
            _ = db.Notes.Count(n => n.Number > 3);
        }));
        Fill(file, rows);

        var lookups = Math.Max(1, rows / 20);
        Measure("LINQ by key, no tracking", lookups, () =>
        {
            using var db = new NotesContext(file);
            for (var i = 0; i < lookups; i++)
            {
                var id = Key(i * 31 % rows);
                _ = db.Notes.AsNoTracking().Single(n => n.Id == id);
            }
        });
        Measure("LINQ scan, no tracking, a row", rows, () =>
        {
            using var db = new NotesContext(file);
            _ = db.Notes.AsNoTracking().ToList();
        });
        Measure("LINQ scan, tracked, a row", rows, () =>
        {
            using var db = new NotesContext(file);
            _ = db.Notes.ToList();
        });
        Measure("LINQ filter, order, take 50", 20, () =>
        {
            using var db = new NotesContext(file);
            for (var i = 0; i < 20; i++)
                _ = db.Notes.AsNoTracking().Where(n => n.Number == i && n.Title.StartsWith("A")).OrderByDescending(n => n.Stamp).Take(50).ToList();
        });

        var changes = Math.Min(1_000, rows);
        Measure("SaveChanges of 1,000 inserts, a row", changes, round =>
        {
            using var db = new NotesContext(file);
            db.AddRange(Enumerable.Range(rows + round * changes, changes).Select(Make));
            db.SaveChanges();
        });
        Measure("SaveChanges of one insert", 100, round =>
        {
            for (var i = 0; i < 100; i++)
            {
                using var db = new NotesContext(file);
                db.Add(Make(10_000_000 + round * 100 + i));
                db.SaveChanges();
            }
        });
    }

    private static void Measure(string name, int count, Action work) => Measure(name, count, _ => work());

    private static void Measure(string name, int count, Action<int> work)
    {
        work(0);
        Print(name, count, Timed.Median(Enumerable.Range(1, Repeats).Select(round => Timed.Run(() => work(round))).ToArray()));
    }

    private static void Fill(string file, int rows)
    {
        for (var from = 0; from < rows; from += 1_000)
        {
            using var db = new NotesContext(file);
            db.AddRange(Enumerable.Range(from, Math.Min(1_000, rows - from)).Select(Make));
            db.SaveChanges();
        }
    }

    private static Note Make(int i) => new()
    {
        Id = Key(i), Title = string.Create(CultureInfo.InvariantCulture, $"A title, number {i:0000}"), Number = i % 100, Stamp = 1_700_000_000_000L + i,
        Body = string.Join(' ', Enumerable.Range(i, 17).Select(n => (n * 7919L % 1_000_003).ToString("000000", CultureInfo.InvariantCulture))),
    };

    private static string Key(int i) => string.Create(CultureInfo.InvariantCulture, $"{(uint)i * 2654435761u:x8}{i:x8}");

    private static void Print(string name, int count, Timed time)
        => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}\t{count}\t{time.Seconds:R}\t{time.CpuSeconds:R}\t{time.AllocatedBytes}"));
}
