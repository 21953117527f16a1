using System.Buffers;
using System.Security.Cryptography;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Yamux;

/// <content>The reading loop: frames as they come, bodies handed on as they arrive, never waiting for the writer.</content>
internal sealed partial class YamuxConnection
{
    private const int ReadBufferBytes = 128 * 1024;

    // While little comes: the platform's wait for bytes now and then ends without any, and then the buffer is held until some come.
    private const int QuietBufferBytes = 8 * 1024;

    private readonly RateMeter _pings;
    private readonly RateMeter _resets;
    private readonly RateMeter _empties;

    // The body that is being read: for whom (null: nobody, it is dropped), how much is missing, and whether the stream ends behind it.
    private YamuxStream? _bodyStream;
    private uint _bodyLeft;
    private bool _bodyEnds;

    private async Task ReadAllAsync()
    {
        ThreadsPeerException reason;
        byte[]? buffer = null;
        var (filled, isBusy) = (0, false);
        try
        {
            while (true)
            {
                if (filled == 0)
                {
                    var wait = _channel.ReadAsync(Memory<byte>.Empty);
                    if (!wait.IsCompleted && buffer is not null)
                    {
                        ArrayPool<byte>.Shared.Return(buffer);
                        buffer = null;
                    }

                    await wait.ConfigureAwait(false);
                    if (isBusy && buffer?.Length < ReadBufferBytes)
                    {
                        ArrayPool<byte>.Shared.Return(buffer);
                        buffer = null;
                    }

                    buffer ??= ArrayPool<byte>.Shared.Rent(isBusy ? ReadBufferBytes : QuietBufferBytes);
                }

                var read = await _channel.ReadAsync(buffer.AsMemory(filled)).ConfigureAwait(false);
                isBusy = read > QuietBufferBytes / 2;
                if (read == 0)
                {
                    reason = new(ThreadsPeerErrorCode.ConnectionClosed, Strings.ConnectionEnded());
                    break;
                }

                filled += read;
                var taken = Parse(buffer.AsSpan(0, filled));
                if (taken < filled)
                {
                    buffer.AsSpan(taken, filled - taken).CopyTo(buffer);
                }

                filled -= taken;
            }
        }
        catch (ThreadsPeerException e)
        {
            reason = e;
        }
        catch (Exception e)
        {
            // Whatever it is: a connection that nobody reads any more must not look alive.
            reason = new(ThreadsPeerErrorCode.ConnectionClosed, Strings.ConnectionBroken(e.Message), e);
        }

        if (buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (reason.ErrorCode == ThreadsPeerErrorCode.MuxerViolation)
        {
            lock (_gate)
            {
                _goAwayDue ??= 1;
                _parting ??= reason;
            }

            _work.Set();
            await Task.WhenAny(_writing!, Task.Delay(TimeSpan.FromSeconds(1), _time)).ConfigureAwait(false);
        }

        Fail(reason);
        await _channel.DisposeAsync().ConfigureAwait(false);
    }

    // Returns how much was taken: all but the beginning of a header that is not whole.
    private int Parse(ReadOnlySpan<byte> bytes)
    {
        var start = bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_bodyLeft > 0)
            {
                var part = bytes[..(int)Math.Min(_bodyLeft, (uint)bytes.Length)];
                _bodyStream?.Deliver(part);
                bytes = bytes[part.Length..];
                _bodyLeft -= (uint)part.Length;
                if (_bodyLeft == 0)
                {
                    EndBody();
                }

                continue;
            }

            if (bytes.Length < YamuxFrame.SizeBytes)
            {
                break;
            }

            if (!YamuxFrame.TryRead(bytes, out var frame))
            {
                throw Violation("a frame of unknown version or type");
            }

            bytes = bytes[YamuxFrame.SizeBytes..];
            Take(frame);
        }

