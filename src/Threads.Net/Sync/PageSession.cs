using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Net.Protobuf;
using Threads.Net.Resources;

namespace Threads.Net.Sync;

/// <summary>
/// Records go in pages: once each side knows how far the other is, each sends what the other lacks, and again whenever something is committed. Receiving and taking, reading and
/// sending overlap; at most <see cref="MaxPagesAhead"/> pages are under way each way.
/// </summary>
internal sealed class PageSession(ServedThread thread, PeerStream stream, PeerId opener, ThreadHeads remote, TimeProvider time) : SyncSession(thread, stream, opener, remote)
{
    public const string ProtocolId = "/threads/sync/1.0.0";
    public const int PageBytes = 512 * 1024;
    private const int MaxPagesAhead = 4;

    private readonly Queue<(int Records, long SentAt)> _underWay = [];
    private ThreadHeads _assumed = remote;
    private ulong _pagesSent;
    private ulong _pagesDone;
    private ulong _pagesTaken;

    public override bool HasProgressed => _pagesTaken > 0 || _pagesDone > 0;

    protected override ulong PagesTaken => _pagesTaken;

    protected override async Task SendAllAsync()
    {
        while (!IsStopped)
        {
            ThreadHeads since;
            bool mayRead;
            lock (Gate)
            {
                since = _assumed;
                mayRead = _pagesSent - _pagesDone < MaxPagesAhead;
            }

            var page = mayRead ? await Thread.ReadPageAsync(since, PageBytes, Stopping).ConfigureAwait(false) : null;
            if (page is not { Records: > 0 })
            {
                if (!await TryAnnounceAsync().ConfigureAwait(false))
                {
                    await Work.WaitAsync().ConfigureAwait(false);
                }

                continue;
            }

            lock (Gate)
            {
                _assumed = ThreadHeads.Furthest(_assumed, page.Through);
                _pagesSent++;
                _underWay.Enqueue((page.Records, time.GetTimestamp()));
            }

            SyncMetrics.RecordsSent.Add(page.Records);
            SyncMetrics.BytesSent.Add(page.Car.Length);
            SyncMetrics.Lag.Add(page.Records);
            await SendPageAsync(page.Car).ConfigureAwait(false);
        }
    }

    protected override async ValueTask<bool> TryTakeAsync(ReadOnlyMemory<byte> frame)
    {
        if (!PageFrame.TryRead(frame, out var car))
        {
            return false;
        }

        await TakeAsync(car).ConfigureAwait(false);
        return true;
    }

    protected override async ValueTask<bool> TryTakeAsync(SyncFrame frame)
    {
        if (frame.KindCase != SyncFrame.KindOneofCase.Page)
        {
            return false;
        }

        await TakeAsync(frame.Page.Car.Memory).ConfigureAwait(false);
        return true;
    }

    protected override void Acknowledged(Heads heads, ThreadHeads parsed)
    {
        if (heads.Pages < _pagesDone || heads.Pages > _pagesSent)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.SyncUnexpected(Peer, "Heads"));
        }

        for (; _pagesDone < heads.Pages; _pagesDone++)
        {
            var (records, sentAt) = _underWay.Dequeue();
            SyncMetrics.Lag.Add(-records);
            SyncMetrics.RoundTrip.Record(time.GetElapsedTime(sentAt).TotalSeconds);
        }

        _assumed = _pagesDone == _pagesSent ? parsed : ThreadHeads.Furthest(_assumed, parsed);
    }

    protected override void Ended()
    {
        SyncMetrics.Lag.Add(-_underWay.Sum(p => (long)p.Records));
        _underWay.Clear();
    }

    private async Task TakeAsync(ReadOnlyMemory<byte> car)
    {
        using var activity = SyncMetrics.Source.StartActivity("threads.sync.take");
        activity?.SetTag("threads.bytes", car.Length);
        var heads = await OrRefuseAsync(() => Thread.AddAsync(car, Stopping)).ConfigureAwait(false);
        SyncMetrics.BytesReceived.Add(car.Length);
        await SendAsync(new SyncFrame { Heads = new Heads { Heads_ = heads.ToString(), Pages = ++_pagesTaken } }).ConfigureAwait(false);
    }

    private async ValueTask SendPageAsync(ReadOnlyMemory<byte> car)
    {
        var head = new byte[PageFrame.MaxHeadBytes];
        await SendAsync(head.AsMemory(0, PageFrame.WriteHead(head, car.Length)), car).ConfigureAwait(false);
    }
}
