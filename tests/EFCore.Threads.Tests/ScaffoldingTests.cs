using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Scaffolding;
using Microsoft.EntityFrameworkCore.Scaffolding.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Design;
using Microsoft.EntityFrameworkCore.Threads.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace EFCore.Threads.Tests;

public sealed class ScaffoldingTests : IDisposable
{
    private readonly TestDatabase database = new();

    public void Dispose() => database.Dispose();

    [Fact]
    public void Tables_keys_indexes_views_defaults_and_generated_columns_are_found()
    {
        var model = Read("""
            CREATE TABLE "Author"("Id" INTEGER NOT NULL CONSTRAINT "PK_Author" PRIMARY KEY AUTOINCREMENT, "Name" TEXT NOT NULL COLLATE NOCASE,
                "Born" TEXT DEFAULT '1900-01-01', "Rank" INTEGER NOT NULL DEFAULT (3), "Initial" TEXT GENERATED ALWAYS AS (substr("Name", 1, 1)) STORED,
                "Shout" AS (upper("Name") || '!, ('), UNIQUE("Name", "Born"));
            CREATE TABLE "Book"("Isbn" TEXT NOT NULL PRIMARY KEY, "AuthorId" INTEGER REFERENCES "Author"("Id") ON DELETE CASCADE, "Price" DECIMAL, "Sold" BOOLEAN) WITHOUT ROWID;
            CREATE UNIQUE INDEX "ByAuthor" ON "Book"("AuthorId" DESC, "Isbn") WHERE "Price" IS NOT NULL;
            CREATE INDEX "ByExpression" ON "Book"(length("Isbn"));
            CREATE VIEW "Rich" AS SELECT * FROM "Book" WHERE "Price" > 100;
            """);

        Assert.Equal(["Author", "Book", "Rich"], model.Tables.Select(t => t.Name).Order());
        var author = Table(model, "Author");
        Assert.Equal("Id", author.PrimaryKey!.Columns.Single().Name);
        Assert.Equal(["Name", "Born"], author.UniqueConstraints.Single().Columns.Select(c => c.Name));
        Assert.Equal(ValueGenerated.OnAdd, Column(author, "Id").ValueGenerated);
        Assert.Equal("NOCASE", Column(author, "Name").Collation);
        Assert.Equal(3, Convert.ToInt32(Column(author, "Rank").DefaultValue));
        Assert.Equal("substr(\"Name\", 1, 1)", Column(author, "Initial").ComputedColumnSql);
        Assert.True(Column(author, "Initial").IsStored);
        Assert.Equal("upper(\"Name\") || '!, ('", Column(author, "Shout").ComputedColumnSql);

        var book = Table(model, "Book");
        var key = book.ForeignKeys.Single();
        Assert.Equal((author, ReferentialAction.Cascade, "AuthorId", "Id"), (key.PrincipalTable, key.OnDelete, key.Columns.Single().Name, key.PrincipalColumns.Single().Name));
        var index = book.Indexes.Single();
        Assert.Equal(("ByAuthor", true, "\"Price\" IS NOT NULL"), (index.Name, index.IsUnique, index.Filter));
        Assert.Equal([true, false], index.IsDescending);
        Assert.Equal(typeof(decimal), Column(book, "Price")["ClrType"]);
        Assert.Equal(typeof(bool), Column(book, "Sold")["ClrType"]);
        Assert.IsType<DatabaseView>(Table(model, "Rich"));
    }

