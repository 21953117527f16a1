using Microsoft.Extensions.Logging;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Connections;
using Threads.Net.Discovery;
using Threads.Net.Gossip;
using Threads.Net.Noise;
using Threads.Net.Protocols;
using Threads.Net.Relay;
using Threads.Net.Resources;
using Threads.Net.Sync;
using Threads.Net.Tls;
using Threads.Net.Transports;

namespace Threads.Net;

/// <summary>
/// This program as others meet it: an identity, the addresses it listens on, the connections it has, the protocols it serves. It speaks libp2p
/// (TCP and WebSocket, Noise and TLS 1.3, yamux), so peers of other implementations can be met too.
/// </summary>
public sealed partial class ThreadsPeer : IAsyncDisposable
{
    private readonly ThreadsPeerOptions _options;
    private readonly Ed25519PrivateKey _identity;
    private readonly NoiseSecurity _noise;
    private readonly TlsSecurity? _tls;
    private readonly ILogger _logger;
    private readonly ProtocolTable _protocols;
    private readonly ConnectionUpgrader _upgrader;
    private readonly ConnectionTable _connections;
    private readonly IdentifyProtocol _identify;
    private readonly PingProtocol _ping;
    private readonly List<ITransport> _transports;
    private readonly Lock _listening = new();
    private IReadOnlyList<IListener> _listeners = [];
    private readonly List<Task> _accepting = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly HandshakeTable _handshakes;
    private static readonly TimeSpan LeastBetweenPushes = TimeSpan.FromSeconds(1);
    private readonly Lock _pushGate = new();
    private long? _pushedAt;
    private bool _isPushDue;
    private readonly ThreadService.ThreadServiceSync? _service;
    private readonly ThreadService.ThreadServiceServer? _serviceServer;
    private ITimer? _idleTimer;
    private int _disposed;

    private ThreadsPeer(ThreadsPeerOptions options)
    {
        _options = options;
        _identity = options.Identity ?? Ed25519PrivateKey.Generate(options.Random);
        Id = PeerId.FromPublicKey(_identity.PublicKey);
        _logger = options.LoggerFactory.CreateLogger("Threads.Net");
        _noise = new(_identity, options.Random);
        _protocols = new(_logger);
        _connections = new(options, Id);
        _handshakes = new(options);
        _identify = new(_identity, _protocols, () => Addresses, options, _logger);
        _ping = new(options.TimeProvider, options.Random);
        var circuits = new RelayTransport(Id, DialAsync, PushIdentify, options, _logger);
        _transports = [circuits, new TcpTransport(), new WebSocketTransport()];
        var securities = new List<ISecurity>();
        foreach (var security in options.Security)
        {
            securities.Add(security switch
            {
                NoiseSecurity.Id => _noise,
                TlsSecurity.Id => _tls = new(_identity, options.TimeProvider),
                _ => throw new ArgumentException(Strings.SecurityUnknown(security), nameof(options)),
            });
        }

        _upgrader = new(securities, _protocols, options);
        _identify.Identified += c => PeerIdentified?.Invoke(this, c);
        AddHandler(_identify);
        AddHandler(_identify.Push);
        AddHandler(_ping);
        AddHandler(circuits);
        var punch = new HolePunch((address, to, isClient, stop) => ConnectAsync(address, to, stop, isClient), () => [.. Addresses.Where(a => !circuits.Speaks(a))], options, _logger);
        PeerIdentified += (_, c) => punch.OnIdentified(c);
        AddHandler(punch);
        if (options.Rendezvous is { } rendezvous)
        {
            AddHandler(new RendezvousPoint(rendezvous, options));
        }

        if (options.Relay is { } relay)
        {
            var service = new RelayService(_identity, relay, FindConnection, () => [.. Addresses.Where(a => !circuits.Speaks(a))], options);
            Disconnected += (_, c) => service.OnDisconnected(c.Peer);
            AddHandler(service);
        }

        _sync = new(Id, FindConnection, options, _logger);
        PeerIdentified += (_, c) => IfUnlimited(c, _sync.OnIdentified);
        AddHandler(_sync);
        AddHandler(_sync.ByMvds);
        if (options.ServesThreadService)
        {
            _service = new(Id, FindConnection, options, _logger);
            _serviceServer = new(new(Id, _sync.Find, _service.Begin), options.LoggerFactory);
            PeerIdentified += (_, c) => _ = MeetHolderAsync(c);
            AddHandler(_serviceServer);
        }

        if (options.Gossip is { } gossip)
        {
            _gossip = new(_identity, gossip, options.TimeProvider, options.Random, _logger);
            PeerIdentified += (_, c) => IfUnlimited(c, _gossip.OnIdentified);
            Disconnected += (_, c) => _gossip.OnDisconnected(c.Peer);
            foreach (var handler in _gossip.Handlers)
            {
                AddHandler(handler);
            }
        }
    }

    /// <summary>The name others know this peer by.</summary>
    public PeerId Id { get; }

    /// <summary>Where it listens, without <c>/p2p</c>; ports are real ones.</summary>
    public IReadOnlyList<Multiaddress> Addresses => [.. _listeners.SelectMany(l => l.Addresses)];

