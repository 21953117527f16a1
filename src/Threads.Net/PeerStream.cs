using Threads.Data.Identity;
using Threads.Net.Wire;

namespace Threads.Net;

/// <summary>
/// One conversation with a peer over its connection: bytes both ways, each half closed on its own. One reader and one writer at a time. Disposing
/// closes it in order when it was read to its end, and resets it otherwise.
/// </summary>
public abstract class PeerStream : DuplexStream
{
    /// <summary>The protocol both sides agreed on for this stream (<c>/ipfs/ping/1.0.0</c>).</summary>
    public abstract string Protocol { get; }

    /// <summary>Who is at the other end; proven by the connection's handshake.</summary>
    public abstract PeerId Peer { get; }

    /// <summary>The connection it runs on.</summary>
    public abstract PeerConnection Connection { get; }

    /// <summary>When nothing more can come: the connection's end.</summary>
    internal virtual CancellationToken Ended => Connection.Ended;

    /// <summary>What waits for bytes goes on where they come, and all of a conversation is on that thread: a simulation.</summary>
    internal virtual bool RunsInline => false;

    /// <summary>Says that nothing more will be written; the other side reads to its end. Reading goes on.</summary>
    public abstract ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default);

    /// <summary>Resets the stream at once: what is buffered on either side is dropped, and the other side sees an error.</summary>
    public abstract void Abort();
}
