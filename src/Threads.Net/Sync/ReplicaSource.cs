using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Ipld;
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

    /// <summary>A replicator asks nobody how far others are: they are told what it has.</summary>
    public Task NotePeerAsync(PeerId peer, ThreadHeads heads) => Task.CompletedTask;

    public Task<LogId?> OwnLogAsync(CancellationToken cancellationToken) => Task.FromResult<LogId?>(null);

    public Task<IReadOnlyList<ThreadLog>> LogsAsync(CancellationToken cancellationToken) => Task.Run(() => thread.Logs, cancellationToken);

    public Task<IReadOnlyList<RecordBlocks>> ReadRecordsAsync(LogId log, Cid after, long counter, int limit, int maxBytes, CancellationToken cancellationToken) =>
        Task.Run(() => thread.ReadRecords(log, after, counter, limit, maxBytes), cancellationToken);

    public Task<ImportResult> AddRecordsAsync(LogId log, IReadOnlyList<RecordBlocks> records, CancellationToken cancellationToken) =>
        Task.Run(() => thread.AddRecords(log, records), cancellationToken);

    public Task<IReadOnlyList<byte[]>> AnnouncementsAsync(CancellationToken cancellationToken) => Task.Run(() => thread.Announcements, cancellationToken);

    public Task<bool> TakeAnnouncementsAsync(IReadOnlyList<ReadOnlyMemory<byte>> announcements, CancellationToken cancellationToken) =>
        Task.Run(() => announcements.Count(thread.TakeAnnouncement) > 0, cancellationToken);

    /// <summary>It has no log of its own; the writers announce it.</summary>
    public Task<bool> AnnounceAsync(IReadOnlyList<Multiaddress> addresses, TimeSpan ttl, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>It is dialed, and dials nobody.</summary>
    public Task<IReadOnlyList<Multiaddress>> AddressesAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Multiaddress>>([]);

    public IDisposable? Register(IThreadSync sync) => null;

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
