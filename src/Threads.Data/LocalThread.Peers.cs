using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Data.Resources;
using Threads.Data.Storage;

namespace Threads.Data;

/// <content>Other peers: how far they are, and where logs are found.</content>
public sealed partial class LocalThread
{
    private const string SyncStatePrefix = "sync:";

    /// <summary>The peers that this thread is, or was, exchanged with; connected ones as they are now.</summary>
    public IReadOnlyList<ThreadPeer> Peers
    {
        get
        {
            var ours = Heads.Counters();
            var now = Session.Options.Time.GetUtcNow();
            var connected = Syncs.SelectMany(s => s.Connected).GroupBy(c => c.Peer).ToDictionary(g => g.Key, g => g.First().Heads);
            var known = _connection.Guarded(() => Reading(() => new PeerStore(Session.Database).All())).ToDictionary(p => p.Peer);
            return [.. known.Keys.Union(connected.Keys).Select(peer =>
            {
                var (isConnected, seen) = (connected.TryGetValue(peer, out var heads), known.TryGetValue(peer, out var stored));
                var theirs = isConnected ? heads!.Counters() : stored.Counters;
                return new ThreadPeer(peer, isConnected, isConnected || !seen ? now : DateTimeOffset.FromUnixTimeMilliseconds(stored.SeenMs), Compare(ours, theirs));
            })];
        }
    }

    /// <summary>The peers that have all that is here, and of which nothing is missing here, as far as they have said.</summary>
    public IReadOnlyList<PeerId> SyncedWith => [.. Peers.Where(p => p.IsSynced).Select(p => p.Id)];

    /// <summary>Where the thread's logs are found.</summary>
    public AddressBook Addresses => new(this);

    /// <summary>Replicators that keep this file's log: they are announced with its addresses (T-LOG-8), and dialed by whoever serves this thread.</summary>
    public IReadOnlyList<Multiaddress> Replicators => _connection.Guarded(() => Reading(() =>
    {
        var found = new List<Multiaddress>();
        var rows = Session.Database["SELECT address FROM _threads_replicator ORDER BY address"];
        while (rows.Step())
        {
            found.Add(Multiaddress.Parse(rows.Text(0)));
        }

        return found;
    }));

    /// <summary>The newest announcement of each log's addresses that is here, signed by its writer: to pass on to others who have the thread.</summary>
    public IReadOnlyList<byte[]> Announcements => ReadBook(store => store.Announcements());

    private IReadOnlyList<IThreadSync> Syncs => SyncRegistry<IThreadSync>.Of(Session.Options.DataSource);

    /// <summary>
    /// Ends when everything that is committed here now is at the peer, and everything it had when the waiting began is here: the answer to "is it finished?".
    /// Waits for the peer to connect, too.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nobody keeps this thread in sync in this process.</exception>
    public Task WaitForSyncAsync(PeerId peer, CancellationToken cancellationToken = default) =>
        Syncs is [var sync, ..] ? sync.WaitForSyncAsync(peer, cancellationToken) : throw new InvalidOperationException(Strings.NotServed(Id.ToString()));

    /// <summary>Notes how far a peer said it is; whoever keeps the thread in sync calls it.</summary>
    public void NotePeer(PeerId peer, ThreadHeads heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        _connection.Guarded(() => Writing(() =>
        {
            new PeerStore(Session.Database).Note(peer, heads, Session.Options.Time.GetUtcNow().ToUnixTimeMilliseconds());
            return true;
        }));
    }

    /// <summary>Names a replicator that keeps this file's log from now on; it has to be told the thread's id and replica key by itself.</summary>
    /// <param name="address">With <c>/p2p/…</c> behind it.</param>
    public void AddReplicator(Multiaddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        ChangeReplicators("INSERT INTO _threads_replicator(address) VALUES(?) ON CONFLICT DO NOTHING", address);
    }

    /// <summary>Takes a replicator out; what it has it keeps.</summary>
    public void RemoveReplicator(Multiaddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        ChangeReplicators("DELETE FROM _threads_replicator WHERE address = ?", address);
    }

