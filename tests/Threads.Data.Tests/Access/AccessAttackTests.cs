using Threads.Data.Access;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Pipeline;
using Threads.Data.Records;
using Threads.Data.Tests.Pipeline;

namespace Threads.Data.Tests.Access;

/// <summary>Members who cheat, with real records: what they seal is stored and listed, and changes nothing.</summary>
public sealed class AccessAttackTests
{
    private const string Notes = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)";

    [Fact]
    public void Another_first_list_is_not_this_threads_T_ACL_9()
    {
        using var alice = Start();
        using var mallory = new Forger(alice);
        var time = AccessForger.Now(alice);
        var opening = mallory.Opening(time);
        var list = Change(mallory, opening, 2, time + 1_000, FirstList.Create(PeerId.FromPublicKey(mallory.Identity.PublicKey), SystemRandomSource.Instance));
        var row = mallory.Row(list, 3, time + 2_000, 7, "forged");
        alice.Import(Forger.File(opening, list, row));

        Assert.Equal("malformed,role", alice.One<string>("SELECT group_concat(reason) FROM (SELECT reason FROM threads_refused ORDER BY reason)"));
        Assert.Equal("1:hers", Rows(alice));
        AccessTests.Sound(alice);
    }

    [Fact]
    public void A_grant_by_nobody_and_a_replayed_one_have_no_effect_T_ACL_6()
    {
        using var alice = Start();
        using var bob = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Admin);
        var granted = alice.Connection.OpenSession().Database["SELECT change FROM _threads_access ORDER BY t LIMIT 1"];
        Assert.True(granted.Step());
        var replayed = granted.Blob(0).ToArray();
        granted.Reset();
        alice.Connection.Access.Revoke(bob.Connection.Thread.Identity, ThreadRoles.Admin);
        using var mallory = new Forger(alice);
        var time = AccessForger.Now(alice);
        var opening = mallory.Opening(time);
        var again = Change(mallory, opening, 2, time + 1_000, replayed);
        var own = new AccessChange([Convert.ToHexStringLower(alice.Connection.Thread.Id.Random)], [AccessOp.Grant(default, AccessPrincipal.Of(PeerId.FromPublicKey(mallory.Identity.PublicKey)), ThreadRoles.Admin)]);
        var grant = Change(mallory, again, 3, time + 2_000, own.ToBytes());
        var row = mallory.Row(grant, 4, time + 3_000, 7, "forged");
        alice.Import(Forger.File(opening, again, grant, row));

        Assert.Equal("not admin,not admin,role", alice.One<string>("SELECT group_concat(reason) FROM (SELECT reason FROM threads_refused ORDER BY reason)"));
        Assert.Equal(ThreadRoles.None, alice.Connection.Access.RolesOf(bob.Connection.Thread.Identity));
        Assert.Equal("1:hers", Rows(alice));
        AccessTests.Sound(alice);
    }

    [Fact]
    public void Who_is_out_gains_nothing_by_dating_back_or_by_a_new_log_B_REV_1()
    {
        using var alice = Start();
        using var bob = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Write);
        alice.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(2, 'seen')");
        bob.SendTo(alice);
        var back = bob.One<long>("SELECT max(time) FROM threads_records") + 1;
        var (opening, second) = (Forger.Stored(bob, 1), Forger.Stored(bob, 2));
        alice.Connection.Access.Revoke(bob.Connection.Thread.Identity);

        using var old = new Forger(bob, ofPeer: true);
        var datedBack = old.Row(second, 3, back, 3, "dated back");
        using var fresh = new Forger(bob) { Identity = Key(bob) };
        var other = fresh.Opening(back);
        alice.Import(Forger.File(opening, second, datedBack));
        alice.Import(Forger.File(other, fresh.Row(other, 2, back + 1_000, 4, "in a new log")));

        Assert.Equal("1:hers,2:seen", Rows(alice));
        Assert.Equal(2, alice.One<long>("SELECT count(*) FROM threads_refused WHERE reason = 'expelled'"));

        // Somebody who gets all of it in another order judges the same.
        using var carol = alice.Join();
        carol.Import(Forger.File(other, fresh.Row(other, 2, back + 1_000, 4, "in a new log")));
        carol.Import(Forger.File(opening, second, datedBack));
        alice.SendTo(carol);
        Assert.Equal(Rows(alice), Rows(carol));
        AccessTests.Sound(alice, carol);
    }

    [Fact]
    public void A_stolen_logs_inventions_end_with_its_close_I5()
    {
        using var alice = Start();
        using var bob = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Write);
        alice.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(2, 'his')");
        using var thief = new Forger(bob, ofPeer: true);
        var (opening, second) = (Forger.Stored(bob, 1), Forger.Stored(bob, 2));
        var invented = thief.Row(second, 3, bob.One<long>("SELECT max(time) FROM threads_records") + 5_000, 7, "invented");
        bob.Run("INSERT INTO n VALUES(3, 'his, too')");
        var head = Forger.Stored(bob, 3).RecordCid;
        bob.SendTo(alice);
        alice.Import(Forger.File(opening, second, invented));
        Assert.Equal("1:hers,2:his,3:his, too,7:invented", Rows(alice));

        var log = bob.Connection.Thread.LogId;
        Assert.Equal(ThreadsErrorCode.AccessChange, Assert.Throws<ThreadsException>(() => alice.Connection.Access.CloseLog(log, Cid.ForDagCbor([1]))).ThreadsErrorCode);
        Assert.Equal(ThreadsErrorCode.AccessChange, Assert.Throws<ThreadsException>(() => alice.Connection.Access.CloseLog(log)).ThreadsErrorCode);
        Assert.Throws<FormatException>(() => alice.Connection.Access.CloseLog(log, ["no cid"]));
        alice.Connection.Access.CloseLog(log, [alice.One<string>($"SELECT cid FROM threads_forks WHERE cid = 'f01711220{Convert.ToHexStringLower(head.Digest)}'")]);

        Assert.Equal("1:hers,2:his,3:his, too", Rows(alice));
        Assert.Equal("7|closed", alice.One<string>("SELECT row_key || '|' || reason FROM threads_refused"));
        using var carol = alice.Join();
        alice.SendTo(carol);
        Assert.Equal(AccessTests.State(alice), AccessTests.State(carol));

        // Bob hears of the fork and goes on in a new log, which nobody closed.
        alice.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(4, 'in a new log')");
        bob.SendTo(alice);
        Assert.Equal("1:hers,2:his,3:his, too,4:in a new log", Rows(alice));
        AccessTests.Sound(alice, carol);
    }

    [Fact]
    public void A_close_that_comes_before_the_branches_it_decides_between_counts_alike_I5()
    {
        using var alice = Start();
        using var bob = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Write);
        alice.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(2, 'his')");
        using var thief = new Forger(bob, ofPeer: true);
        var (opening, second) = (Forger.Stored(bob, 1), Forger.Stored(bob, 2));
        var invented = thief.Row(second, 3, bob.One<long>("SELECT max(time) FROM threads_records") + 5_000, 7, "invented");
        bob.Run("INSERT INTO n VALUES(3, 'his, too')");
        using var carol = alice.Join();
        using var dave = alice.Join();
        carol.Import(Forger.File(opening, second, invented));
        dave.Import(Forger.File(opening, second));
        bob.SendTo(alice);
        alice.Connection.Access.CloseLog(bob.Connection.Thread.LogId, Forger.Stored(bob, 3).RecordCid);

        alice.SendTo(carol);
        alice.SendTo(dave);
        dave.Import(Forger.File(opening, second, invented));
        alice.Import(Forger.File(opening, second, invented));

        Assert.Equal("1:hers,2:his,3:his, too", Rows(alice));
        Assert.Equal(AccessTests.State(alice), AccessTests.State(carol));
        Assert.Equal(AccessTests.State(alice), AccessTests.State(dave));
        AccessTests.Sound(alice, carol, dave);
    }

    [Fact]
    public void A_branch_that_a_list_names_counts_though_another_one_came_first_I5()
    {
        using var alice = Start();
        alice.Connection.Access.Grant(ThreadPrincipal.Everybody, ThreadRoles.Write);
        using var mallory = new Forger(alice);
        var time = AccessForger.Now(alice);
        var opening = mallory.Opening(time);
        var (named, beside) = (mallory.Row(opening, 2, time + 1_000, 2, "named"), mallory.Row(opening, 2, time + 2_000, 4, "beside"));
        var head = mallory.Row(named, 3, time + 5_000, 3, "named too");
        alice.Import(Forger.File(opening, named, head));
        alice.Connection.Access.Restrict("n");
        using var carol = alice.Join();
        using var hers = new MemoryStream();
        alice.Connection.Thread.Export(hers, new Logs.ThreadHeads([.. alice.Connection.Thread.Heads.Heads.Where(h => h.PublicKey == Convert.ToHexStringLower(mallory.Log.PublicKey))]));

        carol.Import(hers.ToArray());
        carol.Import(Forger.File(opening, beside));
        carol.Import(Forger.File(named));
        carol.Import(Forger.File(head));
        alice.Import(Forger.File(opening, beside));

        Assert.Equal("1:hers,2:named,3:named too", Rows(carol));
        Assert.Equal("4|role", carol.One<string>("SELECT group_concat(row_key || '|' || reason) FROM threads_refused"));
        Assert.Equal(AccessTests.State(alice), AccessTests.State(carol));
        AccessTests.Sound(alice, carol);
    }

    [Fact]
    public void Whose_log_is_closed_goes_on_in_a_new_one_also_who_closed_it_I5()
    {
        using var alice = Start();
        using var bob = alice.Join();
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Write);
        alice.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(2, 'his')");
        bob.SendTo(alice);
        foreach (var log in alice.Connection.Thread.Logs)
        {
            alice.Connection.Access.CloseLog(log.Id, log.Head);
        }

        alice.Run("INSERT INTO n VALUES(3, 'hers in a new log')");
        alice.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(4, 'his in a new log')");
        bob.SendTo(alice);

        Assert.Equal("1:hers,2:his,3:hers in a new log,4:his in a new log", Rows(alice));
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_refused"));
        Assert.Equal(4, alice.One<long>("SELECT count(*) FROM threads_logs"));
        using var carol = alice.Join();
        alice.SendTo(carol);
        Assert.Equal(AccessTests.State(alice), AccessTests.State(carol));
        AccessTests.Sound(alice, bob, carol);
    }

    private static Peer Start()
    {
        var alice = Peer.Owner(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        return alice;
    }

    private static SealedRecord Change(Forger forger, SealedRecord previous, long position, long time, byte[] bytes)
        => forger.Seal(previous.RecordCid, forger.Payload(position, time, OwnLog.Access, w => w.WriteBytes(bytes)));

    private static Ed25519PrivateKey Key(Peer peer)
    {
        Span<byte> seed = stackalloc byte[32];
        peer.Connection.OpenSession().Core.Keys.Identity.CopySeed(seed);
        return new Ed25519PrivateKey(seed);
    }

    private static string Rows(Peer peer) => peer.One<string>("SELECT group_concat(id || ':' || a) FROM (SELECT * FROM n ORDER BY id)");
}
