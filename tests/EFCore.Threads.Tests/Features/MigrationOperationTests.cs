using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;

namespace EFCore.Threads.Tests.Features;

// Issue 4, "Migrations": every operation, on a filled database. Afterwards the schema is the one a fresh database of the target model has, the rows are there, and
// the log has no new record unless data changed.
public sealed class MigrationOperationTests : IDisposable
{
    private static readonly Dictionary<string, (Type Operation, Action<ModelBuilder> Before, Action<ModelBuilder> After)> ByName = new()
    {
        ["CreateTable"] = (typeof(CreateTableOperation), Nothing, m => m.Entity<Extra>().HasOne<Note>().WithMany().HasForeignKey(e => e.NoteId)),
        ["DropTable"] = (typeof(DropTableOperation), m => m.Entity<Extra>(), Nothing),
        ["RenameTable"] = (typeof(RenameTableOperation), m => m.Entity<Extra>().ToTable("Extra"), m => m.Entity<Extra>().ToTable("Other")),
        ["AlterTable (a comment)"] = (typeof(AlterTableOperation), Nothing, Notes(n => n.ToTable(t => t.HasComment("what we know")))),
        ["AddColumn"] = (typeof(AddColumnOperation), Nothing, Notes(n => n.Property<int>("More").HasDefaultValue(7))),
        ["AddColumn (computed)"] = (typeof(AddColumnOperation), Nothing, Notes(n => n.Property<int>("Length").HasComputedColumnSql("length(\"Text\")"))),
        ["DropColumn"] = (typeof(DropColumnOperation), Notes(n => n.Property<string?>("Old")), Nothing),
        ["RenameColumn"] = (typeof(RenameColumnOperation), Notes(n => n.Property<string?>("Old").HasColumnName("Old")), Notes(n => n.Property<string?>("Old").HasColumnName("New"))),
        ["AlterColumn (type)"] = (typeof(AlterColumnOperation), Notes(n => n.Property<int>("Size").HasDefaultValue(1)), Notes(n => n.Property<double>("Size").HasDefaultValue(1))),
        ["AlterColumn (required)"] = (typeof(AlterColumnOperation), Notes(n => n.Property<string?>("Old")), Notes(n => n.Property<string>("Old").IsRequired().HasDefaultValue(""))),
        ["AlterColumn (collation)"] = (typeof(AlterColumnOperation), Nothing, Notes(n => n.Property(x => x.Text).UseCollation("NOCASE"))),
        ["AlterColumn (no autoincrement)"] = (typeof(AlterColumnOperation), Nothing, Notes(n => n.Property(x => x.Id).ValueGeneratedNever())),
        ["CreateIndex"] = (typeof(CreateIndexOperation), Nothing, Notes(n => n.HasIndex(x => new { x.Text, x.Stars }).IsDescending(true, false).IsUnique().HasFilter("\"Stars\" > 0"))),
        ["DropIndex"] = (typeof(DropIndexOperation), Notes(n => n.HasIndex(x => x.Text)), Nothing),
        ["RenameIndex"] = (typeof(RenameIndexOperation), Notes(n => n.HasIndex(x => x.Text).HasDatabaseName("A")), Notes(n => n.HasIndex(x => x.Text).HasDatabaseName("B"))),
        ["DropPrimaryKey, AddPrimaryKey"] = (typeof(AddPrimaryKeyOperation), Nothing, Notes(n => n.HasKey(x => new { x.Id, x.Stars }))),
        ["AddUniqueConstraint"] = (typeof(AddUniqueConstraintOperation), Nothing, Notes(n => n.HasAlternateKey(x => x.Text))),
        ["DropUniqueConstraint"] = (typeof(DropUniqueConstraintOperation), Notes(n => n.HasAlternateKey(x => x.Text)), Nothing),
        ["AddCheckConstraint"] = (typeof(AddCheckConstraintOperation), Nothing, Notes(n => n.ToTable(t => t.HasCheckConstraint("CK", "\"Stars\" < 9")))),
        ["DropCheckConstraint"] = (typeof(DropCheckConstraintOperation), Notes(n => n.ToTable(t => t.HasCheckConstraint("CK", "\"Stars\" < 9"))), Nothing),
        ["AddForeignKey"] = (typeof(AddForeignKeyOperation), m => m.Entity<Extra>(), m => m.Entity<Extra>().HasOne<Note>().WithMany().HasForeignKey(e => e.NoteId)),
        ["DropForeignKey"] = (typeof(DropForeignKeyOperation), m => m.Entity<Extra>().HasOne<Note>().WithMany().HasForeignKey(e => e.NoteId), m => m.Entity<Extra>()),
        ["InsertData"] = (typeof(InsertDataOperation), m => m.Entity<Extra>(), m => m.Entity<Extra>().HasData(new Extra { Id = 1 })),
        ["UpdateData"] = (typeof(UpdateDataOperation), m => m.Entity<Extra>().HasData(new Extra { Id = 1 }), m => m.Entity<Extra>().HasData(new Extra { Id = 1, NoteId = 5 })),
        ["DeleteData"] = (typeof(DeleteDataOperation), m => m.Entity<Extra>().HasData(new Extra { Id = 1 }), m => m.Entity<Extra>()),
        ["EnsureSchema, which SQLite has not"] = (typeof(EnsureSchemaOperation), m => m.Entity<Extra>(), m => m.Entity<Extra>().ToTable("Extra", "inner")),
    };

