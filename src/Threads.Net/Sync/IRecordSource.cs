using Threads.Data.Identity;
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

    /// <summary>Calls the listener whenever there may be new records, from whatever thread or process.</summary>
    IDisposable Listen(Action listener);
}
