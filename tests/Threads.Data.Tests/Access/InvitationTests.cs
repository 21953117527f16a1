using Threads.Data.Identity;
using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Access;

// T-INV-1 to T-INV-6, B-NODE-2: who is invited, and who joins.
public sealed class InvitationTests : IDisposable
{
    private const string Notes = "CREATE TABLE IF NOT EXISTS n(id INTEGER PRIMARY KEY, a TEXT)";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("threads-join-");
    private readonly List<IDisposable> _open = [];

    public void Dispose()
    {
        _open.Reverse();
        _open.ForEach(o => o.Dispose());
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_token_makes_a_database_that_writes_at_once_and_one_event_tells_all_T_INV_2_T_INV_4_T_INV_5()
    {
        using var alice = Start();
        using var carol = alice.Join();
        alice.SendTo(carol);
        var invitation = await alice.Connection.Thread.InviteAsync(ThreadPrincipal.Everybody, ThreadRoles.Write);

        var source = await ThreadsDataSource.JoinAsync(invitation.Link, File("bob.db"));
        _open.Add(source);
        using var bob = Peer.Of(source.OpenConnection(), Notes);
        bob.Run("INSERT INTO n VALUES(2, 'before anything came')");
        Assert.Equal(ThreadRoles.Write | ThreadRoles.Read | ThreadRoles.Replicate, bob.Connection.Access.RolesOf(bob.Connection.Thread.Identity));

        // Carol learns of him before she learns of the invitation.
        bob.SendTo(carol);
        Assert.Equal("1:hers,2:before anything came", Rows(carol));
        alice.SendTo(carol);
        alice.SendTo(bob);
        bob.SendTo(alice);
        Equal(alice, bob, carol);
        Assert.Equal("1:hers,2:before anything came", Rows(bob));
        Assert.Equal($"{invitation.Id}|replicate read write||1|1|0", Invites(carol).Replace("|write|", "|replicate read write|", StringComparison.Ordinal));
        Assert.Equal(bob.Connection.Thread.Identity.PublicKey.ToArray(), Convert.FromHexString(carol.One<string>("SELECT identity FROM threads_joins"))[^32..]);
        AccessTests.Sound(alice, bob, carol);
    }

    [Fact]
    public void Who_joins_by_an_admins_invitation_writes_as_soon_as_the_admins_records_are_here()
    {
        using var alice = Start();
        using var carol = alice.Join();
        alice.Connection.Access.Grant(carol.Connection.Thread.Identity, ThreadRoles.Admin);
        alice.SendTo(carol);
        var invitation = carol.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write);
        using var bob = Joined(invitation, "bob.db");
        Assert.Equal(ThreadsErrorCode.AccessDenied, Assert.Throws<ThreadsException>(() => bob.Run("INSERT INTO n VALUES(2, 'his')")).ThreadsErrorCode);
        Assert.Equal("no invitation", bob.One<string>("SELECT reason FROM threads_joins"));

        carol.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(2, 'his')");
        bob.SendTo(alice);
        carol.SendTo(alice);
        Equal(alice, bob);
        Assert.Equal("1:hers,2:his", Rows(alice));
        AccessTests.Sound(alice, bob);
    }

