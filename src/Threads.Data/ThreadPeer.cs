using Threads.Data.Identity;

namespace Threads.Data;

/// <summary>A peer that this thread is, or was, exchanged with. The same rows as <c>threads_peers</c>, brought up to date by what connected peers say.</summary>
/// <param name="Id">The peer.</param>
/// <param name="IsConnected">Whether this process talks with it about the thread now.</param>
/// <param name="SeenAt">When it last said how far it is.</param>
/// <param name="Logs">Every log that is here or there.</param>
public sealed record ThreadPeer(PeerId Id, bool IsConnected, DateTimeOffset SeenAt, IReadOnlyList<PeerLog> Logs)
{
    /// <summary>Records that are here and that the peer has not said to have.</summary>
    public long Behind => Logs.Sum(l => l.Behind);

    /// <summary>Records that the peer said to have and that are not here.</summary>
    public long Ahead => Logs.Sum(l => l.Ahead);

    /// <summary>Whether neither has what the other lacks, as far as is known here.</summary>
    public bool IsSynced => Behind == 0 && Ahead == 0;
}

/// <summary>How far a peer has a log.</summary>
/// <param name="Log">The log.</param>
/// <param name="Counter">How many records of it the peer said to have.</param>
/// <param name="Behind">How many more are here.</param>
/// <param name="Ahead">How many fewer are here.</param>
public sealed record PeerLog(LogId Log, long Counter, long Behind, long Ahead);
