using Threads.Data.Identity;
using Threads.Data.Logs;

namespace Threads.Data;

/// <summary>
/// Whoever keeps a database's thread in sync with others: registered by <see cref="ThreadsDataSource.RegisterSync"/>, asked by <see cref="LocalThread.Peers"/> and
/// <see cref="LocalThread.WaitForSyncAsync"/>. Threads.Net's <c>ThreadsPeer.ServeAsync</c> does.
/// </summary>
public interface IThreadSync
{
    /// <summary>The peers with which the thread is being kept in sync now, and how far each last said it was.</summary>
    IReadOnlyList<(PeerId Peer, ThreadHeads Heads)> Connected { get; }

    /// <summary>Ends when everything that is committed here now is at the peer, and everything it had when the waiting began is here. Waits for the peer, too.</summary>
    Task WaitForSyncAsync(PeerId peer, CancellationToken cancellationToken);
}
