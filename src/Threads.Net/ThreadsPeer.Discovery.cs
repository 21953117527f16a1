using Microsoft.Extensions.Logging;
using Threads.Data.Identity;
using Threads.Net.Discovery;

namespace Threads.Net;

/// <content>Finding peers.</content>
public sealed partial class ThreadsPeer
{
    private const int MaxMeetings = 16;

    private readonly List<IPeerDiscovery> _discoveries = [];
    private readonly HashSet<PeerId> _meeting = [];

    /// <summary>Starts looking for peers, and dials those that are found and not connected. The peer takes the discovery over.</summary>
    public async Task DiscoverAsync(IPeerDiscovery discovery, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(discovery);
        await discovery.StartAsync(Id, () => DialableAddresses, found => _ = MeetAsync(found), cancellationToken).ConfigureAwait(false);
        lock (_discoveries)
        {
            _discoveries.Add(discovery);
        }
    }

    // Anybody in the local network can name peers that don't exist: few are dialed at a time, each once.
    private async Task MeetAsync(IReadOnlyList<Multiaddress> addresses)
    {
        var named = addresses.Select(a => a.Peer).OfType<PeerId>().FirstOrDefault();
        lock (_meeting)
        {
            if (_meeting.Count >= MaxMeetings || !_meeting.Add(named))
            {
                return;
            }
        }

        try
        {
            await TryDialAsync(addresses).ConfigureAwait(false);
        }
        finally
        {
            lock (_meeting)
            {
                _meeting.Remove(named);
            }
        }
    }

    private async Task TryDialAsync(IReadOnlyList<Multiaddress> addresses)
    {
        foreach (var address in addresses)
        {
            if (_stopping.IsCancellationRequested || (address.Peer is { } peer && _connections.Find(peer) is not null))
            {
                return;
            }

            try
            {
                await DialAsync(address, _stopping.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                _logger.LogDebug(e, "A peer that was found at {Address} can't be reached: {Error}", address, e.Message);
            }
        }
    }
}
