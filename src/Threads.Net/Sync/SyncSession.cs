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
/// A conversation about one thread with one peer, as long as both are connected (docs/protocol.md). How records travel is what its kinds differ in; all tell how far they are, ask how far the other is,
/// and pass on where logs are found.
/// </summary>
internal abstract class SyncSession
{
    public const int MaxFrameBytes = 40 * 1024 * 1024;
    private const int MaxAnnouncements = 64;

    private readonly PeerStream _stream;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _stopping;
    private readonly List<TaskCompletionSource> _waiting = [];
    private ThreadHeads _acknowledged;
    private int _announced = -1;
    private ulong _asked;
    private ulong _answered;

    protected SyncSession(ServedThread thread, PeerStream stream, PeerId opener, ThreadHeads remote)
    {
        (Thread, _stream, Opener, _acknowledged) = (thread, stream, opener, remote);
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(stream.Ended);
        Work = new(stream.RunsInline);
    }

    public PeerId Peer => _stream.Peer;

    /// <summary>Who opened the stream.</summary>
    public PeerId Opener { get; }

    /// <summary>Whether records were taken on either side.</summary>
    public abstract bool HasProgressed { get; }

    public bool IsStopped => _stopping.IsCancellationRequested;

    /// <summary>How far the other side has said it is.</summary>
    public ThreadHeads RemoteHeads
    {
        get
        {
            lock (Gate)
            {
                return _acknowledged;
            }
        }
    }

    protected ServedThread Thread { get; }

    /// <summary>Set when there may be something to send.</summary>
    protected AutoResetSignal Work { get; }

    /// <summary>Guards what is known of the other side.</summary>
    protected Lock Gate { get; } = new();

    protected CancellationToken Stopping => _stopping.Token;

    /// <summary>Pages that were dealt with, where there are pages.</summary>
    protected abstract ulong PagesTaken { get; }

    /// <summary>Runs until the connection ends, a rule is broken, or it is stopped.</summary>
    /// <exception cref="ThreadsPeerException">The other side broke the protocol or sent a record that was refused.</exception>
    public async Task RunAsync()
    {
        Thread.Join(this, Work);
        try
        {
            var sending = SendAllAsync();
            var receiving = ReceiveAllAsync();
            var first = await Task.WhenAny(sending, receiving).ConfigureAwait(false);
            await _stopping.CancelAsync().ConfigureAwait(false);
            Work.Set();
            if (first.IsFaulted)
            {
                _stream.Abort();
            }

            await Task.WhenAll(Quiet(sending), Quiet(receiving)).ConfigureAwait(false);
            await first.ConfigureAwait(false);
        }
        finally
        {
            Thread.Leave(this);
            lock (Gate)
            {
                Ended();
                _waiting.ForEach(w => w.TrySetResult());
                _waiting.Clear();
            }
        }
    }

    public void Stop()
    {
        _stopping.Cancel();
        Work.Set();
    }

