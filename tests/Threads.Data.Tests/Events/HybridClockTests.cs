using Threads.Data.Events;

namespace Threads.Data.Tests.Events;

/// <summary>ARCHITECTURE decision 5, FINDINGS 1e.</summary>
public class HybridClockTests
{
    private readonly SetTime _time = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void A_stamp_is_the_wall_clock_in_ticks_of_1024_nanoseconds()
    {
        var stamp = new HybridClock(_time).Peek();
        Assert.Equal(0, stamp & HybridTime.LogicalMask);
        Assert.InRange((_time.GetUtcNow() - new HybridTime(stamp).ToDateTimeOffset()).TotalMicroseconds, 0, 1.1);
    }

    [Fact]
    public void Stamps_increase_while_the_clock_stands_still_and_carry_into_the_tick()
    {
        var clock = new HybridClock(_time);
        var first = clock.Peek();
        clock.Take(first, 1_000_000);
        Assert.Equal(first + 1_000_000, clock.Peek());
        Assert.InRange((new HybridTime(clock.Peek()).ToDateTimeOffset() - new HybridTime(first).ToDateTimeOffset()).TotalMicroseconds, 998, 1_002);
    }

    [Fact]
    public void A_clock_set_back_never_makes_time_run_backwards()
    {
        var clock = new HybridClock(_time);
        var before = clock.Peek();
        clock.Take(before, 1);
        _time.Now -= TimeSpan.FromDays(3);
        Assert.Equal(before + 1, clock.Peek());
    }

    [Fact]
    public void What_was_seen_is_before_what_comes()
    {
        var clock = new HybridClock(_time);
        var seen = clock.Peek() + 50_000_000;
        clock.Observe(seen);
        Assert.Equal(seen + 1, clock.Peek());
    }

    [Fact]
    public void Due_ends_at_the_bound()
    {
        var due = new HybridClock(_time).DueUntil(TimeSpan.FromMinutes(10));
        Assert.Equal(HybridTime.EndOf(_time.Now.AddMinutes(10)).Value, due);
    }

    [Fact]
    public void Times_outside_1970_to_2262_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => HybridTime.FromWallClock(DateTimeOffset.UnixEpoch.AddTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => HybridTime.FromWallClock(new DateTimeOffset(2262, 4, 12, 0, 0, 0, TimeSpan.Zero)));
        Assert.Throws<OverflowException>(() => new HybridClock(_time) { Last = long.MaxValue }.Peek());
    }

    private sealed class SetTime(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
