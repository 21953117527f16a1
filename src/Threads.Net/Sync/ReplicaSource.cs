using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Net.Wire;

namespace Threads.Net.Sync;

/// <summary>A thread in a replicator's store. Nothing is held for it while it is idle; the store lets many read and verify at once and writes one after the other.</summary>
internal sealed class ReplicaSource(ReplicaThread thread) : IRecordSource
{
    public ThreadId Id => thread.Id;

    public ThreadKey Key => thread.Key;

    public Task<ThreadHeads> HeadsAsync(CancellationToken cancellationToken) => Task.Run(() => thread.Heads, cancellationToken);

    public Task<ThreadPage> ReadPageAsync(ThreadHeads since, int maxBytes, CancellationToken cancellationToken) => Task.Run(() => thread.ReadPage(since, maxBytes), cancellationToken);

    public Task<ThreadHeads> AddAsync(ReadOnlyMemory<byte> car, CancellationToken cancellationToken) => Task.Run(() =>
    {
        using var stream = car.AsStream();
        thread.Import(stream, cancellationToken);
        return thread.Heads;
    }, cancellationToken);

    public IDisposable Listen(Action listener)
    {
        thread.RecordsAdded += listener;
        return new Listening(thread, listener);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Listening(ReplicaThread thread, Action listener) : IDisposable
    {
        public void Dispose() => thread.RecordsAdded -= listener;
    }
}
