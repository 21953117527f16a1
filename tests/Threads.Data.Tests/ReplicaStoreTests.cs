using Dapper;
using Microsoft.Data.Sqlite;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Records;
using Threads.Data.Tests.Pipeline;

namespace Threads.Data.Tests;

/// <summary>T-NET-8: a replicator keeps many threads in one file, verifies what it keeps, and reads nothing of it.</summary>
public sealed class ReplicaStoreTests : IDisposable
{
    private const string Schema = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)";
    private readonly string _folder = Directory.CreateTempSubdirectory("threads-replicas-").FullName;
    private readonly List<IDisposable> _open = [];

    private string File => Path.Combine(_folder, "threads.db");

    public void Dispose()
    {
        _open.ForEach(o => o.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Threads_in_one_file_come_back_whole_and_apart_after_the_store_was_closed()
    {
        var (notes, bills) = (New("of notes"), New("of bills"));
        using (var store = ReplicaStore.Open(File))
        {
            Keep(store, notes);
            Keep(store, bills);
        }

        using var again = ReplicaStore.Open(File);
        Assert.Equal(2, again.Threads.Count);
        foreach (var (peer, text) in new[] { (notes, "of notes"), (bills, "of bills") })
        {
            Assert.True(again.TryFind(peer.Connection.Thread.Id, out var kept));
            Assert.Equal(peer.Connection.Thread.Heads.ToString(), kept.Heads.ToString());
            using var restored = peer.Join();
            restored.Import(kept.ReadPage(null, int.MaxValue).Car.ToArray());
            Assert.Equal(text, restored.One<string>("SELECT a FROM n"));
            Assert.Equal(peer.Digest, restored.Digest);
        }
    }

    [Fact]
    public void Nothing_in_the_file_can_be_read()
    {
        var peer = New("a secret that is nowhere in the clear");
        using var store = ReplicaStore.Open(File);
        Keep(store, peer);
        store.Dispose();
        var bytes = System.IO.File.ReadAllBytes(File);
        Assert.Equal(-1, bytes.AsSpan().IndexOf("a secret that is nowhere"u8));
        using var key = peer.Connection.Thread.Key;
        Assert.Equal(-1, bytes.AsSpan().IndexOf(key.Read));
    }

    [Fact]
    public void Pages_go_on_where_the_other_side_is()
    {
        var peer = New("1");
        using var store = ReplicaStore.Open(File);
        var kept = Keep(store, peer);
        var before = kept.Heads;
        peer.Run("INSERT INTO n VALUES(2, 'two')", "INSERT INTO n VALUES(3, 'three')");
        var calls = 0;
        kept.RecordsAdded += () => calls++;
        using (var file = new MemoryStream(peer.Export()))
        {
            Assert.Equal(new ImportResult(2, 2, 0, 0, 0), kept.Import(file));
        }

        Assert.Equal(1, calls);
        Assert.Equal(2, kept.ReadPage(before, int.MaxValue).Records);
        Assert.Equal(0, kept.ReadPage(kept.Heads, int.MaxValue).Records);
        Assert.Equal(4, kept.RecordCount);
    }

    [Fact]
    public void Records_of_another_thread_are_refused_and_leave_nothing()
    {
        var (peer, other) = (New("mine"), New("of another"));
        using var store = ReplicaStore.Open(File);
        var kept = Keep(store, peer);
        using var file = new MemoryStream(other.Export());
        Assert.Equal(ThreadsErrorCode.ImportForeign, Assert.Throws<ThreadsException>(() => kept.Import(file)).ThreadsErrorCode);
        Assert.Equal(2, kept.RecordCount);
    }

    [Fact]
    public void A_record_that_its_log_did_not_sign_is_refused()
    {
        using var peer = Peer.New("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)");
        using var forger = new Forger(peer);
        using var stranger = Ed25519PrivateKey.Generate(SystemRandomSource.Instance);
        var opening = forger.Opening(2_000);
        var forged = forger.Seal(opening.RecordCid, forger.Payload(2, 4_000, Forger.Create, w =>
        {
            w.WriteInt64(1);
            w.WriteText("forged");
        }), stranger);
        using var store = ReplicaStore.Open(File);
        using var key = peer.Connection.Thread.Key;
        var kept = store.Add(peer.Connection.Thread.Id, key);
        using var file = new MemoryStream(Forger.FileOf(forger.Log.PublicKey, opening, forged));
        Assert.Equal(ThreadsErrorCode.RecordRefused, Assert.Throws<ThreadsException>(() => kept.Import(file)).ThreadsErrorCode);
        Assert.Equal(0, kept.RecordCount);
    }

    [Fact]
    public void Both_branches_of_a_fork_are_kept_and_passed_on()
    {
        var alice = New("before");
        using var liar = new Forger(alice, ofPeer: true);
        var head = Forger.Stored(alice, 2);
        var time = alice.One<long>("SELECT max(time) FROM threads_records");
        var (one, two) = (liar.Row(head, 3, time + 10_240, 2, "one"), liar.Row(head, 3, time + 20_480, 3, "two"));
        using var store = ReplicaStore.Open(File);
        var kept = Keep(store, alice);
        foreach (var branch in new[] { one, two })
        {
            using var file = new MemoryStream(Forger.FileOf(liar.Log.PublicKey, branch));
            kept.Import(file);
        }

        Assert.Equal(2, kept.Heads.Heads.Count);
        using var restored = alice.Join();
        restored.Import(kept.ReadPage(null, int.MaxValue).Car.ToArray());
        Assert.Equal("1,2,3", restored.One<string>("SELECT group_concat(id) FROM (SELECT id FROM n ORDER BY id)"));
    }

    [Fact]
    public void What_comes_before_its_predecessor_waits_for_it_in_its_own_thread()
    {
        var peer = New("1");
        peer.Run("INSERT INTO n VALUES(2, 'two')");
        var all = new[] { 1, 2, 3 }.Select(p => Forger.Stored(peer, p)).ToArray();
        using var store = ReplicaStore.Open(File);
        using var key = peer.Connection.Thread.Key;
        var kept = store.Add(peer.Connection.Thread.Id, key);
        var log = LogKey(peer);
        using (var late = new MemoryStream(Forger.FileOf(log, all[2])))
        {
            Assert.Equal(1, kept.Import(late).Waiting);
        }

        using (var early = new MemoryStream(Forger.FileOf(log, all[0], all[1])))
        {
            Assert.Equal(3, kept.Import(early).Added);
        }

        Assert.Equal(peer.Connection.Thread.Heads.ToString(), kept.Heads.ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_two_records_that_differ_in_sealing_alone_the_one_that_is_linked_is_kept_though_nothing_can_be_read(bool linkedFirst)
    {
        var peer = New("1");
        peer.Run("INSERT INTO n VALUES(2, 'two')", "INSERT INTO n VALUES(3, 'three')");
        using var thief = new Forger(peer, ofPeer: true);
        var all = new[] { 1, 2, 3, 4 }.Select(p => Forger.Stored(peer, p)).ToArray();

        // The lower one is kept until a successor links the other: both ways round are met.
        var anew = thief.Reseal(all[2]);
        var (first, then) = linkedFirst ? (all[2], anew) : (anew, all[2]);
        using var store = ReplicaStore.Open(File);
        using var key = peer.Connection.Thread.Key;
        var kept = store.Add(peer.Connection.Thread.Id, key);
        foreach (var records in new SealedRecord[][] { [all[0], all[1], first], [then], [all[3]] })
        {
            using var file = new MemoryStream(Forger.FileOf(LogKey(peer), records));
            kept.Import(file);
        }

        Assert.Equal(peer.Connection.Thread.Heads.ToString(), kept.Heads.ToString());
        using var restored = peer.Join();
        restored.Import(kept.ReadPage(null, int.MaxValue).Car.ToArray());
        Assert.Equal(peer.Digest, restored.Digest);
        Assert.Equal(0, restored.One<long>("SELECT count(*) FROM threads_forks"));
    }

    [Fact]
    public void A_thread_is_kept_under_one_key()
    {
        var peer = New("1");
        using var store = ReplicaStore.Open(File);
        var kept = Keep(store, peer);
        using var wrong = ThreadKey.NewRandom();
        Assert.Equal(ThreadsErrorCode.OtherKey, Assert.Throws<ThreadsException>(() => store.Add(kept.Id, wrong)).ThreadsErrorCode);
        using var right = kept.Key;
        Assert.False(right.CanRead);
        Assert.Same(kept, store.Add(kept.Id, right));
    }

    [Fact]
    public void A_removed_thread_leaves_the_others_and_takes_nothing_any_more()
    {
        var (notes, bills) = (New("of notes"), New("of bills"));
        using var store = ReplicaStore.Open(File);
        var (gone, stays) = (Keep(store, notes), Keep(store, bills));
        Assert.True(store.Remove(gone.Id));
        Assert.False(store.Remove(gone.Id));
        using var file = new MemoryStream(notes.Export());
        Assert.Throws<ThreadsException>(() => gone.Import(file));
        Assert.Equal(2, stays.RecordCount);
        Assert.Equal(1, Scalar("SELECT count(*) FROM _threads_thread"));
        Assert.Equal(2, Scalar("SELECT count(*) FROM _threads_record"));
    }

    [Fact]
    public void Two_processes_may_hold_the_store()
    {
        var (notes, bills) = (New("of notes"), New("of bills"));
        using var here = ReplicaStore.Open(File);
        var kept = Keep(here, notes);
        var version = here.DataVersion;
        using (var there = ReplicaStore.Open(File))
        {
            Keep(there, bills);
            Assert.True(there.TryFind(notes.Connection.Thread.Id, out var same));
            Assert.Equal(kept.Heads.ToString(), same.Heads.ToString());
        }

        Assert.NotEqual(version, here.DataVersion);
        here.Refresh();
        Assert.Equal(2, here.Threads.Count);
    }

    [Fact]
    public void Files_of_another_kind_are_refused_by_name()
    {
        var thread = Path.Combine(_folder, "thread.db");
        Peer.At(thread, Schema).Dispose();
        ThreadsConnection.ClearAllPools();
        Assert.Equal(ThreadsErrorCode.NotAThread, Assert.Throws<ThreadsException>(() => ReplicaStore.Open(thread)).ThreadsErrorCode);
        ReplicaStore.Open(File).Dispose();
        Assert.Equal(ThreadsErrorCode.NotAThread, Assert.Throws<ThreadsException>(() => Peer.At(File)).ThreadsErrorCode);
        var text = Path.Combine(_folder, "text.db");
        System.IO.File.WriteAllText(text, new string('x', 5000));
        Assert.Equal(ThreadsErrorCode.NotADatabase, Assert.Throws<ThreadsException>(() => ReplicaStore.Open(text)).ThreadsErrorCode);
    }

    private Peer New(string text)
    {
        var peer = Peer.New(Schema, $"INSERT INTO n VALUES(1, '{text}')");
        _open.Add(peer);
        return peer;
    }

    private static ReplicaThread Keep(ReplicaStore store, Peer peer)
    {
        using var key = peer.Connection.Thread.Key;
        var kept = store.Add(peer.Connection.Thread.Id, key);
        using var file = new MemoryStream(peer.Export());
        kept.Import(file);
        return kept;
    }

    private static byte[] LogKey(Peer peer) => peer.Connection.Thread.LogId.PublicKey.ToArray();

    private long Scalar(string sql)
    {
        using var plain = new SqliteConnection($"Data Source={File};Pooling=False");
        return plain.ExecuteScalar<long>(sql);
    }
}
