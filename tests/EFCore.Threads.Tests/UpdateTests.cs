using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Threads.Data;

namespace EFCore.Threads.Tests;

public sealed class UpdateTests : IDisposable
{
    private readonly TestDatabase database = new();

    public void Dispose() => database.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void A_save_of_many_rows_is_one_record_whatever_the_size_of_its_batches(int batchSize)
    {
        using var context = database.Created(Model, o => o.MaxBatchSize(batchSize));
        var records = context.Thread.Records.Count();
        context.AddRange(Enumerable.Range(0, 100).Select(i => new Note { Text = "note " + i }));
        Assert.Equal(100, context.SaveChanges());
        Assert.Equal(100, context.Set<Note>().Select(n => n.Id).Distinct().Count());
        Assert.Equal(1, context.Thread.Records.Count() - Math.Max(records, 1));
    }

    [Fact]
    public void A_failed_constraint_is_reported_with_SQLite_s_number_and_undoes_the_save()
    {
        using var context = database.Created(Model);
        context.AddRange(new Note { Text = "same" }, new Note { Text = "other" });
        context.SaveChanges();
        context.AddRange(new Note { Text = "new" }, new Note { Text = "same" });
        var error = Assert.Throws<DbUpdateException>(() => context.SaveChanges());
        Assert.Equal(19, Assert.IsType<ThreadsException>(error.InnerException).SqliteErrorCode);
        context.ChangeTracker.Clear();
        Assert.Equal(2, context.Set<Note>().Count());
    }

    [Fact]
    public void A_missing_parent_is_refused()
    {
        using var context = database.Created(Model);
        context.Add(new Comment { NoteId = 4711, Text = "lost" });
        var error = Assert.Throws<DbUpdateException>(() => context.SaveChanges());
        Assert.Contains("FOREIGN KEY", error.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_version_changes_with_every_save_and_guards_against_lost_updates()
    {
        using var context = database.Created(Model);
        var note = new Note { Text = "a" };
        context.Add(note);
        context.SaveChanges();
        var (bytes, number) = (note.Version, note.Number);
        Assert.Equal(8, bytes.Length);
        Assert.Equal(1, number);

        note.Text = "b";
        context.SaveChanges();
        Assert.NotEqual(bytes, note.Version);
        Assert.Equal(2, note.Number);

        context.Database.ExecuteSqlRaw("UPDATE \"Note\" SET \"Number\" = 9");
        note.Text = "c";
        Assert.Throws<DbUpdateConcurrencyException>(() => context.SaveChanges());
    }

    [Fact]
    public void Defaults_and_computed_columns_come_back()
    {
        using var context = database.Created(Model);
        var note = new Note { Text = "abc" };
        context.Add(note);
        context.SaveChanges();
        Assert.Equal(3, note.Length);
        Assert.Equal("draft", note.State);
    }

    [Fact]
    public void A_table_told_so_is_written_without_RETURNING()
    {
        using var context = database.Created(m => m.Entity<Plain>().ToTable(t => t.UseSqlReturningClause(false)));
        var plain = new Plain { Name = "x" };
        context.Add(plain);
        context.SaveChanges();
        Assert.True(plain.Id > 0);
        plain.Name = "y";
        context.SaveChanges();
        context.Remove(plain);
        Assert.Equal(1, context.SaveChanges());
    }

    [Fact]
    public void ExecuteUpdate_and_ExecuteDelete_write_without_loading()
    {
        using var context = database.Created(Model);
        context.AddRange(Enumerable.Range(0, 10).Select(i => new Note { Text = "n" + i }));
        context.SaveChanges();
        Assert.Equal(5, context.Set<Note>().Where(n => n.Text.CompareTo("n5") >= 0).ExecuteUpdate(s => s.SetProperty(n => n.State, n => n.State + "!")));
        Assert.Equal(5, context.Set<Note>().Where(n => n.State.EndsWith("!")).ExecuteDelete());
        Assert.Equal(5, context.Set<Note>().Count());
    }

    [Fact]
    public void A_document_is_written_queried_and_updated_in_parts()
    {
        using var context = database.Created(m => m.Entity<Person>().OwnsOne(p => p.Address, a =>
        {
            a.ToJson();
            a.OwnsMany(x => x.Phones);
        }));
        context.Add(new Person { Address = new() { City = "Köln", Zip = 50667, Active = true, Phones = [new() { Number = "1" }, new() { Number = "2" }] } });
        context.SaveChanges();
        var person = context.Set<Person>().Single(p => p.Address.City == "Köln" && p.Address.Active && p.Address.Phones.Any(n => n.Number == "2") && p.Address.Phones[0].Number == "1");

        person.Address.City = "Bonn";
        person.Address.Active = false;
        person.Address.Phones[1].Number = "3";
        context.SaveChanges();
        context.ChangeTracker.Clear();
        var read = context.Set<Person>().OrderBy(p => p.Address.Zip).Single();
        Assert.Equal(("Bonn", 50667, false, "3"), (read.Address.City, read.Address.Zip, read.Address.Active, read.Address.Phones[1].Number));
        Assert.Contains("false", context.Database.SqlQueryRaw<string>("SELECT \"Address\" AS \"Value\" FROM \"Person\"").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void ExecuteUpdate_reaches_into_documents_of_complex_types()
    {
        using var context = database.Created(m => m.Entity<Shop>().ComplexProperty(s => s.Terms, c => c.ToJson()));
        context.Add(new Shop { Terms = new() { Days = 10, Open = true, Count = ulong.MaxValue } });
        context.SaveChanges();
        context.Set<Shop>().ExecuteUpdate(s => s.SetProperty(x => x.Terms.Days, x => x.Terms.Days + 1).SetProperty(x => x.Terms.Open, false).SetProperty(x => x.Terms.Count, ulong.MaxValue - 1));
        context.ChangeTracker.Clear();
        var terms = context.Set<Shop>().Single().Terms;
        Assert.Equal((11, false, ulong.MaxValue - 1), (terms.Days, terms.Open, terms.Count));
    }

    private static void Model(ModelBuilder model)
    {
        model.Entity<Note>(n =>
        {
            n.HasIndex(x => x.Text).IsUnique();
            n.Property(x => x.Length).HasComputedColumnSql("length(\"Text\")", stored: true);
            n.Property(x => x.State).HasDefaultValue("draft");
            n.Property(x => x.Number).IsRowVersion();
        });
        model.Entity<Comment>().HasOne<Note>().WithMany().HasForeignKey(c => c.NoteId);
    }

    private sealed class Note
    {
        public int Id { get; set; }

        public required string Text { get; set; }

        public int Length { get; set; }

        public string State { get; set; } = null!;

        [Timestamp]
        public byte[] Version { get; set; } = null!;

        public int Number { get; set; }
    }

    private sealed class Comment
    {
        public int Id { get; set; }

        public int NoteId { get; set; }

        public required string Text { get; set; }
    }

    private sealed class Plain
    {
        public int Id { get; set; }

        public required string Name { get; set; }
    }

    private sealed class Person
    {
        public int Id { get; set; }

        public Address Address { get; set; } = null!;
    }

    private sealed class Address
    {
        public required string City { get; set; }

        public int Zip { get; set; }

        public bool Active { get; set; }

        public List<Phone> Phones { get; set; } = [];
    }

    private sealed class Phone
    {
        public required string Number { get; set; }
    }

    private sealed class Shop
    {
        public int Id { get; set; }

        public required Terms Terms { get; set; }
    }

    private sealed class Terms
    {
        public int Days { get; set; }

        public bool Open { get; set; }

        public ulong Count { get; set; }
    }
}
