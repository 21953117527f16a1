using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Threads.Data;

namespace EFCore.Threads.Tests;

public sealed class MigrationTests : IDisposable
{
    private readonly TestDatabase database = new();

    public void Dispose() => database.Dispose();

    [Fact]
    public void A_rebuild_keeps_rows_triggers_and_indexes_that_no_model_knows_and_makes_no_event()
    {
        using var before = Filled();
        before.Database.ExecuteSqlRaw("""
            CREATE TABLE "Trail"("Id" INTEGER PRIMARY KEY, "What" TEXT);
            CREATE TRIGGER "Follow" AFTER UPDATE ON "Note" BEGIN INSERT INTO "Trail"("What") VALUES (NEW."Text"); END;
            CREATE INDEX "ByLength" ON "Note"(length("Text"));
            CREATE VIEW "Long" AS SELECT * FROM "Note" WHERE length("Text") > 1;
            """);
        var records = before.Thread.Records.Count();

        Migrate(m => { Model(m); m.Entity<Note>().Property(n => n.Text).HasMaxLength(7).HasDefaultValue("none").UseCollation("NOCASE"); });

        Assert.Equal(records, before.Thread.Records.Count());
        Assert.Equal(["a", "b"], before.Set<Note>().Select(n => n.Text).OrderBy(t => t));
        Assert.Equal(1, before.Set<Comment>().Count());
        var kept = before.Database.SqlQueryRaw<string>("SELECT \"name\" AS \"Value\" FROM \"sqlite_master\" WHERE \"name\" IN ('Follow', 'ByLength', 'Long') ORDER BY 1").ToList();
        Assert.Equal(["ByLength", "Follow", "Long"], kept);
        before.Database.ExecuteSqlRaw("UPDATE \"Note\" SET \"Text\" = 'c' WHERE \"Text\" = 'B'");
        Assert.Equal("c", before.Database.SqlQueryRaw<string>("SELECT \"What\" AS \"Value\" FROM \"Trail\"").Single());
        Assert.Equal(1, before.Database.SqlQueryRaw<int>("SELECT foreign_keys AS \"Value\" FROM pragma_foreign_keys").Single());
    }

    [Fact]
    public void Indexes_over_JSON_come_go_and_stay_through_a_rebuild()
    {
        using var first = database.Created(m => Store(m).HasJsonIndex(d => d.Body.Old, "ByOld"));
        first.Documents<Note>("docs").Add(new() { Key = "a", Body = new() { Text = "a" } });
        first.SaveChanges();
        Assert.Equal(["ByOld"], Indexes(first));

        using var second = database.Context(m => Store(m).HasJsonIndex(d => d.Body.Old, "ByOld").HasJsonIndex(d => d.Body.Text, isUnique: true));
        Assert.Equal(["AlterTableOperation"], Difference(first, second).Select(o => o.GetType().Name));
        Execute(second, Difference(first, second));
        Assert.Equal(["ByOld", "IX_docs_Body_Text"], Indexes(second));

        using var third = database.Context(Rebuilt);
        Assert.Contains(Difference(second, third), o => o is AlterColumnOperation);
        Execute(third, Difference(second, third));
        Assert.Equal(["ByText", "IX_docs_Body_Text"], Indexes(third));
        Assert.Equal("a", third.Documents<Note>("docs").Single(d => d.Body.Text == "a").Key);

        Execute(second, Difference(third, second));
        Assert.Equal(["ByOld", "IX_docs_Body_Text"], Indexes(second));

        using var refused = database.Context(m => Store(m).HasJsonIndex(d => d.Key));
        Assert.Contains("no single value inside a JSON column", Assert.Throws<InvalidOperationException>(() => refused.Model).Message);
        Assert.Throws<ArgumentException>(() => database.Context(m => Store(m).HasJsonIndex(d => d.Body.Text + "x")).Model);

        static Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<Document<Note>> Store(ModelBuilder m) => m.DocumentStore<Note>("docs");

        static void Rebuilt(ModelBuilder m)
        {
            var store = Store(m).HasJsonIndex(d => d.Body.Text, "ByText").HasJsonIndex(d => d.Body.Text, isUnique: true);
            store.Property(d => d.Key).UseCollation("NOCASE");
        }

        static string[] Indexes(DbContext context)
            => [.. context.Database.SqlQueryRaw<string>("SELECT \"name\" AS \"Value\" FROM \"sqlite_master\" WHERE \"type\" = 'index' AND \"sql\" IS NOT NULL AND \"name\" NOT GLOB '_*' ORDER BY 1")];
    }

