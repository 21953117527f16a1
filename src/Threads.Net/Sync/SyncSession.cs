using System.Buffers;
using Google.Protobuf;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Net.Protobuf;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Sync;

/// <summary>
/// A conversation about one thread with one peer, as long as both are connected (docs/protocol.md). Once each side knows how far the other is, each sends
/// what the other lacks, page by page, and again whenever something is committed. Receiving and taking, reading and sending overlap; at most
/// <see cref="MaxPagesAhead"/> pages are under way each way.
/// </summary>
internal sealed class SyncSession
{
    public const int MaxFrameBytes = 40 * 1024 * 1024;
    public const int PageBytes = 512 * 1024;
    private const int MaxPagesAhead = 4;
    private const int MaxAnnouncements = 64;

    private readonly ServedThread _thread;
    private readonly PeerStream _stream;
    private readonly AutoResetSignal _work = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _stopping;
    private readonly Lock _gate = new();
    private readonly List<TaskCompletionSource> _waiting = [];
    private readonly Queue<(int Records, long SentAt)> _underWay = [];
    private readonly TimeProvider _time;
    private ThreadHeads _assumed;
    private ThreadHeads _acknowledged;
    private int _announced = -1;
    private ulong _asked;
    private ulong _answered;
    private ulong _pagesSent;
    private ulong _pagesDone;
    private ulong _pagesTaken;

