using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Net.Wire;

namespace Threads.Net.Sync;

/// <summary>A thread that this peer serves, and the conversations about it that are open.</summary>
internal sealed class ServedThread : IAsyncDisposable
{
    private readonly IRecordSource _records;
    private readonly IDisposable _listening;
    private readonly Lock _gate = new();
    private (SyncSession Session, AutoResetSignal Signal)[] _sessions = [];
    private HashSet<PeerId>? _met;
    private IDisposable? _registration;
    private int _announcementVersion;
    private event Action? Grown;

    private readonly SessionMaker _session;

    public ServedThread(IRecordSource records, string protocol = PageSession.ProtocolId, SessionMaker? session = null)
    {
        (_records, Protocol) = (records, protocol);
        _session = session ?? ((thread, stream, opener, remote, time) => new PageSession(thread, stream, opener, remote, time));
        using (var key = records.Key)
        {
            Proof = new(records.Id, key);
        }

        _listening = records.Listen(Wake);
    }

    /// <summary>Makes a conversation out of a stream on which both sides have said how far they are.</summary>
    public delegate SyncSession SessionMaker(ServedThread thread, PeerStream stream, PeerId opener, ThreadHeads remote, TimeProvider time);

    public ThreadId Id => _records.Id;

    /// <summary>The protocol by which its records travel.</summary>
    public string Protocol { get; }

    public SyncSession Begin(PeerStream stream, PeerId opener, ThreadHeads remote, TimeProvider time) => _session(this, stream, opener, remote, time);

    public ThreadProof Proof { get; }

    public IReadOnlyList<SyncSession> Sessions => Array.ConvertAll(_sessions, s => s.Session);

    public Task<ThreadHeads> HeadsAsync(CancellationToken cancellationToken) => _records.HeadsAsync(cancellationToken);

    public Task<ThreadPage> ReadPageAsync(ThreadHeads since, int maxBytes, CancellationToken cancellationToken) => _records.ReadPageAsync(since, maxBytes, cancellationToken);

    /// <inheritdoc cref="IRecordSource.AddAsync" />
    public Task<ThreadHeads> AddAsync(ReadOnlyMemory<byte> car, CancellationToken cancellationToken) => _records.AddAsync(car, cancellationToken);

    /// <summary>The records, one by one.</summary>
    public IRecordSource Records => _records;

    /// <summary>Another number after an announcement was new here.</summary>
    public int AnnouncementVersion => _announcementVersion;

    public Task<IReadOnlyList<byte[]>> AnnouncementsAsync(CancellationToken cancellationToken) => _records.AnnouncementsAsync(cancellationToken);

    public async Task TakeAnnouncementsAsync(IReadOnlyList<ReadOnlyMemory<byte>> announcements, CancellationToken cancellationToken) =>
        Announced(await _records.TakeAnnouncementsAsync(announcements, cancellationToken).ConfigureAwait(false));

    /// <summary>Says where this peer's own log is found, to everybody this thread is talked about with.</summary>
    public async Task AnnounceAsync(IReadOnlyList<Multiaddress> addresses, TimeSpan ttl, CancellationToken cancellationToken) =>
        Announced(await _records.AnnounceAsync(addresses, ttl, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc cref="IRecordSource.AddressesAsync" />
    public Task<IReadOnlyList<Multiaddress>> AddressesAsync(CancellationToken cancellationToken) => _records.AddressesAsync(cancellationToken);

    /// <inheritdoc cref="IRecordSource.NotePeerAsync" />
    public Task NotePeerAsync(PeerId peer, ThreadHeads heads) => _records.NotePeerAsync(peer, heads);

    /// <summary>Whether a peer has talked about this thread since it is served here.</summary>
    public bool HasMet(PeerId peer)
    {
        lock (_gate)
        {
            return _met?.Contains(peer) == true;
        }
    }

    /// <summary>The signal is set whenever there may be something new to send.</summary>
    public void Join(SyncSession session, AutoResetSignal signal)
    {
        lock (_gate)
        {
            _sessions = [.. _sessions, (session, signal)];
            (_met ??= []).Add(session.Peer);
        }
    }

    public void Leave(SyncSession session)
    {
        lock (_gate)
        {
            _sessions = Array.FindAll(_sessions, s => s.Session != session);
        }
    }

    /// <summary>There may be new records: each conversation looks.</summary>
    public void Wake()
    {
        foreach (var (_, signal) in _sessions)
        {
            signal.Set();
        }

        Grown?.Invoke();
    }

    /// <summary>Calls the listener whenever there may be something new, until the result is disposed; and once more when the thread is served no longer.</summary>
    public IDisposable OnGrown(Action listener)
    {
        Grown += listener;
        return new Listening(this, listener);
    }

    /// <summary>Ends when all of these records are here.</summary>
    public async Task WaitForAsync(ThreadHeads heads, CancellationToken cancellationToken)
    {
        // Not disposed: a wake may be under way when the waiting ends.
        var grown = new SemaphoreSlim(0);
        Grown += OnGrown;
        try
        {
            while (!SyncSession.Covers(await HeadsAsync(cancellationToken).ConfigureAwait(false), heads))
            {
                await grown.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Grown -= OnGrown;
        }

        void OnGrown() => grown.Release();
    }

    /// <summary>Who answers for this thread in this process, as long as it is served.</summary>
    public void Register(IThreadSync sync) => _registration = _records.Register(sync);

    /// <summary>Its gossip topic, where it takes part.</summary>
    public ThreadGossip? Gossip { get; set; }

    public bool IsDisposed { get; private set; }

    public async ValueTask DisposeAsync()
    {
        IsDisposed = true;
        Gossip?.Dispose();
        _listening.Dispose();
        _registration?.Dispose();
        foreach (var (session, _) in _sessions)
        {
            session.Stop();
        }

        Grown?.Invoke();
        await _records.DisposeAsync().ConfigureAwait(false);
    }

    private void Announced(bool isNew)
    {
        if (isNew)
        {
            Interlocked.Increment(ref _announcementVersion);
            Wake();
        }
    }

    private sealed class Listening(ServedThread thread, Action listener) : IDisposable
    {
        public void Dispose() => thread.Grown -= listener;
    }
}
