namespace Threads.Data.Events;

/// <summary>
/// Stamps of one peer: never two alike, never backwards, never before what was seen (ARCHITECTURE decision 5). Not thread-safe: it belongs to the write
/// transaction, which sets <see cref="Last"/> from the file when another connection has written.
/// </summary>
internal sealed class HybridClock(TimeProvider time)
{
    /// <summary>The newest stamp given or seen.</summary>
    public long Last { get; set; }

    /// <summary>The first of the next stamps; <see cref="Take"/> takes them.</summary>
    public long Peek() => Math.Max(HybridTime.FromWallClock(time.GetUtcNow()), checked(Last + 1));

    /// <summary>Takes the stamps <paramref name="first"/> … first + count - 1.</summary>
    public void Take(long first, int count) => Last = checked(first + count - 1);

    /// <summary>Moves on past a stamp seen in somebody's record.</summary>
    public void Observe(long seen) => Last = Math.Max(Last, seen);

    /// <summary>The largest stamp that counts as due now, given how far ahead a clock may be.</summary>
    public long DueUntil(TimeSpan bound)
    {
        var now = time.GetUtcNow();
        return HybridTime.EndOf(now > DateTimeOffset.MaxValue - bound ? now : now + bound).Value;
    }
}
