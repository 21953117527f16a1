using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Net.Resources;
using Threads.Net.Sync;

namespace Threads.Net;

/// <content>Keeping threads in sync.</content>
public sealed partial class ThreadsPeer
{
    private readonly SyncProtocol _sync;

    /// <summary>
    /// Keeps a thread in sync with every connected peer that has it, now and later: what is committed here is sent after its commit, what others commit is
    /// folded into the tables here. It goes on until the result is disposed or the peer stops.
    /// </summary>
    /// <param name="dataSource">The database; a database that holds only the replica key serves the thread without reading it.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <exception cref="InvalidOperationException">The thread is served already.</exception>
    public Task<IAsyncDisposable> ServeAsync(ThreadsDataSource dataSource, CancellationToken cancellationToken = default) => ServeAsync(dataSource, new ServeOptions(), cancellationToken);

    /// <inheritdoc cref="ServeAsync(ThreadsDataSource, CancellationToken)" />
    /// <param name="dataSource">The database.</param>
    /// <param name="options">How its records travel.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    public async Task<IAsyncDisposable> ServeAsync(ThreadsDataSource dataSource, ServeOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Epoch, TimeSpan.Zero, nameof(options));
        var source = await DatabaseSource.OpenAsync(dataSource, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        var thread = options.Policy == SyncPolicy.Mvds
            ? new ServedThread(source, MvdsConversation.ProtocolId, (t, stream, opener, remote, time) => new MvdsConversation(source, options, t, stream, opener, remote, time))
            : new ServedThread(source);
        if (!TryServe(thread))
        {
            await thread.DisposeAsync().ConfigureAwait(false);
            throw new InvalidOperationException(Strings.ServedAlready(thread.Id));
        }

        thread.Register(new ThreadSync(this, thread));
        await JoinGossipAsync(thread, cancellationToken).ConfigureAwait(false);
        _ = KeepBookAsync(thread);
        return new Serving(this, thread);
    }

    /// <summary>
    /// Ends when everything that is committed here now is at the peer, and everything it had when the waiting began is here: the answer to "is it
    /// finished?". Waits for the conversation to begin, too.
    /// </summary>
    /// <exception cref="ThreadsPeerException">The connection ended first.</exception>
    /// <exception cref="InvalidOperationException">The thread is not served.</exception>
    public async Task WaitForSyncAsync(PeerId peer, ThreadId thread, CancellationToken cancellationToken = default)
    {
        var served = _sync.Find(thread) ?? throw new InvalidOperationException(Strings.NotServed(thread));
        var session = await SessionAsync(peer, thread, cancellationToken).ConfigureAwait(false);
        var heads = await served.HeadsAsync(cancellationToken).ConfigureAwait(false);
        while (!await session.TryAskAsync(cancellationToken).ConfigureAwait(false) || !await session.TryWaitForAsync(heads, cancellationToken).ConfigureAwait(false))
        {
            // It ended: with the connection, or because the other side's stream took its place.
            session = _connections.Find(peer) is null
                ? throw new ThreadsPeerException(ThreadsPeerErrorCode.ConnectionClosed, Strings.SyncEnded(peer))
                : await SessionAsync(peer, thread, cancellationToken).ConfigureAwait(false);
        }

        await served.WaitForAsync(session.RemoteHeads, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The peers with which a thread is being kept in sync now.</summary>
    public IReadOnlyList<PeerId> SyncedPeers(ThreadId thread) => [.. _sync.Find(thread)?.Sessions.Select(s => s.Peer) ?? []];

    /// <summary>Every thread with every peer it is being kept in sync with now.</summary>
    internal IReadOnlyList<(PeerId Peer, ThreadId Thread)> Synced() => [.. _sync.Threads.SelectMany(t => t.Sessions.Where(s => !s.IsStopped).Select(s => (s.Peer, t.Id)))];

    /// <summary>Who serves very many threads joins no more topics: its conversations bring everything, gossip is a shortcut.</summary>
    private async Task JoinGossipAsync(ServedThread thread, CancellationToken cancellationToken)
    {
        if (_gossip is not null && _sync.Count <= _options.MaxThreadsAsked)
        {
            thread.Gossip = await ThreadGossip.StartAsync(thread, Id, _gossip, _options, _logger, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool TryServe(ServedThread thread)
    {
        if (!_sync.TryAdd(thread))
        {
            return false;
        }

        foreach (var connection in _connections.All)
        {
            if (connection.Protocols.Contains(SyncProtocol.Id))
            {
                _ = _sync.AskAsync(connection, thread);
            }
        }

        return true;
    }

    private async Task<SyncSession> SessionAsync(PeerId peer, ThreadId thread, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _sync.Changed += OnChanged;
            try
            {
                if (_sync.Find(peer, thread) is { } session)
                {
                    return session;
                }

                await changed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _sync.Changed -= OnChanged;
            }

            void OnChanged() => changed.TrySetResult();
        }
    }

    /// <summary>What a database's own API asks about peers.</summary>
    private sealed class ThreadSync(ThreadsPeer peer, ServedThread thread) : IThreadSync
    {
        public IReadOnlyList<(PeerId Peer, ThreadHeads Heads)> Connected => [.. thread.Sessions.Where(s => !s.IsStopped).Select(s => (s.Peer, s.RemoteHeads))];

        public Task WaitForSyncAsync(PeerId other, CancellationToken cancellationToken) => peer.WaitForSyncAsync(other, thread.Id, cancellationToken);
    }

    private sealed class Serving(ThreadsPeer peer, ServedThread thread) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            peer._sync.Remove(thread);
            return thread.DisposeAsync();
        }
    }
}