    /// <summary>Ends when the other side has said that it has all of these records; false when the conversation ended before.</summary>
    public async Task<bool> TryWaitForAsync(ThreadHeads heads, CancellationToken cancellationToken)
    {
        while (true)
        {
            TaskCompletionSource wait;
            lock (Gate)
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
            lock (Gate)
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

    /// <summary>Sends what the other side lacks, until the conversation is stopped; waits for <see cref="Work"/> in between.</summary>
    protected abstract Task SendAllAsync();

    /// <summary>Takes a frame of records as it came, if it is one in the usual form.</summary>
    protected abstract ValueTask<bool> TryTakeAsync(ReadOnlyMemory<byte> frame);

    /// <summary>Takes a frame of records; false when it is none.</summary>
    protected abstract ValueTask<bool> TryTakeAsync(SyncFrame frame);

    /// <summary>The other side has said how far it is. Under the gate.</summary>
    protected abstract void Acknowledged(Heads heads, ThreadHeads parsed);

    /// <summary>Nothing more comes or goes. Under the gate.</summary>
    protected abstract void Ended();

    /// <summary>Does something with records that came; when one is refused, the other side is told and the conversation ends.</summary>
    protected async Task<T> OrRefuseAsync<T>(Func<Task<T>> take)
    {
        try
        {
            return await take().ConfigureAwait(false);
        }
        catch (ThreadsException e)
        {
            SyncMetrics.Refusals.Add(1);
            await SendAsync(new SyncFrame { Refusal = new Refusal { Code = (int)e.ErrorCode, Text = e.Message } }).ConfigureAwait(false);
            throw new ThreadsPeerException(ThreadsPeerErrorCode.RecordRefused, Strings.SyncRecordRefused(Peer, e.Message), e);
        }
    }

    /// <summary>After the records: the other side takes announcements of logs that it knows.</summary>
    protected async Task<bool> TryAnnounceAsync()
    {
        if (_announced == Thread.AnnouncementVersion)
        {
            return false;
        }

        _announced = Thread.AnnouncementVersion;
        var announcements = await Thread.AnnouncementsAsync(Stopping).ConfigureAwait(false);
        foreach (var some in announcements.Chunk(MaxAnnouncements))
        {
            var frame = new SyncFrame { Announcements = new Announcements() };
            frame.Announcements.Announcements_.AddRange(some.Select(a => UnsafeByteOperations.UnsafeWrap(a)));
            await SendAsync(frame).ConfigureAwait(false);
        }

        return true;
    }

    private async Task ReceiveAllAsync()
    {
        using var buffer = new FrameBuffer();
        while (await LengthPrefixed.ReadAsync(_stream, MaxFrameBytes, buffer, Stopping).ConfigureAwait(false) is { } bytes)
        {
            var isTaken = await TryTakeAsync(bytes).ConfigureAwait(false);
            var frame = isTaken ? null : ParseFrame(bytes.Span, Peer);
            buffer.Dispose();
            switch (frame?.KindCase)
            {
                case null:
                    break;
                case SyncFrame.KindOneofCase.Heads:
                    Take(frame.Heads);
                    break;
                case SyncFrame.KindOneofCase.Ask:
                    await AnswerAsync(frame.Ask.Number).ConfigureAwait(false);
                    break;
                case SyncFrame.KindOneofCase.Announcements when frame.Announcements.Announcements_.Count <= MaxAnnouncements:
                    await Thread.TakeAnnouncementsAsync([.. frame.Announcements.Announcements_.Select(a => a.Memory)], Stopping).ConfigureAwait(false);
                    break;
                case SyncFrame.KindOneofCase.Refusal:
                    throw new ThreadsPeerException(ThreadsPeerErrorCode.RecordRefused, Strings.SyncRefused(Peer, frame.Refusal.Text));
                default:
                    if (!await TryTakeAsync(frame).ConfigureAwait(false))
                    {
                        throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.SyncUnexpected(Peer, frame.KindCase.ToString()));
                    }

                    break;
            }
        }
    }

    private async Task AnswerAsync(ulong number)
    {
        var heads = await Thread.HeadsAsync(Stopping).ConfigureAwait(false);
        await SendAsync(new SyncFrame { Heads = new Heads { Heads_ = heads.ToString(), Pages = PagesTaken, Answer = number } }).ConfigureAwait(false);
    }

    private void Take(Heads heads)
    {
        var parsed = Parse(heads.Heads_, Peer);
        lock (Gate)
        {
            Acknowledged(heads, parsed);
            _acknowledged = parsed;
            _answered = Math.Max(_answered, heads.Answer);
            _waiting.ForEach(w => w.TrySetResult());
            _waiting.Clear();
        }

        Work.Set();
    }

    protected async ValueTask SendAsync(SyncFrame frame)
    {
        var size = frame.CalculateSize();
        var bytes = ArrayPool<byte>.Shared.Rent(Varint.MaxSizeBytes + size);
        var head = Varint.Write(bytes, (ulong)size);
        frame.WriteTo(bytes.AsSpan(head, size));
        await SendAsync(bytes.AsMemory(0, head + size), default).ConfigureAwait(false);

        // Not after a write that failed: whoever had the bytes may have them still.
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Sends a frame that lies in two pieces.</summary>
    protected async ValueTask SendAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> rest)
    {
        await _writing.WaitAsync(Stopping).ConfigureAwait(false);
        try
        {
            await _stream.WriteAsync(head, Stopping).ConfigureAwait(false);
            if (!rest.IsEmpty)
            {
                await _stream.WriteAsync(rest, Stopping).ConfigureAwait(false);
            }
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
