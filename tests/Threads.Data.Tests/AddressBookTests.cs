using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Logs;

namespace Threads.Data.Tests;

/// <summary>T-LOG-6, T-LOG-8, T-LOG-9, T-LOG-10: where logs are found.</summary>
public sealed class AddressBookTests : IDisposable
{
    private static readonly Multiaddress One = Multiaddress.Parse("/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp");
    private static readonly Multiaddress Two = Multiaddress.Parse("/ip4/127.0.0.2/tcp/4002/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp");
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly ManualTime _time = new();
    private readonly ThreadsDataSource _source;
    private readonly ThreadsConnection _connection;
    private readonly LogId _log;

    public AddressBookTests()
    {
        _source = new ThreadsDataSourceBuilder("Data Source=:memory:").UseTimeProvider(_time).Build();
        _connection = _source.OpenConnection();
        _log = _connection.Thread.LogId;
    }

    private AddressBook Book => _connection.Thread.Addresses;

    public void Dispose()
    {
        _connection.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void Add_never_shortens_a_longer_life()
    {
        Book.Add(_log, [One], 2 * Hour);
        Book.Add(_log, [One], Hour);
        _time.Pass(1.5 * Hour);
        Assert.Equal([One], Book.Get(_log));
        Book.Add(_log, [One], 2 * Hour);
        _time.Pass(1.5 * Hour);
        Assert.Equal([One], Book.Get(_log));
    }

    [Fact]
    public void Set_overwrites_a_longer_life()
    {
        Book.Add(_log, [One, Two], 2 * Hour);
        Book.Set(_log, [One], Hour);
        _time.Pass(1.5 * Hour);
        Assert.Equal([Two], Book.Get(_log));
    }

    [Fact]
    public void A_life_of_zero_is_ignored_on_add_and_takes_out_on_set()
    {
        Book.Add(_log, [One], Hour);
        Book.Add(_log, [One, Two], TimeSpan.Zero);
        Assert.Equal([One], Book.Get(_log));
        Book.Set(_log, [One, Two], TimeSpan.Zero);
        Assert.Empty(Book.Get(_log));
    }

    [Fact]
    public void Update_changes_those_that_were_given_the_old_life_and_no_others()
    {
        Book.Add(_log, [One], Hour);
        Book.Add(_log, [Two], 2 * Hour);
        Book.UpdateTtl(_log, Hour, 10 * Hour);
        _time.Pass(5 * Hour);
        Assert.Equal([One], Book.Get(_log));
        Book.UpdateTtl(_log, 10 * Hour, TimeSpan.Zero);
        Assert.Empty(Book.Get(_log));
    }

    [Fact]
    public void An_address_past_its_time_is_not_returned_and_leaves_the_file_at_the_next_write()
    {
        Book.Add(_log, [One], Hour);
        _time.Pass(Hour);
        Assert.Empty(Book.Get(_log));
        Assert.Empty(Book.GetAll());
        Book.Add(_log, [Two], TimeSpan.MaxValue);
        Assert.Equal(1L, _connection.OpenSession().Database.Int64("SELECT count(*) FROM _threads_address"));
        _time.Pass(TimeSpan.FromDays(30_000));
        Assert.Equal([Two], Book.Get(_log));
    }

    [Fact]
    public void Logs_have_books_of_their_own()
    {
        var other = Other();
        Book.Add(_log, [One], Hour);
        Book.Add(other, [Two], Hour);
        Book.Clear(_log);
        Assert.Equal([(other, Two)], Book.GetAll());
    }

    [Fact]
    public void The_book_survives_and_is_read_by_sql()
    {
        var folder = Directory.CreateTempSubdirectory("threads-book-").FullName;
        try
        {
            var file = Path.Combine(folder, "a.db");
            LogId log;
            using (var peer = Peer.At(file))
            {
                log = peer.Connection.Thread.LogId;
                peer.Connection.Thread.Addresses.Add(log, [One], Hour);
                peer.Connection.Thread.AddReplicator(Two);
            }

            ThreadsConnection.ClearAllPools();
            using var again = Peer.At(file);
            Assert.Equal([One], again.Connection.Thread.Addresses.Get(log));
            Assert.Equal([Two], again.Connection.Thread.Replicators);
            Assert.Equal(One.ToString(), again.One<string>("SELECT address FROM threads_addresses"));
            again.Connection.Thread.RemoveReplicator(Two);
            Assert.Empty(again.Connection.Thread.Replicators);
        }
        finally
        {
            ThreadsConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_writers_announcement_replaces_what_others_have_of_its_log_and_carries_its_replicators()
    {
        using var alice = Written();
        using var bob = alice.Join();
        alice.SendTo(bob);
        var log = alice.Connection.Thread.LogId;
        alice.Connection.Thread.AddReplicator(Two);
        var first = alice.Connection.Thread.Announce([One], Hour)!;
        Assert.True(bob.Connection.Thread.TakeAnnouncement(first));
        Assert.Equal([One, Two], bob.Connection.Thread.Addresses.Get(log));
        Assert.Equal([first], bob.Connection.Thread.Announcements);

        alice.Connection.Thread.RemoveReplicator(Two);
        var second = alice.Connection.Thread.Announce([One], Hour)!;
        Assert.True(bob.Connection.Thread.TakeAnnouncement(second));
        Assert.Equal([One], bob.Connection.Thread.Addresses.Get(log));
        Assert.False(bob.Connection.Thread.TakeAnnouncement(first));
        Assert.Equal([second], bob.Connection.Thread.Announcements);
    }

    [Fact]
    public void Nothing_is_announced_before_the_log_begins_nor_twice()
    {
        using var alice = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)");
        Assert.Null(alice.Connection.Thread.Announce([One], Hour));
        alice.Run("INSERT INTO n VALUES(1, 'a')");
        Assert.NotNull(alice.Connection.Thread.Announce([One], Hour));
        Assert.Null(alice.Connection.Thread.Announce([One], Hour));
        Assert.NotNull(alice.Connection.Thread.Announce([One, Two], Hour));
    }

    [Fact]
    public void Only_the_writer_announces_a_log()
    {
        using var alice = Written();
        using var bob = alice.Join();
        alice.SendTo(bob);
        using var mallory = Ed25519PrivateKey.Generate(SystemRandomSource.Instance);
        var log = alice.Connection.Thread.LogId;
        var forged = new AddressAnnouncement(log.PublicKey.ToArray(), 1, Hour, [Two]).Sign(alice.Connection.Thread.Id, mallory);
        Assert.False(bob.Connection.Thread.TakeAnnouncement(forged));

        // Nor may a key that writes no log of the thread fill the book.
        var unknown = new AddressAnnouncement(mallory.PublicKey.ToArray(), 1, Hour, [Two]).Sign(alice.Connection.Thread.Id, mallory);
        Assert.False(bob.Connection.Thread.TakeAnnouncement(unknown));
        Assert.Empty(bob.Connection.Thread.Addresses.GetAll());
    }

    [Fact]
    public void An_announcement_counts_in_its_own_thread_alone()
    {
        using var alice = Written();
        using var other = Written();
        var announced = alice.Connection.Thread.Announce([One], Hour)!;
        Assert.Null(AddressAnnouncement.TryRead(announced, other.Connection.Thread.Id));
        Assert.NotNull(AddressAnnouncement.TryRead(announced, alice.Connection.Thread.Id));
    }

    [Fact]
    public void A_changed_byte_anywhere_refuses_an_announcement()
    {
        using var alice = Written();
        var announced = alice.Connection.Thread.Announce([One], Hour)!;
        for (var i = 0; i < announced.Length; i++)
        {
            announced[i] ^= 1;
            Assert.Null(AddressAnnouncement.TryRead(announced, alice.Connection.Thread.Id));
            announced[i] ^= 1;
            Assert.Null(AddressAnnouncement.TryRead(announced.AsSpan(0, i), alice.Connection.Thread.Id));
        }

        Assert.Null(AddressAnnouncement.TryRead(new byte[AddressAnnouncement.MaxBytes + 1], alice.Connection.Thread.Id));
    }

    [Fact]
    public void What_peers_said_they_have_is_read_by_sql_and_from_the_thread()
    {
        using var alice = Written();
        using var bob = alice.Join();
        var name = PeerId.FromPublicKey(bob.Connection.Thread.LogId.PublicKey);
        alice.Connection.Thread.NotePeer(name, bob.Connection.Thread.Heads);
        var peer = Assert.Single(alice.Connection.Thread.Peers);
        Assert.Equal((name, false, 2L, 0L), (peer.Id, peer.IsConnected, peer.Behind, peer.Ahead));
        Assert.Empty(alice.Connection.Thread.SyncedWith);
        Assert.Equal(2, alice.One<long>("SELECT behind FROM threads_peers"));

        alice.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(1000001, 'of bob')");
        alice.Connection.Thread.NotePeer(name, bob.Connection.Thread.Heads);
        Assert.Equal((0, 2), (alice.Connection.Thread.Peers[0].Behind, alice.Connection.Thread.Peers[0].Ahead));
        Assert.Equal(2, alice.One<long>("SELECT sum(ahead) FROM threads_peers"));

        bob.SendTo(alice);
        alice.SendTo(bob);
        alice.Connection.Thread.NotePeer(name, bob.Connection.Thread.Heads);
        Assert.Equal([name], alice.Connection.Thread.SyncedWith);
        Assert.Equal(0, alice.One<long>("SELECT sum(behind + ahead) FROM threads_peers"));
    }

    [Fact]
    public void Waiting_for_a_peer_that_nobody_serves_says_what_to_do()
    {
        using var alice = Written();
        var error = Assert.Throws<InvalidOperationException>(() => { _ = alice.Connection.Thread.WaitForSyncAsync(alice.Connection.Thread.Identity); });
        Assert.Contains("ServeAsync", error.Message, StringComparison.Ordinal);
    }

    private static Peer Written()
    {
        var peer = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)");
        peer.Run("INSERT INTO n VALUES(1, 'a')");
        return peer;
    }

    private static LogId Other()
    {
        using var key = Ed25519PrivateKey.Generate(SystemRandomSource.Instance);
        return LogId.FromPublicKey(key.PublicKey);
    }

    private sealed class ManualTime : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public void Pass(TimeSpan time) => _now += time;

        public override DateTimeOffset GetUtcNow() => _now;
    }
}
