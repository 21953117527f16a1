using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.Extensions.DependencyInjection;
using Threads.Data;

namespace EFCore.Threads.Tests;

/// <summary>Merge kinds of a model (issue 5, point 3): declared, migrated, refused, and merging.</summary>
public sealed class MergeTests : IDisposable
{
    private readonly TestDatabase first = new();
    private readonly TestDatabase second = new();

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task Counters_add_up_through_SaveChanges_and_ExecuteUpdate()
    {
        using var alice = first.Created(Model);
        alice.Add(new Post { Id = 1, Likes = 10, Total = 1.5m });
        await alice.SaveChangesAsync();
        using var bob = await Join(alice);

        await alice.Set<Post>().ExecuteUpdateAsync(x => x.SetProperty(p => p.Likes, p => p.Likes + 1).SetProperty(p => p.Total, p => p.Total + 0.25m));
        var post = bob.Set<Post>().Single();
        post.Likes += 5;
        post.Total += 2m;
        await bob.SaveChangesAsync();
        await Exchange(alice, bob);

        Assert.Equal((16, 3.75m), alice.Set<Post>().AsNoTracking().Select(p => new ValueTuple<int, decimal>(p.Likes, p.Total)).Single());
    }

    [Fact]
    public async Task Largest_set_custom_and_document_merge()
    {
        using var alice = first.Created(Model);
        alice.Add(new Post { Id = 1, Seen = new DateTime(2026, 1, 1), Tags = ["a"], Details = new() { Title = "t", Lines = [new() { Id = 1, Text = "one" }, new() { Id = 2, Text = "two" }] } });
        await alice.SaveChangesAsync();
        using var bob = await Join(alice);

        var mine = alice.Set<Post>().Single();
        mine.Seen = new DateTime(2026, 3, 1);
        mine.Tags.Add("b");
        mine.Best = "long text";
        mine.Details.Title = "new";
        mine.Details.Lines[0].Text = "ONE";
        await alice.SaveChangesAsync();
        var theirs = bob.Set<Post>().Single();
        theirs.Seen = new DateTime(2026, 2, 1);
        theirs.Tags.Add("c");
        theirs.Best = "short";
        theirs.Details.Lines[1].Text = "TWO";
        theirs.Details.Lines.Add(new() { Id = 3, Text = "three" });
        await bob.SaveChangesAsync();
        await Exchange(alice, bob);

        using var again = second.Context(Model);
        var post = again.Set<Post>().Single();
        Assert.Equal(new DateTime(2026, 3, 1), post.Seen);
        Assert.Equal(["a", "b", "c"], post.Tags);
        Assert.Equal("long text", post.Best);
        Assert.Equal("new ONE TWO three", $"{post.Details.Title} {string.Join(' ', post.Details.Lines.Select(l => l.Text))}");
    }

