using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Yamux;

/// <summary>
/// Many streams over one secure channel (LIBP2P 7). One task reads, one writes; neither waits for the other: pongs and credits are state that the
/// writer finds, never queue items. The dialer's streams have odd ids.
/// </summary>
internal sealed partial class YamuxConnection : IAsyncDisposable
{
    private readonly Stream _channel;
    private readonly YamuxOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<YamuxStream> _accept;
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, YamuxStream> _streams = [];
    private readonly Queue<YamuxStream> _ready = new();
    private readonly AutoResetSignal _work = new();
    private readonly SemaphoreSlim _unacknowledged;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _client;
    private ITimer? _timer;
    private Task? _reading;
    private Task? _writing;
    private ThreadsPeerException? _failure;
    private ThreadsPeerException? _parting;
    private uint? _goAwayDue;
    private uint _nextId;
    private int _inbound;
    private int _resetsDue;
    private int _raised;
    private int _unread;

    /// <param name="channel">Owned.</param>
    /// <param name="client">Whether this side dialed.</param>
    /// <param name="accept">Called on the thread pool for each stream the other side opens.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">For pings and rates.</param>
    public YamuxConnection(Stream channel, bool client, Action<YamuxStream> accept, YamuxOptions options, TimeProvider time)
    {
        (_channel, _client, _accept, _options, _time) = (channel, client, accept, options, time);
        _nextId = client ? 1u : 2u;
        _unacknowledged = new(options.MaxUnacknowledgedStreams);
        _pings = new(time, options.MaxPingsPerSecond);
        _resets = new(time, options.MaxResetsPerSecond);
        _empties = new(time, options.MaxEmptyFramesPerSecond);
        _wroteAt = _pingSentAt = time.GetTimestamp();
    }

    /// <summary>Ends when the connection has.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Why it ended; null while it lives.</summary>
    public ThreadsPeerException? Failure => _failure;

    public int StreamCount
    {
        get
        {
            lock (_gate)
            {
                return _streams.Count;
            }
        }
    }

    /// <summary>The last measured round trip.</summary>
    public TimeSpan? RoundTrip { get; private set; }

    /// <summary>Starts reading and writing; called once.</summary>
    public void Start()
    {
        _reading = Task.Run(ReadAllAsync);
        _writing = Task.Run(WriteAllAsync);
        var period = TimeSpan.FromTicks(Math.Min(_options.PingInterval.Ticks, _options.PingTimeout.Ticks) / 2);
        _timer = _time.CreateTimer(static s => ((YamuxConnection)s!).OnTick(), this, period, period);
    }