    [Fact]
    public void Columns_are_added_renamed_altered_and_dropped()
    {
        using (var before = Filled())
        {
        }

        var operations = new List<MigrationOperation>
        {
            new RenameColumnOperation { Table = "Note", Name = "Text", NewName = "Body" },
            new AddColumnOperation { Table = "Note", Name = "Stars", ClrType = typeof(int), ColumnType = "INTEGER", DefaultValue = 5 },
            new DropColumnOperation { Table = "Note", Name = "Old" },
        };
        using var after = database.Context(m => m.Entity<Renamed>().ToTable("Note"));
        Execute(after, operations);
        Assert.Equal([("a", 5), ("b", 5)], after.Set<Renamed>().OrderBy(n => n.Body).AsEnumerable().Select(n => (n.Body, n.Stars)));
    }

    [Fact]
    public void A_migration_that_fails_leaves_the_database_as_it_was()
    {
        using var before = Filled();
        var schema = Schema(before);
        using var after = database.Context(m => { Model(m); m.Entity<Note>().Property(n => n.Old).IsRequired(); });
        var operations = Difference(before, after).ToList();
        operations.Add(new SqlOperation { Sql = "SELECT * FROM \"Nothing\";" });

        var error = Assert.Throws<ThreadsException>(() => Execute(after, operations));
        Assert.Equal(1, error.SqliteErrorCode);
        Assert.Equal("SQLite Error 1: 'no such table: Nothing'. The migration failed in this operation: Sql 'SELECT * FROM \"Nothing\";'.", error.Message);
        Assert.Equal(schema, Schema(before));
        Assert.Equal(2, before.Set<Note>().Count());
        Assert.Equal(1, before.Database.SqlQueryRaw<int>("SELECT foreign_keys AS \"Value\" FROM pragma_foreign_keys").Single());
    }

    [Fact]
    public void Sequences_are_refused()
    {
        using var context = database.Created(Model);
        Assert.Throws<NotSupportedException>(() => Execute(context, [new CreateSequenceOperation { Name = "s", ClrType = typeof(long) }]));
    }

    [Fact]
    public void An_operation_that_needs_the_model_is_refused_without_it()
    {
        using var context = database.Created(Model);
        var error = Assert.Throws<NotSupportedException>(() =>
            context.GetService<IMigrationsSqlGenerator>().Generate([new DropColumnOperation { Table = "Note", Name = "Text" }]));
        Assert.Contains(nameof(DropColumnOperation), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_applies_each_migration_once_when_four_migrate_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            await using var context = new Migrated(database.ConnectionString);
            await context.Database.MigrateAsync();
        })));
        using var migrated = new Migrated(database.ConnectionString);
        Assert.Equal(["1_First", "2_Second"], migrated.Database.GetAppliedMigrations());
        Assert.False(migrated.Database.HasPendingModelChanges());
        Assert.Equal(1, migrated.Database.ExecuteSqlRaw("INSERT INTO \"Item\"(\"Name\", \"Price\") VALUES('x', '1.5')"));
        Assert.Equal(0, migrated.Database.SqlQueryRaw<int>("SELECT count(*) AS \"Value\" FROM \"__EFMigrationsLock\"").Single());
        Assert.Contains("CREATE TABLE \"Item\"", migrated.Database.GenerateCreateScript(), StringComparison.Ordinal);
        Assert.Contains("INSERT INTO \"__EFMigrationsHistory\"", migrated.GetService<IMigrator>().GenerateScript(), StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => migrated.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent));
    }

    [Fact]
    public async Task A_migration_that_fails_gives_the_lock_back()
    {
        await using (var context = new Failing(database.ConnectionString))
        {
            await Assert.ThrowsAsync<ThreadsException>(() => context.Database.MigrateAsync());
            Assert.Equal(0, context.Database.SqlQueryRaw<int>("SELECT count(*) AS \"Value\" FROM \"__EFMigrationsLock\"").Single());
            Assert.Empty(context.Database.GetAppliedMigrations());
        }

        await using var second = new Failing(database.ConnectionString);
        await Assert.ThrowsAsync<ThreadsException>(() => second.Database.MigrateAsync());
    }

    private static void Model(ModelBuilder model)
    {
        model.Entity<Note>();
        model.Entity<Comment>().HasOne<Note>().WithMany().HasForeignKey(c => c.NoteId);
    }

    private ModelContext Filled()
    {
        var context = database.Created(Model);
        var note = new Note { Text = "a" };
        context.AddRange(note, new Note { Text = "b" });
        context.SaveChanges();
        context.Add(new Comment { NoteId = note.Id });
        context.SaveChanges();
        context.ChangeTracker.Clear();
        return context;
    }

    private void Migrate(Action<ModelBuilder> target)
    {
        using var from = database.Context(Model);
        using var to = database.Context(target);
        Execute(to, Difference(from, to));
    }

    private static IReadOnlyList<MigrationOperation> Difference(DbContext from, DbContext to)
        => to.GetService<IMigrationsModelDiffer>().GetDifferences(RelationalModel(from), RelationalModel(to));

    private static IRelationalModel RelationalModel(DbContext context) => context.GetService<IDesignTimeModel>().Model.GetRelationalModel();

    private static void Execute(DbContext context, IReadOnlyList<MigrationOperation> operations)
    {
        var commands = context.GetService<IMigrationsSqlGenerator>().Generate(operations, context.GetService<IDesignTimeModel>().Model);
        context.GetService<IMigrationCommandExecutor>().ExecuteNonQuery(commands, context.GetService<Microsoft.EntityFrameworkCore.Storage.IRelationalConnection>());
    }

    private static List<string> Schema(DbContext context)
        => [.. context.Database.SqlQueryRaw<string>("SELECT coalesce(\"sql\", '') AS \"Value\" FROM \"sqlite_master\" ORDER BY \"name\"")];

    private sealed class Note
    {
        public int Id { get; set; }

        public required string Text { get; set; }

        public string? Old { get; set; }
    }

    private sealed class Renamed
    {
        public int Id { get; set; }

        public required string Body { get; set; }

        public int Stars { get; set; }
    }

    private sealed class Comment
    {
        public int Id { get; set; }

        public int NoteId { get; set; }
    }
}

