using System.Security.Cryptography;
using Threads.Data.Access;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Pipeline;
using Threads.Data.Records;
using Threads.Data.Tests.Pipeline;

namespace Threads.Data.Tests.Access;

/// <summary>New read keys: who is out can't read what comes, who may read can, whatever arrives when (T-ID-9, B-REV-1).</summary>
public sealed class KeyRotationTests
{
    private const string Notes = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)";

    [Fact]
    public void Who_is_out_holds_all_old_keys_and_reads_nothing_of_what_comes_after_B_REV_1()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        using var carol = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Read);
        alice.Connection.Access.Grant(carol.Connection.Thread.Identity, ThreadRoles.Write);
        alice.Connection.Access.RotateKeys();
        alice.Run("INSERT INTO n VALUES(1, 'before')");
        alice.SendTo(bob);
        alice.SendTo(carol);
        Assert.Equal("1:before", Rows(bob));

        alice.Connection.Access.Revoke(bob.Connection.Thread.Identity);
        var (revoked, first) = (alice.One<long>("SELECT max(position) FROM threads_records"), Head(alice) + 1);
        alice.Run("INSERT INTO n VALUES(2, 'secret')");
        alice.SendTo(carol);
        carol.Run("INSERT INTO n VALUES(3, 'secret, too')");
        carol.SendTo(alice);

        // The raw bytes, and every key he has: those of his file, his identity, and the ones that were sealed to others.
        Assert.Equal(revoked + 1, first);
        var keys = Keys(bob);
        Assert.Equal(2, keys.Count);
        foreach (var peer in new[] { alice, carol })
        {
            var record = Forger.Stored(peer, Head(peer));
            Assert.True(RecordLayout.TryReadKeyId(record.SealedHeader, out var id));
            Assert.DoesNotContain(id, keys.Select(k => ReadKeyId.Of(k)));
            foreach (var key in keys)
            {
                using var read = new SymmetricKey(key);
                Assert.Equal(RecordRefusal.HeaderSealed, RecordOpener.OpenBody(record, read, new byte[record.PayloadSize]));
            }

            var opened = Keys(peer).Single(k => ReadKeyId.Of(k) == id);
            using var right = new SymmetricKey(opened);
            Assert.Equal(RecordRefusal.None, RecordOpener.OpenBody(record, right, new byte[record.PayloadSize]));
        }

        Assert.Null(Changes(alice).SelectMany(c => c.Ops).Last(op => op.Kind == AccessOpKind.Rotate).Key!.Open(bob.Connection.OpenSession().Core.Access.Me, bob.Connection.OpenSession().Core.Keys.Identity));

        // He takes the records all the same, passes them on, and his tables stay as they were.
        var result = alice.SendTo(bob);
        Assert.True(result.Locked >= 2);
        Assert.Equal("1:before", Rows(bob));
        Assert.Equal("no key", bob.One<string>("SELECT DISTINCT unread FROM threads_records WHERE unread IS NOT NULL"));
        using var dave = alice.Join();
        bob.SendTo(dave);
        alice.Connection.Access.Grant(dave.Connection.Thread.Identity, ThreadRoles.Read);
        alice.SendTo(dave);
        Assert.Equal("1:before,2:secret,3:secret, too", Rows(dave));
        AccessTests.Sound(alice, bob, carol, dave);
    }

    [Fact]
    public void Old_records_stay_readable_and_who_joins_later_is_given_the_keys_T_ID_9()
    {
        using var alice = Peer.Owner(Notes);
        alice.Run("INSERT INTO n VALUES(0, 'first')");
        for (var i = 1; i <= 3; i++)
        {
            alice.Connection.Access.RotateKeys();
            alice.Run($"INSERT INTO n VALUES({i}, 'key {i}')");
        }

        using var bob = alice.Join();
        alice.SendTo(bob);
        Assert.Equal("0:first", Rows(bob));
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Read);
        alice.SendTo(bob);

        Assert.Equal("0:first,1:key 1,2:key 2,3:key 3", Rows(bob));
        Assert.Equal(4, Keys(bob).Count);
        Assert.Equal(alice.Digest, bob.Digest);
        AccessTests.Sound(alice, bob);
    }

    [Fact]
    public void A_reader_who_was_away_through_rotations_catches_up_from_any_order_of_arrival_T_ID_9()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        using var carol = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Write);
        alice.Connection.Access.Grant(carol.Connection.Thread.Identity, ThreadRoles.Read);
        alice.SendTo(bob);
        alice.Connection.Access.RotateKeys();
        alice.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(2, 'his')");
        alice.Connection.Access.RotateKeys();
        alice.Run("INSERT INTO n VALUES(1, 'hers')");

        // Bob's record first: its key is in a record of Alice's that is not here.
        var early = carol.Import(bob.Export());
        Assert.Equal(0, early.Locked);
        using var late = alice.Join();
        alice.Connection.Access.Grant(late.Connection.Thread.Identity, ThreadRoles.Read);
        late.Import(Only(bob));
        Assert.Equal("no key", late.One<string>("SELECT DISTINCT unread FROM threads_records WHERE unread IS NOT NULL"));
        bob.SendTo(alice);
        alice.SendTo(carol);
        alice.SendTo(late);
        alice.SendTo(bob);

        foreach (var peer in new[] { alice, bob, carol, late })
        {
            Assert.Equal("1:hers,2:his", Rows(peer));
        }

        AccessTests.Sound(alice, bob, carol, late);
    }

    [Fact]
    public void Rotations_side_by_side_converge_and_all_write_under_one_key_T_ID_9()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        using var carol = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Admin);
        alice.Connection.Access.Grant(carol.Connection.Thread.Identity, ThreadRoles.Write);
        alice.SendTo(bob);
        alice.SendTo(carol);
        alice.Connection.Access.RotateKeys();
        bob.Connection.Access.RotateKeys();
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        bob.Run("INSERT INTO n VALUES(2, 'his')");
        bob.SendTo(alice);
        alice.SendTo(bob);
        alice.SendTo(carol);

        Peer[] all = [alice, bob, carol];
        Assert.All(all, p => Assert.Equal("1:hers,2:his", Rows(p)));
        Assert.Single(all.Select(p => p.Connection.OpenSession().Core.Rotation.WriteKey).Distinct());
        carol.Run("INSERT INTO n VALUES(3, 'under the newer one')");
        Assert.True(RecordLayout.TryReadKeyId(Forger.Stored(carol, Head(carol)).SealedHeader, out var id));
        Assert.Equal(alice.Connection.OpenSession().Core.Rotation.WriteKey, id);
        carol.SendTo(alice);
        carol.SendTo(bob);
        AccessTests.Sound(all);
    }

    [Fact]
    public void After_two_revocations_side_by_side_a_key_is_made_that_neither_of_the_two_has_B_REV_1()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        using var carol = alice.Join();
        using var dave = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Admin);
        alice.Connection.Access.Grant(carol.Connection.Thread.Identity, ThreadRoles.Read);
        alice.Connection.Access.Grant(dave.Connection.Thread.Identity, ThreadRoles.Read);
        Everywhere(alice, bob, carol, dave);
        alice.Connection.Access.Revoke(carol.Connection.Thread.Identity);
        bob.Connection.Access.Revoke(dave.Connection.Thread.Identity);
        Everywhere(alice, bob, carol, dave);
        alice.Run("INSERT INTO n VALUES(1, 'for two')");
        Everywhere(alice, bob, carol, dave);

        Assert.Equal(("1:for two", "1:for two"), (Rows(alice), Rows(bob)));
        Assert.Null(Rows(carol));
        Assert.Null(Rows(dave));
        Assert.True(RecordLayout.TryReadKeyId(Forger.Stored(alice, Head(alice)).SealedHeader, out var id));
        Assert.DoesNotContain(id, Keys(carol).Concat(Keys(dave)).Select(k => ReadKeyId.Of(k)));
        AccessTests.Sound(alice, bob, carol, dave);
    }

    [Fact]
    public void A_key_made_by_an_admin_who_is_put_out_is_written_under_by_nobody()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Admin);
        alice.SendTo(bob);
        alice.Connection.Access.Revoke(bob.Connection.Thread.Identity);
        bob.Connection.Access.RotateKeys();
        bob.SendTo(alice);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");

        Assert.True(RecordLayout.TryReadKeyId(Forger.Stored(alice, Head(alice)).SealedHeader, out var id));
        Assert.DoesNotContain(id, Keys(bob).Select(k => ReadKeyId.Of(k)));
        AccessTests.Sound(alice);
    }

    [Fact]
    public void A_revocation_may_go_without_a_new_key_and_one_that_takes_no_reading_makes_none()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        var b = bob.Connection.Thread.Identity;
        alice.Connection.Access.Grant(b, ThreadRoles.Read | ThreadRoles.Delete);
        alice.Connection.Access.Revoke(b, ThreadRoles.Delete);
        alice.Connection.Access.Revoke(b, ThreadRoles.Read, rotateKeys: false);
        alice.Connection.Access.Grant(b, ThreadRoles.Read);
        alice.Connection.Access.Revoke(b, rotateKeys: false);
        alice.Run("INSERT INTO n VALUES(1, 'under the first key')");
        alice.SendTo(bob);
        Assert.Single(Keys(alice));
        Assert.Equal("1:under the first key", Rows(bob));

        alice.Connection.Access.AddMember("readers", b);
        alice.Connection.Access.Grant("readers", ThreadRoles.Read);
        alice.Connection.Access.RemoveMember("readers", b);
        Assert.Equal(2, Keys(alice).Count);
        alice.Connection.Access.AddMember("readers", b);
        alice.Connection.Access.RemoveGroup("readers");
        Assert.Equal(3, Keys(alice).Count);
        AccessTests.Sound(alice);
    }

    [Fact]
    public void Only_admins_rotate_and_a_raw_thread_has_one_key()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Write);
        alice.SendTo(bob);
        Assert.Equal(ThreadsErrorCode.AccessDenied, Assert.Throws<ThreadsException>(bob.Connection.Access.RotateKeys).ThreadsErrorCode);
        Assert.Single(Keys(bob));
        using var raw = Peer.New(Notes);
        Assert.Equal(ThreadsErrorCode.AccessChange, Assert.Throws<ThreadsException>(raw.Connection.Access.RotateKeys).ThreadsErrorCode);
    }

    [Fact]
    public async Task A_rotation_that_is_rolled_back_or_cancelled_leaves_no_key()
    {
        using var alice = Peer.Owner(Notes);
        using (var transaction = alice.Connection.BeginTransaction())
        {
            alice.Connection.Access.RotateKeys();
            transaction.Rollback();
        }

        alice.Run("INSERT INTO n VALUES(1, 'under the first key')");
        Assert.Single(Keys(alice));
        Assert.False(RecordLayout.TryReadKeyId(Forger.Stored(alice, Head(alice)).SealedHeader, out _));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alice.Connection.Access.RotateKeysAsync(new CancellationToken(canceled: true)));
        await alice.Connection.Access.RotateKeysAsync();
        Assert.Equal(2, Keys(alice).Count);
    }

    [Fact]
    public void A_rotation_by_nobody_a_replayed_one_and_a_key_that_never_was_change_nothing_B_REV_1()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Write);
        alice.Connection.Access.RotateKeys();
        alice.SendTo(bob);
        var old = Changes(alice).Last(c => c.Ops.Any(op => op.Kind == AccessOpKind.Rotate));
        alice.Connection.Access.Revoke(bob.Connection.Thread.Identity);
        var right = alice.Connection.OpenSession().Core.Rotation.WriteKey;

        using var mallory = new Forger(alice);
        var time = AccessForger.Now(alice);
        var opening = mallory.Opening(time);
        var forged = RandomNumberGenerator.GetBytes(32);
        var anchor = Convert.ToHexStringLower(alice.Connection.Thread.Id.Random);
        var me = alice.Connection.OpenSession().Core.Access.Me;
        var own = new AccessChange([anchor], [AccessOp.Rotate(AccessKey.Seal(forged, [me], SystemRandomSource.Instance))]);
        var first = Change(mallory, opening, 2, time + 1_000, own.ToBytes());
        var replayed = Change(mallory, first, 3, time + 2_000, old.ToBytes());
        var locked = mallory.RowUnder(RandomNumberGenerator.GetBytes(32), replayed, 4, time + 3_000, 7, "under a key that never was");
        alice.Import(Forger.FileOf(mallory.Log.PublicKey, opening, first, replayed, locked));

        Assert.Equal(2, alice.One<long>("SELECT count(*) FROM threads_refused WHERE reason = 'not admin'"));
        Assert.Equal(right, alice.Connection.OpenSession().Core.Rotation.WriteKey);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        Assert.True(RecordLayout.TryReadKeyId(Forger.Stored(alice, Head(alice)).SealedHeader, out var id));
        Assert.Equal(right, id);
        Assert.Equal("1:hers", Rows(alice));
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM threads_records WHERE unread = 'no key'"));
        AccessTests.Sound(alice);
    }

    [Fact]
    public void An_admin_who_hands_out_an_old_key_as_new_does_not_make_it_so()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Read);
        alice.Connection.Access.RotateKeys();
        var old = Changes(alice).Last(c => c.Ops.Any(op => op.Kind == AccessOpKind.Rotate)).Ops[^1];
        alice.Connection.Access.Revoke(bob.Connection.Thread.Identity);
        var right = alice.Connection.OpenSession().Core.Rotation.WriteKey;

        using var mine = new Forger(alice, ofPeer: true);
        var rules = alice.Connection.OpenSession().Core.Access.Rules;
        var again = new AccessChange(rules.Newest, [AccessOp.Rotate(old.Key!)]);
        var head = Forger.Stored(alice, Head(alice));
        using var carol = alice.Join();
        alice.SendTo(carol);
        carol.Import(Forger.File(Change(mine, head, Head(alice) + 1, AccessForger.Now(alice), again.ToBytes())));

        Assert.Equal(right, carol.Connection.OpenSession().Core.Access.Rules.Keys[0]);
    }

    [Fact]
    public void Boxes_of_another_size_of_small_order_twice_or_for_nobody_are_no_change_I7()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        var (a, b) = (alice.Connection.OpenSession().Core.Access.Me, bob.Connection.OpenSession().Core.Access.Me);
        var key = RandomNumberGenerator.GetBytes(32);
        var good = AccessKey.Seal(key, [a, b], SystemRandomSource.Instance);
        Assert.Equal(key, AccessChange.Read(Bytes(good)).Ops[0].Key!.Open(a, alice.Connection.OpenSession().Core.Keys.Identity));

        Assert.Throws<EventFormatException>(() => AccessChange.Read(Bytes(good with { Boxes = [KeyValuePair.Create(a, new byte[AccessKey.BoxSize - 1])] })));
        Assert.Throws<EventFormatException>(() => AccessChange.Read(Bytes(good with { Boxes = [good.Boxes[0], good.Boxes[0]] })));
        Assert.Throws<EventFormatException>(() => AccessChange.Read(Bytes(good with { Boxes = [good.Boxes[1], good.Boxes[0]] })));

        // A box from a point of small order, one altered, one with another key than it is named by: not opened, and nothing else happens.
        var small = good.Boxes.Single(x => x.Key == a).Value.ToArray();
        small.AsSpan(SealedBox.NonceSize, 32).Clear();
        var altered = good.Boxes.Single(x => x.Key == a).Value.ToArray();
        altered[^1] ^= 1;
        foreach (var box in new[] { small, altered })
        {
            Assert.Null((good with { Boxes = [KeyValuePair.Create(a, box)] }).Open(a, alice.Connection.OpenSession().Core.Keys.Identity));
        }

        Assert.Null((good with { Id = ReadKeyId.Of(new byte[32]) }).Open(a, alice.Connection.OpenSession().Core.Keys.Identity));
        Assert.Null(good.Open("nobody", alice.Connection.OpenSession().Core.Keys.Identity));
        using var none = new Ed25519PrivateKey(RandomNumberGenerator.GetBytes(32));
        Assert.Null(good.Open(a, none));
    }

    [Fact]
    public void Rotations_as_a_pure_function_of_the_changes_choose_by_what_was_known_and_then_by_age()
    {
        var lists = new Lists(4);
        var old = lists.Say(0, [], lists.Grant(1, ThreadRoles.Admin), lists.Grant(2, ThreadRoles.Read), lists.Grant(3, ThreadRoles.Read));
        var (k1, k2, k3, k4) = (Key(1), Key(2), Key(3), Key(4));
        var one = lists.Say(0, [old], lists.Expel(2), AccessOp.Rotate(k1));
        var two = lists.Say(1, [old], AccessOp.Rotate(k2));
        Assert.Equal([k1.Id, k2.Id], lists.Rules().Keys);
        Assert.False(lists.Rules().IsRotationDue);

        var three = lists.Say(1, [two], lists.Expel(3), AccessOp.Rotate(k3));
        Assert.True(lists.Rules().IsRotationDue);
        lists.Say(0, [one, three], AccessOp.Rotate(k4));
        Assert.False(lists.Rules().IsRotationDue);
        Assert.Equal(k4.Id, lists.Rules().Keys[0]);

        // In any order of the changes, and by a nobody it counts not at all.
        var nobody = lists.Say(3, [old], AccessOp.Rotate(Key(5)));
        var keys = lists.Rules().Keys;
        Assert.DoesNotContain(Key(5).Id, keys);
        Assert.Equal(keys, lists.Rules(lists.All.AsEnumerable().Reverse()).Keys);
        Assert.Contains(lists.Rules().Refused, r => r.Statement == nobody && r.Reason == AccessReason.NotAdmin);
        Assert.Equal([lists[0], lists[1]], lists.Rules().Readers([], 0).OrderBy(p => p == lists[1]));

        static AccessKey Key(byte value) => AccessKey.Seal(Enumerable.Repeat(value, 32).ToArray(), [], SystemRandomSource.Instance);
    }

    private static byte[] Bytes(AccessKey key) => new AccessChange([new string('a', 64)], [AccessOp.Rotate(key)]).ToBytes();

    private static SealedRecord Change(Forger forger, SealedRecord previous, long position, long time, byte[] change)
        => forger.Seal(previous.RecordCid, forger.Payload(position, time, OwnLog.Access, w => w.WriteBytes(change)));

    private static List<AccessChange> Changes(Peer peer)
    {
        var found = new List<AccessChange>();
        var rows = peer.Connection.OpenSession().Database["SELECT change FROM _threads_access ORDER BY t"];
        while (rows.Step())
        {
            found.Add(AccessChange.Read(rows.Blob(0)));
        }

        return found;
    }

    private static List<byte[]> Keys(Peer peer) => peer.Connection.OpenSession().Core.Keys.ExportReads();

    private static long Head(Peer peer)
    {
        var core = peer.Connection.OpenSession().Core;
        core.Logs.Forget();
        return core.OwnLog.Find()!.Head;
    }

    /// <summary>The peer's own log alone.</summary>
    private static byte[] Only(Peer peer)
    {
        var key = peer.Connection.OpenSession().Core.Keys.Log.PublicKey.ToArray();
        return Forger.FileOf(key, [.. Enumerable.Range(1, (int)Head(peer)).Select(i => Forger.Stored(peer, i))]);
    }

    private static void Everywhere(params Peer[] peers)
    {
        for (var round = 0; round < 2; round++)
        {
            foreach (var from in peers)
            {
                foreach (var to in peers.Where(p => p != from))
                {
                    from.SendTo(to);
                }
            }
        }
    }

    private static string? Rows(Peer peer) => peer.One<string?>("SELECT group_concat(id || ':' || a) FROM (SELECT id, a FROM n ORDER BY id)");
}
