using System.Linq.Expressions;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;

namespace EFCore.Threads.Tests;

/// <summary>Each translation by its name: the rows SQL finds are those LINQ to objects finds.</summary>
public sealed class TranslationTests : IDisposable
{
    private static readonly Sample[] Samples =
    [
        new()
        {
            Id = 1, Text = "Seattle", Other = "eat", Number = 8, Long = 1L << 40, Unsigned = ulong.MaxValue, Real = 8.6, Single = 8.6f, Money = 8.6m,
            Moment = new DateTime(1998, 5, 4, 15, 30, 10).AddTicks(1_234_567), Instant = new DateTimeOffset(1998, 5, 4, 15, 30, 10, TimeSpan.FromHours(2)),
            Day = new DateOnly(1998, 5, 4), Time = new TimeOnly(15, 30, 10, 123), Span = new TimeSpan(2, 3, 4, 5, 678), Flag = true, Bytes = [0xDE, 0xAD],
            Guid = new Guid("df36f493-463f-4123-83f9-6b135deeb7ba"), Tags = ["a", "b"],
        },
        new()
        {
            Id = 2, Text = "  50%_off \t", Other = "%_", Number = -3, Long = -7, Unsigned = 10, Real = -2.5, Single = -2.5f, Money = -100.25m,
            Moment = new DateTime(2024, 2, 29), Instant = new DateTimeOffset(2024, 2, 29, 0, 30, 0, TimeSpan.FromHours(-5)), Day = new DateOnly(2024, 2, 29),
            Time = new TimeOnly(0, 0, 1), Span = TimeSpan.FromHours(-30), Flag = false, Bytes = [], Guid = Guid.Empty, Tags = [],
        },
        new()
        {
            Id = 3, Text = "", Other = "", Number = 100, Long = 0, Unsigned = 1UL << 63, Real = 0.25, Single = 0.25f, Money = 9m, Moment = new DateTime(1, 1, 31),
            Instant = new DateTimeOffset(1998, 5, 4, 14, 0, 0, TimeSpan.Zero), Day = new DateOnly(1, 1, 31), Time = new TimeOnly(23, 59, 59, 999), Span = TimeSpan.FromTicks(1),
            Flag = true, Bytes = [0xAD, 1, 2], Guid = new Guid("ffffffff-ffff-ffff-ffff-ffffffffffff"), Tags = ["b", "c", "b"],
        },
    ];

    private readonly TestDatabase database = new();
    private readonly ModelContext context;

    public TranslationTests()
    {
        context = database.Created(m => m.Entity<Sample>());
        context.AddRange(Samples);
        context.SaveChanges();
    }

    public static TheoryData<string> Filters => [.. ByName.Keys];

    public static TheoryData<string> Orders => [.. Keys.Keys];

    public static TheoryData<string> OrderedJoins => [.. Joins.Keys];

    private static readonly DateTime Start = new(1998, 1, 1);
    private static readonly string Prefix = "Sea";
    private static readonly List<int> Wanted = [8, 100];

    private static readonly Dictionary<string, Expression<Func<IGrouping<int, Sample>, string>>> Joins = new()
    {
        ["by an integer, down"] = g => string.Join(", ", g.OrderByDescending(s => s.Number).Select(s => s.Text)),
        ["by a decimal"] = g => string.Join("|", g.OrderBy(s => s.Money).Select(s => s.Other)),
        ["by an unsigned number"] = g => string.Concat(g.OrderByDescending(s => s.Unsigned).Select(s => s.Other)),
        ["by a span"] = g => string.Join("|", g.OrderBy(s => s.Span).Select(s => s.Text)),
        ["by an instant"] = g => string.Join("|", g.OrderBy(s => s.Instant).Select(s => s.Text)),
        ["by a real, by bytes"] = g => string.Join("|", g.OrderBy(s => s.Real > 0).ThenByDescending(s => s.Bytes.Length).ThenBy(s => s.Real).Select(s => s.Text)),
        ["by text, with a condition"] = g => string.Join("|", g.Where(s => s.Flag).OrderBy(s => s.Other).Select(s => s.Text)),
        ["each text once"] = g => string.Join("; ", g.Select(s => s.Flag ? "yes" : "no").Distinct().OrderByDescending(t => t)),
        ["of none"] = g => string.Join("|", g.Where(s => s.Id > 99).OrderBy(s => s.Id).Select(s => s.Text)),
    };