    [Fact]
    public void Check_constraints_are_found_and_written_as_calls()
    {
        const string prefix = "Threads:CheckConstraint:";
        var table = Table(Read("""
            CREATE TABLE "Shelf"("Id" INTEGER CONSTRAINT "PK" PRIMARY KEY CHECK("Id" > 0), -- CHECK(no)
                "Text" TEXT DEFAULT (') CHECK(') CONSTRAINT /* x */ [short "one"] CHECK (length("Text") < 10 AND "Text" <> ','), "checked" CHECKED,
                CONSTRAINT both CHECK("Id" < 100 OR "Text" IS NULL), CHECK("Id" <> 7));
            """), "Shelf");
        Assert.Equal(
            ["CK_Shelf_1: \"Id\" > 0", "CK_Shelf_2: \"Id\" <> 7", "both: \"Id\" < 100 OR \"Text\" IS NULL", "short \"one\": length(\"Text\") < 10 AND \"Text\" <> ','"],
            table.GetAnnotations().Where(a => a.Name.StartsWith(prefix)).Select(a => $"{a.Name[prefix.Length..]}: {a.Value}").Order(StringComparer.Ordinal));

        // EF Core copies a table's annotations to the entity type, and writes what the generator makes of them.
        using var context = database.Context(m => m.Entity("Shelf", e =>
        {
            e.Property<int>("Id");
            foreach (var annotation in table.GetAnnotations())
            {
                e.Metadata.SetAnnotation(annotation.Name, annotation.Value);
            }
        }));
        var type = context.GetService<IDesignTimeModel>().Model.FindEntityType("Shelf")!;
        var services = new ServiceCollection();
        new ThreadsDesignTimeServices().ConfigureDesignTimeServices(services);
        services.AddEntityFrameworkThreads();
        using var provider = services.BuildServiceProvider();
        var annotations = type.GetAnnotations().Where(a => a.Name.StartsWith(prefix)).ToDictionary(a => a.Name, a => (IAnnotation)a);
        var call = Assert.Single(provider.GetRequiredService<IAnnotationCodeGenerator>().GenerateFluentApiCalls(type, annotations));
        Assert.Empty(annotations);
        Assert.Equal("ToTable", call.Method);
        var calls = Assert.IsType<NestedClosureCodeFragment>(Assert.Single(call.Arguments)).MethodCalls;
        Assert.All(calls, c => Assert.Equal("HasCheckConstraint", c.Method));
        Assert.Equal(["CK_Shelf_1", "CK_Shelf_2", "both", "short \"one\""], calls.Select(c => (string)c.Arguments[0]!));
    }

    [Theory]
    [InlineData("TEXT", "'2026-11-21'", typeof(DateOnly))]
    [InlineData("TEXT", "'2026-11-21 13:00:00'", typeof(DateTime))]
    [InlineData("TEXT", "'2026-11-21 13:00:00+01:00'", typeof(DateTimeOffset))]
    [InlineData("TEXT", "'0196F4A2-1111-7000-8000-00000000ABCD'", typeof(Guid))]
    [InlineData("TEXT", "'12.50'", typeof(decimal))]
    [InlineData("TEXT", "'01:02:03'", typeof(TimeSpan))]
    [InlineData("TIMEONLY", "'01:02:03'", typeof(TimeOnly))]
    [InlineData("INTEGER", "7", typeof(int))]
    [InlineData("INTEGER", "7000000000", null)]
    [InlineData("BOOLEAN", "2", typeof(int))]
    [InlineData("POINTZ", "x'00'", null)]
    [InlineData("MULTIPOINT", "1", null)]
    [InlineData("LONG", "NULL", null)]
    [InlineData("LONG", "7", typeof(long))]
    public void What_a_column_holds_decides_its_type(string declared, string value, Type? expected)
    {
        var model = Read($"CREATE TABLE t(id INTEGER PRIMARY KEY, a {declared}); INSERT INTO t(a) VALUES({value});");
        Assert.Equal(expected, Column(Table(model, "t"), "a")["ClrType"]);
    }

    [Fact]
    public void Only_the_selected_tables_are_read()
    {
        var model = Read("CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER REFERENCES a(id));", "B");
        Assert.Empty(model.Tables.Single().ForeignKeys);
    }

    [Fact]
    public void Design_time_services_are_announced_and_complete()
    {
        var attribute = typeof(ThreadsOptionsExtension).Assembly.GetCustomAttributes(typeof(DesignTimeProviderServicesAttribute), false)
            .Cast<DesignTimeProviderServicesAttribute>().Single();
        Assert.Equal(typeof(ThreadsDesignTimeServices).FullName, attribute.TypeName);
        using var services = Services();
        var code = services.GetRequiredService<IProviderConfigurationCodeGenerator>().GenerateUseProvider("Data Source=x.db", null);
        Assert.Equal("UseThreads", code.Method);
        Assert.NotNull(services.GetRequiredService<IAnnotationCodeGenerator>());
    }

    private DatabaseModel Read(string sql, params string[] tables)
    {
        using (var context = database.Context(_ => { }))
        {
            context.Database.ExecuteSqlRaw(sql);
        }

        using var services = Services();
        return services.GetRequiredService<IDatabaseModelFactory>().Create(database.ConnectionString, new DatabaseModelFactoryOptions(tables));
    }

    private static ServiceProvider Services()
    {
        var services = new ServiceCollection();
        new ThreadsDesignTimeServices().ConfigureDesignTimeServices(services);
        return services.BuildServiceProvider();
    }

    private static DatabaseTable Table(DatabaseModel model, string name) => model.Tables.Single(t => t.Name == name);

    private static DatabaseColumn Column(DatabaseTable table, string name) => table.Columns.Single(c => c.Name == name);
}
