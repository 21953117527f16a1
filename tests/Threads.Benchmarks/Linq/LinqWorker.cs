using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace Threads.Benchmarks.Linq;

/// <summary>One process's turn: fills a database, then prints "name count seconds cpu bytes" for each piece of work.</summary>
internal static class LinqWorker
{
    /// <summary>The piece that comes first in every process.</summary>
    public const string Cold = "first query, from cold";

    private static int repeats = 5;
    private static string? wanted;

    /// <summary>All of it, or, for a profiler, the one piece of work whose name contains <paramref name="only"/>, so many times.</summary>
    public static void Run(string file, int rows, string? only = null, int times = 5)
    {
        (wanted, repeats) = (only, times);
        Print(Cold, 1, Timed.Run(() =>
        {
            using var db = new NotesContext(file);
            db.Database.EnsureCreated();
            _ = db.Notes.Count(n => n.Number > 3);
        }));
        Measure("model building, 50 entity types", 1, ModelContext.Build);
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
        Measure("SaveChanges of 1,000 updates, a row", changes, () => Loaded(file, changes), (db, notes, round) =>
        {
            foreach (var note in notes)
                note.Number = 1_000 + note.Number + round;
            db.SaveChanges();
        });
        Measure("SaveChanges of 1,000 deletes, a row", changes, () => Loaded(file, changes), (db, notes, _) =>
        {
            db.RemoveRange(notes);
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

    /// <summary>So many notes, tracked.</summary>
    private static (NotesContext Db, List<Note> Notes) Loaded(string file, int count)
    {
        var db = new NotesContext(file);
        return (db, db.Notes.OrderBy(n => n.Id).Take(count).ToList());
    }

    private static void Measure(string name, int count, Func<(NotesContext Db, List<Note> Notes)> load, Action<NotesContext, List<Note>, int> work)
    {
        if (wanted is not null && !name.Contains(wanted, StringComparison.Ordinal))
            return;
        var times = new List<Timed>();
        for (var round = 0; round <= repeats; round++)
        {
            var (db, notes) = load();
            using (db)
            {
                var time = Timed.Run(() => work(db, notes, round));
                if (round > 0)
                    times.Add(time);
            }
        }

        Print(name, count, Timed.Median(times));
    }

    private static void Measure(string name, int count, Action work) => Measure(name, count, _ => work());

    private static void Measure(string name, int count, Action<int> work)
    {
        if (wanted is not null && !name.Contains(wanted, StringComparison.Ordinal))
            return;
        work(0);
        Print(name, count, Timed.Median(Enumerable.Range(1, repeats).Select(round => Timed.Run(() => work(round))).ToArray()));
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
