using Google.Protobuf;
using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Net.Mvds;
using Threads.Net.Protobuf;
using Threads.Net.Resources;

namespace Threads.Net.Sync;

/// <summary>Records go as MVDS messages: what is under way with a peer is kept in the file, and goes again until it was acknowledged, over conversations and restarts.</summary>
internal sealed class MvdsConversation(DatabaseSource source, ServeOptions options, ServedThread thread, PeerStream stream, PeerId opener, ThreadHeads remote, TimeProvider time)
    : SyncSession(thread, stream, opener, remote)
{
    public const string ProtocolId = "/threads/mvds/1.0.0";

    private MvdsThread? _mvds;
    private volatile bool _hasProgressed;

    public override bool HasProgressed => _hasProgressed;

    protected override ulong PagesTaken => 0;

    protected override async Task SendAllAsync()
    {
        using var timer = time.CreateTimer(_ => Work.Set(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        while (!IsStopped)
        {
            var (payload, isIdle) = await InTurnAsync(mvds => (mvds.Next(Epoch), mvds.IsIdle)).ConfigureAwait(false);
            if (payload is not null)
            {
                SyncMetrics.BytesSent.Add(payload.Length);
                await SendAsync(new SyncFrame { Mvds = UnsafeByteOperations.UnsafeWrap(payload) }).ConfigureAwait(false);
            }
            else if (!await TryAnnounceAsync().ConfigureAwait(false))
            {
                timer.Change(isIdle ? Timeout.InfiniteTimeSpan : options.Epoch, Timeout.InfiniteTimeSpan);
                await Work.WaitAsync().ConfigureAwait(false);
            }
        }
    }

    protected override ValueTask<bool> TryTakeAsync(ReadOnlyMemory<byte> frame) => ValueTask.FromResult(false);

    protected override async ValueTask<bool> TryTakeAsync(SyncFrame frame)
    {
        if (frame.KindCase != SyncFrame.KindOneofCase.Mvds)
        {
            return false;
        }

        var delivered = await OrRefuseAsync(() => InTurnAsync(mvds => mvds.Receive(frame.Mvds.Memory, Epoch))).ConfigureAwait(false);
        SyncMetrics.BytesReceived.Add(frame.Mvds.Length);
        if (delivered > 0)
        {
            _hasProgressed = true;
            var heads = await Thread.HeadsAsync(Stopping).ConfigureAwait(false);
            await SendAsync(new SyncFrame { Heads = new Heads { Heads_ = heads.ToString() } }).ConfigureAwait(false);
        }

        // What came may have to be acknowledged, asked for or sent.
        Work.Set();
        return true;
    }

    protected override void Acknowledged(Heads heads, ThreadHeads parsed)
    {
        if (heads.Pages != 0)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.SyncUnexpected(Peer, "Heads"));
        }
    }

    protected override void Ended()
    {
    }

    private long Epoch => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / options.Epoch.Ticks;

    // A conversation that another one replaced must not write what it knows over what that one has written.
    private Task<T> InTurnAsync<T>(Func<MvdsThread, T> work) => source.InTurnAsync(
        thread =>
        {
            Stopping.ThrowIfCancellationRequested();
            return work(_mvds ??= new(thread, Peer, options.Mvds));
        },
        Stopping);
}
