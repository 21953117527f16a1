using System.Buffers;
using Threads.Data.Ipld;
using Threads.Net.Resources;

namespace Threads.Net.Wire;

/// <summary>Messages behind their length as an unsigned LEB128 varint, minimal (LIBP2P 1). Reads exactly the message: what follows belongs to the next layer.</summary>
internal static class LengthPrefixed
{
    // A length is only a claim: memory grows with what has come, so that announcing costs a peer as much as sending.
    private const int FirstBytes = 64 * 1024;

    /// <summary>The message with its length in front.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        var framed = new byte[Varint.Size((ulong)message.Length) + message.Length];
        message.CopyTo(framed.AsSpan(Varint.Write(framed, (ulong)message.Length)));
        return framed;
    }

    /// <summary>Reads the next message; null when the stream ended before its first byte.</summary>
    /// <exception cref="ThreadsPeerException">The length is malformed or above the limit, or the stream ends inside the message.</exception>
    public static async ValueTask<byte[]?> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        using var buffer = new FrameBuffer();
        return (await ReadAsync(stream, maxBytes, buffer, cancellationToken).ConfigureAwait(false))?.ToArray();
    }

    /// <summary>Reads the next message into a buffer that had none; null when the stream ended before its first byte.</summary>
    /// <exception cref="ThreadsPeerException">The length is malformed or above the limit, or the stream ends inside the message.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(Stream stream, int maxBytes, FrameBuffer buffer, CancellationToken cancellationToken)
    {
        var length = await ReadLengthAsync(stream, maxBytes, cancellationToken).ConfigureAwait(false);
        if (length < 0)
        {
            return null;
        }

        var filled = 0;
        for (var next = (int)Math.Min(length, FirstBytes); filled < length; next = (int)Math.Min(length, 4L * filled))
        {
            buffer.Reserve(next, filled);
            await ReadExactlyAsync(stream, buffer.First(next)[filled..], cancellationToken).ConfigureAwait(false);
            filled = next;
        }

        return buffer.First(length);
    }

    /// <summary>Fills the buffer.</summary>
    /// <exception cref="ThreadsPeerException">The stream ends before.</exception>
    public static async ValueTask ReadExactlyAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await stream.ReadExactlyAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (EndOfStreamException e)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.MessageTruncated(), e);
        }
    }

    private static async ValueTask<int> ReadLengthAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        var one = ArrayPool<byte>.Shared.Rent(1);
        try
        {
            ulong value = 0;
            for (var i = 0; ; i++)
            {
                if (await stream.ReadAsync(one.AsMemory(0, 1), cancellationToken).ConfigureAwait(false) == 0)
                {
                    return i == 0 ? -1 : throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.MessageTruncated());
                }

                value |= (ulong)(one[0] & 0x7F) << (7 * i);
                if (value > (ulong)maxBytes)
                {
                    throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageTooLarge, Strings.MessageTooLarge(maxBytes));
                }

                if (one[0] < 0x80)
                {
                    return i > 0 && one[0] == 0 ? throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.LengthNotMinimal()) : (int)value;
                }

                if (i == Varint.MaxSizeBytes - 1)
                {
                    throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageTooLarge, Strings.MessageTooLarge(maxBytes));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(one);
        }
    }
}
