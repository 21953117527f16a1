namespace Threads.Simulation;

/// <summary>A peer's clock: the true time of the run and how far it is off.</summary>
internal sealed class VirtualTime(Func<DateTimeOffset> trueTime) : TimeProvider
{
    /// <summary>How far the clock is ahead of the true time; negative: behind.</summary>
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => trueTime() + Offset;
}
