using Google.Protobuf;
using Threads.Net.Protobuf;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Relay;

/// <summary>What is said at a relay (circuit relay v2, LIBP2P 15): one protobuf behind its length, at most 4 KiB.</summary>
internal static class RelayMessages
{
    public const string HopId = "/libp2p/circuit/relay/0.2.0/hop";
    public const string StopId = "/libp2p/circuit/relay/0.2.0/stop";
    public const string VoucherDomain = "libp2p-relay-rsvp";
    public const int MaxMessageBytes = 4096;

    public static readonly byte[] VoucherType = [0x03, 0x02];

    /// <exception cref="ThreadsPeerException">The message can't be read, or there is none.</exception>
    public static async ValueTask<T> ReadAsync<T>(Stream stream, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        Exception? error = null;
        if (await LengthPrefixed.ReadAsync(stream, MaxMessageBytes, cancellationToken).ConfigureAwait(false) is { } bytes && ProtobufMessage.TryParse(parser, bytes, out var message, out error))
        {
            return message;
        }

        throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.RelayMalformed(), error);
    }

    public static ValueTask WriteAsync(Stream stream, IMessage message, CancellationToken cancellationToken) =>
        stream.WriteAsync(LengthPrefixed.Frame(message.ToByteArray()), cancellationToken);

    /// <summary>An answer that names its status.</summary>
    public static RelayHop Answer(RelayStatus status) => new() { Type = (uint)HopType.Status, Status = (uint)status };
}

internal enum HopType
{
    Reserve = 0,
    Connect = 1,
    Status = 2,
}

internal enum StopType
{
    Connect = 0,
    Status = 1,
}

internal enum RelayStatus
{
    Ok = 100,
    ReservationRefused = 200,
    ResourceLimitExceeded = 201,
    PermissionDenied = 202,
    ConnectionFailed = 203,
    NoReservation = 204,
    MalformedMessage = 400,
    UnexpectedMessage = 401,
}