    /// <summary>Addresses to hand to others: each with <c>/p2p</c> and this peer's id behind it.</summary>
    public IReadOnlyList<Multiaddress> DialableAddresses => [.. Addresses.Select(a => a.Append(Multiaddress.ForPeer(Id)))];

    /// <summary>The connections that are open.</summary>
    public IReadOnlyList<PeerConnection> Connections => _connections.All;

    /// <summary>A connection was made or accepted. Called before identify has told anything.</summary>
    public event EventHandler<PeerConnection>? Connected;

    /// <summary>The last connection with a peer has ended.</summary>
    public event EventHandler<PeerConnection>? Disconnected;

    /// <summary>A peer has told who it is and what it serves; again when it changed.</summary>
    public event EventHandler<PeerConnection>? PeerIdentified;

    /// <summary>Starts a peer: takes its identity, opens its listeners.</summary>
    /// <exception cref="ThreadsPeerException">An address can't be listened on; the text says why.</exception>
    /// <exception cref="FormatException">An address is no multiaddress.</exception>
    public static async Task<ThreadsPeer> StartAsync(ThreadsPeerOptions? options = null, CancellationToken cancellationToken = default)
    {
        var peer = new ThreadsPeer(options ?? new());
        try
        {
            await peer.OpenReplicasAsync(cancellationToken).ConfigureAwait(false);
            foreach (var address in peer._options.Listen)
            {
                await peer.ListenAsync(Multiaddress.Parse(address), cancellationToken).ConfigureAwait(false);
            }

            peer.StartIdleTimer();
            peer.StartBookTimer();
            return peer;
        }
        catch
        {
            await peer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Serves a protocol from now on; connected peers are told.</summary>
    /// <exception cref="InvalidOperationException">The protocol is served already.</exception>
    public void AddHandler(IProtocolHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _protocols.Add(handler);
        PushIdentify();
    }

    /// <summary>Stops serving a protocol; streams that are open go on. False when it wasn't served.</summary>
    public bool RemoveHandler(string protocol)
    {
        var removed = _protocols.Remove(protocol);
        PushIdentify();
        return removed;
    }

    /// <summary>The connection to use with a peer; null when there is none.</summary>
    public PeerConnection? FindConnection(PeerId peer) => _connections.Find(peer);

    /// <summary>The round trip to a connected peer.</summary>
    /// <exception cref="ThreadsPeerException">There is no connection with it, or it doesn't answer.</exception>
    public Task<TimeSpan> PingAsync(PeerId peer, CancellationToken cancellationToken = default) => _ping.PingAsync(Connection(peer), cancellationToken);

    /// <summary>Opens a stream to a connected peer.</summary>
    /// <exception cref="ThreadsPeerException">There is no connection with it, or it has none of the protocols.</exception>
    public Task<PeerStream> OpenStreamAsync(PeerId peer, string protocol, CancellationToken cancellationToken = default) =>
        Connection(peer).OpenStreamAsync(protocol, cancellationToken);

    /// <summary>Closes the listeners and the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        _idleTimer?.Dispose();
        _replicaPoll?.Dispose();
        _bookTimer?.Dispose();
        foreach (var listener in _listeners)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(_accepting).ConfigureAwait(false);
        foreach (var discovery in _discoveries)
        {
            await discovery.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var thread in _sync.Threads)
        {
            await thread.DisposeAsync().ConfigureAwait(false);
        }

        _replicas?.Dispose();
        if (_gossip is not null)
        {
            await _gossip.DisposeAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(_connections.All.Select(c => c.DisposeAsync().AsTask())).ConfigureAwait(false);
        if (_serviceServer is not null)
        {
            await _serviceServer.DisposeAsync().ConfigureAwait(false);
        }

        _noise.Dispose();
        _tls?.Dispose();
        _identity.Dispose();
        _stopping.Dispose();
    }

    /// <summary>The addresses under this peer's signature, as others may pass them on.</summary>
    internal byte[] SignAddresses() => _identify.SignedRecord(Addresses);

    // What has to last is not begun on a connection that a relay will cut.
    private static void IfUnlimited(PeerConnection connection, Action<PeerConnection> begin)
    {
        if (!connection.IsLimited)
        {
            begin(connection);
        }
    }

    private PeerConnection Connection(PeerId peer) =>
        _connections.Find(peer) ?? throw new ThreadsPeerException(ThreadsPeerErrorCode.ConnectionClosed, Strings.NotConnected(peer));

    private void PushIdentify()
    {
        TimeSpan wait;
        lock (_pushGate)
        {
            if (_isPushDue)
            {
                return;
            }

            _isPushDue = true;
            wait = _pushedAt is { } at ? LeastBetweenPushes - _options.TimeProvider.GetElapsedTime(at) : TimeSpan.Zero;
        }

        _ = PushSoonAsync(wait);
    }

    private async Task PushSoonAsync(TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _options.TimeProvider).ConfigureAwait(false);
        }

        lock (_pushGate)
        {
            (_isPushDue, _pushedAt) = (false, _options.TimeProvider.GetTimestamp());
        }

        foreach (var connection in _connections.All)
        {
            _ = PushAsync(connection);
        }

        async Task PushAsync(PeerConnection connection)
        {
            try
            {
                await _identify.PushAsync(connection, _stopping.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                _logger.LogDebug(e, "Peer {Peer} was not told of a change: {Error}", connection.Peer, e.Message);
            }
        }
    }
}
