using Microsoft.Extensions.Logging;
using Threads.Data.Identity;
using Threads.Net.Connections;
using Threads.Net.Relay;
using Threads.Net.Resources;
using Threads.Net.Sync;
using Threads.Net.Transports;
using Threads.Net.Wire;

namespace Threads.Net;

/// <content>Dialing, listening, and what happens to a new connection.</content>
public sealed partial class ThreadsPeer
{
    private readonly DialTable _dials = new();

    /// <summary>
    /// Connects to a peer. With <c>/p2p/…</c> at its end the address names who has to answer; without, whoever does is taken. One dial at a time goes to
    /// a peer: callers that ask meanwhile get its connection.
    /// </summary>
    /// <returns>A connection that was open already, or a new one.</returns>
    /// <exception cref="ThreadsPeerException">Nobody answered, the handshake failed, another peer answered, or the address was dialed in vain a moment ago.</exception>
    public async Task<PeerConnection> DialAsync(Multiaddress address, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var peer = address.Peer;
        // Who is met through a relay may still be dialed directly.
        if (peer is { } known && _connections.Find(known) is { } open && (!open.IsRelayed || !_transports.Exists(t => t is not RelayTransport && t.Speaks(address))))
        {
            return open;
        }

        if (peer == Id)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.UnsupportedAddress, Strings.DialSelf());
        }

        return await _dials.RunAsync(address, _options, () => ConnectAsync(address, peer, _stopping.Token), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="DialAsync(Multiaddress, CancellationToken)"/>
    public Task<PeerConnection> DialAsync(string address, CancellationToken cancellationToken = default) => DialAsync(Multiaddress.Parse(address), cancellationToken);

    /// <param name="address">Where.</param>
    /// <param name="peer">Who has to answer.</param>
    /// <param name="cancellationToken">Ends the dial.</param>
    /// <param name="isClient">Whether this side begins every layer, as who dials does; when both dial at once only one may.</param>
    private async Task<PeerConnection> ConnectAsync(Multiaddress address, PeerId? peer, CancellationToken cancellationToken, bool isClient = true)
    {
        var transport = _transports.Find(t => t.Speaks(address))
            ?? throw new ThreadsPeerException(ThreadsPeerErrorCode.UnsupportedAddress, Strings.AddressUnsupported(address));
        RawConnection raw;
        using (var limit = new TimeLimit(_options.DialTimeout, _options.TimeProvider, cancellationToken))
        {
            try
            {
                raw = await transport.DialAsync(address, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException e) when (limit.IsOver)
            {
                throw new ThreadsPeerException(ThreadsPeerErrorCode.DialFailed, Strings.DialTimeout(address, _options.DialTimeout), e);
            }
        }

        var connection = await _upgrader.UpgradeAsync(raw, isClient, peer, cancellationToken).ConfigureAwait(false);
        return await AddAsync(connection).ConfigureAwait(false)
            ? connection
            : throw new ThreadsPeerException(ThreadsPeerErrorCode.LimitReached, Strings.ConnectionLimit(connection.Peer));
    }

    /// <summary>
    /// Listens on one more address. <c>/…/p2p/RELAY/p2p-circuit</c> keeps a place at a relay, for peers that can't dial this one; it is among
    /// <see cref="Addresses"/> while the relay gives it.
    /// </summary>
    /// <exception cref="ThreadsPeerException">The address can't be listened on; the text says why.</exception>
    public async Task ListenAsync(Multiaddress address, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        var transport = _transports.Find(t => t.Speaks(address))
            ?? throw new ThreadsPeerException(ThreadsPeerErrorCode.UnsupportedAddress, Strings.AddressUnsupported(address));
        var listener = await transport.ListenAsync(address, cancellationToken).ConfigureAwait(false);
        lock (_listening)
        {
            _listeners = [.. _listeners, listener];
            _accepting.Add(Task.Run(() => AcceptAllAsync(listener), CancellationToken.None));
        }

        PushIdentify();
    }

    private async Task AcceptAllAsync(IListener listener)
    {
        while (await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false) is { } raw)
        {
            if (_handshakes.TryEnter(raw) is not { } place)
            {
                _logger.LogDebug("Connection from {Address} closed: {Limit} handshakes are under way.", raw.Address, _options.MaxUpgrades);
                await raw.Stream.DisposeAsync().ConfigureAwait(false);
                continue;
            }

            _ = UpgradeInboundAsync(raw, place);
        }
    }

    private async Task UpgradeInboundAsync(RawConnection raw, LinkedListNode<(RawConnection Raw, long At)> place)
    {
        try
        {
            await AddAsync(await _upgrader.UpgradeAsync(raw, isDialer: false, raw.Peer, _stopping.Token).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            _logger.LogDebug(e, "Connection from {Address} failed: {Error}", raw.Address, e.Message);
        }
        finally
        {
            _handshakes.Leave(place);
        }
    }

    private async ValueTask<bool> AddAsync(PeerConnection connection)
    {
        var limit = "this peer itself";
        if (connection.Peer == Id || !_connections.TryAdd(connection, out limit))
        {
            _logger.LogDebug("Connection with {Peer} closed: {Limit}", connection.Peer, limit);
            connection.Start();
            await connection.DisposeAsync().ConfigureAwait(false);
            return false;
        }

        // Registered before its first stream is taken: a handler may ask for it.
        connection.Start();
        _logger.LogDebug("Connected with {Peer} at {Address}, {Security}, {Direction}", connection.Peer, connection.Address, connection.Security, connection.IsOutbound ? "outbound" : "inbound");
        SyncMetrics.Connections.Add(1);
        _ = WatchAsync(connection);
        Connected?.Invoke(this, connection);
        _ = _identify.AskAsync(connection);
        return true;
    }

    private async Task WatchAsync(PeerConnection connection)
    {
        await connection.Closed.ConfigureAwait(false);
        _connections.Remove(connection, out var wasLast);
        SyncMetrics.Connections.Add(-1);
        _logger.LogDebug("Connection with {Peer} ended: {Reason}", connection.Peer, connection.EndReason?.Message);
        if (wasLast)
        {
            Disconnected?.Invoke(this, connection);
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private void StartIdleTimer()
    {
        if (_options.IdleTimeout is { } limit)
        {
            var period = TimeSpan.FromTicks(limit.Ticks / 4);
            _idleTimer = _options.TimeProvider.CreateTimer(_ => CloseIdle(limit), null, period, period);
        }
    }

    private void CloseIdle(TimeSpan limit)
    {
        foreach (var connection in _connections.All)
        {
            if (connection.Idle > limit)
            {
                _ = connection.DisposeAsync().AsTask();
            }
        }
    }
}
