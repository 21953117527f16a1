using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace EFCore.Threads.Tests.Features;

// Issue 4, "Queries": the shapes of queries by their names. What SQL finds is what LINQ to objects finds in the same rows.
public sealed class QueryShapeTests(QueryShapeTests.Store store) : IClassFixture<QueryShapeTests.Store>, IDisposable
{
    private static readonly Track[] Tracks = [.. Enumerable.Range(1, 24).Select(i => new Track
    {
        Id = i,
        Title = $"{(char)('A' + (i * 7 % 24))} {i % 3}",
        AlbumId = (i % 5) + 1,
        Seconds = i * 37 % 400,
        Price = i % 4 == 0 ? null : i % 3 / 2m,
        Composer = i % 6 == 0 ? null : "composer " + (i % 4),
    })];

    private static readonly Album[] Albums = [.. Enumerable.Range(1, 6).Select(i => new Album { Id = i, Name = "album " + (i % 4), Year = i % 2 == 0 ? null : 1990 + i })];

    private readonly ShapeContext context = store.Context();

    public static TheoryData<string> Shapes => [.. ByName.Keys];

    private static readonly Dictionary<string, Func<IQueryable<Track>, IQueryable<Album>, IQueryable<object?>>> ByName = new()
    {
        ["GroupBy: key and count"] = (t, _) => t.GroupBy(x => x.AlbumId).OrderBy(g => g.Key).Select(g => new { g.Key, Count = g.Count() }),
        ["GroupBy: several keys, several aggregates"] = (t, _) => t.GroupBy(x => new { x.AlbumId, Long = x.Seconds > 200 })
            .OrderBy(g => g.Key.AlbumId).ThenBy(g => g.Key.Long)
            .Select(g => new { g.Key.AlbumId, g.Key.Long, Sum = g.Sum(x => x.Seconds), Most = g.Max(x => x.Price), Mean = g.Average(x => x.Seconds) }),
        ["GroupBy: having"] = (t, _) => t.GroupBy(x => x.AlbumId).Where(g => g.Count() > 4 && g.Max(x => x.Seconds) > 300).OrderBy(g => g.Key).Select(g => (object)g.Key),
        ["GroupBy: element selector"] = (t, _) => t.GroupBy(x => x.AlbumId, x => x.Seconds).OrderBy(g => g.Key).Select(g => new { g.Key, Sum = g.Sum() }),
        ["GroupBy: result selector"] = (t, _) => t.GroupBy(x => x.Composer, (k, g) => new { k, Least = g.Min(x => x.Seconds) }).OrderBy(g => g.k),
        ["GroupBy: null is a key"] = (t, _) => t.GroupBy(x => x.Price).OrderBy(g => g.Key).Select(g => new { g.Key, N = g.LongCount() }),
        ["GroupBy: a constant key"] = (t, _) => t.GroupBy(x => 1).Select(g => new { Sum = g.Sum(x => x.Price), Distinct = g.Select(x => x.AlbumId).Distinct().Count() }),
        ["GroupBy: an expression as key"] = (t, _) => t.GroupBy(x => x.Title.Substring(0, 1)).OrderBy(g => g.Key).Select(g => new { g.Key, N = g.Count() }),
        ["GroupBy: over a join"] = (t, a) => t.Join(a, x => x.AlbumId, y => y.Id, (x, y) => new { y.Name, x.Seconds }).GroupBy(x => x.Name).OrderBy(g => g.Key).Select(g => new { g.Key, N = g.Sum(x => x.Seconds) }),
        ["GroupBy: of a GroupBy"] = (t, _) => t.GroupBy(x => x.AlbumId).Select(g => new { g.Key, N = g.Count() }).GroupBy(g => g.N).OrderBy(g => g.Key).Select(g => new { g.Key, Albums = g.Count() }),
        ["GroupBy: the first of each"] = (t, _) => t.GroupBy(x => x.AlbumId).Select(g => g.OrderByDescending(x => x.Seconds).ThenBy(x => x.Id).First()).AsEnumerable().OrderBy(x => x.AlbumId).AsQueryable(),
        ["GroupBy: counts with a condition"] = (t, _) => t.GroupBy(x => x.AlbumId).OrderBy(g => g.Key).Select(g => new { g.Key, N = g.Count(x => x.Price == null), Sum = g.Where(x => x.Seconds > 100).Sum(x => x.Price) }),
        ["GroupBy: aggregates of distinct values"] = (t, _) => t.GroupBy(x => x.AlbumId).OrderBy(g => g.Key).Select(g => new { g.Key, Prices = g.Select(x => x.Price).Distinct().Sum() }),
        ["GroupBy: ordered by an aggregate, a page"] = (t, _) => t.GroupBy(x => x.AlbumId).OrderByDescending(g => g.Sum(x => x.Seconds)).ThenBy(g => g.Key).Skip(1).Take(2).Select(g => (object)g.Key),
        ["GroupBy: as the last operator"] = (t, _) => t.OrderBy(x => x.Id).GroupBy(x => x.AlbumId).AsEnumerable().OrderBy(g => g.Key).Select(g => (object)string.Join(",", g.Select(x => x.Id))).AsQueryable(),
        ["Skip and Take: in a subquery"] = (t, a) => a.OrderBy(x => x.Id).Skip(1).Take(3).Where(x => t.Any(y => y.AlbumId == x.Id && y.Seconds > 300)),
        ["Skip and Take: twice"] = (t, _) => t.OrderBy(x => x.Id).Skip(2).Take(9).OrderByDescending(x => x.Seconds).Skip(1).Take(4),
        ["Skip and Take: before a join"] = (t, a) => t.OrderBy(x => x.Id).Take(5).Join(a, x => x.AlbumId, y => y.Id, (x, y) => new { x.Id, y.Name }).OrderBy(x => x.Id),
        ["Skip and Take: before and after Distinct"] = (t, _) => t.OrderBy(x => x.Id).Take(12).Select(x => x.AlbumId).Distinct().OrderBy(x => x).Skip(1).Take(2).Select(x => (object)x),
        ["Skip and Take: on both sides of a union"] = (t, _) => t.OrderBy(x => x.Id).Take(2).Concat(t.OrderByDescending(x => x.Id).Take(2)).OrderBy(x => x.Id).Skip(1),
        ["Skip alone"] = (t, _) => t.OrderBy(x => x.Seconds).ThenBy(x => x.Id).Skip(20),
        ["set operations: Union, Concat"] = (t, a) => t.Select(x => x.AlbumId).Union(a.Select(x => x.Id)).OrderBy(x => x).Select(x => (object)x),
        ["set operations: Except, Intersect"] = (t, a) => a.Select(x => x.Id).Except(t.Where(x => x.Seconds < 40).Select(x => x.AlbumId)).Intersect(a.Where(x => x.Year != null).Select(x => x.Id)).OrderBy(x => x).Select(x => (object)x),
        ["set operations: nested to the right"] = (t, a) => a.Select(x => x.Id).Except(a.Where(x => x.Id < 3).Select(x => x.Id).Concat(t.Where(x => x.Id == 4).Select(x => x.Id))).OrderBy(x => x).Select(x => (object)x),
        ["LeftJoin"] = (t, a) => a.LeftJoin(t.Where(x => x.Seconds > 350), x => x.Id, y => y.AlbumId, (x, y) => new { x.Id, Track = y == null ? null : (int?)y.Id }).OrderBy(x => x.Id).ThenBy(x => x.Track),
        ["RightJoin"] = (t, a) => t.RightJoin(a.Where(x => x.Year == null), x => x.AlbumId, y => y.Id, (x, y) => new { y.Id, Track = x == null ? null : (int?)x.Id }).OrderBy(x => x.Id).ThenBy(x => x.Track),
        ["GroupJoin with DefaultIfEmpty"] = (t, a) => a.GroupJoin(t.Where(x => x.Seconds > 350), x => x.Id, y => y.AlbumId, (x, ys) => new { x, ys }).SelectMany(x => x.ys.DefaultIfEmpty(), (x, y) => new { x.x.Id, Track = y == null ? 0 : y.Id }).OrderBy(x => x.Id).ThenBy(x => x.Track),
        ["cross join"] = (t, a) => a.SelectMany(x => t.Where(y => y.Id < 3), (x, y) => new { A = x.Id, T = y.Id }).OrderBy(x => x.A).ThenBy(x => x.T),
        ["correlated subquery: exists and all"] = (t, a) => a.Where(x => t.Any(y => y.AlbumId == x.Id) && t.Where(y => y.AlbumId == x.Id).All(y => y.Seconds < 390)).OrderBy(x => x.Id),
        ["correlated subquery: a scalar"] = (t, a) => a.OrderBy(x => x.Id).Select(x => new { x.Id, N = t.Count(y => y.AlbumId == x.Id), Longest = t.Where(y => y.AlbumId == x.Id).Max(y => (int?)y.Seconds) }),
        ["correlated subquery: the first row"] = (t, a) => a.OrderBy(x => x.Id).Select(x => new { x.Id, First = t.Where(y => y.AlbumId == x.Id).OrderBy(y => y.Seconds).ThenBy(y => y.Id).Select(y => y.Title).FirstOrDefault() }),
        ["correlated subquery: Contains"] = (t, a) => a.Where(x => t.Where(y => y.Seconds > 250).Select(y => y.AlbumId).Contains(x.Id)).OrderBy(x => x.Id),
        ["null semantics: a column and a column"] = (t, _) => t.Where(x => x.Composer != x.Title && !(x.Price == x.Seconds)).OrderBy(x => x.Id),
        ["null semantics: not, and a list with null"] = (t, _) => t.Where(x => !new decimal?[] { null, 0.5m }.Contains(x.Price) || !(x.Composer == "composer 1" || x.Price > 0)).OrderBy(x => x.Id),
        ["null semantics: a null parameter"] = (t, _) => t.Where(x => x.Composer == Nothing && x.Price != NoPrice).OrderBy(x => x.Id),
        ["conditional projection"] = (t, _) => t.OrderBy(x => x.Id).Select(x => x.Price == null ? "none" : x.Price > 0.4m ? "much" : "little"),
        ["aggregates with Where and Distinct"] = (t, a) => a.OrderBy(x => x.Id).Take(1).Select(x => new { A = t.Where(y => y.Price != null).Sum(y => y.Price), B = t.Select(y => y.Composer).Distinct().Count(), C = t.Average(y => y.Price) }),
        ["DistinctBy through groups"] = (t, _) => t.GroupBy(x => x.Composer).Select(g => g.Min(x => x.Id)).OrderBy(x => x).Select(x => (object)x),
        ["Reverse and ElementAt"] = (t, _) => t.OrderBy(x => x.Id).Reverse().Take(3),
        ["ordering: nulls first, then by an expression"] = (t, _) => t.OrderBy(x => x.Composer).ThenByDescending(x => x.Seconds % 10).ThenBy(x => x.Id),
        ["OfType and Cast"] = (t, _) => t.OfType<Track>().Cast<Track>().Where(x => x.Id < 3).OrderBy(x => x.Id),
    };

