using Microsoft.EntityFrameworkCore;

namespace EFCore.Threads.Tests;

public sealed class TypeMappingTests : IDisposable
{
    private readonly TestDatabase database = new();

    public void Dispose() => database.Dispose();

    [Theory]
    [InlineData(nameof(Everything.Bool), "integer", "1")]
    [InlineData(nameof(Everything.Char), "text", "x")]
    [InlineData(nameof(Everything.ULong), "integer", "-1")]
    [InlineData(nameof(Everything.Float), "real", "1.5")]
    [InlineData(nameof(Everything.Decimal), "text", "12.5")]
    [InlineData(nameof(Everything.WholeDecimal), "text", "7.0")]
    [InlineData(nameof(Everything.DateTime), "text", "2026-11-21 13:31:11.1234567")]
    [InlineData(nameof(Everything.DateTimeOffset), "text", "2026-11-21 13:31:11+01:00")]
    [InlineData(nameof(Everything.DateOnly), "text", "2026-11-21")]
    [InlineData(nameof(Everything.TimeOnly), "text", "13:31:11")]
    [InlineData(nameof(Everything.TimeSpan), "text", "1.02:03:04")]
    [InlineData(nameof(Everything.Guid), "text", "0196F4A2-1111-7000-8000-00000000ABCD")]
    [InlineData(nameof(Everything.Bytes), "blob", "\u0001\u0002")]
    [InlineData(nameof(Everything.Enum), "integer", "1")]
    [InlineData(nameof(Everything.Uri), "text", "https://example.org/a")]
    [InlineData(nameof(Everything.Numbers), "text", "[1,2]")]
    public void A_value_is_stored_in_the_form_other_tools_know(string column, string type, string text)
    {
        using var context = Filled();
        var stored = context.Database.SqlQueryRaw<string>(
            $"SELECT typeof(\"{column}\") || ':' || CAST(\"{column}\" AS TEXT) AS \"Value\" FROM \"Everything\"").Single();
        Assert.Equal($"{type}:{text}", stored);
    }

    [Fact]
    public void Every_type_comes_back_as_it_was()
    {
        using var context = Filled();
        var read = context.Set<Everything>().AsNoTracking().Single();
        var expected = Sample();
        foreach (var property in typeof(Everything).GetProperties())
        {
            Assert.Equal(property.GetValue(expected), property.GetValue(read));
        }
    }

    [Fact]
    public void Every_type_compares_equal_to_a_parameter_and_to_a_constant()
    {
        using var context = Filled();
        var sample = Sample();
        var set = context.Set<Everything>();
        Assert.Equal(1, set.Count(e => e.Bool == sample.Bool && e.Char == sample.Char && e.ULong == sample.ULong && e.Float == sample.Float));
        Assert.Equal(1, set.Count(e => e.Decimal == sample.Decimal && e.WholeDecimal == 7m && e.DateTime == sample.DateTime));
        Assert.Equal(1, set.Count(e => e.DateOnly == new DateOnly(2026, 11, 21) && e.TimeOnly == new TimeOnly(13, 31, 11) && e.Guid == sample.Guid));
        Assert.Equal(1, set.Count(e => e.TimeSpan == sample.TimeSpan && e.Enum == DayOfWeek.Monday && e.Bytes == sample.Bytes));
        Assert.Equal(1, set.Count(e => e.DateTimeOffset == sample.DateTimeOffset && e.Uri == sample.Uri && e.Numbers.Contains(2)));
    }

    [Fact]
    public void A_text_with_line_ends_and_nul_survives_as_a_literal()
    {
        using var context = database.Created(m => m.Entity<Everything>().HasData(Sample()));
        var text = string.Concat(Enumerable.Range(0, 300).Select(i => $"it's {i}\r\n")) + "\0end";
        Assert.Equal(text, context.Set<Everything>().Select(_ => EF.Constant(text)).Single());
    }

    private ModelContext Filled()
    {
        var context = database.Created(m => m.Entity<Everything>());
        context.Add(Sample());
        context.SaveChanges();
        context.ChangeTracker.Clear();
        return context;
    }

    private static Everything Sample() => new()
    {
        Id = 1,
        Bool = true,
        Char = 'x',
        ULong = ulong.MaxValue,
        Float = 1.5f,
        Decimal = 12.5m,
        WholeDecimal = 7m,
        DateTime = new DateTime(2026, 11, 21, 13, 31, 11).AddTicks(1_234_567),
        DateTimeOffset = new DateTimeOffset(2026, 11, 21, 13, 31, 11, TimeSpan.FromHours(1)),
        DateOnly = new DateOnly(2026, 11, 21),
        TimeOnly = new TimeOnly(13, 31, 11),
        TimeSpan = new TimeSpan(1, 2, 3, 4),
        Guid = new Guid("0196f4a2-1111-7000-8000-00000000abcd"),
        Bytes = [1, 2],
        Enum = DayOfWeek.Monday,
        Uri = new Uri("https://example.org/a"),
        Numbers = [1, 2],
    };

    private sealed class Everything
    {
        public int Id { get; set; }

        public bool Bool { get; set; }

        public char Char { get; set; }

        public ulong ULong { get; set; }

        public float Float { get; set; }

        public decimal Decimal { get; set; }

        public decimal WholeDecimal { get; set; }

        public DateTime DateTime { get; set; }

        public DateTimeOffset DateTimeOffset { get; set; }

        public DateOnly DateOnly { get; set; }

        public TimeOnly TimeOnly { get; set; }

        public TimeSpan TimeSpan { get; set; }

        public Guid Guid { get; set; }

        public required byte[] Bytes { get; set; }

        public DayOfWeek Enum { get; set; }

        public required Uri Uri { get; set; }

        public required List<int> Numbers { get; set; }
    }
}
