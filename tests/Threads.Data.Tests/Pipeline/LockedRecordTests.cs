using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Records;

namespace Threads.Data.Tests.Pipeline;

/// <summary>Records under a read key that is not here: kept, passed on, and folded as late ones when the key comes, whatever came in between (T-ID-9).</summary>
public sealed class LockedRecordTests
{
    private const string Notes = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)";

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public void A_record_under_a_key_that_is_not_here_is_kept_linked_and_passed_on_and_read_when_the_key_comes_T_ID_9()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var bob = new Forger(alice);
        var file = File(alice, bob, (2, "plain", false), (3, "locked", true), (4, "plain, later", false), (5, "locked, too", true));

        var result = alice.Import(file);
        Assert.Equal((5, 2), (result.Added, result.Locked));
        Assert.Equal("1:hers,2:plain,4:plain, later", Rows(alice));
        Assert.Equal("3:no key,5:no key", alice.One<string>("SELECT group_concat(position || ':' || unread) FROM threads_records WHERE unread IS NOT NULL"));
        Assert.Equal(ReadKeyId.Of(_key).ToString(), alice.One<string>("SELECT DISTINCT read_key FROM threads_records WHERE unread IS NOT NULL"));
        Sound(alice);

        // Who gets them by way of somebody who can't read them gets all.
        using var carol = alice.Join();
        Assert.Equal(2, alice.SendTo(carol).Locked);
        Take(carol, _key);
        Take(alice, _key);
        Assert.Equal("1:hers,2:plain,3:locked,4:plain, later,5:locked, too", Rows(alice));
        Assert.Equal(alice.Digest, carol.Digest);
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_records WHERE unread IS NOT NULL"));
        Assert.Equal(0, alice.Import(file).Added);
        Sound(alice, carol);
    }

    [Fact]
    public void Whoever_has_the_key_before_comes_to_the_same_tables()
    {
        using var alice = Peer.New(Notes);
        using var bob = new Forger(alice);
        using var early = alice.Join();
        Take(early, _key);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        alice.SendTo(early);
        var file = File(alice, bob, (2, "a", true), (3, "b", false), (4, "c", true));
        Assert.Equal(0, early.Import(file).Locked);
        alice.Import(file);
        Assert.Equal("1:hers,3:b", Rows(alice));
        Take(alice, _key);

        Assert.Equal(early.Digest, alice.Digest);
        Sound(alice, early);
    }

    [Fact]
    public void The_key_stays_and_a_later_write_to_a_locked_row_waits_with_it()
    {
        var place = Directory.CreateTempSubdirectory("threads-locked-");
        try
        {
            var file = Path.Combine(place.FullName, "a.db");
            using var alice = Peer.New(Notes);
            alice.Run("INSERT INTO n VALUES(1, 'hers')");
            using var forger = new Forger(alice);
            var blocks = File(alice, forger, (2, "locked", true));
            using (var bob = alice.Join(dataSource: file + ";Password=horse"))
            {
                alice.SendTo(bob);
                bob.Import(blocks);
                Take(bob, _key);
                bob.Run("UPDATE n SET a = a || '!' WHERE id = 2");
                bob.SendTo(alice);
            }

            Assert.Equal("1:hers", Rows(alice));
            using (var again = Peer.At(file + ";Password=horse"))
            {
                Assert.Equal("1:hers,2:locked!", Rows(again));
                Assert.Equal(2, again.One<long>("SELECT count(*) FROM threads_history WHERE row_key = 2"));
                again.SendTo(alice);
                Sound(again);
            }

            Take(alice, _key);
            Assert.Equal("1:hers,2:locked!", Rows(alice));
            Sound(alice);
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            ThreadsConnection.ClearAllPools();
            place.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_connection_that_only_reads_opens_what_came_under_a_key_that_another_one_took()
    {
        var place = Directory.CreateTempSubdirectory("threads-locked-");
        try
        {
            var file = Path.Combine(place.FullName, "a.db");
            using var alice = Peer.New(Notes);
            alice.Run("INSERT INTO n VALUES(1, 'hers')");
            using var forger = new Forger(alice);
            using var writer = alice.Join(dataSource: file + ";Pooling=False");
            using var reader = Peer.At(file + ";Pooling=False");
            using var readOnly = Peer.At(file + ";Pooling=False;Mode=ReadOnly");
            Assert.Equal(0, reader.One<long>("SELECT count(*) FROM threads_history"));
            Assert.Equal(0, readOnly.One<long>("SELECT count(*) FROM threads_history"));
            writer.Import(File(alice, forger, (2, "locked", true)));
            Take(writer, _key);

            Assert.Equal("2:locked", Rows(reader));
            Assert.Equal(1, reader.One<long>("SELECT count(*) FROM threads_history WHERE row_key = 2"));
            Assert.Equal(1, readOnly.One<long>("SELECT count(*) FROM threads_history WHERE row_key = 2"));
            reader.Run("UPDATE n SET a = 'changed' WHERE id = 2");
            Assert.Equal("2:changed", Rows(writer));
            Sound(reader);
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            place.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_rebuild_takes_in_what_a_key_opens_and_a_reducers_view_takes_its_place_in_the_order()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var bob = new Forger(alice);
        alice.Import(File(alice, bob, (2, "locked", true), (3, "plain", false)));
        var view = new ThreadView<List<string>>("order", new Texts());
        Assert.Equal(["hers", "plain"], view.Read(alice.Connection.Thread));
        var session = alice.Connection.OpenSession();
        session.Begin(deferred: false);
        session.Core.Keys.TakeReads(session.Database, session.Options, [_key]);
        session.Core.Rebuild.All(null, CancellationToken.None);
        session.Commit();

        Assert.Equal("1:hers,2:locked,3:plain", Rows(alice));
        Assert.Equal(["hers", "locked", "plain"], view.Read(alice.Connection.Thread));
        Sound(alice);
    }

    [Fact]
    public void A_key_that_a_rolled_back_transaction_took_is_not_held()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var bob = new Forger(alice);
        alice.Import(File(alice, bob, (2, "locked", true)));
        var session = alice.Connection.OpenSession();
        session.Begin(deferred: false);
        Assert.Equal(1, session.Core.Keys.TakeReads(session.Database, session.Options, [_key]));
        session.Rollback();

        alice.Run("INSERT INTO n VALUES(3, 'hers, too')");
        Assert.Equal("1:hers,3:hers, too", Rows(alice));
        Assert.False(session.Core.Keys.Reads.Has(ReadKeyId.Of(_key)));
        Take(alice, _key);
        Assert.Equal("1:hers,2:locked,3:hers, too", Rows(alice));
    }

    [Fact]
    public void A_locked_record_ahead_of_the_clock_waits_for_both()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var bob = new Forger(alice);
        var opening = bob.Opening(AccessForger.Now(alice));
        var future = AccessForger.Now(alice) + (long)TimeSpan.FromHours(1).TotalNanoseconds;
        alice.Import(Forger.FileOf(bob.Log.PublicKey, opening, bob.RowUnder(_key, opening, 2, future, 2, "ahead")));
        Take(alice, _key);

        Assert.Equal("1:hers", Rows(alice));
        Assert.Equal(0, alice.One<long>("SELECT is_due FROM threads_records WHERE position = 2 AND time > 0 ORDER BY time DESC LIMIT 1"));
        Sound(alice);
    }

    [Theory]
    [InlineData("position")]
    [InlineData("time")]
    [InlineData("log")]
    [InlineData("garbage")]
    [InlineData("body")]
    public void What_a_locked_record_lies_about_does_not_count_nor_what_follows_it_whenever_the_key_came_I1(string lie)
    {
        using var alice = Peer.New(Notes);
        using var early = alice.Join();
        using var late = alice.Join();
        Take(early, _key);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        alice.SendTo(early);
        alice.SendTo(late);
        using var cheat = new Forger(alice);
        using var other = new Forger(alice);
        var time = AccessForger.Now(alice);
        var opening = cheat.Opening(time);
        var good = cheat.RowUnder(_key, opening, 2, time + 1_000, 2, "good");
        var wrong = lie switch
        {
            "position" => cheat.RowUnder(_key, good, 7, time + 2_000, 3, "bad"),
            "time" => cheat.RowUnder(_key, good, 3, time + 1_000, 3, "bad"),
            "log" => cheat.SealUnder(_key, good.RecordCid, other.RowPayload(3, time + 2_000, 3, "bad")),
            "garbage" => cheat.SealUnder(_key, good.RecordCid, RandomNumberGenerator.GetBytes(40)),
            _ => cheat.Altered(cheat.RowUnder(_key, good, 3, time + 2_000, 3, "bad"), good),
        };
        var after = cheat.Row(wrong, 4, time + 9_000, 4, "after");
        var file = Forger.FileOf(cheat.Log.PublicKey, opening, good, wrong, after);
        foreach (var peer in new[] { early, late, alice })
        {
            Assert.Equal(4, peer.Import(file).Added);
        }

        Take(late, _key);
        Take(alice, _key);
        foreach (var peer in new[] { early, late, alice })
        {
            Assert.Equal("1:hers,2:good", Rows(peer));
            Assert.NotEqual("no key", peer.One<string>("SELECT unread FROM threads_records WHERE position = 3"));
        }

        // A branch from behind the lie counts as little.
        var branch = Forger.FileOf(cheat.Log.PublicKey, opening, good, wrong, cheat.Row(wrong, 4, time + 9_500, 5, "on a branch"));
        early.Import(branch);
        late.Import(branch);
        Assert.Equal("1:hers,2:good", Rows(early));
        Assert.Equal("1:hers,2:good", Rows(late));
        Sound(early, late);
    }

    [Fact]
    public void A_record_that_turns_out_later_than_what_follows_it_ends_what_counted_of_the_log_I1()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var cheat = new Forger(alice);
        var time = AccessForger.Now(alice);
        var opening = cheat.Opening(time);
        var locked = cheat.RowUnder(_key, opening, 2, time + 5_000, 2, "locked");
        var back = cheat.Row(locked, 3, time + 3_000, 3, "dated back");
        alice.Import(Forger.FileOf(cheat.Log.PublicKey, opening, locked, back));
        Assert.Equal("1:hers,3:dated back", Rows(alice));

        Take(alice, _key);
        Assert.Equal("1:hers,2:locked", Rows(alice));
        Sound(alice);
    }

    [Fact]
    public void An_opening_under_another_key_is_refused_so_that_a_replicator_begins_no_log_I4()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var mallory = new Forger(alice);
        var opening = mallory.SealUnder(_key, default, mallory.RowPayload(1, AccessForger.Now(alice), 2, "no opening"));
        var row = mallory.RowUnder(_key, opening, 2, AccessForger.Now(alice), 3, "locked");

        var refused = Assert.Throws<ThreadsException>(() => alice.Import(Forger.FileOf(mallory.Log.PublicKey, opening, row)));
        Assert.Equal(ThreadsErrorCode.RecordRefused, refused.ThreadsErrorCode);
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM threads_logs"));
    }

    [Fact]
    public void A_name_has_one_key_and_a_record_opens_by_the_key_it_names_alone()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var mallory = new Forger(alice);
        var time = AccessForger.Now(alice);
        var opening = mallory.Opening(time);
        var row = mallory.RowUnder(_key, opening, 2, time + 1_000, 2, "locked");
        Take(alice, RandomNumberGenerator.GetBytes(32));
        alice.Import(Forger.FileOf(mallory.Log.PublicKey, opening, row));
        Assert.Equal("1:hers", Rows(alice));

        using var other = new SymmetricKey(RandomNumberGenerator.GetBytes(32));
        Assert.Equal(RecordRefusal.HeaderSealed, RecordOpener.OpenBody(row, other, new byte[row.PayloadSize]));
        Assert.Equal(RecordLayout.NamedHeaderSize, row.SealedHeader.Length);
        Assert.Equal(RecordLayout.NamedHeaderSize - ReadKeyId.SizeBytes, opening.SealedHeader.Length);
    }

    [Fact]
    public void Blocks_in_any_order_find_their_log_by_what_they_follow()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var bob = new Forger(alice);
        var blocks = Forger.Blocks(File(alice, bob, (2, "locked", true), (3, "plain", false), (4, "locked, too", true)));
        var rotated = blocks.Skip(5).Concat(blocks.Skip(1).Take(4)).Reverse().ToArray();
        Assert.Equal((4, 2), alice.Import(Forger.File(rotated)) is var result ? (result.Added, result.Locked) : default);

        Take(alice, _key);
        Assert.Equal("1:hers,2:locked,3:plain,4:locked, too", Rows(alice));
        Sound(alice);
    }

    [Fact]
    public void A_replicator_keeps_them_as_any_other_I4()
    {
        var place = Directory.CreateTempSubdirectory("threads-locked-");
        try
        {
            using var alice = Peer.New(Notes);
            alice.Run("INSERT INTO n VALUES(1, 'hers')");
            using var bob = new Forger(alice);
            alice.Import(File(alice, bob, (2, "locked", true), (3, "plain", false)));
            using var key = alice.Connection.Thread.Key;
            using var replica = key.WithoutRead();
            using var store = ReplicaStore.Open(Path.Combine(place.FullName, "r.db"));
            var kept = store.Add(alice.Connection.Thread.Id, replica);
            Assert.Equal(alice.One<long>("SELECT count(*) FROM threads_records"), kept.Import(new MemoryStream(alice.Export())).Added);

            using var carol = alice.Join();
            carol.Import(kept.ReadPage(null, int.MaxValue).Car.ToArray());
            Take(carol, _key);
            Assert.Equal("1:hers,2:locked,3:plain", Rows(carol));
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }

    /// <summary>Opening and rows of a new log; those that say so under the key.</summary>
    private byte[] File(Peer peer, Forger forger, params (int Id, string Text, bool IsLocked)[] rows)
    {
        var time = AccessForger.Now(peer);
        var records = new List<SealedRecord> { forger.Opening(time) };
        foreach (var (id, text, isLocked) in rows)
        {
            var (position, at) = (records.Count + 1, time + (1_000 * records.Count));
            records.Add(isLocked ? forger.RowUnder(_key, records[^1], position, at, id, text) : forger.Row(records[^1], position, at, id, text));
        }

        return Forger.FileOf(forger.Log.PublicKey, [.. records]);
    }

    /// <summary>Hands the peer read keys, as an invitation does.</summary>
    internal static void Take(Peer peer, params byte[][] keys)
    {
        var session = peer.Connection.OpenSession();
        session.Begin(deferred: false);
        session.Core.Keys.TakeReads(session.Database, session.Options, keys);
        session.Core.Locked.Settle();
        session.Commit();
    }

    private static string Rows(Peer peer) => peer.One<string>("SELECT group_concat(id || ':' || a) FROM (SELECT id, a FROM n ORDER BY id)");

    private static void Sound(params Peer[] peers)
    {
        foreach (var peer in peers)
        {
            var before = peer.Digest;
            var found = peer.Connection.Thread.Verify();
            Assert.True(found.IsSound, found.ToString());
            peer.Connection.Thread.RebuildViews();
            Assert.Equal(before, peer.Digest);
        }
    }

    private sealed class Texts : IReducer<List<string>>
    {
        public List<string> Start() => [];

        public List<string> Apply(List<string> state, ThreadEvent change) => [.. state, (string)change.Values["a"]!];
    }
}
