using Threads.Data.Identity;
using Threads.Net.Sync;

namespace Threads.Net;

/// <content>The address books of served threads: announcing this peer in them, and finding others by them (T-LOG-8, T-LOG-9).</content>
public sealed partial class ThreadsPeer
{
    private ITimer? _bookTimer;

    /// <summary>The addresses that logs served here are announced with.</summary>
    private IReadOnlyList<Multiaddress> AnnouncedAddresses => _options.Announce is { } given ? [.. given.Select(a => Multiaddress.Parse(a))] : DialableAddresses;

    private void StartBookTimer()
    {
        if (_options.BookInterval is { } interval)
        {
            _bookTimer = _options.TimeProvider.CreateTimer(_ => KeepBooks(), null, interval, interval);
        }
    }

    private void KeepBooks()
    {
        foreach (var thread in _sync.Threads)
        {
            _ = KeepBookAsync(thread);
        }
    }

    /// <summary>Announces what is new or about to run out, and dials those who are known to have the thread and are not connected.</summary>
    private async Task KeepBookAsync(ServedThread thread)
    {
        try
        {
            if (AnnouncedAddresses is { Count: > 0 } own)
            {
                await thread.AnnounceAsync(own, _options.AddressTtl, _stopping.Token).ConfigureAwait(false);
            }

            if (_options.BookInterval is null)
            {
                return;
            }

            foreach (var peer in (await thread.AddressesAsync(_stopping.Token).ConfigureAwait(false)).Where(a => a.Peer is { } p && p != Id).GroupBy(a => a.Peer))
            {
                _ = MeetAsync([.. peer]);
                if (_connections.Find(peer.Key!.Value) is { } connection)
                {
                    await MeetHolderAsync(thread, connection).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException or InvalidOperationException or System.Data.Common.DbException)
        {
            LogMessages.BookNotKept(_logger, e, thread.Id, e.Message);
        }
    }

    /// <summary>A peer that speaks go-threads' service alone is asked for the threads it is known to have.</summary>
    private async Task MeetHolderAsync(PeerConnection connection)
    {
        foreach (var thread in _sync.Threads)
        {
            await MeetHolderAsync(thread, connection).ConfigureAwait(false);
        }
    }

    private async Task MeetHolderAsync(ServedThread thread, PeerConnection connection)
    {
        try
        {
            if (_service is not null && !connection.Protocols.Contains(SyncProtocol.Id) && connection.Protocols.Contains(ThreadService.ThreadServiceServer.Id)
                && (await thread.AddressesAsync(_stopping.Token).ConfigureAwait(false)).Any(a => a.Peer == connection.Peer))
            {
                _service.Begin(thread, connection.Peer);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException or InvalidOperationException or System.Data.Common.DbException)
        {
            LogMessages.BookNotKept(_logger, e, thread.Id, e.Message);
        }
    }
}
