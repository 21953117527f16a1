using System.Buffers;
using System.Net;
using Google.Protobuf;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Protobuf;
using Threads.Net.Protocols;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Relay;

/// <summary>
/// The relay's side of circuit relay v2: gives places to peers that nobody can dial, and carries connections to them within limits. A place lasts as
/// long as the connection that asked for it, and no longer than its time.
/// </summary>
internal sealed class RelayService(Ed25519PrivateKey identity, RelayOptions relay, Func<PeerId, PeerConnection?> find, Func<IReadOnlyList<Multiaddress>> addresses, ThreadsPeerOptions options) : IProtocolHandler
{
    private const int ChunkBytes = 16 * 1024;

    private readonly PeerId _self = PeerId.FromPublicKey(identity.PublicKey);
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, (DateTimeOffset Until, IPAddress? IP)> _places = [];
    private readonly Dictionary<PeerId, int> _circuitsOf = [];
    private int _circuits;

    public string Protocol => RelayMessages.HopId;

    public int MaxInboundStreams => relay.MaxCircuitsPerPeer + 4;

    public async Task HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        RelayHop message;
        using (var limit = new TimeLimit(options.NegotiationTimeout, options.TimeProvider, cancellationToken))
        {
            try
            {
                message = await RelayMessages.ReadAsync(stream, RelayHop.Parser, limit.Token).ConfigureAwait(false);
            }
            catch (ThreadsPeerException e) when (e.ErrorCode is ThreadsPeerErrorCode.MessageMalformed or ThreadsPeerErrorCode.MessageTooLarge)
            {
                await FinishAsync(stream, RelayMessages.Answer(RelayStatus.MalformedMessage), limit.Token).ConfigureAwait(false);
                // Not thrown on: a reset would overtake the answer.
                await stream.Connection.BlameAsync(e).ConfigureAwait(false);
                return;
            }
        }

