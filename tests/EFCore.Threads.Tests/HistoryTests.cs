using Microsoft.EntityFrameworkCore;
using Threads.Data;
using Threads.Data.Events;

namespace EFCore.Threads.Tests;

// Issue 5, point 2
public sealed class HistoryTests : IDisposable
{
    private readonly TestDatabase alice = new();
    private readonly TestDatabase bob = new();

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
    }

    [Fact]
    public async Task An_entity_s_writes_are_told_in_the_words_of_the_model_with_who_and_when_and_what_won()
    {
        await using var first = alice.Created(Model);
        var note = new Note { Text = "from alice", Written = new(2026, 1, 2), Price = 1.5m, Home = new() { City = "Bonn" } };
        first.Add(note);
        await first.SaveChangesAsync();
        using var key = first.Thread.Key;
        await using var second = new ModelContext(o => o.UseThreads(new ThreadsConnectionStringBuilder(bob.ConnectionString) { Thread = first.Thread.Id.ToString(), ThreadKey = key.Export() }.ToString()), Model);
        await second.Database.EnsureCreatedAsync();
        await Send(first, second);

        await second.Set<Note>().ExecuteUpdateAsync(s => s.SetProperty(n => n.Text, "from bob").SetProperty(n => n.Mood, Mood.Bad));
        note.Text = "later";
        note.Home.City = "Kiel";
        note.Price = 2m;
        await first.SaveChangesAsync();
        await Send(second, first);

        var history = await first.Thread.HistoryOfAsync(note);
        Assert.Equal(history.Select(w => (w.Write.Time, w.Write.Column)), first.Thread.HistoryOf<Note>(note.Id).Select(w => (w.Write.Time, w.Write.Column)));
        var text = history.Where(w => w.Property == nameof(Note.Text)).ToList();
        Assert.Equal([(null, "from alice", false), ("from alice", "from bob", false), ("from bob", "later", true)], text.Select(w => (w.OldValue, w.NewValue, w.Won)));
        Assert.Equal([first.Thread.Identity, second.Thread.Identity, first.Thread.Identity], text.Select(w => w.Author!.Value));
        Assert.True(text[0].WrittenAt < text[1].WrittenAt);
        Assert.Equal([EventKind.Create, EventKind.Save, EventKind.Save], text.Select(w => w.Kind));
        Assert.Equal((Mood.Good, Mood.Bad), Values(nameof(Note.Mood)));
        Assert.Equal((1.5m, 2m), Values(nameof(Note.Price)));
        Assert.Equal(("Bonn", "Kiel"), Values("Home.City"));
        Assert.Equal(new DateTime(2026, 1, 2), history.Single(w => w.Property == nameof(Note.Written)).NewValue);

        first.Remove(note);
        await first.SaveChangesAsync();
        var gone = first.Thread.HistoryOf<Note>(note.Id)[^1];
        Assert.Equal((EventKind.Delete, null, true), (gone.Kind, gone.Property, gone.Won));
        Assert.Empty(first.Thread.HistoryOf<Note>(Guid.Empty));

        (object?, object?) Values(string property) => history.Where(w => w.Property == property).Select(w => (w.OldValue, w.NewValue)).Last();
    }

    [Fact]
    public void Entities_of_several_tables_and_composite_keys_are_found_and_those_without_a_key_refused()
    {
        using var context = alice.Created(m =>
        {
            m.Entity<Animal>().UseTptMappingStrategy();
            m.Entity<Dog>();
            m.Entity<Pair>().HasKey(p => new { p.Right, p.Left });
            m.Entity<Loose>().HasNoKey();
        });
        var dog = new Dog { Name = "Rex", Breed = "Boxer" };
        context.AddRange(dog, new Pair { Left = "l", Right = 2, Value = "v" });
        context.SaveChanges();
        Assert.Equal(["Breed", "Name"], context.Thread.HistoryOf(dog).Select(w => w.Property).Order());
        Assert.Equal("v", Assert.Single(context.Thread.HistoryOf<Pair>(2, "l")).NewValue);
        Assert.Contains("Right, Left", Assert.Throws<ArgumentException>(() => context.Thread.HistoryOf<Pair>(2)).Message);
        Assert.Throws<InvalidOperationException>(() => context.Thread.HistoryOf<Loose>(1));
        Assert.Throws<InvalidOperationException>(() => context.Thread.HistoryOf<Note>(1));
        Assert.Throws<InvalidOperationException>(() => context.Thread.HistoryOf(new Note { Text = "" }));
    }

    private static async Task Send(DbContext from, DbContext to)
    {
        using var file = new MemoryStream();
        await from.Thread.ExportAsync(file, to.Thread.Heads);
        file.Position = 0;
        await to.Thread.ImportAsync(file);
    }

    private static void Model(ModelBuilder model) => model.Entity<Note>(n =>
    {
        n.ComplexProperty(x => x.Home);
        n.Property(x => x.Mood).HasConversion<string>();
    });

    private enum Mood
    {
        Good,
        Bad,
    }

    private sealed class Note
    {
        public Guid Id { get; set; }

        public required string Text { get; set; }

        public DateTime Written { get; set; }

        public decimal Price { get; set; }

        public Mood Mood { get; set; }

        public Address Home { get; set; } = new();
    }

    private sealed class Address
    {
        public string City { get; set; } = "";
    }

    private abstract class Animal
    {
        public int Id { get; set; }

        public required string Name { get; set; }
    }

    private sealed class Dog : Animal
    {
        public required string Breed { get; set; }
    }

    private sealed class Pair
    {
        public int Right { get; set; }

        public required string Left { get; set; }

        public string? Value { get; set; }
    }

    private sealed class Loose
    {
        public int Value { get; set; }
    }
}
