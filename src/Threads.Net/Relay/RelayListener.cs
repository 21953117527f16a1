using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Threads.Data.Identity;
using Threads.Net.Transports;

namespace Threads.Net.Relay;

/// <summary>A place at a relay.</summary>
/// <param name="Connection">To the relay; the place lasts as long as it does.</param>
/// <param name="Until">When it has to be asked for again.</param>
/// <param name="Addresses">Where others reach us then, each ending in <c>/p2p-circuit</c>.</param>
internal sealed record Reservation(PeerConnection Connection, DateTimeOffset Until, IReadOnlyList<Multiaddress> Addresses);

/// <summary>
/// Keeps a place at a relay: asks again before its time is over, and after the connection was lost, waiting longer each time that fails. While there is no
/// place it has no addresses; a peer starts without its relay too.
/// </summary>
internal sealed class RelayListener(Multiaddress relay, Func<CancellationToken, Task<Reservation>> reserve, Action changed, TimeProvider time, ILogger logger, Action closed) : IListener
{
    private const int LongestRetryShift = 6;

    private readonly Channel<RawConnection> _brought = Channel.CreateUnbounded<RawConnection>();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _keeping;

    public IReadOnlyList<Multiaddress> Addresses { get; private set; } = [];

    /// <summary>Ends when the relay was asked once, whatever it said.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _keeping = KeepAsync();
        return _tried.Task.WaitAsync(cancellationToken);
    }

    public void Bring(RawConnection connection) => _brought.Writer.TryWrite(connection);

    public async ValueTask<RawConnection?> AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _brought.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ChannelClosedException or OperationCanceledException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        closed();
        await _stopping.CancelAsync().ConfigureAwait(false);
        _brought.Writer.TryComplete();
        if (_keeping is not null)
        {
            await _keeping.ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private async Task KeepAsync()
    {
        var failures = 0;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var place = await reserve(_stopping.Token).ConfigureAwait(false);
                Tell(place.Addresses);
                failures = 0;
                var wait = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerSecond, (place.Until - time.GetUtcNow()).Ticks * 3 / 4));
                await Task.WhenAny(place.Connection.Closed, Task.Delay(wait, time, _stopping.Token)).ConfigureAwait(false);
                if (!place.Connection.Closed.IsCompleted)
                {
                    continue;
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                logger.LogDebug(e, "There is no place at the relay {Relay}: {Error}", relay, e.Message);
            }

            Tell([]);
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(1 << Math.Min(failures++, LongestRetryShift)), time, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Tell(IReadOnlyList<Multiaddress> addresses)
    {
        var isNews = !addresses.SequenceEqual(Addresses);
        Addresses = addresses;
        _tried.TrySetResult();
        if (isNews)
        {
            changed();
        }
    }
}
