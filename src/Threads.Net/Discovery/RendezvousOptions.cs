namespace Threads.Net.Discovery;

/// <summary>What a peer keeps for others as a rendezvous point (libp2p's /rendezvous/1.0.0): signed addresses under names, for a time. It proves nothing of who belongs to a name.</summary>
public sealed record RendezvousOptions
{
    /// <summary>Registrations in all.</summary>
    public int MaxRegistrations { get; init; } = 10_000;

    /// <summary>Registrations of one peer, each under another name.</summary>
    public int MaxRegistrationsPerPeer { get; init; } = 100;

    /// <summary>How long a registration is kept when its peer says nothing.</summary>
    public TimeSpan DefaultTime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>The longest time that may be asked for.</summary>
    public TimeSpan LongestTime { get; init; } = TimeSpan.FromHours(72);

    /// <summary>Registrations in one answer.</summary>
    public int MaxAnswers { get; init; } = 100;
}