    /// <summary>Opens a stream. Sends nothing yet: the opening travels with the first bytes, or at the writer's next turn.</summary>
    /// <exception cref="ThreadsPeerException">The connection has ended or has used up its ids.</exception>
    public async ValueTask<YamuxStream> OpenAsync(CancellationToken cancellationToken)
    {
        await _unacknowledged.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (_failure is not null || _goAwayDue is not null || _nextId >= int.MaxValue)
            {
                _unacknowledged.Release();
                throw _failure ?? Closing();
            }

            var stream = new YamuxStream(this, _nextId, inbound: false, _options.WriteBufferBytes) { FlagsDue = YamuxFlags.Syn, TouchedAt = _time.GetTimestamp() };
            _nextId += 2;
            _streams.Add(stream.Id, stream);
            Enqueue(stream);
            return stream;
        }
    }

    /// <summary>Puts the stream where the writer looks.</summary>
    public void Schedule(YamuxStream stream)
    {
        lock (_gate)
        {
            Enqueue(stream);
        }
    }

    /// <summary>Bytes were read by the application: credit for the other side once half of the window has been.</summary>
    public void OnConsumed(YamuxStream stream, int bytes)
    {
        lock (_gate)
        {
            _unread -= Math.Min(bytes, stream.Unread);
            stream.Unread -= Math.Min(bytes, stream.Unread);
            stream.Consumed += bytes;
            if (stream.RemoteFinished || stream.IsReset || stream.Consumed < stream.Window / 2)
            {
                return;
            }

            var credit = stream.Consumed;
            stream.Consumed = 0;
            if (stream.Unread <= stream.Window / 4 && stream.Window < _options.MaxWindowBytes && _raised + stream.Window <= _options.MaxRaisedBytes)
            {
                _raised += stream.Window;
                credit += stream.Window;
                stream.Window *= 2;
            }

            stream.ReceiveLeft += credit;
            stream.CreditDue += (uint)credit;
            Enqueue(stream);
        }
    }

    /// <summary>Ends a stream with RST.</summary>
    public void Reset(YamuxStream stream, ThreadsPeerException reason)
    {
        lock (_gate)
        {
            if (stream.IsReset || (stream.FinSent && stream.RemoteFinished))
            {
                return;
            }

            stream.IsReset = stream.ResetDue = true;
            _resetsDue++;
            Enqueue(stream);
            Forget(stream);
        }

        stream.Fail(reason);
    }

    /// <summary>Nobody reads the stream any more: it is reset when bytes lie unread or come, and ends in order when the other side ends it.</summary>
    public void Abandon(YamuxStream stream)
    {
        lock (_gate)
        {
            if (stream.RemoteFinished || stream.IsReset)
            {
                _unread -= stream.Unread;
                stream.Unread = 0;
                return;
            }

            stream.IsAbandoned = true;
            if (stream.Unread == 0)
            {
                return;
            }
        }

        stream.Abort();
    }

    /// <summary>Ends the connection in order: go-away is the last frame. Streams that are still open are reset.</summary>
    public ValueTask DisposeAsync() => CloseAsync(0, Closing());

    /// <summary>Ends the connection with a reason: 0 in order, 1 a broken rule.</summary>
    public async ValueTask CloseAsync(uint code, ThreadsPeerException reason)
    {
        lock (_gate)
        {
            _goAwayDue ??= code;
            _parting ??= reason;
        }

        _work.Set();
        if (_writing is not null)
        {
            // A peer that takes nothing must not keep us: what it has not read by then is lost with the connection.
            await Task.WhenAny(_writing, Task.Delay(TimeSpan.FromSeconds(2), _time)).ConfigureAwait(false);
        }

        Fail(reason);
        await _channel.DisposeAsync().ConfigureAwait(false);
        if (_reading is not null && _writing is not null)
        {
            await Task.WhenAll(_reading, _writing).ConfigureAwait(false);
        }
    }

    private void Fail(ThreadsPeerException reason)
    {
        YamuxStream[] streams;
        lock (_gate)
        {
            if (_failure is not null)
            {
                return;
            }

            // Once we have said goodbye, the other side may hang up before we do: that is not why.
            _failure = _parting ?? reason;
            streams = [.. _streams.Values];
            _streams.Clear();
            _ready.Clear();
        }

        _timer?.Dispose();
        foreach (var stream in streams)
        {
            stream.Fail(_failure);
            Acknowledge(stream);
        }

        _work.Set();
        _closed.TrySetResult();
    }

    // Under the gate, as the four below it.
    private void Enqueue(YamuxStream stream)
    {
        if (!stream.IsQueued && _failure is null)
        {
            stream.IsQueued = true;
            _ready.Enqueue(stream);
            _work.Set();
        }
    }

    private void Acknowledge(YamuxStream stream)
    {
        if (!stream.IsInbound && !stream.IsAcknowledged)
        {
            stream.IsAcknowledged = true;
            _unacknowledged.Release();
        }
    }

    private void ForgetIfDone(YamuxStream stream)
    {
        if (stream.FinSent && stream.RemoteFinished)
        {
            Forget(stream);
        }
    }

    private void Forget(YamuxStream stream)
    {
        if (_streams.Remove(stream.Id))
        {
            _inbound -= stream.IsInbound ? 1 : 0;
            _raised -= stream.Window - YamuxOptions.InitialWindowBytes;
            if (stream.IsReset)
            {
                _unread -= stream.Unread;
                stream.Unread = 0;
            }

            Acknowledge(stream);
        }
    }

    private static ThreadsPeerException Closing() => new(ThreadsPeerErrorCode.ConnectionClosed, Strings.ConnectionClosed());
}
