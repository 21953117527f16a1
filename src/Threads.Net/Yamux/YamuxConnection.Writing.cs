using System.Buffers;
using System.Security.Cryptography;
using Threads.Net.Noise;
using Threads.Net.Resources;

namespace Threads.Net.Yamux;

/// <content>
/// The writing loop. Each turn gathers one Noise message: pongs and refusals first, then the streams in turn, their credit before their data. A
/// stream alone sends bodies that fill the message; with several, none holds the others up by more than 16 KiB.
/// </content>
internal sealed partial class YamuxConnection
{
    private const int BatchBytes = NoiseStream.MaxPlaintextBytes;
    private const int SharedBodyBytes = 16 * 1024;

    private readonly Queue<uint> _refusedDue = new();
    private readonly List<YamuxStream> _paced = [];
    private uint? _pongDue;
    private uint? _pingDue;
    private uint? _pingOutstanding;
    private uint _pingValue;
    private long _pingSentAt;
    private long _wroteAt;
    private bool _isWriting;

    private async Task WriteAllAsync()
    {
        byte[]? batch = null;
        try
        {
            while (true)
            {
                batch ??= ArrayPool<byte>.Shared.Rent(BatchBytes);
                var length = Gather(batch.AsSpan(0, BatchBytes), out var last);
                if (length > 0)
                {
                    (_isWriting, _wroteAt) = (true, _time.GetTimestamp());
                    await _channel.WriteAsync(batch.AsMemory(0, length)).ConfigureAwait(false);
                    await _channel.FlushAsync().ConfigureAwait(false);
                    _isWriting = false;
                }

                if (last || _failure is not null)
                {
                    break;
                }

                if (length == 0)
                {
                    var work = _work.WaitAsync();
                    if (!work.IsCompleted)
                    {
                        ArrayPool<byte>.Shared.Return(batch);
                        batch = null;
                    }

                    await work.ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or CryptographicException)
        {
            Fail(new(ThreadsPeerErrorCode.ConnectionClosed, Strings.ConnectionBroken(e.Message), e));
        }
        finally
        {
            if (batch is not null)
            {
                ArrayPool<byte>.Shared.Return(batch);
            }
        }
    }

    private int Gather(Span<byte> batch, out bool last)
    {
        var rest = batch;
        lock (_gate)
        {
            GatherControl(ref rest);
        }

        while (rest.Length > YamuxFrame.SizeBytes * 3)
        {
            YamuxStream? stream;
            bool alone;
            lock (_gate)
            {
                if (!_ready.TryDequeue(out stream))
                {
                    break;
                }

                alone = _ready.Count == 0;
                stream.IsQueued = false;
            }

            GatherStream(stream, alone ? rest.Length : Math.Min(rest.Length, SharedBodyBytes), ref rest);
        }

        lock (_gate)
        {
            last = false;
            // Only once the streams have nothing more to say that they may say.
            if (_goAwayDue is { } code && (_ready.Count == 0 || code != 0) && rest.Length >= YamuxFrame.SizeBytes)
            {
                Put(ref rest, new(YamuxType.GoAway, YamuxFlags.None, 0, code));
                last = true;
            }
        }

        return batch.Length - rest.Length;
    }

    private void GatherControl(ref Span<byte> rest)
    {
        if (_pongDue is { } pong)
        {
            _pongDue = null;
            Put(ref rest, new(YamuxType.Ping, YamuxFlags.Ack, 0, pong));
        }

        if (_pingDue is { } ping)
        {
            (_pingDue, _pingOutstanding, _pingSentAt) = (null, ping, _time.GetTimestamp());
            Put(ref rest, new(YamuxType.Ping, YamuxFlags.Syn, 0, ping));
        }

        while (rest.Length > YamuxFrame.SizeBytes * 4 && _refusedDue.TryDequeue(out var refused))
        {
            Put(ref rest, new(YamuxType.WindowUpdate, YamuxFlags.Rst, refused, 0));
        }
    }

    private void GatherStream(YamuxStream stream, int room, ref Span<byte> rest)
    {
        long window;
        lock (_gate)
        {
            if (stream.IsReset)
            {
                if (stream.ResetDue)
                {
                    stream.ResetDue = false;
                    _resetsDue--;
                    Put(ref rest, new(YamuxType.WindowUpdate, YamuxFlags.Rst, stream.Id, 0));
                }

                return;
            }

            if (stream.FlagsDue != 0 || stream.CreditDue > 0)
            {
                Put(ref rest, new(YamuxType.WindowUpdate, stream.FlagsDue, stream.Id, stream.CreditDue));
                (stream.FlagsDue, stream.CreditDue) = (0, 0);
                room -= YamuxFrame.SizeBytes;
            }

            window = Math.Min(stream.SendWindow, _options.MaxInFlightBytes - stream.SentUnanswered);
        }

        // Room for the FIN behind the data too: a body never travels on a frame with FIN.
        var body = rest[YamuxFrame.SizeBytes..][..(int)Math.Min(window, room - (2 * YamuxFrame.SizeBytes))];
        var length = stream.Fetch(body, out var more, out var ended);
        if (length > 0)
        {
            new YamuxFrame(YamuxType.Data, YamuxFlags.None, stream.Id, (uint)length).Write(rest);
            rest = rest[(YamuxFrame.SizeBytes + length)..];
        }

        lock (_gate)
        {
            stream.SendWindow -= length;
            stream.SentUnanswered += length;
            if (ended)
            {
                Put(ref rest, new(YamuxType.WindowUpdate, YamuxFlags.Fin, stream.Id, 0));
                stream.FinSent = true;
                ForgetIfDone(stream);
            }
            else if (more && stream.SendWindow > 0)
            {
                if (stream.SentUnanswered < _options.MaxInFlightBytes)
                {
                    Enqueue(stream);
                }
                else
                {
                    // Some credit only after half of a window of many megabytes: a pong says as well that what went before it has been read from the socket.
                    _paced.Add(stream);
                    _pingDue ??= _pingOutstanding is null ? ++_pingValue : null;
                    _work.Set();
                }
            }
        }
    }

    private void OnTick()
    {
        ThreadsPeerException? failure = null;
        List<YamuxStream>? abandoned = null;
        lock (_gate)
        {
            if (_pingOutstanding is not null && _time.GetElapsedTime(_pingSentAt) > _options.PingTimeout)
            {
                failure = new(ThreadsPeerErrorCode.ConnectionClosed, Strings.PingTimeout(_options.PingTimeout));
            }
            else if (_isWriting && _time.GetElapsedTime(_wroteAt) > _options.WriteTimeout)
            {
                failure = new(ThreadsPeerErrorCode.ConnectionClosed, Strings.WriteTimeout(_options.WriteTimeout));
            }
            else if (_pingOutstanding is null && _pingDue is null && _time.GetElapsedTime(_pingSentAt) >= _options.PingInterval)
            {
                _pingDue = ++_pingValue;
            }

            foreach (var stream in _streams.Values)
            {
                if ((stream.RemoteFinished || stream.IsAbandoned) && _time.GetElapsedTime(stream.TouchedAt) > _options.HalfOpenTimeout)
                {
                    (abandoned ??= []).Add(stream);
                }
            }
        }

        _work.Set();
        abandoned?.ForEach(s => s.Abort());
        if (failure is not null)
        {
            Fail(failure);
            _channel.Dispose();
        }
    }

    private static void Put(ref Span<byte> rest, YamuxFrame frame)
    {
        frame.Write(rest);
        rest = rest[YamuxFrame.SizeBytes..];
    }
}