internal sealed class Item
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public decimal Price { get; set; }
}

internal sealed class Migrated(string connectionString) : DbContext
{
    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseThreads(connectionString);

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Item>();
}

[DbContext(typeof(Migrated))]
[Migration("1_First")]
internal sealed class First : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        "Item",
        t => new { Id = t.Column<int>("INTEGER").Annotation("Threads:Autoincrement", true), Name = t.Column<string>("TEXT", nullable: true) },
        constraints: t => t.PrimaryKey("PK_Item", x => x.Id));
}

[DbContext(typeof(Migrated))]
[Migration("2_Second")]
internal sealed class Second : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<decimal>("Price", "Item", "TEXT", nullable: false, defaultValue: 0m);
        migrationBuilder.AlterColumn<string>("Name", "Item", "TEXT", nullable: false, defaultValue: "", oldNullable: true);
    }

    // A rebuild makes the table from the model the migration leads to.
    protected override void BuildTargetModel(ModelBuilder modelBuilder) => MigratedSnapshot.Build(modelBuilder);
}

[DbContext(typeof(Migrated))]
internal sealed class MigratedSnapshot : ModelSnapshot
{
    public static void Build(ModelBuilder modelBuilder) => modelBuilder.Entity("EFCore.Threads.Tests.Item", b =>
    {
        b.Property<int>("Id").ValueGeneratedOnAdd().HasColumnType("INTEGER");
        b.Property<string>("Name").IsRequired().HasColumnType("TEXT");
        b.Property<decimal>("Price").HasColumnType("TEXT");
        b.HasKey("Id");
        b.ToTable("Item");
    });

    protected override void BuildModel(ModelBuilder modelBuilder) => Build(modelBuilder);
}

internal sealed class Failing(string connectionString) : DbContext
{
    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseThreads(connectionString)
        .ConfigureWarnings(w => w.Ignore(Microsoft.EntityFrameworkCore.Diagnostics.RelationalEventId.PendingModelChangesWarning));
}

[DbContext(typeof(Failing))]
[Migration("1_Half")]
internal sealed class Half : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("Half", t => new { Id = t.Column<int>("INTEGER") }, constraints: t => t.PrimaryKey("PK_Half", x => x.Id));
        migrationBuilder.Sql("SELECT * FROM \"Nothing\"");
    }
}
