using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Threads.Data;

namespace EFCore.Threads.Tests;

/// <summary>
/// An application that has had five migrations: notes get stars and tags, become memos, get seed data, and lose their stars. A peer runs any version of it: it migrates up to there.
/// </summary>
internal sealed class EvolvingContext(string connectionString, Action<ThreadsDbContextOptionsBuilder>? threads = null, Action<DbContextOptionsBuilder>? options = null) : DbContext
{
    public static readonly string[] Versions = ["20260101000000_Notes", "20260201000000_Tags", "20260301000000_Memos", "20260401000000_Seeds", "20260501000000_NoStars"];

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder)
    {
        optionsBuilder.UseThreads(connectionString, threads).ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning));
        options?.Invoke(optionsBuilder);
    }
}

[DbContext(typeof(EvolvingContext))]
[Migration("20260101000000_Notes")]
internal sealed class NotesMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "Note", t => new { Id = t.Column<string>("TEXT", nullable: false), Text = t.Column<string>("TEXT", nullable: true) },
            constraints: t => t.PrimaryKey("PK_Note", x => x.Id));
        migrationBuilder.InsertData("Note", ["Id", "Text"], ["TEXT", "TEXT"], ["welcome", "Welcome"]);
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("Note");
}

[DbContext(typeof(EvolvingContext))]
[Migration("20260201000000_Tags")]
internal sealed class TagsMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<int>("Stars", "Note", "INTEGER", nullable: false, defaultValue: 0);
        migrationBuilder.CreateTable(
            "Tag", t => new { Id = t.Column<string>("TEXT", nullable: false), Name = t.Column<string>("TEXT", nullable: true) },
            constraints: t => t.PrimaryKey("PK_Tag", x => x.Id));
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable("Tag");
        migrationBuilder.Sql("ALTER TABLE \"Note\" DROP COLUMN \"Stars\"");
    }
}

[DbContext(typeof(EvolvingContext))]
[Migration("20260301000000_Memos")]
internal sealed class MemosMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.RenameTable("Note", newName: "Memo");
        migrationBuilder.RenameColumn("Text", "Memo", "Body");
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.RenameColumn("Body", "Memo", "Text");
        migrationBuilder.RenameTable("Memo", newName: "Note");
    }
}

[DbContext(typeof(EvolvingContext))]
[Migration("20260401000000_Seeds")]
internal sealed class SeedsMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.InsertData("Tag", ["Id", "Name"], ["TEXT", "TEXT"], new object[,] { { "red", "Red" }, { "blue", "Blue" } });
        migrationBuilder.UpdateData("Memo", ["Id"], ["TEXT"], ["welcome"], ["Body"], ["TEXT"], ["Welcome to memos"]);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DeleteData("Tag", ["Id"], ["TEXT"], ["red"]);
        migrationBuilder.DeleteData("Tag", ["Id"], ["TEXT"], ["blue"]);
        migrationBuilder.UpdateData("Memo", ["Id"], ["TEXT"], ["welcome"], ["Body"], ["TEXT"], ["Welcome"]);
    }
}

[DbContext(typeof(EvolvingContext))]
[Migration("20260501000000_NoStars")]
internal sealed class NoStarsMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.DropColumn("Stars", "Memo");

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.AddColumn<int>("Stars", "Memo", "INTEGER", nullable: false, defaultValue: 0);

    protected override void BuildTargetModel(ModelBuilder modelBuilder) => modelBuilder.Entity("Memo", b =>
    {
        b.Property<string>("Id").HasColumnType("TEXT");
        b.Property<string>("Body").HasColumnType("TEXT");
        b.HasKey("Id");
        b.ToTable("Memo");
    });
}

/// <summary>A peer that runs some version of <see cref="EvolvingContext"/>'s application.</summary>
internal sealed class EvolvingPeer : IDisposable
{
    private readonly TestDatabase database = new();
    private readonly string connectionString;

    public EvolvingPeer(EvolvingPeer? of = null)
    {
        connectionString = database.ConnectionString;
        if (of is not null)
        {
            using var context = of.Open();
            using var key = context.Thread.Key;
            connectionString += $";Thread={context.Thread.Id};Thread Key={key.Export()}";
        }
    }

    public string ConnectionString => connectionString;

    /// <summary>How many migrations are applied.</summary>
    public int Version { get; private set; }

    public EvolvingContext Open(Action<ThreadsDbContextOptionsBuilder>? threads = null, Action<DbContextOptionsBuilder>? options = null)
        => new(connectionString, threads, options);

    /// <summary>Migrates to so many migrations.</summary>
    public void Migrate(int version)
    {
        using var context = Open();
        context.Database.Migrate(version == 0 ? "0" : EvolvingContext.Versions[version - 1]);
        Version = version;
    }

    public void Run(FormattableString sql)
    {
        using var context = Open();
        context.Database.ExecuteSql(sql);
    }

    /// <summary>Writes a note, or memo, by the names of this version.</summary>
    public void Write(string id, string text)
    {
        var (table, column) = Version >= 3 ? ("Memo", "Body") : ("Note", "Text");
        using var context = Open();
        context.Database.ExecuteSqlRaw($"INSERT INTO \"{table}\"(\"Id\", \"{column}\") VALUES({{0}}, {{1}}) ON CONFLICT(\"Id\") DO UPDATE SET \"{column}\" = excluded.\"{column}\"", id, text);
    }

    public string Rows(string sql)
    {
        using var context = Open();
        return string.Join(',', context.Database.SqlQueryRaw<string>(sql).ToList());
    }

    public string Notes() => Version >= 3
        ? Rows("SELECT \"Id\" || ' ' || coalesce(\"Body\", '') AS \"Value\" FROM \"Memo\" ORDER BY \"Id\"")
        : Rows("SELECT \"Id\" || ' ' || coalesce(\"Text\", '') AS \"Value\" FROM \"Note\" ORDER BY \"Id\"");

    public string Tags() => Rows("SELECT \"Id\" || ' ' || \"Name\" AS \"Value\" FROM \"Tag\" ORDER BY \"Id\"");

    public void SendTo(EvolvingPeer other)
    {
        using var from = Open();
        using var to = other.Open();
        using var file = new MemoryStream();
        from.Thread.ExportAsync(file, to.Thread.Heads).GetAwaiter().GetResult();
        file.Position = 0;
        to.Thread.ImportAsync(file).GetAwaiter().GetResult();
    }

    public void Exchange(EvolvingPeer other)
    {
        SendTo(other);
        other.SendTo(this);
    }

    public string Digest()
    {
        using var context = Open();
        return Convert.ToHexString(context.Thread.DigestAsync().GetAwaiter().GetResult());
    }

    public long Records()
    {
        using var context = Open();
        return context.Thread.Records.Count();
    }

    public void Verify()
    {
        using var context = Open();
        context.Thread.VerifyAsync().GetAwaiter().GetResult().ThrowIfNotSound();
        Assert.Empty(context.Thread.Conflicts);
    }

    public void Dispose() => database.Dispose();
}
