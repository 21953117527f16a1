using System.Globalization;

namespace Threads.Data.Events;

/// <summary>
/// A point of the hybrid logical clock: nanoseconds since 1970 in one signed 64-bit number, in ticks of 1,024 whose low 10 bits count what happened within the
/// tick (ARCHITECTURE decision 5). Ends in April 2262; above 2^53, so write it as text where JavaScript reads.
/// </summary>
public readonly record struct HybridTime(long Value) : IComparable<HybridTime>
{
    /// <summary>The bits below the physical tick.</summary>
    public const long LogicalMask = 1023;

    /// <summary>The wall-clock part; the logical bits are dropped.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.UnixEpoch.AddTicks((Value & ~LogicalMask) / 100);

    /// <summary>The last point of the tick that holds <paramref name="time"/>: "as of then" includes all of its tick.</summary>
    public static HybridTime EndOf(DateTimeOffset time) => new(FromWallClock(time) | LogicalMask);

    /// <summary>The physical tick of a wall-clock time, without logical bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time lies before 1970 or after April 2262.</exception>
    public static long FromWallClock(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        ArgumentOutOfRangeException.ThrowIfNegative(ticks, nameof(time));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ticks, long.MaxValue / 100, nameof(time));
        return ticks * 100 & ~LogicalMask;
    }

    /// <inheritdoc />
    public int CompareTo(HybridTime other) => Value.CompareTo(other.Value);

    /// <summary>The number as text.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Order of the clock alone; ties are broken by log and record.</summary>
    public static bool operator <(HybridTime left, HybridTime right) => left.Value < right.Value;

    /// <summary>Order of the clock alone; ties are broken by log and record.</summary>
    public static bool operator >(HybridTime left, HybridTime right) => left.Value > right.Value;

    /// <summary>Order of the clock alone; ties are broken by log and record.</summary>
    public static bool operator <=(HybridTime left, HybridTime right) => left.Value <= right.Value;

    /// <summary>Order of the clock alone; ties are broken by log and record.</summary>
    public static bool operator >=(HybridTime left, HybridTime right) => left.Value >= right.Value;
}
