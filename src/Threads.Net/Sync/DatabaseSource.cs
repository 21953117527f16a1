using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Net.Wire;

namespace Threads.Net.Sync;

/// <summary>
/// A thread's own database, over a connection of its own. Reads and writes of all conversations take turns on it, so that many peers cost one connection; the
/// application's connections are not in their way.
/// </summary>
internal sealed class DatabaseSource(ThreadsDataSource source, ThreadsConnection connection, TimeProvider time) : IRecordSource
{
    private static readonly TimeSpan PollPeriod = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1);

    public ThreadId Id { get; } = connection.Thread.Id;

    public ThreadKey Key => connection.Thread.Key;

    public static async Task<DatabaseSource> OpenAsync(ThreadsDataSource source, TimeProvider time, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new(source, connection, time);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public Task<ThreadHeads> HeadsAsync(CancellationToken cancellationToken) => InTurnAsync(() => connection.Thread.Heads, cancellationToken);

    public Task<ThreadPage> ReadPageAsync(ThreadHeads since, int maxBytes, CancellationToken cancellationToken) =>
        InTurnAsync(() => connection.Thread.ReadPage(since, maxBytes), cancellationToken);

    public Task<ThreadHeads> AddAsync(ReadOnlyMemory<byte> car, CancellationToken cancellationToken) =>
        InTurnAsync(() =>
        {
            using var stream = car.AsStream();
            connection.Thread.Import(stream, null, cancellationToken);
            return connection.Thread.Heads;
        }, cancellationToken);

    public Task<LogId?> OwnLogAsync(CancellationToken cancellationToken) => InTurnAsync<LogId?>(() => connection.Thread.LogId, cancellationToken);

    public Task<IReadOnlyList<ThreadLog>> LogsAsync(CancellationToken cancellationToken) => InTurnAsync(() => connection.Thread.Logs, cancellationToken);

    public Task<IReadOnlyList<RecordBlocks>> ReadRecordsAsync(LogId log, Cid after, long counter, int limit, int maxBytes, CancellationToken cancellationToken) =>
        InTurnAsync(() => connection.Thread.ReadRecords(log, after, counter, limit, maxBytes), cancellationToken);

    public Task<ImportResult> AddRecordsAsync(LogId log, IReadOnlyList<RecordBlocks> records, CancellationToken cancellationToken) =>
        InTurnAsync(() => connection.Thread.AddRecords(log, records), cancellationToken);

    public Task NotePeerAsync(PeerId peer, ThreadHeads heads) => InTurnAsync(() =>
    {
        connection.Thread.NotePeer(peer, heads);
        return true;
    }, CancellationToken.None);

    public Task<IReadOnlyList<byte[]>> AnnouncementsAsync(CancellationToken cancellationToken) => InTurnAsync(() => connection.Thread.Announcements, cancellationToken);

    public Task<bool> TakeAnnouncementsAsync(IReadOnlyList<ReadOnlyMemory<byte>> announcements, CancellationToken cancellationToken) =>
        InTurnAsync(() => announcements.Count(connection.Thread.TakeAnnouncement) > 0, cancellationToken);

    public Task<bool> AnnounceAsync(IReadOnlyList<Multiaddress> addresses, TimeSpan ttl, CancellationToken cancellationToken) =>
        InTurnAsync(() => connection.Thread.Announce(addresses, ttl) is not null, cancellationToken);

    public Task<IReadOnlyList<Multiaddress>> AddressesAsync(CancellationToken cancellationToken) => InTurnAsync<IReadOnlyList<Multiaddress>>(() =>
    {
        var own = connection.Thread.LogId;
        return [.. connection.Thread.Replicators, .. connection.Thread.Addresses.GetAll().Where(a => a.Log != own).Select(a => a.Address)];
    }, cancellationToken);

    public IDisposable Register(IThreadSync sync) => source.RegisterSync(sync);

    public IDisposable Listen(Action listener) => new Listening(this, listener);

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Does something with the thread while nobody else does.</summary>
    public Task<T> InTurnAsync<T>(Func<LocalThread, T> work, CancellationToken cancellationToken) => InTurnAsync(() => work(connection.Thread), cancellationToken);

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

    /// <summary>Commits of this process call; what other processes commit is seen by the file's data version, looked at once a second.</summary>
    private sealed class Listening : IDisposable
    {
        private readonly DatabaseSource _source;
        private readonly Action _listener;
        private readonly IDisposable _commits;
        private readonly ITimer _poll;
        private long _version;

        public Listening(DatabaseSource source, Action listener)
        {
            (_source, _listener) = (source, listener);
            _commits = source.OnCommit(listener);
            _poll = source.StartTimer(_ => _ = PollAsync());
        }

        public void Dispose()
        {
            _commits.Dispose();
            _poll.Dispose();
        }

        private async Task PollAsync()
        {
            if (_source._turn.CurrentCount == 0)
            {
                return;
            }

            try
            {
                var version = await _source.InTurnAsync(() => _source.DataVersion, CancellationToken.None).ConfigureAwait(false);
                if (Interlocked.Exchange(ref _version, version) != version)
                {
                    _listener();
                }
            }
            catch (Exception e) when (e is ObjectDisposedException or System.Data.Common.DbException or InvalidOperationException)
            {
                // The database is being closed or is locked: the next commit, or the next look, calls.
                _version = -1;
            }
        }
    }

    private long DataVersion => connection.Thread.DataVersion;

    private IDisposable OnCommit(Action listener) => source.OnRecordsAdded(listener);

    private ITimer StartTimer(TimerCallback callback) => time.CreateTimer(callback, null, PollPeriod, PollPeriod);
}