        return start - bytes.Length;
    }

    private void EndBody()
    {
        if (_bodyEnds && _bodyStream is { } stream)
        {
            Finish(stream);
        }

        _bodyStream = null;
        _bodyEnds = false;
    }

    private void Take(YamuxFrame frame)
    {
        switch (frame.Type)
        {
            case YamuxType.Ping:
                TakePing(frame);
                return;
            case YamuxType.GoAway:
                throw new ThreadsPeerException(ThreadsPeerErrorCode.ConnectionClosed, Strings.GoAway(frame.Length));
            case var _ when frame.StreamId == 0:
                throw Violation("a data or window frame of stream 0");
        }

        if (frame.Flags.HasFlag(YamuxFlags.Syn))
        {
            TakeOpening(frame);
        }

        if (frame.Flags.HasFlag(YamuxFlags.Rst))
        {
            TakeReset(frame);
        }
        else
        {
            TakeForStream(frame);
        }
    }

    private void TakeForStream(YamuxFrame frame)
    {
        YamuxStream? stream, excessive = null;
        lock (_gate)
        {
            if (_streams.TryGetValue(frame.StreamId, out stream))
            {
                stream.TouchedAt = _time.GetTimestamp();
                Acknowledge(stream);
            }

            if (frame.Type == YamuxType.Data)
            {
                excessive = TakeData(frame, stream);
            }
            else if (stream is not null && frame.Length > 0)
            {
                if ((stream.SendWindow += frame.Length) > uint.MaxValue)
                {
                    throw Violation("a window beyond 32 bits");
                }

                stream.SentUnanswered = 0;
                Enqueue(stream);
            }
        }

        excessive?.Abort();

        if (frame.Flags.HasFlag(YamuxFlags.Fin) && stream is not null && _bodyLeft == 0)
        {
            Finish(stream);
        }
    }

    // Under the gate. Returns a stream to reset: one that nobody reads, or of all the one with the most unread bytes when they are too many.
    private YamuxStream? TakeData(YamuxFrame frame, YamuxStream? stream)
    {
        if (frame.Length == 0)
        {
            if ((frame.Flags & (YamuxFlags.Fin | YamuxFlags.Syn)) == 0 && !_empties.TryCount())
            {
                throw Violation("too many empty frames");
            }

            return null;
        }

        if (stream is not null)
        {
            if (stream.RemoteFinished || frame.Length > stream.ReceiveLeft)
            {
                throw Violation(stream.RemoteFinished ? "data behind the end of a stream" : "more data than the window admits");
            }

            if (stream.IsAbandoned)
            {
                (_bodyStream, _bodyLeft, _bodyEnds) = (null, frame.Length, false);
                return stream;
            }

            stream.ReceiveLeft -= frame.Length;
            stream.Unread += (int)frame.Length;
            _unread += (int)frame.Length;
        }
        else if (frame.Length > _options.MaxWindowBytes)
        {
            throw Violation("a body longer than any window");
        }

        (_bodyStream, _bodyLeft, _bodyEnds) = (stream, frame.Length, frame.Flags.HasFlag(YamuxFlags.Fin));
        return stream is not null && _unread > _options.MaxUnreadBytes ? _streams.Values.MaxBy(s => s.Unread) : null;
    }

    private void Finish(YamuxStream stream)
    {
        lock (_gate)
        {
            stream.RemoteFinished = true;
            ForgetIfDone(stream);
        }

        stream.DeliverEnd();
    }

    private void TakeOpening(YamuxFrame frame)
    {
        if (frame.StreamId % 2 == 0 != _client)
        {
            throw Violation("a stream id of the wrong parity");
        }

        YamuxStream stream;
        lock (_gate)
        {
            if (_streams.TryGetValue(frame.StreamId, out _))
            {
                throw Violation("a second opening of a live stream");
            }

            // A stream that we reset counts until the other side has taken the reset: else whoever opens and doesn't read fills our memory.
            if (_inbound + _resetsDue >= _options.MaxInboundStreams || _goAwayDue is not null)
            {
                if (!_resets.TryCount())
                {
                    throw Violation("streams opened faster than they can be refused");
                }

                _refusedDue.Enqueue(frame.StreamId);
                _work.Set();
                return;
            }

            stream = new(this, frame.StreamId, inbound: true, _options.WriteBufferBytes) { FlagsDue = YamuxFlags.Ack, TouchedAt = _time.GetTimestamp() };
            _inbound++;
            _streams.Add(stream.Id, stream);
            Enqueue(stream);
        }

        ThreadPool.UnsafeQueueUserWorkItem(static s => s.Connection._accept(s.Stream), (Connection: this, Stream: stream), preferLocal: false);
    }

    private void TakeReset(YamuxFrame frame)
    {
        YamuxStream? stream;
        lock (_gate)
        {
            if (!_resets.TryCount())
            {
                throw Violation("too many resets");
            }

            if (_streams.TryGetValue(frame.StreamId, out stream))
            {
                stream.IsReset = true;
                Forget(stream);
            }
        }

        stream?.Fail(new(ThreadsPeerErrorCode.StreamReset, Strings.StreamResetByPeer(frame.StreamId)));
    }

    private void TakePing(YamuxFrame frame)
    {
        lock (_gate)
        {
            if (frame.Flags.HasFlag(YamuxFlags.Syn))
            {
                if (!_pings.TryCount())
                {
                    throw Violation("too many pings");
                }

                _pongDue = frame.Length;
                _work.Set();
            }
            else if (frame.Flags.HasFlag(YamuxFlags.Ack) && _pingOutstanding == frame.Length)
            {
                _pingOutstanding = null;
                RoundTrip = _time.GetElapsedTime(_pingSentAt);
                foreach (var stream in _paced)
                {
                    stream.SentUnanswered = 0;
                    Enqueue(stream);
                }

                _paced.Clear();
            }
        }
    }

    private static ThreadsPeerException Violation(string what) => new(ThreadsPeerErrorCode.MuxerViolation, Strings.MuxerViolation(what));
}
