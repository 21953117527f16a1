namespace Threads.Net.Relay;

/// <summary>
/// What a peer carries for others as a relay (circuit relay v2). Peers that nobody can dial reserve a place and are reached through it; what passes is
/// encrypted between the two ends. The defaults are the specification's, enough to meet and to try a direct connection.
/// </summary>
public sealed record RelayOptions
{
    /// <summary>Peers that have a place at a time.</summary>
    public int MaxReservations { get; init; } = 128;

    /// <summary>The same, from one IP address.</summary>
    public int MaxReservationsPerAddress { get; init; } = 8;

    /// <summary>How long a place is kept without being asked for again.</summary>
    public TimeSpan ReservationTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Connections carried at a time.</summary>
    public int MaxCircuits { get; init; } = 128;

    /// <summary>The same, to or from one peer.</summary>
    public int MaxCircuitsPerPeer { get; init; } = 16;

    /// <summary>How long a connection is carried; null as long as its ends like. With either limit only protocols that say so run on it, and keeping threads in sync does not.</summary>
    public TimeSpan? CircuitTime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Bytes carried each way; null without a limit.</summary>
    public long? CircuitBytes { get; init; } = 128 * 1024;
}