    [Fact]
    public void The_same_token_again_into_the_same_file_changes_nothing_T_INV_6()
    {
        using var alice = Start();
        var invitation = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write);
        Joined(invitation, "bob.db").Dispose();
        using var bob = Joined(invitation, "bob.db");
        alice.SendTo(bob);
        using var source = ThreadsDataSource.Join(invitation.Link, File("bob.db"));
        Assert.Equal(1, bob.One<long>("SELECT count(*) FROM threads_joins"));
        bob.SendTo(alice);
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_refused"));
    }

    [Fact]
    public void A_reader_joins_too_so_that_later_keys_can_be_sealed_to_it_and_may_not_write()
    {
        using var alice = Start();
        using var bob = Joined(alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Read), "bob.db");
        alice.SendTo(bob);
        Assert.Equal("1:hers", Rows(bob));
        Assert.Equal(ThreadRoles.Read | ThreadRoles.Replicate, bob.Connection.Access.RolesOf(bob.Connection.Thread.Identity));
        Assert.Equal(ThreadsErrorCode.AccessDenied, Assert.Throws<ThreadsException>(() => bob.Run("INSERT INTO n VALUES(2, 'his')")).ThreadsErrorCode);
        bob.SendTo(alice);
        Equal(alice, bob);
    }

    [Fact]
    public void An_invitation_to_a_peer_is_sealed_to_it_and_of_no_use_to_another_T_INV_3()
    {
        using var alice = Start();
        using var bobs = PeerIdentity.Create();
        using var mallorys = PeerIdentity.Create();
        var invitation = alice.Connection.Thread.Invite(bobs.Id, ThreadRoles.Write, uses: 3);
        Assert.Equal(bobs.Id, invitation.To);
        using var key = alice.Connection.Thread.Key;
        Assert.Equal(-1, invitation.Token.Bytes.AsSpan().IndexOf(key.Read));
        Assert.Equal(-1, invitation.Token.Bytes.AsSpan().IndexOf(key.Replica));

        Assert.Equal(ThreadsErrorCode.InvitationAddressed, Refusal(() => ThreadsDataSource.Join(invitation.Link, File("m.db"))));
        Assert.Equal(ThreadsErrorCode.InvitationAddressed, Refusal(() => ThreadsDataSource.Join(invitation.Link, Builder("m.db").UseIdentity(mallorys))));
        Assert.False(System.IO.File.Exists(Path.Combine(_folder.FullName, "m.db")));

        using var bob = Joined(invitation, "bob.db", bobs);
        Assert.Equal(bobs.Id, bob.Connection.Thread.Identity);
        bob.Run("INSERT INTO n VALUES(2, 'his')");
        bob.SendTo(alice);
        Assert.Equal("1:hers,2:his", Rows(alice));

        // Into a file that is his already.
        using var again = ThreadsDataSource.Join(alice.Connection.Thread.Invite(bobs.Id, ThreadRoles.Delete).Link, File("bob.db"));
        using var connection = again.OpenConnection();
        connection.Run("DELETE FROM n WHERE id = 2");
    }

    [Fact]
    public void One_that_is_over_is_refused_by_name_to_the_nanosecond_here_and_elsewhere_T_INV_6()
    {
        var time = new Clock(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var end = time.Now.AddMinutes(5);
        using var alice = Timed("Data Source=:memory:;Variant=AccessControlled", time);
        var invitation = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write, end, uses: 10);
        Assert.Equal(end, invitation.Expires);

        // A clock of his own that is still before the end.
        using var bob = Timed(Keys(alice), new Clock(end.AddTicks(-11)));
        Join(bob, invitation);
        Assert.Null(bob.One<string?>("SELECT reason FROM threads_joins"));
        using var late = Timed(Keys(alice), new Clock(end));
        Assert.Equal(ThreadsErrorCode.InvitationExpired, Refusal(() => Join(late, invitation)));
        Assert.Equal(0, late.One<long>("SELECT count(*) FROM threads_joins"));
        time.Now = end;
        Assert.Equal(ThreadsErrorCode.InvitationExpired, Refusal(() => ThreadsDataSource.Join(invitation.Link, Builder("late.db").UseTimeProvider(time))));
        Assert.Equal(ThreadsErrorCode.AccessChange, Refusal(() => alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write, end)));
    }

    [Fact]
    public void One_made_at_a_time_this_clock_has_not_reached_is_refused_by_name()
    {
        var now = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var alice = Timed("Data Source=:memory:;Variant=AccessControlled", new Clock(now.AddDays(1)));
        var invitation = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write);
        using var bob = Timed(Keys(alice), new Clock(now));
        Assert.Equal(ThreadsErrorCode.InvitationAhead, Refusal(() => Join(bob, invitation)));

        // Minutes apart is what clocks are.
        using var carol = Timed(Keys(alice), new Clock(now.AddDays(1).AddMinutes(-5)));
        Join(carol, invitation);
        carol.Run("INSERT INTO n VALUES(2, 'hers')");
        carol.SendTo(alice);
        Assert.Equal("2:hers", Rows(alice));
    }

    [Fact]
    public void Of_more_joins_than_uses_the_earliest_count_on_every_peer_in_any_order_T_INV_6()
    {
        using var alice = Start();
        var invitation = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write, uses: 2);
        var peers = Enumerable.Range(1, 4).Select(i => Joined(invitation, $"{i}.db")).ToList();
        for (var i = 0; i < peers.Count; i++)
            peers[i].Run($"INSERT INTO n VALUES({i + 2}, 'p{i}')");
        using var other = alice.Join();
        alice.SendTo(other);
        foreach (var peer in peers)
            peer.SendTo(alice);
        foreach (var peer in Enumerable.Reverse(peers))
            peer.SendTo(other);

        Equal(alice, other);
        Assert.Equal("1:hers,2:p0,3:p1", Rows(other));
        Assert.Equal("join:used up,join:used up,write:role,write:role", Refused(other));

        // Those who are out learn it.
        alice.SendTo(peers[3]);
        Assert.Equal(ThreadsErrorCode.AccessDenied, Assert.Throws<ThreadsException>(() => peers[3].Run("INSERT INTO n VALUES(9, 'x')")).ThreadsErrorCode);
        using var known = alice.Join();
        alice.SendTo(known);
        Assert.Equal(ThreadsErrorCode.InvitationUsedUp, Refusal(() => Join(known, invitation)));
        Equal(alice, peers[3]);
        AccessTests.Sound(alice, other, peers[3]);
        peers.ForEach(p => p.Dispose());
    }

    [Fact]
    public void A_join_that_comes_late_with_an_earlier_time_takes_the_place_and_a_withdrawal_settles_who_has_it()
    {
        using var alice = Start();
        var first = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write);
        var second = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write);
        using var early = Joined(first, "early.db");
        Join(early, second);
        using var late = Joined(first, "late.db");
        Join(late, second);
        late.Run("INSERT INTO n VALUES(2, 'late')");
        late.SendTo(alice);
        Assert.Equal("1:hers,2:late", Rows(alice));

        alice.Connection.Thread.Withdraw(second.Id!.Value);
        early.Run("INSERT INTO n VALUES(3, 'early')");
        early.SendTo(alice);
        Assert.Equal("1:hers,2:late,3:early", Rows(alice));
        Assert.Equal("join:used up,join:withdrawn", Refused(alice));
        AccessTests.Sound(alice);
    }

    [Fact]
    public void A_withdrawal_holds_against_each_join_its_author_had_not_seen_in_any_order()
    {
        using var alice = Start();
        var invitation = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write, uses: 10);
        using var seen = Joined(invitation, "seen.db");
        seen.SendTo(alice);
        using var racing = Joined(invitation, "racing.db");
        racing.Run("INSERT INTO n VALUES(2, 'racing')");
        using var other = alice.Join();
        racing.SendTo(other);
        Assert.Equal("2:racing", Rows(other));

        alice.Connection.Thread.Withdraw(invitation.Id!.Value);
        seen.Run("INSERT INTO n VALUES(3, 'seen')");
        seen.SendTo(alice);
        racing.SendTo(alice);
        alice.SendTo(other);
        Equal(alice, other);
        Assert.Equal("1:hers,3:seen", Rows(alice));
        Assert.Equal("join:withdrawn,write:role", Refused(alice));
        Assert.Equal(1, alice.One<long>("SELECT withdrawn FROM threads_invites"));

        using var known = alice.Join();
        alice.SendTo(known);
        Assert.Equal(ThreadsErrorCode.InvitationWithdrawn, Refusal(() => Join(known, invitation)));
        alice.SendTo(seen);
        Assert.Equal(ThreadsErrorCode.AccessDenied, Refusal(() => seen.Connection.Thread.Withdraw(invitation.Id!.Value)));
        AccessTests.Sound(alice, other);
    }

    [Fact]
    public void Who_is_out_does_not_come_in_again_by_a_token_for_anybody_but_by_one_with_its_name_B_REV_1()
    {
        using var alice = Start();
        using var bob = Joined(alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write), "bob.db");
        bob.SendTo(alice);
        alice.Connection.Access.Revoke(bob.Connection.Thread.Identity);
        alice.SendTo(bob);
        Join(bob, alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write));
        alice.SendTo(bob);
        Assert.Equal(ThreadsErrorCode.AccessDenied, Refusal(() => bob.Run("INSERT INTO n VALUES(2, 'x')")));

        Join(bob, alice.Connection.Thread.Invite(bob.Connection.Thread.Identity, ThreadRoles.Write));
        alice.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(2, 'again')");
        bob.SendTo(alice);
        Assert.Equal("1:hers,2:again", Rows(alice));
        Equal(alice, bob);
        AccessTests.Sound(alice, bob);
    }

    [Fact]
    public void Roles_that_came_by_a_token_are_revoked_like_any_other()
    {
        using var alice = Start();
        using var bob = Joined(alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write), "bob.db");
        bob.Run("INSERT INTO n VALUES(2, 'seen')");
        bob.SendTo(alice);
        alice.Connection.Access.Revoke(bob.Connection.Thread.Identity, ThreadRoles.Write);
        bob.Run("INSERT INTO n VALUES(3, 'not seen')");
        bob.SendTo(alice);
        alice.SendTo(bob);
        Equal(alice, bob);
        Assert.Equal("1:hers,2:seen", Rows(bob));
    }

    [Fact]
    public void Who_may_not_invite_and_what_can_not_be_offered_is_refused_by_name()
    {
        using var alice = Start();
        using var bob = Joined(alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write), "bob.db");
        Assert.Equal(ThreadsErrorCode.AccessDenied, Refusal(() => bob.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write)));
        var thread = alice.Connection.Thread;
        foreach (var roles in new[] { ThreadRoles.None, ThreadRoles.Admin, (ThreadRoles)1024 })
            Assert.Equal(ThreadsErrorCode.AccessChange, Refusal(() => thread.Invite(ThreadPrincipal.Everybody, roles)));
        Assert.Equal(ThreadsErrorCode.AccessChange, Refusal(() => thread.Invite("editors", ThreadRoles.Write)));
        Assert.Equal(ThreadsErrorCode.AccessChange, Refusal(() => thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write, uses: 0)));
        Assert.Equal(ThreadsErrorCode.AccessChange, Refusal(() => thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Replicate, uses: 2)));
        Assert.Equal(ThreadsErrorCode.AccessChange, Refusal(() => thread.Withdraw(bob.Connection.Thread.Identity)));
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM threads_invites"));
    }

    [Fact]
    public void In_a_raw_thread_an_invitation_is_the_keys_and_what_nobody_could_keep_to_is_refused()
    {
        using var alice = Peer.New(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        var thread = alice.Connection.Thread;
        Assert.Equal(ThreadsErrorCode.AccessChange, Refusal(() => thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write, DateTimeOffset.UtcNow.AddDays(1))));
        Assert.Equal(ThreadsErrorCode.AccessChange, Refusal(() => thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write, uses: 1)));
        Assert.Equal(ThreadsErrorCode.AccessChange, Refusal(() => thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Read)));
        var invitation = thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write);
        Assert.Null(invitation.Id);
        Assert.Null(invitation.Uses);
        using var bob = Joined(invitation, "bob.db");
        bob.Run("INSERT INTO n VALUES(2, 'his')");
        bob.SendTo(alice);
        alice.SendTo(bob);
        Assert.Equal(alice.Digest, bob.Digest);
        Assert.Equal("1:hers,2:his", Rows(alice));
    }

    [Fact]
    public void Who_is_invited_to_replicate_gets_the_replica_key_alone()
    {
        using var alice = Start();
        var invitation = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Replicate);
        using var keeper = ThreadsDataSource.Join(invitation.Link, File("keeper.db"));
        using var connection = keeper.OpenConnection();
        Assert.False(connection.Thread.Key.CanRead);
        connection.Thread.Import(new MemoryStream(alice.Export()));
        Assert.Equal(0L, connection.Scalar("SELECT count(*) FROM threads_collections"));
        Assert.True((long)connection.Scalar("SELECT count(*) FROM threads_records")! > 0);
    }

    [Fact]
    public void A_device_that_asks_is_let_in_by_name_with_keys_for_it_alone_B_NODE_2()
    {
        using var alice = Start();
        using var phone = PeerIdentity.Create();
        using var other = PeerIdentity.Create();
        var request = ThreadJoinRequest.Parse(" " + ThreadJoinRequest.Create(phone, "Bob's phone") + "\n");
        Assert.Equal(("Bob's phone", phone.Id), (request.Name, request.Peer));

        var answer = alice.Connection.Thread.Approve(request, ThreadRoles.Write);
        Assert.Equal(ThreadsErrorCode.InvitationAddressed, Refusal(() => ThreadsDataSource.Join(answer.Link, Builder("o.db").UseIdentity(other))));
        using var bob = Joined(answer, "phone.db", phone);
        alice.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(2, 'from the phone')");
        bob.SendTo(alice);
        Equal(alice, bob);
        Assert.Equal("1:hers,2:from the phone", Rows(alice));
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_joins"));
    }

    [Fact]
    public void A_file_of_another_thread_or_identity_is_not_taken_nor_one_in_memory()
    {
        using var alice = Start();
        using var other = Peer.At(Path.Combine(_folder.FullName, "other.db"), Notes);
        var invitation = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write);
        Assert.Equal(ThreadsErrorCode.OtherThread, Refusal(() => ThreadsDataSource.Join(invitation.Link, File("other.db"))));
        Assert.Equal(ThreadsErrorCode.OtherThread, Refusal(() => ThreadsDataSource.Join(invitation.Link, $"{File("new.db")};Thread={other.Connection.Thread.Id}")));
        Assert.Equal(ThreadsErrorCode.Refused, Refusal(() => ThreadsDataSource.Join(invitation.Link, "Data Source=:memory:")));
        Joined(invitation, "bob.db").Dispose();
        using var mallory = PeerIdentity.Create();
        Assert.Equal(ThreadsErrorCode.OtherIdentity, Refusal(() => ThreadsDataSource.Join(invitation.Link, Builder("bob.db").UseIdentity(mallory))));
    }

    [Fact]
    public void The_new_file_lies_under_its_password()
    {
        using var alice = Start();
        var invitation = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write);
        using (var source = ThreadsDataSource.Join(invitation.Link, File("bob.db") + ";Password=secret"))
        {
            source.OpenConnection().Dispose();
            Assert.DoesNotContain("Thread Key", source.ConnectionString, StringComparison.Ordinal);
        }

        using var open = new ThreadsConnection(File("bob.db") + ";Pooling=False");
        Assert.Equal(ThreadsErrorCode.PasswordMissing, Refusal(open.Open));
    }

    [Fact]
    public void Later_read_keys_come_with_an_invitation_and_with_an_identity_T_ID_9()
    {
        using var alice = Start();
        var later = new byte[32];
        later[0] = 7;
        var session = alice.Connection.OpenSession();
        session.Begin(deferred: false);
        session.Core.Keys.TakeReads(session.Database, session.Options, [later]);
        session.Commit();
        using var bob = Joined(alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write), "bob.db");
        Assert.Equal(session.Core.Keys.ExportReads(), bob.Connection.OpenSession().Core.Keys.ExportReads());
        using var source = ThreadsDataSource.ImportIdentity(alice.Connection.Thread.ExportIdentity("p"), "p", File("new.db"));
        using var connection = source.OpenConnection();
        Assert.Equal(2, connection.OpenSession().Core.Keys.ExportReads().Count);
    }

    [Fact]
    public void Who_joins_by_a_token_from_before_a_rotation_is_given_the_new_key_once_the_join_is_known_T_ID_9()
    {
        using var alice = Start();
        var invitation = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write);
        alice.Connection.Access.RotateKeys();
        alice.Run("INSERT INTO n VALUES(2, 'under the new key')");
        using var bob = Joined(invitation, "bob.db");
        alice.SendTo(bob);
        Assert.Equal("1:hers", Rows(bob));
        bob.SendTo(alice);
        alice.SendTo(bob);
        Assert.Equal("1:hers,2:under the new key", Rows(bob));
        bob.Run("INSERT INTO n VALUES(3, 'his')");
        bob.SendTo(alice);
        Equal(alice, bob);
        AccessTests.Sound(alice, bob);
    }

    internal static void Join(Peer peer, ThreadInvitation invitation)
    {
        using var identity = peer.Connection.Thread.CopyIdentity();
        using var secret = invitation.Token.Open(identity.Key)!;
        peer.Connection.Thread.TakeReads(secret.Reads);
        peer.Connection.Thread.Join(invitation.Token, secret);
    }

    internal static string Refused(Peer peer) => peer.One<string>("SELECT group_concat(v) FROM (SELECT role || ':' || reason AS v FROM threads_refused ORDER BY 1)");

    internal static string Rows(Peer peer) => peer.One<string>("SELECT group_concat(id || ':' || a) FROM (SELECT * FROM n ORDER BY id)");

    internal static ThreadsErrorCode Refusal(Action act) => Assert.Throws<ThreadsException>(act).ThreadsErrorCode;

    private static void Equal(params Peer[] peers) => Assert.All(peers, p => Assert.Equal(AccessTests.State(peers[0]), AccessTests.State(p)));

    private static string Invites(Peer peer)
        => peer.One<string>("SELECT group_concat(invitation || '|' || roles || '|' || coalesce(invited, '') || '|' || uses || '|' || used || '|' || withdrawn) FROM threads_invites");

    private static Peer Start()
    {
        var alice = Peer.Owner(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        return alice;
    }

    private static string Keys(Peer peer)
    {
        using var key = peer.Connection.Thread.Key;
        return $"Data Source=:memory:;Thread={peer.Connection.Thread.Id};Thread Key={key.Export()}";
    }

    private Peer Timed(string connectionString, TimeProvider time)
    {
        var source = new ThreadsDataSourceBuilder(connectionString).UseTimeProvider(time).Build();
        _open.Add(source);
        return Peer.Of(source.OpenConnection(), Notes);
    }

    private Peer Joined(ThreadInvitation invitation, string name, PeerIdentity? identity = null)
    {
        var builder = Builder(name);
        var source = ThreadsDataSource.Join(invitation.Link, identity is null ? builder : builder.UseIdentity(identity));
        _open.Add(source);
        return Peer.Of(source.OpenConnection(), Notes);
    }

    private ThreadsDataSourceBuilder Builder(string name) => new(File(name));

    private string File(string name) => $"Data Source={Path.Combine(_folder.FullName, name)}";

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
