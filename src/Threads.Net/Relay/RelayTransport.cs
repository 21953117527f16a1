using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Threads.Data.Identity;
using Threads.Net.Protobuf;
using Threads.Net.Resources;
using Threads.Net.Transports;
using Threads.Net.Wire;

namespace Threads.Net.Relay;

/// <summary><c>/…/p2p/RELAY/p2p-circuit[/p2p/PEER]</c>: dials through a relay, and listens at one by keeping a place there.</summary>
internal sealed class RelayTransport(PeerId self, Func<Multiaddress, CancellationToken, Task<PeerConnection>> dial, Action changed, ThreadsPeerOptions options, ILogger logger) : ITransport, IProtocolHandler
{
    private const string Circuit = "p2p-circuit";

    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, RelayListener> _listeners = [];

    public string Protocol => RelayMessages.StopId;

    public bool Speaks(Multiaddress address) => address.Parts.Any(p => p.Protocol == Circuit);

    public async ValueTask<RawConnection> DialAsync(Multiaddress address, CancellationToken cancellationToken)
    {
        var (relay, target) = Split(address);
        if (target is not { } wanted)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.UnsupportedAddress, Strings.RelayAddress(address));
        }

        var stream = await (await ConnectAsync(relay, cancellationToken).ConfigureAwait(false)).OpenStreamAsync(RelayMessages.HopId, cancellationToken).ConfigureAwait(false);
        try
        {
            await RelayMessages.WriteAsync(stream, new RelayHop { Type = (uint)HopType.Connect, Peer = new() { Id = ByteString.CopyFrom(wanted.Bytes) } }, cancellationToken).ConfigureAwait(false);
            var answer = Expect(await RelayMessages.ReadAsync(stream, RelayHop.Parser, cancellationToken).ConfigureAwait(false), stream.Peer);
            return new(stream, address, null, IsRelayed: true, IsLimited: answer.Limit is { } limit && (limit.Duration > 0 || limit.Data > 0));
        }
        catch
        {
            stream.Abort();
            throw;
        }
    }

    public async ValueTask<IListener> ListenAsync(Multiaddress address, CancellationToken cancellationToken)
    {
        var (relay, target) = Split(address);
        if (target is not null || relay.Peer is not { } at)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.UnsupportedAddress, Strings.RelayAddress(address));
        }

        var listener = new RelayListener(relay, c => ReserveAsync(relay, c), changed, options.TimeProvider, logger, () => Remove(at));
        lock (_gate)
        {
            if (!_listeners.TryAdd(at, listener))
            {
                throw new InvalidOperationException(Strings.RelayListensAlready(at));
            }
        }

        await listener.StartAsync(cancellationToken).ConfigureAwait(false);
        return listener;
    }

    /// <summary>A relay brings somebody: the stream becomes a connection, and this ends when that does.</summary>
    public async Task HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(options.NegotiationTimeout, options.TimeProvider, cancellationToken);
        var message = await RelayMessages.ReadAsync(stream, RelayStop.Parser, limit.Token).ConfigureAwait(false);
        RelayListener? listener;
        lock (_gate)
        {
            _listeners.TryGetValue(stream.Peer, out listener);
        }

        var (status, from) = (RelayStatus.Ok, default(PeerId));
        if (message.Type != (uint)StopType.Connect || !message.HasType)
        {
            status = RelayStatus.UnexpectedMessage;
        }
        else if (message.Peer is null || !PeerId.TryFromBytes(message.Peer.Id.Span, out from))
        {
            status = RelayStatus.MalformedMessage;
        }
        else if (listener is null)
        {
            status = RelayStatus.PermissionDenied;
        }

        await RelayMessages.WriteAsync(stream, new RelayStop { Type = (uint)StopType.Status, Status = (uint)status }, limit.Token).ConfigureAwait(false);
        if (status != RelayStatus.Ok)
        {
            await stream.CompleteWritesAsync(limit.Token).ConfigureAwait(false);
            return;
        }

        var carried = new CarriedStream(stream);
        var address = stream.Connection.Address.Append(Multiaddress.Parse($"/p2p/{stream.Peer}/{Circuit}"));
        listener!.Bring(new(carried, address, null, IsRelayed: true, IsLimited: message.Limit is { } l && (l.Duration > 0 || l.Data > 0), Peer: from));
        await carried.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<Reservation> ReserveAsync(Multiaddress relay, CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(relay, cancellationToken).ConfigureAwait(false);
        var stream = await connection.OpenStreamAsync(RelayMessages.HopId, cancellationToken).ConfigureAwait(false);
        await using var closing = stream.ConfigureAwait(false);
        await RelayMessages.WriteAsync(stream, new RelayHop { Type = (uint)HopType.Reserve }, cancellationToken).ConfigureAwait(false);
        var answer = Expect(await RelayMessages.ReadAsync(stream, RelayHop.Parser, cancellationToken).ConfigureAwait(false), stream.Peer);
        await stream.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
        if (answer.Reservation is not { } given)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.RelayMalformed());
        }

        if (given.HasVoucher)
        {
            CheckVoucher(given.Voucher.Span, connection.Peer);
        }

        connection.IsKept = true;
        var addresses = new List<Multiaddress>();
        foreach (var bytes in given.Addrs.Take(16))
        {
            if (Multiaddress.TryFromBytes(bytes.Span, out var known) && !Speaks(known))
            {
                addresses.Add(At(known, connection.Peer));
            }
        }

        return new(connection, DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(given.Expire, 253_402_300_799UL)), addresses.Count > 0 ? addresses : [At(relay, connection.Peer)]);
    }

    private static Multiaddress At(Multiaddress relay, PeerId peer) => (relay.Peer is null ? relay.Append(Multiaddress.ForPeer(peer)) : relay).Append(Multiaddress.Parse($"/{Circuit}"));

    // Nobody else reads it yet; a relay that signs for another peer has a defect worth hearing of.
    private void CheckVoucher(ReadOnlySpan<byte> envelope, PeerId relay)
    {
        var (signer, payload) = Protocols.PeerRecords.OpenEnvelope(envelope, RelayMessages.VoucherDomain, RelayMessages.VoucherType);
        if (!ProtobufMessage.TryParse(RelayVoucher.Parser, payload.Span, out var voucher, out _) || signer != relay || !voucher.Relay.Span.SequenceEqual(relay.Bytes) || !voucher.Peer.Span.SequenceEqual(self.Bytes))
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.RelayVoucher(relay));
        }
    }

    private async Task<PeerConnection> ConnectAsync(Multiaddress relay, CancellationToken cancellationToken)
    {
        var connection = await dial(relay, cancellationToken).ConfigureAwait(false);
        return connection.IsRelayed ? throw new ThreadsPeerException(ThreadsPeerErrorCode.RelayRefused, Strings.RelayOverRelay(connection.Peer)) : connection;
    }

    private static RelayHop Expect(RelayHop answer, PeerId relay) => answer.Type == (uint)HopType.Status && answer.Status == (uint)RelayStatus.Ok
        ? answer
        : throw new ThreadsPeerException(ThreadsPeerErrorCode.RelayRefused, Strings.RelayRefused(relay, (RelayStatus)answer.Status));

    private (Multiaddress Relay, PeerId? Target) Split(Multiaddress address)
    {
        var at = address.Parts.TakeWhile(p => p.Protocol != Circuit).ToArray();
        var rest = address.Parts.Skip(at.Length + 1).ToArray();
        if (at.Length == 0 || rest.Length > 1 || (rest.Length == 1 && rest[0].Protocol != "p2p"))
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.UnsupportedAddress, Strings.RelayAddress(address));
        }

        return (Multiaddress.Parse(string.Concat(at.Select(p => p.Value is null ? $"/{p.Protocol}" : $"/{p.Protocol}/{p.Value}"))), rest.Length == 1 ? address.Peer : null);
    }

    private void Remove(PeerId relay)
    {
        lock (_gate)
        {
            _listeners.Remove(relay);
        }
    }

    /// <summary>Tells when it is no longer needed.</summary>
    private sealed class CarriedStream(PeerStream inner) : DuplexStream
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                _ended.TrySetResult();
            }
        }
    }
}