        switch ((HopType)message.Type)
        {
            case HopType.Reserve when message.HasType:
                await FinishAsync(stream, Reserve(stream.Connection), cancellationToken).ConfigureAwait(false);
                break;
            case HopType.Connect:
                await ConnectAsync(stream, message, cancellationToken).ConfigureAwait(false);
                break;
            default:
                await FinishAsync(stream, RelayMessages.Answer(RelayStatus.UnexpectedMessage), cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>The last connection with a peer has ended: its place is free.</summary>
    public void OnDisconnected(PeerId peer)
    {
        lock (_gate)
        {
            _places.Remove(peer);
        }
    }

    private RelayHop Reserve(PeerConnection connection)
    {
        if (connection.IsRelayed)
        {
            return RelayMessages.Answer(RelayStatus.PermissionDenied);
        }

        var now = options.TimeProvider.GetUtcNow();
        var until = now + relay.ReservationTime;
        lock (_gate)
        {
            foreach (var (peer, _) in _places.Where(p => p.Value.Until <= now).ToArray())
            {
                _places.Remove(peer);
            }

            if (!_places.ContainsKey(connection.Peer) &&
                (_places.Count >= relay.MaxReservations || _places.Values.Count(p => p.IP is not null && p.IP.Equals(connection.IP)) >= relay.MaxReservationsPerAddress))
            {
                return RelayMessages.Answer(RelayStatus.ReservationRefused);
            }

            _places[connection.Peer] = (until, connection.IP);
        }

        // A peer that waits to be reached has no streams, and must stay.
        connection.IsKept = true;
        var answer = RelayMessages.Answer(RelayStatus.Ok);
        answer.Reservation = new() { Expire = (ulong)until.ToUnixTimeSeconds(), Voucher = UnsafeByteOperations.UnsafeWrap(Voucher(connection.Peer, until)) };
        answer.Reservation.Addrs.AddRange(addresses().Take(16).Select(a => ByteString.CopyFrom(a.Append(Multiaddress.ForPeer(_self)).Bytes)));
        answer.Limit = Limit();
        return answer;
    }

    private byte[] Voucher(PeerId peer, DateTimeOffset until) => PeerRecords.Envelope(identity, RelayMessages.VoucherDomain, RelayMessages.VoucherType, new RelayVoucher
    {
        Relay = ByteString.CopyFrom(_self.Bytes),
        Peer = ByteString.CopyFrom(peer.Bytes),
        Expiration = (ulong)until.ToUnixTimeSeconds(),
    }.ToByteArray());

    private RelayLimit? Limit() => relay.CircuitTime is null && relay.CircuitBytes is null
        ? null
        : new() { Duration = (uint)(relay.CircuitTime?.TotalSeconds ?? 0), Data = (ulong)(relay.CircuitBytes ?? 0) };

    private async Task ConnectAsync(PeerStream stream, RelayHop message, CancellationToken cancellationToken)
    {
        var status = Admit(stream.Connection, message, out var target);
        if (status != RelayStatus.Ok)
        {
            await FinishAsync(stream, RelayMessages.Answer(status), cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            if (await ReachAsync(target!, stream.Peer, cancellationToken).ConfigureAwait(false) is not { } onward)
            {
                await FinishAsync(stream, RelayMessages.Answer(RelayStatus.ConnectionFailed), cancellationToken).ConfigureAwait(false);
                return;
            }

            await using (onward.ConfigureAwait(false))
            {
                var answer = RelayMessages.Answer(RelayStatus.Ok);
                answer.Limit = Limit();
                await RelayMessages.WriteAsync(stream, answer, cancellationToken).ConfigureAwait(false);
                await CarryAsync(stream, onward, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            lock (_gate)
            {
                _circuits--;
                Leave(stream.Peer);
                Leave(target!.Peer);
            }
        }
    }

    private RelayStatus Admit(PeerConnection from, RelayHop message, out PeerConnection? target)
    {
        target = null;
        if (from.IsRelayed)
        {
            return RelayStatus.PermissionDenied;
        }

        if (message.Peer is null || !PeerId.TryFromBytes(message.Peer.Id.Span, out var wanted))
        {
            return RelayStatus.MalformedMessage;
        }

        lock (_gate)
        {
            if (!_places.TryGetValue(wanted, out var place) || place.Until <= options.TimeProvider.GetUtcNow() || find(wanted) is not { IsRelayed: false } found)
            {
                return RelayStatus.NoReservation;
            }

            if (_circuits >= relay.MaxCircuits || _circuitsOf.GetValueOrDefault(wanted) >= relay.MaxCircuitsPerPeer || _circuitsOf.GetValueOrDefault(from.Peer) >= relay.MaxCircuitsPerPeer)
            {
                return RelayStatus.ResourceLimitExceeded;
            }

            _circuits++;
            _circuitsOf[wanted] = _circuitsOf.GetValueOrDefault(wanted) + 1;
            _circuitsOf[from.Peer] = _circuitsOf.GetValueOrDefault(from.Peer) + 1;
            target = found;
            return RelayStatus.Ok;
        }
    }

    private void Leave(PeerId peer)
    {
        if (--_circuitsOf[peer] == 0)
        {
            _circuitsOf.Remove(peer);
        }
    }

    // The stream to the peer that waits, once it has agreed; null when it doesn't.
    private async Task<PeerStream?> ReachAsync(PeerConnection target, PeerId from, CancellationToken cancellationToken)
    {
        PeerStream? onward = null;
        using var limit = new TimeLimit(options.NegotiationTimeout, options.TimeProvider, cancellationToken);
        try
        {
            onward = await target.OpenStreamAsync(RelayMessages.StopId, limit.Token).ConfigureAwait(false);
            await RelayMessages.WriteAsync(onward, new RelayStop { Type = (uint)StopType.Connect, Peer = new() { Id = ByteString.CopyFrom(from.Bytes) }, Limit = Limit() }, limit.Token).ConfigureAwait(false);
            var answer = await RelayMessages.ReadAsync(onward, RelayStop.Parser, limit.Token).ConfigureAwait(false);
            if (answer.Type == (uint)StopType.Status && answer.Status == (uint)RelayStatus.Ok)
            {
                return onward;
            }
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && limit.IsOver))
        {
            onward?.Abort();
            return null;
        }

        onward.Abort();
        return null;
    }

    private async Task CarryAsync(PeerStream one, PeerStream other, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(relay.CircuitTime ?? Timeout.InfiniteTimeSpan, options.TimeProvider, cancellationToken);
        try
        {
            var there = CopyAsync(one, other, limit.Token);
            var back = CopyAsync(other, one, limit.Token);
            await (await Task.WhenAny(there, back).ConfigureAwait(false)).ConfigureAwait(false);
            await Task.WhenAll(there, back).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            one.Abort();
            other.Abort();
            throw limit.IsOver ? new ThreadsPeerException(ThreadsPeerErrorCode.LimitReached, Strings.RelayLimit(), e) : e;
        }
    }

    private async Task CopyAsync(PeerStream from, PeerStream to, CancellationToken cancellationToken)
    {
        var left = relay.CircuitBytes ?? long.MaxValue;
        while (true)
        {
            // Most circuits are silent most of the time: no buffer while they are.
            await from.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
            try
            {
                var n = await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (n == 0)
                {
                    await to.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
                    return;
                }

                if ((left -= n) < 0)
                {
                    throw new ThreadsPeerException(ThreadsPeerErrorCode.LimitReached, Strings.RelayLimit());
                }

                await to.WriteAsync(buffer.AsMemory(0, n), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static async Task FinishAsync(PeerStream stream, RelayHop answer, CancellationToken cancellationToken)
    {
        await RelayMessages.WriteAsync(stream, answer, cancellationToken).ConfigureAwait(false);
        await stream.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
    }
}