    private static readonly Dictionary<string, Expression<Func<Sample, bool>>> ByName = new()
    {
        ["string.Length"] = s => s.Text.Length == 7,
        ["string.Contains"] = s => s.Text.Contains(s.Other),
        ["string.Contains, constant with wildcards"] = s => s.Text.Contains("%_"),
        ["string.StartsWith, parameter"] = s => s.Text.StartsWith(Prefix),
        ["string.StartsWith, column"] = s => s.Text.StartsWith(s.Other),
        ["string.StartsWith, char"] = s => s.Text.StartsWith('S'),
        ["string.EndsWith, constant"] = s => s.Text.EndsWith("tle"),
        ["string.EndsWith, column"] = s => s.Text.EndsWith(s.Other),
        ["string.IndexOf"] = s => s.Text.IndexOf("t") == 3,
        ["string.IndexOf from"] = s => s.Text.Length > 6 && s.Text.IndexOf("t", 4) == 4,
        ["string.Replace"] = s => s.Text.Replace("tt", "d") == "Seadle",
        ["string.Substring"] = s => s.Text.Substring(2).Length == 5,
        ["string.ToUpper, ToLower"] = s => s.Text.ToUpper() == "SEATTLE" && s.Text.ToLower() == "seattle",
        ["string.Trim"] = s => s.Text.Trim() == "50%_off",
        ["string.TrimStart char"] = s => s.Text.TrimStart('S') == "eattle",
        ["string.PadLeft"] = s => s.Text.PadLeft(8, '.') == ".Seattle",
        ["string.IsNullOrWhiteSpace"] = s => string.IsNullOrWhiteSpace(s.Text),
        ["string.Join of parts"] = s => string.Join("-", new[] { s.Other, s.Text }) == "eat-Seattle",
        ["string.FirstOrDefault"] = s => s.Text.FirstOrDefault() == 'S',
        ["string.CompareTo"] = s => string.Compare(s.Text, "S") > 0,
        ["Regex.IsMatch"] = s => Regex.IsMatch(s.Text, "^S.*e$"),
        ["Math.Abs, Floor, Ceiling, Truncate"] = s => Math.Abs(s.Real) > 2 && Math.Floor(s.Real) != Math.Ceiling(s.Real) && Math.Truncate(s.Real) == 8,
        ["Math.Pow, Sqrt, Log, Exp"] = s => Math.Pow(s.Number, 2) == 64 && Math.Sqrt(Math.Abs(s.Number)) > 2 && Math.Log(8.5, 2) > 3 && Math.Exp(s.Real) > 5000,
        ["Math.Sin, Cos, Tan, Atan2"] = s => Math.Sin(s.Real) > 0.7 && Math.Cos(s.Real) < 0 && Math.Tan(s.Real) < 0 && Math.Atan2(s.Real, 1) > 1,
        ["Math.Round"] = s => Math.Round(s.Real) == 9 || Math.Round(s.Real, 1) == 8.6,
        ["Math.Sign, Max, Min"] = s => Math.Sign(s.Real) == -1 && Math.Max(s.Number, 0) == 0 && Math.Min(s.Number, 5) == -3,
        ["Math on decimal"] = s => Math.Abs(s.Money) > 100 || Math.Floor(s.Money) == 8 || Math.Max(s.Money, 9.0m) == 9m,
        ["MathF"] = s => MathF.Round(s.Single, 1) == 8.6f,
        ["double modulo"] = s => s.Real % 3 > 2,
        ["decimal compares as a number"] = s => s.Money > 9.5m || s.Money < -9m,
        ["decimal arithmetic"] = s => s.Money * 2 - 1.2m == 16m && s.Money / 2 == 4.3m && s.Money % 3 == 2.6m && -s.Money < 0,
        ["ulong compares without a sign"] = s => s.Unsigned > 1UL << 62,
        ["ulong arithmetic"] = s => s.Unsigned / 2 > 1UL << 61 && s.Unsigned % 10 == 5,
        ["TimeSpan compares as a length"] = s => s.Span < TimeSpan.Zero || s.Span > TimeSpan.FromDays(1),
        ["TimeSpan parts"] = s => s.Span.Days == 2 && s.Span.Hours == 3 && s.Span.Minutes == 4 && s.Span.Seconds == 5 && s.Span.Milliseconds == 678,
        ["TimeSpan totals"] = s => s.Span.TotalHours > 51 && s.Span.TotalDays < 3,
        ["TimeSpan arithmetic"] = s => s.Span + TimeSpan.FromHours(30) == TimeSpan.Zero || -s.Span == TimeSpan.FromTicks(-1),
        ["TimeSpan times and by a number"] = s => s.Span * 2.0 == TimeSpan.FromHours(-60) && s.Span / 2.0 == TimeSpan.FromHours(-15) && s.Span / TimeSpan.FromHours(1) == -30,
        ["bits: and, or, xor, not, shifts"] = s => (s.Number & 8) == 8 && (s.Number | 1) == 9 && (s.Number ^ 3) == 11 && ~s.Number == -9 && s.Number << 2 == 32 && s.Number >> 1 == 4,
        ["DateTime parts"] = s => s.Moment.Year == 1998 && s.Moment.Month == 5 && s.Moment.Day == 4 && s.Moment.DayOfYear == 124 && s.Moment.DayOfWeek == DayOfWeek.Monday,
        ["DateTime time parts"] = s => s.Moment.Hour == 15 && s.Moment.Minute == 30 && s.Moment.Second == 10 && s.Moment.Millisecond == 123 && s.Moment.Microsecond == 456,
        ["DateTime.Date, TimeOfDay"] = s => s.Moment.Date == new DateTime(1998, 5, 4) && s.Moment.TimeOfDay > TimeSpan.FromHours(15),
        ["DateTime.AddMonths keeps to the month"] = s => s.Moment.AddMonths(1) == new DateTime(1, 2, 28),
        ["DateTime.AddYears, AddDays, AddHours"] = s => s.Moment.AddYears(1) == new DateTime(2025, 2, 28) && s.Moment.AddDays(1.5) == new DateTime(2024, 3, 1, 12, 0, 0) && s.Moment.AddHours(-1).Day == 28,
        ["DateTime difference"] = s => (s.Moment - Start).TotalDays > 100 && s.Moment - TimeSpan.FromDays(1) > Start,
        ["DateTimeOffset compares instants"] = s => s.Instant < new DateTimeOffset(1998, 5, 4, 13, 45, 0, TimeSpan.Zero),
        ["DateTimeOffset parts are the wall clock's"] = s => s.Instant.Hour == 15 && s.Instant.Date == new DateTime(1998, 5, 4) && s.Instant.UtcDateTime.Hour == 13,
        ["DateTimeOffset.AddHours, ToUnixTimeSeconds"] = s => s.Instant.AddHours(1).Hour == 16 && s.Instant.ToUnixTimeSeconds() == 894_288_610,
        ["DateOnly parts"] = s => s.Day.Year == 2024 && s.Day.DayOfYear == 60 && s.Day.DayNumber == 738_944,
        ["DateOnly arithmetic"] = s => s.Day.AddDays(1) == new DateOnly(2024, 3, 1) && s.Day.AddYears(1) == new DateOnly(2025, 2, 28),
        ["DateOnly.FromDateTime, ToDateTime"] = s => DateOnly.FromDateTime(s.Moment) == s.Day && s.Day.ToDateTime(new TimeOnly(1, 0)).Hour == 1,
        ["TimeOnly parts"] = s => s.Time.Hour == 15 && s.Time.Minute == 30 && s.Time.Millisecond == 123,
        ["TimeOnly round the clock"] = s => s.Time.AddHours(1).Hour == 0 && s.Time.IsBetween(new TimeOnly(23, 0), new TimeOnly(1, 0)),
        ["TimeOnly difference"] = s => s.Time - new TimeOnly(23, 0) == new TimeSpan(1, 0, 1),
        ["Convert.ToInt32 rounds, a cast cuts"] = s => Convert.ToInt32(s.Real) == 9 && (int)s.Real == 8,
        ["Convert.ToDecimal, ToString"] = s => Convert.ToDecimal(s.Number) == 8m && Convert.ToString(s.Number) == "8",
        ["ToString"] = s => s.Number.ToString() == "-3" && s.Flag.ToString() == "False" && s.Unsigned.ToString() == "10",
        ["byte[].Contains, Length, index, First"] = s => s.Bytes.Contains((byte)0xAD) && s.Bytes.Length == 2 && s.Bytes[1] == 0xAD && s.Bytes.First() == 0xDE,
        ["Guid"] = s => s.Guid == new Guid("df36f493-463f-4123-83f9-6b135deeb7ba") && s.Guid.ToString().ToLower().StartsWith("df36"),
        ["inline collection"] = s => new[] { 8, 9 }.Contains(s.Number),
        ["parameter collection"] = s => Wanted.Contains(s.Number),
        ["primitive collection: Contains, Count, index"] = s => s.Tags.Contains("b") && s.Tags.Count == 2 && s.Tags[0] == "a",
        ["primitive collection: Any, Distinct, OrderBy"] = s => s.Tags.Any() && s.Tags.Distinct().Count() == 2 && s.Tags.OrderByDescending(t => t).First() == "c",
        ["conditional and coalesce"] = s => (s.Flag ? s.Number : 0) == 8 && (s.Missing ?? 5) == 5,
        ["null semantics"] = s => s.Missing != 5 && !(s.Missing == 5),
        ["subquery"] = s => Samples.Length == 3 && s.Number == 100,
    };

