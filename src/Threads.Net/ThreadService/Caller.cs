using System.Collections.Concurrent;
using Threads.Data.Identity;

namespace Threads.Net.ThreadService;

/// <summary>Who calls on one stream, proven by the connection below, and for which threads it has shown the replica key there.</summary>
internal sealed class Caller(PeerId peer)
{
    private readonly ConcurrentDictionary<ThreadId, bool> _shown = new();

    public PeerId Peer { get; } = peer;

    public void Show(ThreadId thread) => _shown[thread] = true;

    public bool HasShown(ThreadId thread) => _shown.ContainsKey(thread);
}
