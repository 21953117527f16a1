using System.Buffers.Binary;
using Google.Protobuf;
using Threads.Net.Resources;

namespace Threads.Net.ThreadService;

/// <summary>Codes of gRPC that go-threads uses.</summary>
internal enum GrpcStatus
{
    Ok = 0,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

/// <summary>A call was answered with another status than OK.</summary>
internal sealed class GrpcException(GrpcStatus status, string message, Exception? innerException = null) : IOException(message, innerException)
{
    public GrpcStatus Status { get; } = status;
}

/// <summary>One message of gRPC: a flag, its length in four bytes, the protobuf. Nothing is compressed.</summary>
internal static class Grpc
{
    public const string ContentType = "application/grpc";
    public const string StatusTrailer = "grpc-status";
    public const string MessageTrailer = "grpc-message";
    public const string ServicePath = "/net.pb.Service/";
    public const int MaxMessageBytes = 40 * 1024 * 1024;
    private const int HeadBytes = 5;

    /// <summary>The message with its head.</summary>
    public static byte[] Frame(IMessage message)
    {
        var size = message.CalculateSize();
        var frame = new byte[HeadBytes + size];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), size);
        message.WriteTo(frame.AsSpan(HeadBytes));
        return frame;
    }

    /// <summary>Reads the only message of a unary call.</summary>
    /// <exception cref="GrpcException">It is compressed, too long, cut short, or followed by another.</exception>
    public static async Task<byte[]> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var head = new byte[HeadBytes];
        try
        {
            await body.ReadExactlyAsync(head, cancellationToken).ConfigureAwait(false);
            if (head[0] != 0)
            {
                throw new GrpcException(GrpcStatus.Unimplemented, Strings.GrpcCompressed());
            }

            var size = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(1));
            if (size > MaxMessageBytes)
            {
                throw new GrpcException(GrpcStatus.ResourceExhausted, Strings.MessageTooLarge(MaxMessageBytes));
            }

            var message = await ReadBytesAsync(body, (int)size, cancellationToken).ConfigureAwait(false);
            return await body.ReadAsync(head.AsMemory(0, 1), cancellationToken).ConfigureAwait(false) == 0 ? message
                : throw new GrpcException(GrpcStatus.InvalidArgument, Strings.GrpcMalformed());
        }
        catch (EndOfStreamException e)
        {
            throw new GrpcException(GrpcStatus.InvalidArgument, Strings.GrpcMalformed(), e);
        }
    }

    public static T Parse<T>(MessageParser<T> parser, byte[] message)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new GrpcException(GrpcStatus.InvalidArgument, Strings.GrpcMalformed(), e);
        }
    }

    /// <summary>Memory follows what arrives, not what was announced.</summary>
    private static async Task<byte[]> ReadBytesAsync(Stream body, int size, CancellationToken cancellationToken)
    {
        const int Step = 64 * 1024;
        var bytes = new byte[Math.Min(size, Step)];
        for (var read = 0; read < size;)
        {
            if (read == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(size, 2L * bytes.Length));
            }

            var some = await body.ReadAsync(bytes.AsMemory(read), cancellationToken).ConfigureAwait(false);
            read += some > 0 ? some : throw new EndOfStreamException();
        }

        return bytes;
    }
}