    [Fact]
    public void An_attribute_declares_what_HasMerge_does()
    {
        using var context = first.Context(m =>
        {
            m.Entity<Attributed>(a =>
            {
                a.Property(x => x.Overridden).HasMerge(Merge.Min);
                a.ComplexProperty(x => x.Place);
            });
        });
        var type = context.Model.FindEntityType(typeof(Attributed))!;
        Assert.Equal(
            ["Body text", "Lines json:Sku,Id", "Names set", "Overridden min", "Views counter"],
            type.GetProperties().Where(p => p.GetMerge() is not null).Select(p => $"{p.Name} {p.GetMerge()}").Order(StringComparer.Ordinal));
        Assert.Equal(MergeKind.Counter, type.FindComplexProperty("Place")!.ComplexType.FindProperty("Visits")!.GetMerge());

        context.Database.EnsureCreated();
        Assert.Equal(6, context.Database.SqlQueryRaw<int>("SELECT count(*) AS \"Value\" FROM threads_merges").Single());

        using var refused = second.Context(m => m.Entity<Attributed>().Property(x => x.Place).HasConversion(p => p.Visits.ToString(), t => new()).HasMerge(Merge.Counter));
        Assert.Throws<InvalidOperationException>(() => refused.Model);
        Assert.Throws<ArgumentException>(() => new MergeAttribute("nothing"));
        Assert.Contains("Counter", Assert.Throws<ArgumentException>(() => new MergeAttribute(MergeBy.Counter, "Id")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new MergeAttribute((MergeBy)99));
    }

    [Fact]
    public void Adding_altering_and_removing_a_kind_is_an_operation_and_no_rebuild()
    {
        using var before = first.Created(m => m.Entity<Plain>());
        using var added = first.Context(m => m.Entity<Plain>().Property(p => p.Count).HasMerge(Merge.Counter));
        using var altered = first.Context(m => m.Entity<Plain>().Property(p => p.Count).HasMerge(Merge.Max));

        Assert.Equal(["SELECT threads_merge('Plain', 'Count', 'counter');"], Execute(before, added));
        Assert.Equal("counter", Kind(added));
        Assert.Equal(["SELECT threads_merge('Plain', 'Count', 'max');"], Execute(added, altered));
        Assert.Equal("max", Kind(added));
        Assert.Equal(["SELECT threads_merge('Plain', 'Count', NULL);"], Execute(altered, before));
        Assert.Null(Kind(added));
    }

    [Fact]
    public void A_kind_stays_through_renames_and_rebuilds_and_comes_with_a_new_column()
    {
        using var before = first.Created(m => m.Entity<Plain>());
        using var after = first.Context(m =>
        {
            m.Entity<Plain>().ToTable("Renamed");
            m.Entity<Plain>().Property(p => p.Count).HasMerge(Merge.Counter).HasColumnName("Number").HasDefaultValue(3);
            m.Entity<Plain>().Property<long>("New").HasMerge(Merge.Min);
        });
        Execute(before, after);
        using var rebuilt = first.Context(m =>
        {
            m.Entity<Plain>().ToTable("Renamed");
            m.Entity<Plain>().Property(p => p.Count).HasMerge(Merge.Counter).HasColumnName("Number").HasDefaultValue(4);
            m.Entity<Plain>().Property<long>("New").HasMerge(Merge.Min);
        });
        Execute(after, rebuilt);
        Assert.Equal("New min, Number counter", rebuilt.Database.SqlQueryRaw<string>("SELECT group_concat(column_name || ' ' || kind, ', ') AS Value FROM (SELECT * FROM threads_merges ORDER BY 2)").Single());
    }

    [Fact]
    public void A_snapshot_writes_the_kind_by_its_name()
    {
        using var context = first.Context(m => m.Entity<Plain>().Property(p => p.Count).HasMerge(Merge.Counter));
        var property = context.GetService<IDesignTimeModel>().Model.FindEntityType(typeof(Plain))!.FindProperty("Count")!;
        var services = new ServiceCollection();
        new Microsoft.EntityFrameworkCore.Threads.Design.ThreadsDesignTimeServices().ConfigureDesignTimeServices(services);
        using var provider = services.BuildServiceProvider();
        var annotations = property.GetAnnotations().ToDictionary(a => a.Name, a => a);
        var calls = provider.GetRequiredService<IAnnotationCodeGenerator>().GenerateFluentApiCalls(property, annotations);
        Assert.Contains(calls, c => c.Method == "HasMerge" && c.Arguments is ["counter"]);
    }

    [Theory]
    [InlineData("Text", "counter")]
    [InlineData("Flag", "counter")]
    [InlineData("Id", "counter")]
    [InlineData("When", "max")]
    [InlineData("Bytes", "min")]
    [InlineData("Count", "set")]
    [InlineData("Count", "json")]
    public void A_kind_that_the_type_can_not_have_is_refused_with_both_names(string property, string kind)
    {
        using var context = first.Context(m => m.Entity<Plain>().Property(property).HasMerge(kind));
        var error = Assert.Throws<InvalidOperationException>(() => context.Model);
        Assert.Contains(property, error.Message, StringComparison.Ordinal);
        Assert.Contains(kind, error.Message, StringComparison.Ordinal);
    }

    private static void Model(ModelBuilder model) => model.Entity<Post>(post =>
    {
        post.Property(p => p.Likes).HasMerge(Merge.Counter);
        post.Property(p => p.Total).HasMerge(Merge.Counter);
        post.Property(p => p.Seen).HasMerge(Merge.Max);
        post.PrimitiveCollection(p => p.Tags).HasMerge(Merge.Set);
        post.Property(p => p.Best).HasMerge(Merge.Custom<string>("ef tests: longest", (held, assigned) => (held?.Length ?? 0) > (assigned?.Length ?? 0) ? held! : assigned!));
        post.OwnsOne(p => p.Details, d =>
        {
            d.ToJson();
            d.OwnsMany(x => x.Lines);
        });
    });

    private async Task<ModelContext> Join(ModelContext context)
    {
        using var key = context.Thread.Key;
        var joined = new ModelContext(o => o.UseThreads($"{second.ConnectionString};Thread={context.Thread.Id};Thread Key={key.Export()}"), Model);
        await joined.Database.EnsureCreatedAsync();
        await Exchange(context, joined);
        return joined;
    }

    private static async Task Exchange(ModelContext a, ModelContext b)
    {
        foreach (var (from, to) in new[] { (a, b), (b, a) })
        {
            using var file = new MemoryStream();
            await from.Thread.ExportAsync(file);
            file.Position = 0;
            await to.Thread.ImportAsync(file);
        }

        Assert.Equal(await a.Thread.DigestAsync(), await b.Thread.DigestAsync());
    }

    private static List<string> Execute(ModelContext from, ModelContext to)
    {
        var differ = to.GetService<IMigrationsModelDiffer>();
        var target = to.GetService<IDesignTimeModel>().Model;
        IReadOnlyList<MigrationOperation> operations = differ.GetDifferences(from.GetService<IDesignTimeModel>().Model.GetRelationalModel(), target.GetRelationalModel());
        var commands = to.GetService<IMigrationsSqlGenerator>().Generate(operations, target);
        to.GetService<IMigrationCommandExecutor>().ExecuteNonQuery(commands, to.GetService<Microsoft.EntityFrameworkCore.Storage.IRelationalConnection>());
        return [.. commands.Select(c => c.CommandText.Trim())];
    }

    private static string? Kind(ModelContext context)
        => context.Database.SqlQueryRaw<string?>("SELECT max(kind) AS Value FROM threads_merges WHERE column_name = 'Count'").Single();

    public class Attributed
    {
        public int Id { get; set; }

        [Merge(MergeBy.Counter)]
        public int Views { get; set; }

        [Merge("text")]
        public string Body { get; set; } = "";

        [Merge(MergeBy.Set)]
        public List<string> Names { get; set; } = [];

        [Merge(MergeBy.Json, "Sku", "Id")]
        public string Lines { get; set; } = "[]";

        [Merge(MergeBy.Max)]
        public int Overridden { get; set; }

        public Place Place { get; set; } = new();
    }

    public class Place
    {
        [Merge(MergeBy.Counter)]
        public int Visits { get; set; }
    }

    public class Post
    {
        public int Id { get; set; }

        public int Likes { get; set; }

        public decimal Total { get; set; }

        public DateTime Seen { get; set; }

        public List<string> Tags { get; set; } = [];

        public string? Best { get; set; }

        public Details Details { get; set; } = new();
    }

    public class Details
    {
        public string? Title { get; set; }

        public List<Line> Lines { get; set; } = [];
    }

    public class Line
    {
        public int Id { get; set; }

        public string? Text { get; set; }
    }

    public class Plain
    {
        public int Id { get; set; }

        public int Count { get; set; }

        public string? Text { get; set; }

        public bool Flag { get; set; }

        public DateTimeOffset When { get; set; }

        public byte[]? Bytes { get; set; }
    }
}
