namespace Threads.Net;

/// <summary>Serves the streams that other peers open for one protocol. Register it with <see cref="ThreadsPeer.AddHandler"/>.</summary>
public interface IProtocolHandler
{
    /// <summary>The protocol's id, <c>/name/version</c>, as peers negotiate it.</summary>
    string Protocol { get; }

    /// <summary>Streams of this protocol that one connection may have open to us at a time; more are reset.</summary>
    int MaxInboundStreams => 64;

    /// <summary>Whether the protocol may run on a relayed connection with limits on time and bytes.</summary>
    bool RunsOnLimitedConnections => false;

    /// <summary>
    /// Serves one stream. It is closed in order when the task ends, and reset when the task fails. The token is cancelled when the connection ends.
    /// </summary>
    Task HandleAsync(PeerStream stream, CancellationToken cancellationToken);
}