    private readonly TestDatabase database = new();
    private readonly TestDatabase fresh = new();

    public static TheoryData<string> Operations => [.. ByName.Keys];

    public void Dispose()
    {
        database.Dispose();
        fresh.Dispose();
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task An_operation_leads_to_the_schema_of_its_model_and_keeps_rows(string name)
    {
        var (kind, beforeModel, afterModel) = ByName[name];
        using var before = database.Created(With(beforeModel));
        before.AddRange(new Note { Text = "a", Stars = 1 }, new Note { Text = "b", Stars = 2 });
        before.SaveChanges();
        var records = before.Thread.Records.Count();

        using var after = database.Context(With(afterModel));
        var operations = after.GetService<IMigrationsModelDiffer>().GetDifferences(Relational(before), Relational(after));
        Assert.Contains(operations, o => o.GetType() == kind);
        Execute(after, operations);

        using var made = fresh.Created(With(afterModel));
        Assert.Equal(Schema(made), Schema(after));
        Assert.Equal(["a", "b"], after.Database.SqlQueryRaw<string>("SELECT \"Text\" AS \"Value\" FROM \"Note\"").OrderBy(t => t));
        if (!operations.Any(o => o is InsertDataOperation or UpdateDataOperation or DeleteDataOperation))
        {
            // A rename is told to other peers, rows are under another key, and what took the place of NULL is; nothing else is an event.
            Assert.Equal(records + (name is "AlterColumn (required)" or "DropPrimaryKey, AddPrimaryKey" ? 1 : 0) + operations.Count(o => o is RenameColumnOperation || (o is RenameTableOperation table && table.NewName != table.Name)), after.Thread.Records.Count());
        }

        Assert.Empty(after.Database.SqlQueryRaw<string>("SELECT \"table\" AS \"Value\" FROM pragma_foreign_key_check"));
        var sound = await after.Thread.VerifyAsync();
        Assert.True(sound.IsSound, string.Join("; ", sound.Differences) + sound.Damage + sound.FileDamage);
    }

    [Fact]
    public void Own_SQL_runs_as_it_is()
    {
        using var context = database.Created(With(Nothing));
        Execute(context, [new SqlOperation { Sql = "INSERT INTO \"Note\"(\"Text\", \"Stars\") VALUES('by hand', 3);" }]);
        Assert.Equal("by hand", context.Set<Note>().Single().Text);
    }

    [Theory]
    [InlineData(typeof(CreateSequenceOperation))]
    [InlineData(typeof(AlterSequenceOperation))]
    [InlineData(typeof(DropSequenceOperation))]
    [InlineData(typeof(RenameSequenceOperation))]
    [InlineData(typeof(RestartSequenceOperation))]
    public void Sequences_are_refused_with_the_words_of_SQLites_provider(Type operation)
    {
        using var context = database.Context(With(Nothing));
        var made = (MigrationOperation)Activator.CreateInstance(operation)!;
        operation.GetProperty("Name")?.SetValue(made, "numbers");
        operation.GetProperty("ClrType")?.SetValue(made, typeof(long));
        var error = Assert.Throws<NotSupportedException>(() => context.GetService<IMigrationsSqlGenerator>().Generate([made]));
        Assert.Equal("SQLite does not support sequences. See https://go.microsoft.com/fwlink/?LinkId=723262 for more information and examples.", error.Message);
    }

    [Fact]
    public void EnsureCreated_and_EnsureDeleted_tell_what_they_did()
    {
        using var context = database.Context(With(Nothing));
        Assert.False(context.Database.CanConnect());
        Assert.True(context.Database.EnsureCreated());
        Assert.False(context.Database.EnsureCreated());
        Assert.True(context.Database.EnsureDeleted());
        Assert.False(context.Database.EnsureDeleted());
    }

    private static void Nothing(ModelBuilder model)
    {
    }

    private static Action<ModelBuilder> Notes(Action<EntityTypeBuilder<Note>> configure) => m => configure(m.Entity<Note>());

    private static Action<ModelBuilder> With(Action<ModelBuilder> more) => m =>
    {
        m.Entity<Note>();
        more(m);
    };

    private static IRelationalModel Relational(DbContext context) => context.GetService<IDesignTimeModel>().Model.GetRelationalModel();

    private static void Execute(DbContext context, IReadOnlyList<MigrationOperation> operations)
    {
        var commands = context.GetService<IMigrationsSqlGenerator>().Generate(operations, context.GetService<IDesignTimeModel>().Model);
        context.GetService<IMigrationCommandExecutor>().ExecuteNonQuery(commands, context.GetService<IRelationalConnection>());
    }

    /// <summary>Columns, indexes and foreign keys as SQLite tells them; the order of columns is left out, an added one comes last.</summary>
    private static List<string> Schema(DbContext context)
        => [.. context.Database.SqlQueryRaw<string>("""
            SELECT t.name || ': ' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || coalesce(c.dflt_value, '') || ' ' || c.pk || ' ' || c.hidden AS "Value"
            FROM sqlite_master t, pragma_table_xinfo(t.name) c WHERE t.type = 'table' AND t.name NOT GLOB '_threads*' AND t.name NOT GLOB 'sqlite*'
            UNION ALL SELECT t.name || ' index ' || i.name || ' ' || i."unique" || ' ' || i.origin || ' ' || i.partial || ' '
                || (SELECT group_concat(x.name || x."desc" || x.coll) FROM pragma_index_xinfo(i.name) x WHERE x.key)
            FROM sqlite_master t, pragma_index_list(t.name) i WHERE t.type = 'table' AND t.name NOT GLOB '_threads*' AND t.name NOT GLOB 'sqlite*'
            UNION ALL SELECT t.name || ' references ' || f."table" || ' ' || f."from" || ' ' || f.on_delete
            FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' AND t.name NOT GLOB '_threads*'
            UNION ALL SELECT t.name || ' checks ' || (t.sql LIKE '%CHECK (%') || ' counts ' || (t.sql LIKE '%AUTOINCREMENT%') || ' collates ' || (t.sql LIKE '%COLLATE NOCASE%')
            FROM sqlite_master t WHERE t.type = 'table' AND t.name NOT GLOB '_threads*' AND t.name NOT GLOB 'sqlite*'
            """).AsEnumerable().Order(StringComparer.Ordinal)];

    private sealed class Note
    {
        public int Id { get; set; }

        public required string Text { get; set; }

        public int Stars { get; set; }
    }

    private sealed class Extra
    {
        public int Id { get; set; }

        public int? NoteId { get; set; }
    }
}
