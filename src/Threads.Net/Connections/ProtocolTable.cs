using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Threads.Net.Resources;

namespace Threads.Net.Connections;

/// <summary>The protocols a peer serves, by id.</summary>
internal sealed class ProtocolTable(ILogger logger)
{
    private readonly ConcurrentDictionary<string, IProtocolHandler> _handlers = new(StringComparer.Ordinal);

    /// <summary>Their ids, sorted, as identify lists them.</summary>
    public IReadOnlyList<string> Ids => [.. _handlers.Keys.Order(StringComparer.Ordinal)];

    public void Add(IProtocolHandler handler)
    {
        if (!_handlers.TryAdd(handler.Protocol, handler))
        {
            throw new InvalidOperationException(Strings.HandlerExists(handler.Protocol));
        }
    }

    public bool Remove(string protocol) => _handlers.TryRemove(protocol, out _);

    public IProtocolHandler? Find(string id, bool limited) =>
        _handlers.TryGetValue(id, out var handler) && (!limited || handler.RunsOnLimitedConnections) ? handler : null;

    /// <summary>A stream ended with an error: ours is a defect to be seen, the other side's is everyday.</summary>
    public void OnFailed(PeerConnection connection, string? protocol, Exception error)
    {
        var level = error is IOException or OperationCanceledException ? LogLevel.Debug : LogLevel.Error;
        logger.Log(level, error, "A stream of {Protocol} from {Peer} ended with an error: {Error}", protocol ?? "(not negotiated)", connection.Peer, error.Message);
    }
}
