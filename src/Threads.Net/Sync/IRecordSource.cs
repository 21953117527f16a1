using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;

namespace Threads.Net.Sync;

/// <summary>Where a served thread's records lie: in a database with tables, or in a replicator's store among others.</summary>
internal interface IRecordSource : IAsyncDisposable
{
    ThreadId Id { get; }

    /// <summary>A copy, to dispose of.</summary>
    ThreadKey Key { get; }

    Task<ThreadHeads> HeadsAsync(CancellationToken cancellationToken);

    Task<ThreadPage> ReadPageAsync(ThreadHeads since, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Takes a page of records and returns the heads after it; what it refuses is thrown by name, what came before stays.</summary>
    Task<ThreadHeads> AddAsync(ReadOnlyMemory<byte> car, CancellationToken cancellationToken);

    /// <summary>The log that is written here; null where none is.</summary>
    Task<LogId?> OwnLogAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<ThreadLog>> LogsAsync(CancellationToken cancellationToken);

    /// <summary>Records of one log, oldest first (<see cref="LocalThread.ReadRecords"/>).</summary>
    Task<IReadOnlyList<RecordBlocks>> ReadRecordsAsync(LogId log, Cid after, long counter, int limit, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Takes records of one log; what it refuses is thrown by name.</summary>
    Task<ImportResult> AddRecordsAsync(LogId log, IReadOnlyList<RecordBlocks> records, CancellationToken cancellationToken);

    /// <summary>Notes how far a peer is, for whoever asks later.</summary>
    Task NotePeerAsync(PeerId peer, ThreadHeads heads);

    /// <summary>What writers of logs said of their addresses, to pass on.</summary>
    Task<IReadOnlyList<byte[]>> AnnouncementsAsync(CancellationToken cancellationToken);

    /// <summary>Takes announcements; true when one of them was new.</summary>
    Task<bool> TakeAnnouncementsAsync(IReadOnlyList<ReadOnlyMemory<byte>> announcements, CancellationToken cancellationToken);

    /// <summary>Says where this peer's own log is found; true when that was new.</summary>
    Task<bool> AnnounceAsync(IReadOnlyList<Multiaddress> addresses, TimeSpan ttl, CancellationToken cancellationToken);

    /// <summary>Addresses of others who have the thread.</summary>
    Task<IReadOnlyList<Multiaddress>> AddressesAsync(CancellationToken cancellationToken);

    /// <summary>Says who keeps the thread in sync, as long as the result is not disposed.</summary>
    IDisposable? Register(IThreadSync sync);

    /// <summary>Calls the listener whenever there may be new records, from whatever thread or process.</summary>
    IDisposable Listen(Action listener);
}
