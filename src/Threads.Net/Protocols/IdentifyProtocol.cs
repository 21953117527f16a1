using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Connections;
using Threads.Net.Protobuf;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Protocols;

/// <summary>What a peer says of itself on each new connection: key, addresses, protocols (LIBP2P 8). Pushed again when it changes.</summary>
internal sealed class IdentifyProtocol(
    Ed25519PrivateKey identity, ProtocolTable protocols, Func<IReadOnlyList<Multiaddress>> addresses, ThreadsPeerOptions options, ILogger logger) : IProtocolHandler
{
    public const string Id = "/ipfs/id/1.0.0";
    public const string PushId = "/ipfs/id/push/1.0.0";
    public const int MaxMessageBytes = 64 * 1024;
    private const int MaxAddresses = 64;
    private const int MaxStreams = 4;

    private readonly Lock _gate = new();
    private (IReadOnlyList<Multiaddress> Addresses, byte[] Envelope)? _record;

    /// <summary>Called when a peer has told, first or again.</summary>
    public event Action<PeerConnection>? Identified;

    public string Protocol => Id;

    public int MaxInboundStreams => MaxStreams;

    public bool RunsOnLimitedConnections => true;

    public IProtocolHandler Push => new PushHandler(this);

    public async Task HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(LengthPrefixed.Frame(Describe(stream.Connection).ToByteArray()), cancellationToken).ConfigureAwait(false);
        await stream.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the other side who it is. Errors are for the log: a peer that doesn't answer stays usable.</summary>
    public async Task AskAsync(PeerConnection connection)
    {
        try
        {
            var stream = await connection.OpenStreamAsync(Id, connection.Ended).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                using var limit = new TimeLimit(options.NegotiationTimeout, options.TimeProvider, connection.Ended);
                await stream.CompleteWritesAsync(limit.Token).ConfigureAwait(false);
                Take(connection, await ReadAsync(stream, limit.Token).ConfigureAwait(false));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            logger.LogDebug(e, "Peer {Peer} did not identify itself: {Error}", connection.Peer, e.Message);
            connection.Identified.TrySetException(e);
            _ = connection.Identified.Task.Exception;
        }
    }

    /// <summary>Tells what has changed to a peer that takes pushes.</summary>
    public async Task PushAsync(PeerConnection connection, CancellationToken cancellationToken)
    {
        if (connection.Protocols.Contains(PushId))
        {
            var stream = await connection.OpenStreamAsync(PushId, cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                await stream.WriteAsync(LengthPrefixed.Frame(Describe(connection).ToByteArray()), cancellationToken).ConfigureAwait(false);
                await stream.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private Identify Describe(PeerConnection connection)
    {
        var listen = addresses();
        var message = new Identify
        {
            PublicKey = ByteString.CopyFrom(PeerKeys.Encode(identity.PublicKey)),
            ObservedAddr = ByteString.CopyFrom(connection.Address.Bytes),
            ProtocolVersion = "ipfs/0.1.0",
            AgentVersion = options.AgentVersion,
            SignedPeerRecord = UnsafeByteOperations.UnsafeWrap(SignedRecord(listen)),
        };
        message.ListenAddrs.AddRange(listen.Take(MaxAddresses).Select(a => ByteString.CopyFrom(a.Bytes)));
        message.Protocols.AddRange(protocols.Ids);
        return message;
    }

    // Signed once for the same addresses: asking must not cost us a signature each time.
    internal byte[] SignedRecord(IReadOnlyList<Multiaddress> addresses)
    {
        lock (_gate)
        {
            if (_record is not { } known || !known.Addresses.SequenceEqual(addresses))
            {
                _record = known = (addresses, PeerRecords.Seal(identity, addresses, options.TimeProvider.GetUtcNow()));
            }

            return known.Envelope;
        }
    }

    internal static async ValueTask<Identify> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        // js may split a long description over several messages, to be merged. The limit is for all of them.
        Identify? merged = null;
        var left = MaxMessageBytes;
        for (var i = 0; i < 10; i++)
        {
            if (await LengthPrefixed.ReadAsync(stream, left, cancellationToken).ConfigureAwait(false) is not { } bytes)
            {
                break;
            }

            left -= bytes.Length;

            if (!ProtobufMessage.TryParse(Identify.Parser, bytes, out var message, out var error))
            {
                throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.IdentifyMalformed(), error);
            }

            if (merged is null)
            {
                merged = message;
            }
            else
            {
                merged.MergeFrom(message);
            }
        }

        return merged ?? throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.IdentifyMalformed());
    }

    private void Take(PeerConnection connection, Identify message)
    {
        if (message.HasPublicKey && PeerKeys.PeerOf(message.PublicKey.Span) != connection.Peer)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.WrongPeer, Strings.IdentifyOtherPeer(connection.Peer));
        }

        if (connection.Identify is { } known)
        {
            // A push: what is absent has not changed.
            if (message.Protocols.Count == 0)
            {
                message.Protocols.AddRange(known.Protocols);
            }

            if (!message.HasAgentVersion && known.HasAgentVersion)
            {
                message.AgentVersion = known.AgentVersion;
            }
        }

        if (message.HasObservedAddr && Multiaddress.TryFromBytes(message.ObservedAddr.Span, out var observed))
        {
            connection.ObservedAddress = observed;
        }

        connection.Identify = message;
        connection.Identified.TrySetResult();
        Identified?.Invoke(connection);
    }

    private async Task TakePushAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        if (!stream.Connection.TryCountPush())
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.IdentifyOften(stream.Peer));
        }

        using var limit = new TimeLimit(options.NegotiationTimeout, options.TimeProvider, cancellationToken);
        Take(stream.Connection, await ReadAsync(stream, limit.Token).ConfigureAwait(false));
    }

    private sealed class PushHandler(IdentifyProtocol identify) : IProtocolHandler
    {
        public string Protocol => PushId;

        public int MaxInboundStreams => MaxStreams;

        public bool RunsOnLimitedConnections => true;

        public Task HandleAsync(PeerStream stream, CancellationToken cancellationToken) => identify.TakePushAsync(stream, cancellationToken);
    }
}
