using Threads.Data.Cryptography;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Protocols;

/// <summary>/ipfs/ping/1.0.0 (LIBP2P 10): 32 bytes come back as they went, as often as the asker likes on one stream.</summary>
internal sealed class PingProtocol(TimeProvider time, IRandomSource random) : IProtocolHandler
{
    public const string Id = "/ipfs/ping/1.0.0";
    private const int PingBytes = 32;
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(60);

    public string Protocol => Id;

    public int MaxInboundStreams => 2;

    public bool RunsOnLimitedConnections => true;

    public async Task HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        var bytes = new byte[PingBytes];
        while (true)
        {
            using var limit = new TimeLimit(IdleLimit, time, cancellationToken);
            if (await stream.ReadAtLeastAsync(bytes, PingBytes, throwOnEndOfStream: false, limit.Token).ConfigureAwait(false) < PingBytes)
            {
                break;
            }

            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }

        await stream.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The round trip to a peer.</summary>
    /// <exception cref="ThreadsPeerException">The answer was another than what was sent.</exception>
    public async Task<TimeSpan> PingAsync(PeerConnection connection, CancellationToken cancellationToken)
    {
        var stream = await connection.OpenStreamAsync(Id, cancellationToken).ConfigureAwait(false);
        await using var closing = stream.ConfigureAwait(false);
        byte[] sent = new byte[PingBytes], answer = new byte[PingBytes];
        random.Fill(sent);
        var start = time.GetTimestamp();
        await stream.WriteAsync(sent, cancellationToken).ConfigureAwait(false);
        await LengthPrefixed.ReadExactlyAsync(stream, answer, cancellationToken).ConfigureAwait(false);
        var elapsed = time.GetElapsedTime(start);
        await stream.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
        return sent.AsSpan().SequenceEqual(answer)
            ? elapsed
            : throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.PingAnswer(connection.Peer));
    }
}