    private static string? Nothing => null;

    private static decimal? NoPrice => null;

    public void Dispose() => context.Dispose();

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_shape_finds_what_LINQ_to_objects_finds(string name)
    {
        var shape = ByName[name];
        Assert.Equal(
            shape(Tracks.AsQueryable().OrderBy(t => t.Id), Albums.AsQueryable()).ToList(),
            shape(context.Set<Track>().AsNoTracking(), context.Set<Album>().AsNoTracking()).ToList());
    }

    [Fact]
    public void A_split_query_and_a_single_one_load_the_same_graph()
    {
        var single = context.Set<Album>().Include(a => a.Tracks.OrderBy(t => t.Id)).AsSingleQuery().AsNoTracking().OrderBy(a => a.Id).ToList();
        var split = context.Set<Album>().Include(a => a.Tracks.OrderBy(t => t.Id)).AsSplitQuery().AsNoTracking().OrderBy(a => a.Id).ToList();
        Assert.Equal(single.Select(a => string.Join(",", a.Tracks.Select(t => t.Id))), split.Select(a => string.Join(",", a.Tracks.Select(t => t.Id))));
        Assert.Equal(24, split.Sum(a => a.Tracks.Count));
    }

    [Fact]
    public async Task AsAsyncEnumerable_streams_and_ends_when_it_is_cancelled()
    {
        var seen = 0;
        await foreach (var track in context.Set<Track>().OrderBy(t => t.Id).AsAsyncEnumerable())
        {
            Assert.Equal(++seen, track.Id);
        }

        Assert.Equal(24, seen);
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in context.Set<Track>().AsAsyncEnumerable().WithCancellation(cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });
    }

    [Fact]
    public void FromSql_and_SqlQuery_compose_and_take_parameters()
    {
        var least = 300;
        Assert.Equal(
            Tracks.Where(t => t.Seconds > least && t.AlbumId == 2).Select(t => t.Id).Order(),
            context.Set<Track>().FromSql($"SELECT * FROM Track WHERE Seconds > {least}").Where(t => t.AlbumId == 2).OrderBy(t => t.Id).Select(t => t.Id));
        Assert.Equal(Tracks.Max(t => t.Seconds), context.Database.SqlQuery<int>($"SELECT Seconds AS \"Value\" FROM Track").OrderByDescending(s => s).First());
        Assert.Equal(5, context.Database.SqlQuery<Counted>($"SELECT AlbumId AS Id, count(*) AS N FROM Track GROUP BY AlbumId").Count(c => c.N > 3));
    }

    [Fact]
    public void A_query_in_wrong_SQL_is_told_by_SQLite()
    {
        var error = Assert.Throws<global::Threads.Data.ThreadsException>(() => context.Set<Track>().FromSql($"SELECT * FORM Track").ToList());
        Assert.Equal("SQLite Error 1: 'near \"FORM\": syntax error'.", error.Message);
        Assert.Equal(1, error.SqliteErrorCode);

        var missing = Assert.Throws<global::Threads.Data.ThreadsException>(() => context.Set<Track>().FromSql($"SELECT * FROM Missing").ToList());
        Assert.Equal("SQLite Error 1: 'no such table: Missing'.", missing.Message);
    }

    [Fact]
    public void Views_functions_and_table_valued_functions_are_mapped()
    {
        Assert.Equal(Tracks.Count(t => t.Seconds > 300), context.Set<LongTrack>().Count());
        Assert.Equal(Tracks.Count(t => t.Title.Contains('2', StringComparison.Ordinal)), context.Set<Track>().Count(t => ShapeContext.Instr(t.Title, "2") > 0));
        Assert.Equal([1, 2, 3], context.Set<JsonRow>().FromSql($"SELECT value AS Value FROM json_each('[1,2,3]')").OrderBy(r => r.Value).Select(r => r.Value));
        Assert.Equal([5, 7], context.Each("[5,7]").OrderBy(r => r.Value).Select(r => r.Value));
    }

    [Fact]
    public void Tags_parameters_and_compiled_queries_are_kept()
    {
        var tagged = context.Set<Track>().TagWith("first line\nsecond line").Where(t => t.Seconds > 10).ToQueryString();
        Assert.StartsWith($"-- first line{Environment.NewLine}-- second line", tagged, StringComparison.Ordinal);

        var compiled = EF.CompileAsyncQuery((DbContext c, int album) => c.Set<Track>().Where(t => t.AlbumId == album).OrderBy(t => t.Id).Select(t => t.Id));
        Assert.Equal(Tracks.Where(t => t.AlbumId == 3).Select(t => t.Id), compiled(context, 3).ToBlockingEnumerable());
    }

    [Fact]
    public void Every_expression_of_SQL_can_be_written_as_code()
    {
        // Precompiled queries are SQL trees written as C#. Each of EF Core's own expressions knows how; one of ours would have to say it.
        var assembly = typeof(ThreadsDbContextOptionsBuilder).Assembly;
        Assert.DoesNotContain(assembly.GetTypes(), t => t.IsSubclassOf(typeof(SqlExpression)) || t.IsSubclassOf(typeof(TableExpressionBase)));
    }

    [Fact]
    public void Random_numbers_are_made_by_the_database_row_by_row()
    {
        var numbers = context.Set<Track>().Select(t => EF.Functions.Random()).ToList();
        Assert.All(numbers, n => Assert.InRange(n, 0, 1));
        Assert.True(numbers.Distinct().Count() > 1);
        Assert.Equal(24, context.Set<Track>().OrderBy(t => EF.Functions.Random()).ToList().Count);
    }

    [Fact]
    public void A_query_that_needs_apply_is_refused_and_its_flat_form_is_not()
    {
        var tracks = context.Set<Track>();
        var error = Assert.Throws<InvalidOperationException>(() => context.Set<Album>().Select(a => tracks.Where(t => t.AlbumId == a.Id && t.Seconds > a.Year).Take(2).Select(t => t.Id + a.Id).ToList()).ToList());
        Assert.Equal("Translating this query requires the SQL APPLY operation, which is not supported on SQLite.", error.Message);
        Assert.Equal(6, context.Set<Album>().Select(a => a.Tracks.OrderBy(t => t.Id).Take(2).Select(t => t.Id).ToList()).ToList().Count);
    }

    /// <summary>The rows of all tests, written once; no test changes them.</summary>
    public sealed class Store : IDisposable
    {
        private readonly TestDatabase database = new();

        public Store()
        {
            using var context = Context();
            context.Database.EnsureCreated();
            context.AddRange(Albums);
            context.AddRange(Tracks);
            context.SaveChanges();
            context.Database.ExecuteSqlRaw("CREATE VIEW LongTracks AS SELECT Id, Title FROM Track WHERE Seconds > 300");
        }

        internal ShapeContext Context() => new(database.ConnectionString);

        public void Dispose() => database.Dispose();
    }

    internal sealed class ShapeContext(string connectionString) : DbContext
    {
        public IQueryable<JsonRow> Each(string json) => FromExpression(() => Each(json));

        public static int Instr(string text, string part) => throw new NotSupportedException();

        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseThreads(connectionString);

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.Entity<Album>().HasMany(a => a.Tracks).WithOne().HasForeignKey(t => t.AlbumId);
            modelBuilder.Entity<LongTrack>().ToView("LongTracks").HasNoKey();
            modelBuilder.Entity<JsonRow>().HasNoKey().ToTable((string?)null);
            modelBuilder.HasDbFunction(typeof(ShapeContext).GetMethod(nameof(Instr))!).HasName("instr").IsBuiltIn();
            modelBuilder.HasDbFunction(typeof(ShapeContext).GetMethod(nameof(Each))!).HasName("json_each").IsBuiltIn();
        }
    }

    internal sealed record Track
    {
        public int Id { get; set; }

        public required string Title { get; set; }

        public int AlbumId { get; set; }

        public int Seconds { get; set; }

        public decimal? Price { get; set; }

        public string? Composer { get; set; }
    }

    internal sealed class Album : IEquatable<Album>
    {
        public int Id { get; set; }

        public required string Name { get; set; }

        public int? Year { get; set; }

        public List<Track> Tracks { get; } = [];

        public bool Equals(Album? other) => other is not null && (Id, Name, Year) == (other.Id, other.Name, other.Year);

        public override bool Equals(object? obj) => Equals(obj as Album);

        public override int GetHashCode() => Id;
    }

    internal sealed class LongTrack
    {
        public int Id { get; set; }

        public required string Title { get; set; }
    }

    internal sealed class JsonRow
    {
        public int Value { get; set; }
    }

    private sealed record Counted(int Id, int N);
}
