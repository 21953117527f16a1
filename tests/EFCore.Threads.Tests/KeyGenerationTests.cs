using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Threads.ValueGeneration;

namespace EFCore.Threads.Tests;

public sealed class KeyGenerationTests : IDisposable
{
    private readonly TestDatabase database = new();

    public void Dispose() => database.Dispose();

    [Fact]
    public void A_Guid_key_is_of_version_7()
    {
        using var context = database.Created(m => m.Entity<WithGuid>());
        var row = context.Add(new WithGuid()).Entity;
        Assert.Equal(7, row.Id.Version);
        context.SaveChanges();
        Assert.Equal(row.Id, context.Set<WithGuid>().Select(w => w.Id).Single());
    }

    [Fact]
    public void A_Ulid_key_is_26_characters_that_sort_as_they_were_made()
    {
        using var context = database.Created(m => m.Entity<WithUlid>().Property(w => w.Id).HasUlid());
        var rows = Enumerable.Range(0, 100).Select(_ => context.Add(new WithUlid()).Entity.Id).ToList();
        context.SaveChanges();
        Assert.All(rows, id => Assert.Matches("^[0-7][0-9A-HJKMNP-TV-Z]{25}$", id));
        Assert.Equal(rows.Order(StringComparer.Ordinal), rows);
        Assert.Equal(rows, context.Set<WithUlid>().OrderBy(w => w.Id).Select(w => w.Id));
    }

    [Fact]
    public void A_Ulid_holds_the_time_it_was_made()
    {
        var clock = new FixedClock(DateTimeOffset.FromUnixTimeMilliseconds(1_469_918_176_385));
        var generator = new UlidValueGenerator(clock, bytes => bytes.Clear());
        Assert.Equal("01ARYZ6S410000000000000000", generator.Next(null!));
        Assert.Equal("01ARYZ6S410000000000000001", generator.Next(null!));
    }

    [Fact]
    public void A_Ulid_of_a_time_before_1970_is_refused()
    {
        var generator = new UlidValueGenerator(new FixedClock(new DateTimeOffset(1969, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        Assert.Contains("1969", Assert.Throws<InvalidOperationException>(() => generator.Next(null!)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_key_is_ordered_by_time_and_comes_back_from_the_save()
    {
        using var context = database.Created(m => m.Entity<WithLong>());
        var rows = Enumerable.Range(0, 50).Select(i => context.Add(new WithLong { Number = i }).Entity).ToList();
        Assert.All(rows, r => Assert.True(context.Entry(r).Property(x => x.Id).IsTemporary));
        context.SaveChanges();
        Assert.All(rows, r => Assert.True(r.Id > 1L << 50));
        Assert.Equal(50, rows.Select(r => r.Id).Distinct().Count());
        Assert.Equal(rows.Select(r => r.Id).Order(), context.Set<WithLong>().OrderBy(w => w.Id).Select(w => w.Id));
    }

    [Fact]
    public void Time_ordered_keys_grow_when_the_clock_does_not()
    {
        var clock = new FixedClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var keys = new TimeOrderedKeys(clock, bytes => bytes.Fill(0xFF));
        var first = keys.Next();
        clock.Now -= TimeSpan.FromDays(1);
        Assert.Equal(first + 1, keys.Next());
        clock.Now += TimeSpan.FromDays(2);
        Assert.True(keys.Next() > first + 1);
    }

    [Fact]
    public void An_int_key_is_made_by_the_database_and_a_given_one_is_kept()
    {
        using var context = database.Created(m => m.Entity<WithInt>());
        var made = context.Add(new WithInt()).Entity;
        var given = context.Add(new WithInt { Id = 1000 }).Entity;
        context.SaveChanges();
        Assert.True(made.Id > 0);
        Assert.Equal(1000, given.Id);
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class WithGuid
    {
        public Guid Id { get; set; }
    }

    private sealed class WithUlid
    {
        public string Id { get; set; } = null!;
    }

    private sealed class WithLong
    {
        public long Id { get; set; }

        public int Number { get; set; }
    }

    private sealed class WithInt
    {
        public int Id { get; set; }
    }
}
