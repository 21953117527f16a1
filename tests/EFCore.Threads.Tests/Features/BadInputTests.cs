using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;
using Threads.Data;

namespace EFCore.Threads.Tests.Features;

// Issue 4, "Bad input": the exception type, number and message a SQLite and EF user knows, and nothing lost.
public sealed class BadInputTests : IDisposable
{
    private readonly TestDatabase database = new();

    public void Dispose() => database.Dispose();

    [Fact]
    public void Wrong_SQL_names_the_place()
    {
        using var context = database.Created(Model);
        var error = Assert.Throws<ThreadsException>(() => context.Database.ExecuteSqlRaw("UPDATE Note SETT Text = 'a'"));
        Assert.Equal((1, "SQLite Error 1: 'near \"SETT\": syntax error'."), (error.SqliteErrorCode, error.Message));
    }

    [Theory]
    [InlineData("INSERT INTO Note(Id, Text) VALUES(1, 'again')", 1555, "UNIQUE constraint failed: Note.Id")]
    [InlineData("INSERT INTO Note(Id, Text) VALUES(2, 'a')", 2067, "UNIQUE constraint failed: Note.Text")]
    [InlineData("INSERT INTO Note(Id, Text) VALUES(2, NULL)", 1299, "NOT NULL constraint failed: Note.Text")]
    [InlineData("INSERT INTO Note(Id, Text, Stars) VALUES(2, 'b', 9)", 275, "CHECK constraint failed: CK_Stars")]
    [InlineData("INSERT INTO Comment(Id, NoteId) VALUES(1, 7)", 787, "FOREIGN KEY constraint failed")]
    public void A_failed_constraint_has_SQLites_number_and_text(string sql, int extended, string text)
    {
        using var context = database.Created(Model);
        context.Database.ExecuteSqlRaw("INSERT INTO Note(Id, Text) VALUES(1, 'a')");
        var error = Assert.Throws<ThreadsException>(() => context.Database.ExecuteSqlRaw(sql));
        Assert.Equal((19, extended, $"SQLite Error 19: '{text}'."), (error.SqliteErrorCode, error.SqliteExtendedErrorCode, error.Message));
        Assert.Equal(["a"], context.Set<Note>().Select(n => n.Text));
    }

    [Fact]
    public void A_failed_constraint_in_a_save_is_wrapped_as_EF_Core_does()
    {
        using var context = database.Created(Model);
        context.AddRange(new Note { Text = "a" }, new Note { Text = "a" });
        var error = Assert.Throws<DbUpdateException>(() => context.SaveChanges());
        Assert.NotEmpty(error.Entries);
        Assert.Equal("SQLite Error 19: 'UNIQUE constraint failed: Note.Text'.", Assert.IsType<ThreadsException>(error.InnerException).Message);
        Assert.Empty(context.Set<Note>().AsNoTracking());
    }

    [Fact]
    public void Too_long_a_chain_of_includes_is_SQLites_own_limit()
    {
        using var context = database.Created(m => m.Entity<Link>().HasOne(l => l.Next).WithMany().HasForeignKey(l => l.NextId));
        context.Add(new Link { Next = new Link { Next = new Link() } });
        context.SaveChanges();
        context.ChangeTracker.Clear();

        IQueryable<Link> Chain(int length) => context.Set<Link>().Include(string.Join('.', Enumerable.Repeat(nameof(Link.Next), length)));
        Assert.Equal(1, Chain(60).AsEnumerable().Count(l => l.Next?.Next is not null));
        var error = Assert.Throws<ThreadsException>(() => Chain(64).ToList());
        Assert.Equal((1, "SQLite Error 1: 'at most 64 tables in a join'."), (error.SqliteErrorCode, error.Message));
        Assert.Equal(3, Chain(64).AsSplitQuery().Count());
    }

