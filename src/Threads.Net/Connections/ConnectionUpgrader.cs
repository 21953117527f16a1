using Threads.Data.Identity;
using Threads.Net.Multistream;
using Threads.Net.Resources;
using Threads.Net.Transports;
using Threads.Net.Wire;

namespace Threads.Net.Connections;

/// <summary>From raw bytes to a connection with streams: agree on security, shake hands, agree on the muxer (LIBP2P 0).</summary>
internal sealed class ConnectionUpgrader(IReadOnlyList<ISecurity> securities, ProtocolTable protocols, ThreadsPeerOptions options)
{
    private readonly string[] _securityIds = [.. securities.Select(s => s.Protocol)];

    /// <summary>Closes the raw connection when the upgrade fails. The connection is not started.</summary>
    /// <exception cref="ThreadsPeerException">Nothing common, a failed handshake, the wrong peer, or too slow.</exception>
    public async Task<PeerConnection> UpgradeAsync(RawConnection raw, bool isDialer, PeerId? expected, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(options.UpgradeTimeout, options.TimeProvider, cancellationToken);
        try
        {
            var id = isDialer
                ? await MultistreamSelect.ProposeAsync(raw.Stream, _securityIds, limit.Token).ConfigureAwait(false)
                : await MultistreamSelect.AnswerAsync(raw.Stream, p => _securityIds.Contains(p), limit.Token).ConfigureAwait(false);
            var security = securities.FirstOrDefault(s => s.Protocol == id)
                ?? throw new ThreadsPeerException(ThreadsPeerErrorCode.ProtocolNotSupported, Strings.ProtocolNotSupported(string.Join(", ", _securityIds)));
            var channel = await security.SecureAsync(raw.Stream, isDialer, expected, limit.Token).ConfigureAwait(false);
            if (channel.Muxer is null)
            {
                await AgreeOnMuxerAsync(channel.Stream, isDialer, limit.Token).ConfigureAwait(false);
            }

            return new PeerConnection(channel, raw, isDialer, protocols, options);
        }
        catch (Exception e)
        {
            await raw.Stream.DisposeAsync().ConfigureAwait(false);
            throw e switch
            {
                OperationCanceledException when limit.IsOver =>
                    new ThreadsPeerException(ThreadsPeerErrorCode.NegotiationTimeout, Strings.NegotiationTimeout(options.UpgradeTimeout), e),
                ThreadsPeerException or OperationCanceledException => e,
                _ => new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.ConnectionBroken(e.Message), e),
            };
        }
    }

    private static async ValueTask AgreeOnMuxerAsync(Stream stream, bool isDialer, CancellationToken cancellationToken)
    {
        var agreed = isDialer
            ? await MultistreamSelect.ProposeAsync(stream, [Muxers.Yamux], cancellationToken).ConfigureAwait(false)
            : await MultistreamSelect.AnswerAsync(stream, p => p == Muxers.Yamux, cancellationToken).ConfigureAwait(false);
        if (agreed is null)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.ProtocolNotSupported, Strings.NoCommonMuxer(""));
        }
    }
}
