using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Threads.Data.Identity;
using Threads.Net.Protobuf;
using Threads.Net.Wire;

namespace Threads.Net.Relay;

/// <summary>
/// From a relayed connection to a direct one (DCUtR, LIBP2P 15). Whoever was dialed through the relay begins: it dials the other's addresses if it has any, and
/// otherwise tells its own; after a round trip both dial at the same moment, the one who dialed the relay as the client of every layer.
/// </summary>
internal sealed class HolePunch(
    Func<Multiaddress, PeerId, bool, CancellationToken, Task<PeerConnection>> dial, Func<IReadOnlyList<Multiaddress>> addresses, ThreadsPeerOptions options, ILogger logger) : IProtocolHandler
{
    public const string Id = "/libp2p/dcutr";
    private const uint Connect = 100;
    private const uint Sync = 300;
    private const int Attempts = 3;
    private const int MaxAddresses = 16;

    public string Protocol => Id;

    public int MaxInboundStreams => 1;

    public bool RunsOnLimitedConnections => true;

    /// <summary>A peer has identified itself: one that came through a relay is met directly, if it can be.</summary>
    public void OnIdentified(PeerConnection connection)
    {
        if (connection is { IsRelayed: true, IsOutbound: false } && connection.Protocols.Contains(Id))
        {
            _ = UpgradeAsync(connection);
        }
    }

    /// <summary>The other side begins: its addresses, ours, and on its sign both dial.</summary>
    public async Task HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Attempts; i++)
        {
            using var limit = new TimeLimit(options.NegotiationTimeout, options.TimeProvider, cancellationToken);
            var theirs = await ReadAsync(stream, Connect, limit.Token).ConfigureAwait(false);
            await RelayMessages.WriteAsync(stream, Tell(Connect), limit.Token).ConfigureAwait(false);
            await ReadAsync(stream, Sync, limit.Token).ConfigureAwait(false);
            if (await TryDialAsync(Direct(theirs.ObsAddrs), stream.Peer, isClient: true, cancellationToken).ConfigureAwait(false))
            {
                break;
            }
        }

        await stream.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task UpgradeAsync(PeerConnection relayed)
    {
        try
        {
            if (await TryDialAsync(Direct(relayed.Identify!.ListenAddrs), relayed.Peer, isClient: true, relayed.Ended).ConfigureAwait(false))
            {
                return;
            }

            var stream = await relayed.OpenStreamAsync(Id, relayed.Ended).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                await PunchAsync(stream, relayed.Ended).ConfigureAwait(false);
                await stream.CompleteWritesAsync(relayed.Ended).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            logger.LogDebug(e, "Peer {Peer} stays behind its relay: {Error}", relayed.Peer, e.Message);
        }
    }

    private async Task PunchAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Attempts; i++)
        {
            using var limit = new TimeLimit(options.NegotiationTimeout, options.TimeProvider, cancellationToken);
            var start = options.TimeProvider.GetTimestamp();
            await RelayMessages.WriteAsync(stream, Tell(Connect), limit.Token).ConfigureAwait(false);
            var theirs = await ReadAsync(stream, Connect, limit.Token).ConfigureAwait(false);
            var roundTrip = options.TimeProvider.GetElapsedTime(start);
            await RelayMessages.WriteAsync(stream, new HolePunchMessage { Type = Sync }, limit.Token).ConfigureAwait(false);
            // Half a round trip later the other side has read it, and dials.
            await Task.Delay(roundTrip / 2, options.TimeProvider, limit.Token).ConfigureAwait(false);
            if (await TryDialAsync(Direct(theirs.ObsAddrs), stream.Peer, isClient: false, cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    private async Task<bool> TryDialAsync(IReadOnlyList<Multiaddress> theirs, PeerId peer, bool isClient, CancellationToken cancellationToken)
    {
        foreach (var address in theirs)
        {
            try
            {
                await dial(address, peer, isClient, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (Exception e) when (e is IOException)
            {
                logger.LogDebug(e, "Peer {Peer} is not reached directly at {Address}: {Error}", peer, address, e.Message);
            }
        }

        return false;
    }

    private HolePunchMessage Tell(uint type)
    {
        var message = new HolePunchMessage { Type = type };
        message.ObsAddrs.AddRange(addresses().Take(MaxAddresses).Select(a => ByteString.CopyFrom(a.Bytes)));
        return message;
    }

    private static IReadOnlyList<Multiaddress> Direct(IEnumerable<ByteString> told) =>
        [.. told.Take(MaxAddresses).Select(b => Multiaddress.TryFromBytes(b.Span, out var a) ? a : null).OfType<Multiaddress>().Where(a => a.Parts.All(p => p.Protocol != "p2p-circuit"))];

    private static async ValueTask<HolePunchMessage> ReadAsync(PeerStream stream, uint type, CancellationToken cancellationToken)
    {
        var message = await RelayMessages.ReadAsync(stream, HolePunchMessage.Parser, cancellationToken).ConfigureAwait(false);
        return message.Type == type ? message : throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Resources.Strings.RelayMalformed());
    }
}
