using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Net.Sync;

namespace Threads.Simulation;

/// <summary>A peer's records as Threads.Net sees them; all at once, on the caller's thread. Pages are small, so that there are some.</summary>
/// <param name="peer">Whose.</param>
/// <param name="pageBytes">Of a page.</param>
/// <param name="on">Runs what uses the peer's disk.</param>
internal sealed class SimSource(SimPeer peer, int pageBytes, Func<Func<object>, object> on) : IRecordSource
{
    private Action? _listener;

    public ThreadId Id => peer.Connection.Thread.Id;

    public ThreadKey Key => peer.Connection.Thread.Key;

    public Task<ThreadHeads> HeadsAsync(CancellationToken cancellationToken) => Now(thread => thread.Heads);

    public Task<ThreadPage> ReadPageAsync(ThreadHeads since, int maxBytes, CancellationToken cancellationToken) => Now(thread => thread.ReadPage(since, pageBytes));

    public Task<ThreadHeads> AddAsync(ReadOnlyMemory<byte> car, CancellationToken cancellationToken)
    {
        var added = Now(thread =>
        {
            thread.Import(new MemoryStream(car.ToArray()), null, cancellationToken);
            return thread.Heads;
        });
        _listener?.Invoke();
        return added;
    }

    public Task<LogId?> OwnLogAsync(CancellationToken cancellationToken) => Now<LogId?>(thread => thread.LogId);

    public Task<IReadOnlyList<ThreadLog>> LogsAsync(CancellationToken cancellationToken) => Now(thread => thread.Logs);

    public Task<IReadOnlyList<RecordBlocks>> ReadRecordsAsync(LogId log, Cid after, long counter, int limit, int maxBytes, CancellationToken cancellationToken)
        => Now(thread => thread.ReadRecords(log, after, counter, limit, maxBytes));

    public Task<ImportResult> AddRecordsAsync(LogId log, IReadOnlyList<RecordBlocks> records, CancellationToken cancellationToken) => Now(thread => thread.AddRecords(log, records));

    public Task NotePeerAsync(PeerId other, ThreadHeads heads) => Task.CompletedTask;

    public Task<IReadOnlyList<byte[]>> AnnouncementsAsync(CancellationToken cancellationToken) => Now(thread => thread.Announcements);

    public Task<bool> TakeAnnouncementsAsync(IReadOnlyList<ReadOnlyMemory<byte>> announcements, CancellationToken cancellationToken)
        => Now(thread => announcements.Count(thread.TakeAnnouncement) > 0);

    public Task<bool> AnnounceAsync(IReadOnlyList<Multiaddress> addresses, TimeSpan ttl, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<IReadOnlyList<Multiaddress>> AddressesAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Multiaddress>>([]);

    public IDisposable? Register(IThreadSync sync) => null;

    /// <summary>As a data source does after each commit; an import may hand on a range of keys in a record of its own.</summary>
    public IDisposable Listen(Action listener)
    {
        _listener = listener;
        return new MemoryStream();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<T> Now<T>(Func<LocalThread, T> work)
    {
        try
        {
            return Task.FromResult((T)on(() => work(peer.Connection.Thread)!));
        }
        catch (ThreadsException e)
        {
            return Task.FromException<T>(e);
        }
    }
}
