namespace Threads.Data;

/// <summary>How a <see cref="ThreadView{TState}"/> is kept.</summary>
public sealed class ThreadViewOptions
{
    /// <summary>Saved states are kept in the database, and a program that starts goes on from the newest one; false: in memory alone.</summary>
    public bool IsPersisted { get; init; }

    /// <summary>What the reducer makes of events: another version begins anew.</summary>
    public string Version { get; init; } = "1";

    /// <summary>A state is saved after so many events. Of older ones fewer are kept, so that going back costs in proportion to how far.</summary>
    public int EventsPerSnapshot { get; init; } = 1_000;

    /// <summary>The collections whose events the reducer gets, by their first names; null: all.</summary>
    public IReadOnlyCollection<string>? Collections { get; init; }
}
