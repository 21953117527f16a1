using Threads.Data.Identity;
using Threads.Net.Resources;

namespace Threads.Net.Connections;

/// <summary>Dials under way, one for each address, and how long an address that failed is left alone. Thread-safe.</summary>
internal sealed class DialTable
{
    private const int MaxRemembered = 1000;
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<Multiaddress, Task<PeerConnection>> _running = [];
    private readonly Dictionary<Multiaddress, (int Count, long At)> _failures = [];

    /// <summary>Joins the dial to this address that is under way, or starts it. The caller's token ends only its own waiting.</summary>
    public Task<PeerConnection> RunAsync(Multiaddress address, ThreadsPeerOptions options, Func<Task<PeerConnection>> dial, CancellationToken cancellationToken)
    {
        Task<PeerConnection> task;
        lock (_gate)
        {
            if (!_running.TryGetValue(address, out task!))
            {
                if (_failures.TryGetValue(address, out var failed) && Wait(failed.Count, options) - options.TimeProvider.GetElapsedTime(failed.At) is { Ticks: > 0 } wait)
                {
                    throw new ThreadsPeerException(ThreadsPeerErrorCode.DialFailed, Strings.DialBackOff(address, wait));
                }

                task = Task.Run(() => DialAsync(address, options, dial), CancellationToken.None);
                _running.Add(address, task);
            }
        }

        return task.WaitAsync(cancellationToken);
    }

    private static TimeSpan Wait(int failures, ThreadsPeerOptions options) =>
        TimeSpan.FromTicks(Math.Min(LongestBackOff.Ticks, options.DialBackOff.Ticks << Math.Min(failures - 1, 10)));

    private async Task<PeerConnection> DialAsync(Multiaddress address, ThreadsPeerOptions options, Func<Task<PeerConnection>> dial)
    {
        try
        {
            var connection = await dial().ConfigureAwait(false);
            lock (_gate)
            {
                _failures.Remove(address);
            }

            return connection;
        }
        catch (ThreadsPeerException e) when (e.ErrorCode is ThreadsPeerErrorCode.DialFailed or ThreadsPeerErrorCode.HandshakeFailed or ThreadsPeerErrorCode.WrongPeer)
        {
            lock (_gate)
            {
                if (_failures.Count >= MaxRemembered)
                {
                    _failures.Clear();
                }

                _failures[address] = (_failures.GetValueOrDefault(address).Count + 1, options.TimeProvider.GetTimestamp());
            }

            throw;
        }
        finally
        {
            lock (_gate)
            {
                _running.Remove(address);
            }
        }
    }
}