    private static readonly Dictionary<string, Expression<Func<Sample, object>>> Keys = new()
    {
        ["decimal"] = s => s.Money,
        ["TimeSpan"] = s => s.Span,
        ["ulong"] = s => s.Unsigned,
        ["DateTimeOffset"] = s => s.Instant,
        ["DateTime"] = s => s.Moment,
        ["TimeOnly"] = s => s.Time,
        ["Guid"] = s => s.Guid.ToString(),
    };

    public void Dispose()
    {
        context.Dispose();
        database.Dispose();
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void A_filter_finds_what_LINQ_to_objects_finds(string name)
    {
        var expected = Samples.AsQueryable().Where(s => name != "string.Substring" || s.Text.Length >= 2).Where(ByName[name]).Select(s => s.Id).ToList();
        var found = context.Set<Sample>().Where(ByName[name]).OrderBy(s => s.Id).Select(s => s.Id).ToList();
        Assert.Equal(expected, found);
        Assert.NotEmpty(expected);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Values_are_ordered_as_they_mean(string name)
    {
        var key = Keys[name];
        Assert.Equal(Samples.AsQueryable().OrderBy(key).Select(s => s.Id), context.Set<Sample>().OrderBy(key).Select(s => s.Id));
        Assert.Equal(Samples.AsQueryable().OrderByDescending(key).Select(s => s.Id), context.Set<Sample>().OrderByDescending(key).Select(s => s.Id));
    }

    [Fact]
    public void Aggregates_of_values_that_text_would_misorder_are_right()
    {
        var set = context.Set<Sample>();
        Assert.Equal(Samples.Sum(s => s.Money), set.Sum(s => s.Money));
        Assert.Equal(Samples.Average(s => s.Money), set.Average(s => s.Money));
        Assert.Equal(Samples.Max(s => s.Money), set.Max(s => s.Money));
        Assert.Equal(Samples.Min(s => s.Money), set.Min(s => s.Money));
        Assert.Equal(Samples.Max(s => s.Unsigned), set.Max(s => s.Unsigned));
        Assert.Equal(Samples.Min(s => s.Unsigned), set.Min(s => s.Unsigned));
        Assert.Equal(Samples.Max(s => s.Span), set.Max(s => s.Span));
        Assert.Equal(Samples.Min(s => s.Span), set.Min(s => s.Span));
        Assert.Equal(Samples.Max(s => s.Instant), set.Max(s => s.Instant));
        Assert.Equal(0m, set.Where(s => s.Id > 99).Sum(s => s.Money));
    }

    [Fact]
    public void Aggregates_of_groups_take_conditions_and_distinct()
    {
        var groups = context.Set<Sample>().GroupBy(s => s.Flag).Select(g => new
        {
            g.Key,
            Count = g.Count(s => s.Number > 8),
            Sum = g.Where(s => s.Number > 8).Sum(s => s.Money),
            Texts = string.Join("|", g.Select(s => s.Other)),
        }).OrderBy(g => g.Key).ToList();
        Assert.Equal([0, 1], groups.Select(g => g.Count));
        Assert.Equal([0m, 9m], groups.Select(g => g.Sum));
        Assert.Equal("%_", groups[0].Texts);
    }

    [Theory]
    [MemberData(nameof(OrderedJoins))]
    public void Texts_of_a_group_are_joined_in_the_order_asked_for(string name)
    {
        var join = Joins[name];
        Assert.Equal(Samples.GroupBy(s => 1).Select(join.Compile()).Single(), context.Set<Sample>().GroupBy(s => 1).Select(join).Single());
    }

    [Fact]
    public void Texts_of_a_group_are_joined_by_a_collation_that_is_known()
    {
        var groups = context.Set<Sample>().GroupBy(s => 1);
        Assert.Equal("2,3,1", groups.Select(g => string.Join(",", g.OrderBy(s => EF.Functions.Collate(s.Flag ? s.Other == "" ? "A" : "b" : " ", "NOCASE")).Select(s => s.Id.ToString()))).Single());

        var unknown = Assert.Throws<InvalidOperationException>(() => groups.Where(g => string.Join(",", g.OrderBy(s => EF.Functions.Collate(s.Text, "MINE")).Select(s => s.Text)) == "").Count());
        Assert.Contains("could not be translated", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_a_group_are_joined_in_the_order_of_their_column()
    {
        using var file = new TestDatabase();
        using var named = file.Created(m => m.Entity<Labelled>().Property(s => s.Label).UseCollation("NOCASE"));
        named.AddRange(new Labelled { Id = 1, Label = "b" }, new Labelled { Id = 2, Label = "C" }, new Labelled { Id = 3, Label = "a" });
        named.SaveChanges();

        var ordered = named.Set<Labelled>().GroupBy(s => 1).Where(g => string.Join("", g.OrderBy(s => s.Label).Select(s => s.Label)) == "abC");
        Assert.Equal(1, ordered.Count());
        Assert.Contains("ef_join", ordered.Select(g => g.Key).ToQueryString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_of_the_provider_run_in_SQL()
    {
        var set = context.Set<Sample>();
        Assert.Equal(1, set.Count(s => EF.Functions.Glob(s.Text, "Sea*")));
        Assert.Equal(1, set.Count(s => EF.Functions.Like(s.Text, "sea%")));
        Assert.Equal(1, set.Count(s => EF.Functions.Collate(s.Text, "NOCASE") == "SEATTLE"));
        Assert.Equal(1, set.Count(s => EF.Functions.Hex(s.Bytes) == "DEAD"));
        Assert.Equal(3, set.Count(s => EF.Functions.Unhex(EF.Functions.Hex(s.Bytes)) == s.Bytes));
        Assert.Equal(1, set.Count(s => EF.Functions.Unhex(s.Text + "XY") == null && !s.Flag));
        Assert.Equal([0xAD], set.Where(s => s.Id == 1).Select(s => EF.Functions.Substr(s.Bytes, 2, 1)).Single());
        Assert.InRange(set.Select(s => EF.Functions.Random()).First(), 0, 1);
        Assert.Throws<InvalidOperationException>(() => EF.Functions.Glob("a", "b"));
    }

    [Fact]
    public void A_collection_is_sent_as_the_query_asks()
    {
        var wanted = Wanted;
        Assert.Equal(2, context.Set<Sample>().Count(s => EF.Parameter(wanted).Contains(s.Number)));
        Assert.Equal(2, context.Set<Sample>().Count(s => EF.Constant(wanted).Any(w => w == s.Number)));
        Assert.Contains("json_each", context.Set<Sample>().Where(s => EF.Parameter(wanted).Contains(s.Number)).ToQueryString());
    }

    [Fact]
    public void Joins_on_the_left_and_right_work_without_native_support()
    {
        var left = context.Set<Sample>();
        var rows = left
            .RightJoin(context.Set<Sample>().Where(s => s.Id > 1), l => l.Id + 1, r => r.Id * 3 - 4, (l, r) => new { Left = (int?)l!.Id, Right = r.Id })
            .OrderBy(r => r.Right).ToList();
        Assert.Equal([(1, 2), ((int?)null, 3)], rows.Select(r => (r.Left, r.Right)));

        var three = left.Join(left, a => a.Id, b => b.Id, (a, b) => new { A = a.Id, B = b.Number })
            .RightJoin(left, x => x.A, r => r.Id * r.Id, (x, r) => new { Number = (int?)x!.B, r.Id })
            .LeftJoin(left, x => x.Id, l => l.Id, (x, l) => new { x.Number, x.Id, l!.Text })
            .OrderBy(x => x.Id).ToList();
        Assert.Equal([8, null, null], three.Select(x => x.Number));
    }

    [Fact]
    public void Set_operations_split_queries_paging_tags_and_compiled_queries_work()
    {
        var set = context.Set<Sample>();
        Assert.Equal([1, 3], set.Where(s => s.Id == 1).Union(set.Where(s => s.Flag)).Except(set.Where(s => s.Id == 2)).Select(s => s.Id).OrderBy(i => i));
        Assert.Equal([2], set.OrderBy(s => s.Id).Skip(1).Take(1).TagWith("a page").AsSplitQuery().Select(s => s.Id));
        Assert.Equal([3], set.OrderBy(s => s.Id).Skip(2).Select(s => s.Id));
        var compiled = EF.CompileQuery((DbContext c, int id) => c.Set<Sample>().Single(s => s.Id == id).Text);
        Assert.Equal("Seattle", compiled(context, 1));
        Assert.Contains("-- a page", set.TagWith("a page").ToQueryString());
    }

    [Fact]
    public void A_query_that_needs_apply_is_refused()
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
            context.Set<Sample>().SelectMany(s => context.Set<Sample>().Where(o => o.Id > s.Id).OrderBy(o => o.Id).Take(s.Id), (s, o) => new { s.Id, Other = o.Id }).ToList());
        Assert.Equal("Translating this query requires the SQL APPLY operation, which is not supported on SQLite.", error.Message);
    }

    private sealed class Sample
    {
        public int Id { get; set; }

        public required string Text { get; set; }

        public required string Other { get; set; }

        public int Number { get; set; }

        public int? Missing { get; set; }

        public long Long { get; set; }

        public ulong Unsigned { get; set; }

        public double Real { get; set; }

        public float Single { get; set; }

        public decimal Money { get; set; }

        public DateTime Moment { get; set; }

        public DateTimeOffset Instant { get; set; }

        public DateOnly Day { get; set; }

        public TimeOnly Time { get; set; }

        public TimeSpan Span { get; set; }

        public bool Flag { get; set; }

        public required byte[] Bytes { get; set; }

        public Guid Guid { get; set; }

        public required List<string> Tags { get; set; }
    }

    private sealed class Labelled
    {
        public int Id { get; set; }

        public required string Label { get; set; }
    }
}
