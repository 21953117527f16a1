using System.Buffers;
using System.Buffers.Binary;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Noise;

/// <summary>
/// The channel behind the handshake: each message is a length (2 bytes, big-endian), ciphertext, tag. One reader and one writer at a time. Reading
/// decrypts straight into the caller's memory where it has room; a buffer is held only while there are bytes in it.
/// </summary>
internal sealed class NoiseStream(Stream inner, NoiseCipher send, NoiseCipher receive) : DuplexStream
{
    /// <summary>Most plaintext in one message.</summary>
    public const int MaxPlaintextBytes = ushort.MaxValue - NoiseCipher.TagBytes;

    private const int LengthBytes = 2;
    // Somewhat less than two messages: a power of two, which is what the pool gives.
    private const int BufferBytes = 128 * 1024;

    // While little comes: whoever waits for more with a buffer in hand is to hold a small one.
    private const int QuietBufferBytes = 8 * 1024;

    private byte[]? _buffer;
    private bool _isBusy;
    private int _start;
    private int _end;
    private int _plainStart;
    private int _plainEnd;

    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (_plainStart < _plainEnd)
            {
                return TakePlaintext(destination.Span);
            }

            if (destination.IsEmpty && _start < _end)
            {
                return 0;
            }

            if (TryOpen(destination.Span, out var read))
            {
                if (read > 0)
                {
                    return read;
                }

                continue;
            }

            if (_start == _end)
            {
                ReturnBuffer();
                // Waits without holding a buffer: most connections are idle most of the time.
                await inner.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
                if (destination.IsEmpty)
                {
                    return 0;
                }
            }

            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                return _start == _end ? 0 : throw new ThreadsPeerException(ThreadsPeerErrorCode.ConnectionClosed, Strings.MessageTruncated());
            }
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        var messages = (data.Length + MaxPlaintextBytes - 1) / MaxPlaintextBytes;
        var rented = ArrayPool<byte>.Shared.Rent(data.Length + (messages * (LengthBytes + NoiseCipher.TagBytes)));
        try
        {
            await inner.WriteAsync(rented.AsMemory(0, Seal(data.Span, rented)), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        send.Dispose();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            send.Dispose();
        }
    }

    private int Seal(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        var rest = destination;
        while (!data.IsEmpty)
        {
            var plain = data[..Math.Min(data.Length, MaxPlaintextBytes)];
            BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)(plain.Length + NoiseCipher.TagBytes));
            send.Encrypt(plain, rest[LengthBytes..]);
            rest = rest[(LengthBytes + plain.Length + NoiseCipher.TagBytes)..];
            data = data[plain.Length..];
        }

        return destination.Length - rest.Length;
    }

    private int TakePlaintext(Span<byte> destination)
    {
        var n = Math.Min(destination.Length, _plainEnd - _plainStart);
        _buffer.AsSpan(_plainStart, n).CopyTo(destination);
        _plainStart += n;
        return n;
    }

    // False when there is no whole message yet. A message of no plaintext is legal and says nothing.
    private bool TryOpen(Span<byte> destination, out int read)
    {
        read = 0;
        if (_end - _start < LengthBytes)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_start));
        if (length < NoiseCipher.TagBytes)
        {
            throw Damaged();
        }

        if (_end - _start < LengthBytes + length)
        {
            return false;
        }

        var message = _buffer.AsSpan(_start + LengthBytes, length);
        var plaintext = length - NoiseCipher.TagBytes;
        var direct = destination.Length >= plaintext;
        if (!receive.TryDecrypt(message, direct ? destination[..plaintext] : message[..plaintext]))
        {
            throw Damaged();
        }

        if (direct)
        {
            read = plaintext;
        }
        else
        {
            (_plainStart, _plainEnd) = (_start + LengthBytes, _start + LengthBytes + plaintext);
            read = TakePlaintext(destination);
        }

        _start += LengthBytes + length;
        return true;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        var room = MakeRoom();
        var read = await inner.ReadAsync(room, cancellationToken).ConfigureAwait(false);
        _isBusy = read > QuietBufferBytes / 2;
        _end += read;
        return read > 0;
    }

    private Memory<byte> MakeRoom()
    {
        var needed = _end - _start < LengthBytes ? LengthBytes : LengthBytes + BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_start));
        var size = _isBusy ? BufferBytes : Math.Max(needed, QuietBufferBytes);
        if (_buffer is null || _buffer.Length < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(size);
            _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
            (var left, var rest) = (_buffer, _end - _start);
            (_buffer, _start, _end) = (larger, 0, rest);
            if (left is not null)
            {
                ArrayPool<byte>.Shared.Return(left);
            }
        }
        else if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_buffer.Length - _start < needed)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        return _buffer.AsMemory(_end);
    }

    private void ReturnBuffer()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _start = _end = _plainStart = _plainEnd = 0;
    }

    private static ThreadsPeerException Damaged() => new(ThreadsPeerErrorCode.ChannelDamaged, Strings.ChannelDamaged());
}