    public SyncSession(ServedThread thread, PeerStream stream, PeerId opener, ThreadHeads remote, TimeProvider time, CancellationToken cancellationToken)
    {
        _time = time;
        (_thread, _stream, Opener, _assumed, _acknowledged) = (thread, stream, opener, remote, remote);
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    public PeerId Peer => _stream.Peer;

    /// <summary>Who opened the stream.</summary>
    public PeerId Opener { get; }

    /// <summary>Whether a page was taken on either side.</summary>
    public bool HasProgressed => _pagesTaken > 0 || _pagesDone > 0;

    public bool IsStopped => _stopping.IsCancellationRequested;

    /// <summary>How far the other side has said it is.</summary>
    public ThreadHeads RemoteHeads
    {
        get
        {
            lock (_gate)
            {
                return _acknowledged;
            }
        }
    }

    /// <summary>Runs until the connection ends, a rule is broken, or it is stopped.</summary>
    /// <exception cref="ThreadsPeerException">The other side broke the protocol or sent a record that was refused.</exception>
    public async Task RunAsync()
    {
        _thread.Join(this, _work);
        try
        {
            var sending = SendAllAsync();
            var receiving = ReceiveAllAsync();
            var first = await Task.WhenAny(sending, receiving).ConfigureAwait(false);
            await _stopping.CancelAsync().ConfigureAwait(false);
            _work.Set();
            if (first.IsFaulted)
            {
                _stream.Abort();
            }

            await Task.WhenAll(Quiet(sending), Quiet(receiving)).ConfigureAwait(false);
            await first.ConfigureAwait(false);
        }
        finally
        {
            _thread.Leave(this);
            lock (_gate)
            {
                SyncMetrics.Lag.Add(-_underWay.Sum(p => (long)p.Records));
                _underWay.Clear();
                _waiting.ForEach(w => w.TrySetResult());
                _waiting.Clear();
            }
        }
    }

    public void Stop()
    {
        _stopping.Cancel();
        _work.Set();
    }

    /// <summary>Ends when the other side has said that it has all of these records; false when the conversation ended before.</summary>
    public async Task<bool> TryWaitForAsync(ThreadHeads heads, CancellationToken cancellationToken)
    {
        while (true)
        {
            TaskCompletionSource wait;
            lock (_gate)
            {
                if (Covers(_acknowledged, heads))
                {
                    return true;
                }

                if (IsStopped)
                {
                    return false;
                }

                _waiting.Add(wait = new(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            await wait.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks how far the other side is now; its heads are up to date then. False when the conversation ended before.</summary>
    public async Task<bool> TryAskAsync(CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _asked);
        try
        {
            await SendAsync(new SyncFrame { Ask = new Ask { Number = number } }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return false;
        }

        while (true)
        {
            TaskCompletionSource wait;
            lock (_gate)
            {
                if (_answered >= number)
                {
                    return true;
                }

                if (IsStopped)
                {
                    return false;
                }

                _waiting.Add(wait = new(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            await wait.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether somebody with <paramref name="has"/> has all that <paramref name="wanted"/> names.</summary>
    public static bool Covers(ThreadHeads has, ThreadHeads wanted)
    {
        var furthest = has.Heads.GroupBy(h => h.PublicKey).ToDictionary(g => g.Key, g => g.Max(h => h.Counter));
        return wanted.Heads.All(h => furthest.GetValueOrDefault(h.PublicKey) >= h.Counter);
    }

    private async Task SendAllAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            ThreadHeads since;
            bool mayRead;
            lock (_gate)
            {
                since = _assumed;
                mayRead = _pagesSent - _pagesDone < MaxPagesAhead;
            }

            var page = mayRead ? await _thread.ReadPageAsync(since, PageBytes, _stopping.Token).ConfigureAwait(false) : null;
            if (page is not { Records: > 0 })
            {
                if (_announced != _thread.AnnouncementVersion)
                {
                    await AnnounceAsync().ConfigureAwait(false);
                    continue;
                }

                await _work.WaitAsync().ConfigureAwait(false);
                continue;
            }

            lock (_gate)
            {
                _assumed = ThreadHeads.Furthest(_assumed, page.Through);
                _pagesSent++;
                _underWay.Enqueue((page.Records, _time.GetTimestamp()));
            }

            SyncMetrics.RecordsSent.Add(page.Records);
            SyncMetrics.BytesSent.Add(page.Car.Length);
            SyncMetrics.Lag.Add(page.Records);

            await SendPageAsync(page.Car).ConfigureAwait(false);
        }
    }

    /// <summary>After the records: the other side takes announcements of logs that it knows.</summary>
    private async Task AnnounceAsync()
    {
        _announced = _thread.AnnouncementVersion;
        var announcements = await _thread.AnnouncementsAsync(_stopping.Token).ConfigureAwait(false);
        foreach (var some in announcements.Chunk(MaxAnnouncements))
        {
            var frame = new SyncFrame { Announcements = new Announcements() };
            frame.Announcements.Announcements_.AddRange(some.Select(a => UnsafeByteOperations.UnsafeWrap(a)));
            await SendAsync(frame).ConfigureAwait(false);
        }
    }

    private async Task ReceiveAllAsync()
    {
        using var buffer = new FrameBuffer();
        while (await LengthPrefixed.ReadAsync(_stream, MaxFrameBytes, buffer, _stopping.Token).ConfigureAwait(false) is { } bytes)
        {
            if (PageFrame.TryRead(bytes, out var car))
            {
                await TakeAsync(car).ConfigureAwait(false);
                buffer.Dispose();
                continue;
            }

            var frame = ParseFrame(bytes.Span, Peer);
            buffer.Dispose();
            switch (frame.KindCase)
            {
                case SyncFrame.KindOneofCase.Page:
                    await TakeAsync(frame.Page.Car.Memory).ConfigureAwait(false);
                    break;
                case SyncFrame.KindOneofCase.Heads:
                    Take(frame.Heads);
                    break;
                case SyncFrame.KindOneofCase.Ask:
                    await AnswerAsync(frame.Ask.Number).ConfigureAwait(false);
                    break;
                case SyncFrame.KindOneofCase.Announcements when frame.Announcements.Announcements_.Count <= MaxAnnouncements:
                    await _thread.TakeAnnouncementsAsync([.. frame.Announcements.Announcements_.Select(a => a.Memory)], _stopping.Token).ConfigureAwait(false);
                    break;
                case SyncFrame.KindOneofCase.Refusal:
                    throw new ThreadsPeerException(ThreadsPeerErrorCode.RecordRefused, Strings.SyncRefused(Peer, frame.Refusal.Text));
                default:
                    throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.SyncUnexpected(Peer, frame.KindCase.ToString()));
            }
        }
    }

    private async Task TakeAsync(ReadOnlyMemory<byte> car)
    {
        ThreadHeads heads;
        using var activity = SyncMetrics.Source.StartActivity("threads.sync.take");
        activity?.SetTag("threads.bytes", car.Length);
        try
        {
            heads = await _thread.AddAsync(car, _stopping.Token).ConfigureAwait(false);
        }
        catch (ThreadsException e)
        {
            SyncMetrics.Refusals.Add(1);
            await SendAsync(new SyncFrame { Refusal = new Refusal { Code = (int)e.ErrorCode, Text = e.Message } }).ConfigureAwait(false);
            throw new ThreadsPeerException(ThreadsPeerErrorCode.RecordRefused, Strings.SyncRecordRefused(Peer, e.Message), e);
        }

        SyncMetrics.BytesReceived.Add(car.Length);
        await SendAsync(new SyncFrame { Heads = new Heads { Heads_ = heads.ToString(), Pages = ++_pagesTaken } }).ConfigureAwait(false);
    }

    private async Task AnswerAsync(ulong number)
    {
        var heads = await _thread.HeadsAsync(_stopping.Token).ConfigureAwait(false);
        await SendAsync(new SyncFrame { Heads = new Heads { Heads_ = heads.ToString(), Pages = _pagesTaken, Answer = number } }).ConfigureAwait(false);
    }

    private void Take(Heads heads)
    {
        var parsed = Parse(heads.Heads_, Peer);
        lock (_gate)
        {
            if (heads.Pages < _pagesDone || heads.Pages > _pagesSent)
            {
                throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.SyncUnexpected(Peer, "Heads"));
            }

            for (; _pagesDone < heads.Pages; _pagesDone++)
            {
                var (records, sentAt) = _underWay.Dequeue();
                SyncMetrics.Lag.Add(-records);
                SyncMetrics.RoundTrip.Record(_time.GetElapsedTime(sentAt).TotalSeconds);
            }

            _acknowledged = parsed;
            _answered = Math.Max(_answered, heads.Answer);
            _assumed = _pagesDone == _pagesSent ? parsed : ThreadHeads.Furthest(_assumed, parsed);
            _waiting.ForEach(w => w.TrySetResult());
            _waiting.Clear();
        }

        _work.Set();
    }

    private async ValueTask SendAsync(SyncFrame frame)
    {
        var size = frame.CalculateSize();
        var bytes = ArrayPool<byte>.Shared.Rent(Varint.MaxSizeBytes + size);
        var head = Varint.Write(bytes, (ulong)size);
        frame.WriteTo(bytes.AsSpan(head, size));
        await _writing.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            await _stream.WriteAsync(bytes.AsMemory(0, head + size), _stopping.Token).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }

        // Not after a write that failed: whoever had the bytes may have them still.
        ArrayPool<byte>.Shared.Return(bytes);
    }

    private async ValueTask SendPageAsync(ReadOnlyMemory<byte> car)
    {
        var head = new byte[PageFrame.MaxHeadBytes];
        var size = PageFrame.WriteHead(head, car.Length);
        await _writing.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            await _stream.WriteAsync(head.AsMemory(0, size), _stopping.Token).ConfigureAwait(false);
            await _stream.WriteAsync(car, _stopping.Token).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The next frame; null at the end.</summary>
    public static async ValueTask<SyncFrame?> ReadFrameAsync(PeerStream stream, CancellationToken cancellationToken, int maxBytes = MaxFrameBytes)
    {
        if (await LengthPrefixed.ReadAsync(stream, maxBytes, cancellationToken).ConfigureAwait(false) is not { } bytes)
        {
            return null;
        }

        return ParseFrame(bytes, stream.Peer);
    }

    public static SyncFrame ParseFrame(ReadOnlySpan<byte> bytes, PeerId peer) => ProtobufMessage.TryParse(SyncFrame.Parser, bytes, out var frame, out var error)
        ? frame
        : throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.SyncUnexpected(peer, "?"), error);

    public static ThreadHeads Parse(string heads, PeerId peer)
    {
        try
        {
            return ThreadHeads.Parse(heads);
        }
        catch (FormatException e)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.SyncUnexpected(peer, "Heads"), e);
        }
    }

    private static async Task Quiet(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException or System.Data.Common.DbException)
        {
            // The first of the two says what happened.
            return;
        }
    }
}
