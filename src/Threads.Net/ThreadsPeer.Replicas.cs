using Threads.Data;
using Threads.Data.Identity;
using Threads.Net.Resources;
using Threads.Net.Sync;

namespace Threads.Net;

/// <content>Keeping threads for others.</content>
public sealed partial class ThreadsPeer
{
    private static readonly TimeSpan ReplicaPollPeriod = TimeSpan.FromSeconds(1);

    private ReplicaStore? _replicas;
    private ITimer? _replicaPoll;
    private long _replicaVersion;

    /// <summary>The threads that are kept for others in <see cref="ThreadsPeerOptions.ReplicaStore"/>.</summary>
    public IReadOnlyCollection<ReplicaThread> Replicas => _replicas?.Threads ?? [];

    /// <summary>
    /// Keeps a thread for others, from now on and after every restart: verifies, stores and passes on what it can't read. All such threads lie in one file. Nothing
    /// changes when the thread is kept already.
    /// </summary>
    /// <param name="thread">Its id.</param>
    /// <param name="replicaKey">Its replica key; a read key beside it is not stored. The caller keeps it.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    /// <exception cref="InvalidOperationException">The peer was started without <see cref="ThreadsPeerOptions.ReplicaStore"/>, or serves this thread from a database.</exception>
    /// <exception cref="ThreadsException">The thread is kept under another key.</exception>
    public async Task<ReplicaThread> ServeAsReplicatorAsync(ThreadId thread, ThreadKey replicaKey, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(replicaKey);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var store = _replicas ?? throw new InvalidOperationException(Strings.NoReplicaStore());
        var isKept = store.TryFind(thread, out _);
        if (!isKept && _sync.Find(thread) is not null)
        {
            throw new InvalidOperationException(Strings.ServedAlready(thread));
        }

        var replica = await Task.Run(() => store.Add(thread, replicaKey), cancellationToken).ConfigureAwait(false);
        if (!isKept)
        {
            var served = new ServedThread(new ReplicaSource(replica));
            TryServe(served);
            await JoinGossipAsync(served, cancellationToken).ConfigureAwait(false);
        }

        return replica;
    }

    /// <summary>Stops keeping a thread and deletes its records; false when it wasn't kept.</summary>
    public async Task<bool> ForgetReplicaAsync(ThreadId thread, CancellationToken cancellationToken = default)
    {
        if (_replicas is not { } store || !store.TryFind(thread, out _))
        {
            return false;
        }

        if (_sync.Find(thread) is { } served)
        {
            _sync.Remove(served);
            await served.DisposeAsync().ConfigureAwait(false);
        }

        return await Task.Run(() => store.Remove(thread), cancellationToken).ConfigureAwait(false);
    }

    private async Task OpenReplicasAsync(CancellationToken cancellationToken)
    {
        if (_options.ReplicaStore is not { } path)
        {
            return;
        }

        _replicas = await Task.Run(() => ReplicaStore.Open(path), cancellationToken).ConfigureAwait(false);
        await ServeReplicasAsync(cancellationToken).ConfigureAwait(false);
        _replicaVersion = _replicas.DataVersion;
        _replicaPoll = _options.TimeProvider.CreateTimer(_ => _ = PollReplicasAsync(), null, ReplicaPollPeriod, ReplicaPollPeriod);
    }

    private async Task ServeReplicasAsync(CancellationToken cancellationToken)
    {
        foreach (var replica in _replicas!.Threads.Where(t => _sync.Find(t.Id) is null))
        {
            var served = new ServedThread(new ReplicaSource(replica));
            if (TryServe(served))
            {
                await JoinGossipAsync(served, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>One look a second for the whole file: another process may have written it.</summary>
    private async Task PollReplicasAsync()
    {
        try
        {
            var version = _replicas!.DataVersion;
            if (Interlocked.Exchange(ref _replicaVersion, version) == version)
            {
                return;
            }

            _replicas.Refresh();
            await ServeReplicasAsync(_stopping.Token).ConfigureAwait(false);
            foreach (var thread in _sync.Threads)
            {
                thread.Wake();
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException or System.Data.Common.DbException)
        {
            // The store is being closed or is locked: the next look finds what this one would have.
            _replicaVersion = -1;
        }
    }
}