    [Fact]
    public void A_model_that_cannot_be_mapped_names_the_property()
    {
        using var context = database.Context(m => m.Entity<Odd>());
        var error = Assert.Throws<InvalidOperationException>(() => context.Model);
        Assert.Contains("'Odd.Bits'", error.Message, StringComparison.Ordinal);

        using var procedures = database.Context(m => m.Entity<Note>().InsertUsingStoredProcedure(p => p.HasParameter(n => n.Text)));
        Assert.Contains("'Note'", Assert.Throws<InvalidOperationException>(() => procedures.Model).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_that_SQL_cannot_say_names_the_expression()
    {
        using var context = database.Created(Model);
        var error = Assert.Throws<InvalidOperationException>(() => context.Set<Note>().Count(n => Own(n.Text)));
        Assert.Contains("could not be translated", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Own), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_that_fails_in_the_middle_names_the_operation_and_leaves_everything()
    {
        using var context = database.Created(Model);
        context.AddRange(new Note { Text = "a" }, new Note { Text = "b" });
        context.SaveChanges();
        var before = Schema(context);
        using var target = database.Context(m => { Model(m); m.Entity<Note>().Property(n => n.Stars).IsRequired(); });
        MigrationOperation[] operations =
        [
            new AddColumnOperation { Table = "Note", Name = "More", ClrType = typeof(string), ColumnType = "TEXT", IsNullable = true },
            new AlterColumnOperation { Table = "Note", Name = "Stars", ClrType = typeof(int), ColumnType = "INTEGER", OldColumn = new AddColumnOperation { IsNullable = true } },
        ];
        var commands = target.GetService<IMigrationsSqlGenerator>().Generate(operations, target.GetService<IDesignTimeModel>().Model);
        var error = await Assert.ThrowsAsync<ThreadsException>(() =>
            target.GetService<IMigrationCommandExecutor>().ExecuteNonQueryAsync(commands, target.GetService<IRelationalConnection>()));
        Assert.Equal(
            "SQLite Error 19: 'NOT NULL constraint failed: ef_temp_Note.Stars'. The migration failed in this operation: rebuild of table 'Note' for AlterColumn 'Note.Stars'.",
            error.Message);
        Assert.Equal((19, 1299), (error.SqliteErrorCode, error.SqliteExtendedErrorCode));
        Assert.Equal(before, Schema(context));
        Assert.Equal(["a", "b"], context.Set<Note>().OrderBy(n => n.Text).Select(n => n.Text));
    }

    [Fact]
    public void A_database_locked_by_another_writer_is_busy_after_the_timeout()
    {
        using var context = database.Created(Model);
        context.Database.SetCommandTimeout(1);
        using var writer = new ThreadsConnection(database.ConnectionString);
        writer.Open();
        using (writer.BeginTransaction())
        {
            context.Add(new Note { Text = "a" });
            var error = Assert.ThrowsAny<Exception>(() => context.SaveChanges());
            var locked = Assert.IsType<ThreadsException>(error as ThreadsException ?? error.InnerException);
            Assert.Equal((5, "SQLite Error 5: 'database is locked'."), (locked.SqliteErrorCode, locked.Message));
            Assert.True(locked.IsTransient);
            Assert.Empty(context.Set<Note>().AsNoTracking());
        }

        Assert.Equal(1, context.SaveChanges());
    }

    [Fact]
    public void A_file_that_is_no_database_and_one_that_is_not_there_are_named()
    {
        File.WriteAllText(database.Path, new string('x', 4096));
        using (var context = database.Context(Model))
        {
            var error = Assert.Throws<ThreadsException>(() => context.Set<Note>().ToList());
            Assert.Contains(database.Path, error.Message, StringComparison.Ordinal);
        }

        using var missing = new ModelContext(o => o.UseThreads($"Data Source={database.Path}.none;Mode=ReadOnly;Pooling=False"), Model);
        Assert.False(missing.Database.CanConnect());
        Assert.Equal(14, Assert.Throws<ThreadsException>(() => missing.Set<Note>().ToList()).SqliteErrorCode);
    }

    private static bool Own(string text) => text.Length > 3;

    private static List<string> Schema(ModelContext context)
        => [.. context.Database.SqlQueryRaw<string>("SELECT coalesce(sql, '') AS \"Value\" FROM sqlite_master ORDER BY name")];

    private static void Model(ModelBuilder model)
    {
        model.Entity<Note>(n =>
        {
            n.HasIndex(x => x.Text).IsUnique();
            n.ToTable(t => t.HasCheckConstraint("CK_Stars", "Stars < 6"));
        });
        model.Entity<Comment>().HasOne<Note>().WithMany().HasForeignKey(c => c.NoteId);
    }

    private sealed class Note
    {
        public int Id { get; set; }

        public required string Text { get; set; }

        public int? Stars { get; set; }
    }

    private sealed class Comment
    {
        public int Id { get; set; }

        public int NoteId { get; set; }
    }

    private sealed class Link
    {
        public int Id { get; set; }

        public int? NextId { get; set; }

        public Link? Next { get; set; }
    }

    private sealed class Odd
    {
        public int Id { get; set; }

        public nint Bits { get; set; }
    }
}
