using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Protobuf;
using Threads.Net.Wire;

namespace Threads.Net.Gossip;

/// <summary>
/// Gossipsub on a peer's connections: drives the <see cref="GossipRouter"/>, with one stream to write on and one to read from for each peer. A peer that
/// reads too slowly loses gossip, never slows others: announcements make up for it.
/// </summary>
internal sealed class GossipProtocol : IAsyncDisposable
{
    public static readonly string[] Ids = ["/meshsub/1.1.0", "/meshsub/1.0.0"];

    private readonly GossipRouter _router;
    private readonly GossipOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<PeerId, RpcQueue> _writers = new();
    private readonly ConcurrentDictionary<PeerId, PeerStream> _readers = new();
    private readonly ConcurrentDictionary<string, Action<GossipDelivery>> _listeners = new(StringComparer.Ordinal);
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopping = new();

    public GossipProtocol(Ed25519PrivateKey identity, GossipOptions options, TimeProvider time, IRandomSource random, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        Span<byte> seed = stackalloc byte[4];
        random.Fill(seed);
        var firstSequence = (ulong)(time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        _router = new(identity, options, SeededRandom(BitConverter.ToInt32(seed)), firstSequence);
        _timer = time.CreateTimer(_ => Drive(r => r.Heartbeat(time.GetUtcNow())), null, TimeSpan.FromMilliseconds(100), options.HeartbeatInterval);
    }

    public IEnumerable<IProtocolHandler> Handlers => Ids.Select(id => new Handler(this, id));

    /// <summary>A peer has identified itself; one that speaks gossipsub gets a stream.</summary>
    public void OnIdentified(PeerConnection connection)
    {
        if (Ids.Any(id => connection.Protocols.Contains(id)))
        {
            Attach(connection);
        }
    }

    public void OnDisconnected(PeerId peer)
    {
        if (_writers.TryRemove(peer, out var queue))
        {
            queue.Complete();
        }

        Drive(r => r.RemovePeer(peer));
    }

    public void Subscribe(string topic, Action<GossipDelivery> listener, Func<GossipDelivery, GossipVerdict>? validator)
    {
        _listeners[topic] = listener;
        Drive(r => r.Subscribe(topic, validator, _time.GetUtcNow()));
    }

    public void Unsubscribe(string topic)
    {
        _listeners.TryRemove(topic, out _);
        Drive(r => r.Unsubscribe(topic, _time.GetUtcNow()));
    }

    public int Publish(string topic, ReadOnlyMemory<byte> data)
    {
        var count = 0;
        Drive(r => count = r.Publish(topic, data.Span, _time.GetUtcNow()));
        return count;
    }

    public IReadOnlyList<PeerId> Subscribers(string topic)
    {
        lock (_gate)
        {
            return _router.Subscribers(topic);
        }
    }

    public IReadOnlyList<PeerId> MeshPeers(string topic)
    {
        lock (_gate)
        {
            return [.. _router.MeshPeers(topic)];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (var queue in _writers.Values)
        {
            queue.Complete();
        }
    }

    // xorshift: the router's choices are for balance, not for secrecy, and a seed must give the same run anywhere.
    private static Random SeededRandom(int seed) => new SeededGenerator((uint)seed);

    private void Attach(PeerConnection connection)
    {
        var queue = new RpcQueue(_options.MaxWaitingBytes);
        if (_writers.TryAdd(connection.Peer, queue))
        {
            _ = WriteAllAsync(connection, queue);
            Drive(r => r.AddPeer(connection.Peer, connection.IsOutbound));
        }
    }

    private async Task WriteAllAsync(PeerConnection connection, RpcQueue queue)
    {
        for (var attempt = 0; attempt < 2 && !_stopping.IsCancellationRequested; attempt++)
        {
            try
            {
                var stream = await connection.OpenStreamAsync(Ids, connection.Ended).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                {
                    while (await queue.WaitAsync(connection.Ended).ConfigureAwait(false))
                    {
                        while (queue.TryTake() is { } rpc)
                        {
                            await stream.WriteAsync(rpc, connection.Ended).ConfigureAwait(false);
                        }
                    }

                    await stream.CompleteWritesAsync(connection.Ended).ConfigureAwait(false);
                    return;
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                _logger.LogDebug(e, "The gossip stream to {Peer} ended: {Error}", connection.Peer, e.Message);
                if (connection.Ended.IsCancellationRequested)
                {
                    return;
                }

                // The stream's end is not the peer's: once more, after a moment.
                await Task.Delay(TimeSpan.FromSeconds(1), _time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task ReadAllAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        Attach(stream.Connection);
        _readers.AddOrUpdate(stream.Peer, stream, (_, older) =>
        {
            older.Abort();
            return stream;
        });
        try
        {
            while (await LengthPrefixed.ReadAsync(stream, _options.MaxMessageBytes + 4096, cancellationToken).ConfigureAwait(false) is { } rpc)
            {
                var isWelcome = true;
                Drive(r => isWelcome = r.Receive(stream.Peer, rpc, _time.GetUtcNow()));
                if (!isWelcome)
                {
                    throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Resources.Strings.GossipMalformed(stream.Peer));
                }
            }
        }
        finally
        {
            _readers.TryRemove(KeyValuePair.Create(stream.Peer, stream));
        }
    }

    private void Drive(Action<GossipRouter> step)
    {
        GossipDelivery[] deliveries;
        lock (_gate)
        {
            step(_router);
            // The same message to many peers, which is the rule, is written down once.
            ByteString? only = null;
            byte[] frame = [];
            foreach (var (to, rpc) in _router.Outgoing)
            {
                if (_writers.TryGetValue(to, out var queue))
                {
                    var alone = rpc is { Publish.Count: 1, Subscriptions.Count: 0, Control: null } ? rpc.Publish[0] : null;
                    if (alone is null || !ReferenceEquals(alone, only))
                    {
                        (only, frame) = (alone, LengthPrefixed.Frame(rpc.ToByteArray()));
                    }

                    queue.TryAdd(frame);
                }
            }

            deliveries = [.. _router.Deliveries];
            _router.Outgoing.Clear();
            _router.Deliveries.Clear();
        }

        foreach (var delivery in deliveries)
        {
            if (_listeners.TryGetValue(delivery.Topic, out var listener))
            {
                listener(delivery);
            }
        }
    }

    private sealed class Handler(GossipProtocol gossip, string id) : IProtocolHandler
    {
        public string Protocol => id;

        public int MaxInboundStreams => 2;

        public Task HandleAsync(PeerStream stream, CancellationToken cancellationToken) => gossip.ReadAllAsync(stream, cancellationToken);
    }
}