    /// <summary>
    /// Says where this file's log is found: the given addresses and those of its <see cref="Replicators"/>, signed with the log's key, in the place of what was said before.
    /// Returns null when nothing is new, or before the log begins.
    /// </summary>
    /// <param name="addresses">Of the peer that serves this file, with <c>/p2p/…</c>; at most 32 count.</param>
    /// <param name="ttl">How long it holds; at most 30 days. It is renewed when half of it is over.</param>
    public byte[]? Announce(IReadOnlyList<Multiaddress> addresses, TimeSpan ttl)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        Multiaddress[] all = [.. addresses.Concat(Replicators).Distinct().Take(AddressAnnouncement.MaxAddresses)];
        // Mostly nothing is new, and nobody's write is to wait for that.
        return _connection.Guarded(() => Reading(() =>
        {
            Core.Logs.Forget();
            return IsNews(all, ttl);
        })) ? _connection.Guarded(() => Writing(() => IsNews(all, ttl) ? Announce(all, ttl) : null)) : null;
    }

    /// <summary>Takes an announcement from whoever brings it. False when it is not newer than what is here, not signed by its log, or of a log of which nothing is known here.</summary>
    public bool TakeAnnouncement(ReadOnlyMemory<byte> bytes) => AddressAnnouncement.TryRead(bytes.Span, Id) is { } announcement && _connection.Guarded(() => Writing(() =>
        Core.Logs.Find(announcement.Log).Count > 0 && Book.Take(announcement, bytes.Span)));

    /// <summary>What a way of syncing keeps in this file from one run to the next; null when nothing was kept under the name.</summary>
    public byte[]? GetSyncState(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _connection.Guarded(() => Reading(() => Core.Meta.Bytes(SyncStatePrefix + name)));
    }

    /// <summary>Keeps something for <see cref="GetSyncState"/>; null forgets it. Nothing is written when it is kept already.</summary>
    public void SetSyncState(string name, byte[]? state)
    {
        if (GetSyncState(name) is var kept && (kept is null ? state is null : kept.AsSpan().SequenceEqual(state) && state is not null))
        {
            return;
        }

        _connection.Guarded(() => Writing(() =>
        {
            if (state is null)
            {
                Core.Meta.Remove(SyncStatePrefix + name);
            }
            else
            {
                Core.Meta.Set(SyncStatePrefix + name, state);
            }

            return true;
        }));
    }

    internal T ReadBook<T>(Func<AddressStore, T> read) => _connection.Guarded(() => Reading(() => read(Book)));

    internal void WriteBook(Action<AddressStore> write) => _connection.Guarded(() => Writing(() =>
    {
        write(Book);
        return true;
    }));

    private AddressStore Book => new(Session.Database, Session.Options.Time);

    private bool IsNews(Multiaddress[] addresses, TimeSpan ttl)
    {
        var log = Core.Keys.Log.PublicKey;
        return Core.Logs.Find(log).Any(l => l.Head > 1)
            && (Book.SequenceOf(log) <= NowMs - (ttl.TotalMilliseconds / 2) || !Book.All(log).Select(a => a.Address).ToHashSet().SetEquals(addresses));
    }

    private byte[] Announce(Multiaddress[] addresses, TimeSpan ttl)
    {
        var log = Core.Keys.Log.PublicKey;
        var announcement = new AddressAnnouncement(log.ToArray(), Math.Max(NowMs, Book.SequenceOf(log) + 1), ttl, addresses);
        var bytes = announcement.Sign(Id, Core.Keys.Log);
        Book.Take(announcement, bytes);
        return bytes;
    }

    private long NowMs => Session.Options.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private void ChangeReplicators(string sql, Multiaddress address) => _connection.Guarded(() => Writing(() =>
    {
        Session.Database[sql].Bind(1, address.ToString()).Run();
        return true;
    }));

    private static IReadOnlyList<PeerLog> Compare(Dictionary<string, long> ours, Dictionary<string, long> theirs) => [.. ours.Keys.Union(theirs.Keys).Order(StringComparer.Ordinal).Select(key =>
    {
        var (here, there) = (ours.GetValueOrDefault(key), theirs.GetValueOrDefault(key));
        return new PeerLog(LogId.FromPublicKey(Convert.FromHexString(key)), there, Math.Max(here - there, 0), Math.Max(there - here, 0));
    })];
}
