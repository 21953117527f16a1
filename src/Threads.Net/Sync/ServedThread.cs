using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Net.Wire;

namespace Threads.Net.Sync;

/// <summary>
/// A thread that this peer serves, over a connection of its own to the database. Reads and writes of all conversations take turns on it, so that many
/// peers cost one connection; the application's connections are not in their way.
/// </summary>
internal sealed class ServedThread : IAsyncDisposable
{
    private readonly ThreadsConnection _connection;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly IDisposable _listening;
    private readonly ITimer _poll;
    private readonly ConcurrentDictionary<SyncSession, AutoResetSignal> _sessions = new();
    private string _lastHeads = "";

    private ServedThread(ThreadsConnection connection, ThreadId id, ThreadProof proof, ThreadsDataSource source, TimeProvider time)
    {
        (_connection, Id, Proof) = (connection, id, proof);
        _listening = source.OnRecordsAdded(Wake);
        // Other processes may write the same file: they can't call us.
        _poll = time.CreateTimer(_ => _ = PollAsync(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public ThreadId Id { get; }

    public ThreadProof Proof { get; }

    public IReadOnlyCollection<SyncSession> Sessions => [.. _sessions.Keys];

    public static async Task<ServedThread> OpenAsync(ThreadsDataSource source, TimeProvider time, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var key = connection.Thread.Key;
            return new(connection, connection.Thread.Id, new(connection.Thread.Id, key), source, time);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public Task<ThreadHeads> HeadsAsync(CancellationToken cancellationToken) => InTurnAsync(() => _connection.Thread.Heads, cancellationToken);

    public Task<ThreadPage> ReadPageAsync(ThreadHeads since, int maxBytes, CancellationToken cancellationToken) =>
        InTurnAsync(() => _connection.Thread.ReadPage(since, maxBytes), cancellationToken);

    /// <summary>Takes a page of records and returns the heads after it; what it refuses is thrown by name, what came before stays.</summary>
    public Task<ThreadHeads> AddAsync(ReadOnlyMemory<byte> car, CancellationToken cancellationToken) =>
        InTurnAsync(() =>
        {
            var bytes = MemoryMarshal.TryGetArray(car, out var array) ? array : new(car.ToArray());
            using var stream = new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
            _connection.Thread.Import(stream, null, cancellationToken);
            return _connection.Thread.Heads;
        }, cancellationToken);

    /// <summary>The signal is set whenever there may be something new to send.</summary>
    public void Join(SyncSession session, AutoResetSignal signal) => _sessions[session] = signal;

    public void Leave(SyncSession session) => _sessions.TryRemove(session, out _);

    public async ValueTask DisposeAsync()
    {
        _listening.Dispose();
        await _poll.DisposeAsync().ConfigureAwait(false);
        foreach (var session in _sessions.Keys)
        {
            session.Stop();
        }

        await _turn.WaitAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        Proof.Dispose();
    }

    private async Task<T> InTurnAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(work, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Wake()
    {
        foreach (var signal in _sessions.Values)
        {
            signal.Set();
        }
    }

    private async Task PollAsync()
    {
        if (_sessions.IsEmpty || _turn.CurrentCount == 0)
        {
            return;
        }

        try
        {
            var heads = (await HeadsAsync(CancellationToken.None).ConfigureAwait(false)).ToString();
            if (Interlocked.Exchange(ref _lastHeads, heads) != heads)
            {
                Wake();
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or System.Data.Common.DbException or InvalidOperationException)
        {
            // The database is being closed or is locked: the next commit, or the next poll, wakes the sessions.
            _lastHeads = "";
        }
    }
}
