namespace Threads.Net.Yamux;

/// <summary>Limits of a yamux connection (LIBP2P 7 and 16).</summary>
internal sealed record YamuxOptions
{
    public const int InitialWindowBytes = 256 * 1024;

    /// <summary>What a stream's receive window may grow to while its reader keeps up.</summary>
    public int MaxWindowBytes { get; init; } = 1024 * 1024;

    /// <summary>Sum of all growth above the initial windows.</summary>
    public int MaxRaisedBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Above this, the stream with the most unread bytes is reset.</summary>
    public int MaxUnreadBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// Bytes of one stream that go out before the other side gives a sign (credit, or a pong behind them), whatever its window admits: js resets a stream of which it holds too much unread.
    /// </summary>
    public int MaxInFlightBytes { get; init; } = 1024 * 1024;

    public int MaxInboundStreams { get; init; } = 512;

    /// <summary>Own streams that the other side has not answered on; the opener waits.</summary>
    public int MaxUnacknowledgedStreams { get; init; } = 256;

    public int MaxPingsPerSecond { get; init; } = 10;

    public int MaxResetsPerSecond { get; init; } = 500;

    public int MaxEmptyFramesPerSecond { get; init; } = 100;

    /// <summary>Bytes a writer may have waiting on one stream.</summary>
    public int WriteBufferBytes { get; init; } = 256 * 1024;

    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Without progress on the socket for so long while there is something to write, the connection ends.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A stream that the other side has finished and nobody touches is reset after so long.</summary>
    public TimeSpan HalfOpenTimeout { get; init; } = TimeSpan.FromSeconds(120);
}
