using Microsoft.EntityFrameworkCore;
using Threads.Data;

namespace EFCore.Threads.Tests;

/// <summary>Texts and lists that several people edit, through a context.</summary>
public class TextTests
{
    public class Note
    {
        public string Id { get; set; } = "";

        public string? Body { get; set; }

        public List<string> Tags { get; set; } = [];

        public int Number { get; set; }
    }

    [Fact]
    public async Task Edits_of_a_text_are_saved_as_they_were_made()
    {
        using var pair = await Pair.Started(new Note { Id = "n", Body = "aa" });
        var (note, other) = (await pair.Alice.FindAsync<Note>("n"), await pair.Bob.FindAsync<Note>("n"));
        pair.Alice.Entry(note!).Text(n => n.Body).Insert(0, "a");
        await pair.Alice.SaveChangesAsync();
        Assert.Equal("aaa", note!.Body);
        other!.Body = "a-a";
        await pair.Bob.SaveChangesAsync();
        await pair.Exchange();
        Assert.Equal("aa-a", await pair.Body());
    }

    [Fact]
    public async Task Edits_after_a_save_begin_behind_it_and_many_saves_make_one_text()
    {
        using var pair = await Pair.Started(new Note { Id = "n" });
        var note = await pair.Alice.FindAsync<Note>("n");
        var text = pair.Alice.Entry(note!).Text("Body");
        for (var i = 0; i < 20; i++)
        {
            text.Append($"{i} ");
            text.Delete(0, 1);
            await pair.Alice.SaveChangesAsync();
            Assert.Same(text, pair.Alice.Entry(note!).Text(n => n.Body));
        }

        await pair.Exchange();
        Assert.Equal(text.ToString(), await pair.Body());
        Assert.False(text.HasEdits);
    }

    [Fact]
    public async Task A_save_does_not_undo_what_arrived_since_the_entity_was_read()
    {
        using var pair = await Pair.Started(new Note { Id = "n", Body = "one two", Tags = ["a", "b"] });
        var (note, other) = (await pair.Alice.FindAsync<Note>("n"), await pair.Bob.FindAsync<Note>("n"));
        other!.Body = "zero one two";
        other.Tags.Insert(0, "x");
        await pair.Bob.SaveChangesAsync();
        await Pair.Send(pair.Bob, pair.Alice);

        // As it was read; the table holds more by now.
        note!.Body = "one two three";
        note.Tags.Reverse();
        await pair.Alice.SaveChangesAsync();
        Assert.Equal("zero one two three", await pair.Body());
        await pair.Exchange();
        await pair.Bob.Entry(other).ReloadAsync();
        Assert.Equal("zero one two three", other.Body);
        Assert.Equal(["x", "b", "a"], other.Tags);
        pair.Alice.Entry(note).Text(n => n.Body).Append("!");
        await pair.Alice.SaveChangesAsync();
        Assert.Equal("zero one two three!", await pair.Body());
    }

    [Fact]
    public async Task Lists_merge_by_element()
    {
        using var pair = await Pair.Started(new Note { Id = "n", Tags = ["a", "b", "c"] });
        var (note, other) = (await pair.Alice.FindAsync<Note>("n"), await pair.Bob.FindAsync<Note>("n"));
        note!.Tags.RemoveAt(0);
        note.Tags.Add("a");
        other!.Tags.Insert(1, "x");
        await pair.Alice.SaveChangesAsync();
        await pair.Bob.SaveChangesAsync();
        await pair.Exchange();
        await pair.Alice.Entry(note).ReloadAsync();
        Assert.Equal(["x", "b", "c", "a"], note.Tags);
    }

    [Fact]
    public async Task A_failed_save_keeps_the_edits_for_the_next_one()
    {
        using var pair = await Pair.Started(new Note { Id = "n", Body = "b" });
        var note = await pair.Alice.FindAsync<Note>("n");
        pair.Alice.Entry(note!).Text(n => n.Body).Append("c");
        pair.Alice.Add(new Note { Id = "m", Number = -1 });
        await Assert.ThrowsAsync<DbUpdateException>(() => pair.Alice.SaveChangesAsync());
        pair.Alice.Entry(note!).Text(n => n.Body).Append("d");
        pair.Alice.ChangeTracker.Entries<Note>().Single(e => e.Entity.Id == "m").State = EntityState.Detached;
        await pair.Alice.SaveChangesAsync();
        await pair.Exchange();
        Assert.Equal("bcd", await pair.Body());
    }

    [Fact]
    public async Task A_property_that_is_assigned_between_edits_and_save_is_refused()
    {
        using var pair = await Pair.Started(new Note { Id = "n", Body = "b" });
        var note = await pair.Alice.FindAsync<Note>("n");
        pair.Alice.Entry(note!).Text(n => n.Body).Append("c");
        note!.Body = "other";
        Assert.Contains("Replace", (await Assert.ThrowsAsync<InvalidOperationException>(() => pair.Alice.SaveChangesAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_text_or_not_tracked_is_refused()
    {
        using var pair = await Pair.Started(new Note { Id = "n", Body = "b" });
        var note = await pair.Alice.FindAsync<Note>("n");
        Assert.Throws<InvalidOperationException>(() => pair.Alice.Entry(note!).Text(nameof(Note.Number)));
        Assert.Throws<InvalidOperationException>(() => pair.Alice.Entry(new Note { Id = "x" }).Text(n => n.Body));
    }

    private sealed class Pair(TestDatabase first, TestDatabase second, DbContext alice, DbContext bob) : IDisposable
    {
        public DbContext Alice => alice;

        public DbContext Bob => bob;

        public static async Task<Pair> Started(Note note)
        {
            var (first, second) = (new TestDatabase(), new TestDatabase());
            var alice = first.Created(Model);
            using var key = alice.Thread.Key;
            var joined = new ThreadsConnectionStringBuilder(second.ConnectionString) { Thread = alice.Thread.Id.ToString(), ThreadKey = key.Export() }.ToString();
            var bob = new ModelContext(o => o.UseThreads(joined), Model);
            await bob.Database.EnsureCreatedAsync();
            alice.Add(note);
            await alice.SaveChangesAsync();
            await Send(alice, bob);
            return new Pair(first, second, alice, bob);
        }

        public static async Task Send(DbContext from, DbContext to)
        {
            using var file = new MemoryStream();
            await from.Thread.ExportAsync(file, to.Thread.Heads);
            file.Position = 0;
            await to.Thread.ImportAsync(file);
        }

        public async Task Exchange()
        {
            await Send(Alice, Bob);
            await Send(Bob, Alice);
            Assert.Equal(await Alice.Thread.DigestAsync(), await Bob.Thread.DigestAsync());
        }

        public Task<string?> Body() => Alice.Set<Note>().AsNoTracking().Select(n => n.Body).SingleAsync();

        public void Dispose()
        {
            Alice.Dispose();
            Bob.Dispose();
            first.Dispose();
            second.Dispose();
        }

        private static void Model(ModelBuilder model) => model.Entity<Note>(note =>
        {
            note.ToTable(t => t.HasCheckConstraint("positive", "Number >= 0"));
            note.Property(n => n.Body).HasMerge(Merge.Text);
            note.PrimitiveCollection(n => n.Tags).HasMerge(Merge.List);
        });
    }
}
