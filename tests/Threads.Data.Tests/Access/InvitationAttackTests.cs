using System.Buffers.Text;
using Threads.Data.Access;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Pipeline;
using Threads.Data.Records;
using Threads.Data.Tests.Pipeline;

namespace Threads.Data.Tests.Access;

/// <summary>Tokens that were altered, joins that were copied, invitations by nobody.</summary>
public sealed class InvitationAttackTests
{
    private const string Notes = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)";

    [Fact]
    public void A_token_with_one_bit_flipped_at_any_byte_is_refused_by_name()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = PeerIdentity.Create();
        foreach (var to in new ThreadPrincipal[] { ThreadPrincipal.Everybody, bob.Id })
        {
            var bytes = alice.Connection.Thread.Invite(to, ThreadRoles.Write).Token.Bytes;
            for (var i = 0; i < bytes.Length; i++)
            {
                var altered = (byte[])bytes.Clone();
                altered[i] ^= (byte)(1 << (i % 8));
                Assert.Equal(ThreadsErrorCode.InvitationDamaged, InvitationTests.Refusal(() => ThreadInvitation.Parse("threads:" + Multibase.Encode(Multibase.Base32, altered))));
            }
        }
    }

    [Fact]
    public void A_text_that_is_cut_or_longer_or_none_is_refused_by_name_and_one_in_capitals_or_lines_is_taken()
    {
        using var alice = Peer.Owner(Notes);
        var invitation = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write);
        var link = invitation.Link;
        foreach (var text in new[] { "", "threads:", "b", link[..^1], link[..^8], link + "a", link[8..][1..], "threads:z" + link[9..], "threads:" + new string('b', 600_000), "hello" })
            Assert.Equal(ThreadsErrorCode.InvitationDamaged, InvitationTests.Refusal(() => ThreadInvitation.Parse(text)));
        foreach (var text in new[] { link, link[8..], link.ToUpperInvariant(), string.Join("\r\n ", link.Chunk(60).Select(c => new string(c))) })
            Assert.Equal(invitation.Id, ThreadInvitation.Parse(text).Id);
        Assert.DoesNotContain(link[20..60], invitation.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_made_over_by_somebody_else_to_another_list_or_other_terms_is_refused()
    {
        using var alice = Peer.Owner(Notes);
        using var mallory = Peer.Owner(Notes);
        var token = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Read).Token;
        using var secret = token.Open(null)!;
        var keys = mallory.Connection.OpenSession().Core.Keys;
        var list = mallory.Connection.OpenSession().Core.Meta.Bytes("access_list");

        // Another thread's first list under this thread's id.
        Assert.Contains("first list", Assert.ThrowsAny<FormatException>(() => InvitationToken.Make(token.Thread, keys.Identity, null, token.Terms, token.Token, list, secret, SystemRandomSource.Instance)).Message, StringComparison.Ordinal);

        // Wider terms, signed by who is nobody: who joins shows that, and nobody admits him.
        var wider = InvitationToken.Make(token.Thread, keys.Identity, null, token.Terms! with { Roles = ThreadRoles.Erase }, token.Token, token.FirstList, secret, SystemRandomSource.Instance);
        using var bob = alice.Join();
        alice.SendTo(bob);
        bob.Connection.Thread.Join(wider, secret);
        Assert.Equal(ThreadRoles.Read | ThreadRoles.Replicate, bob.Connection.Access.RolesOf(bob.Connection.Thread.Identity));
        using var carol = alice.Join();
        carol.Import(Only(alice, 2));
        carol.Import(Only(bob));
        Assert.Equal("no invitation", carol.One<string>("SELECT reason FROM threads_joins"));
    }

    [Fact]
    public void A_token_of_another_thread_shows_nothing_in_this_one()
    {
        using var alice = Peer.Owner(Notes);
        using var other = Peer.Owner(Notes);
        var invitation = other.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write);
        using var secret = invitation.Token.Open(null)!;
        using var mallory = alice.Join();
        mallory.Connection.Thread.Join(invitation.Token, secret);
        mallory.SendTo(alice);
        Assert.Equal("no invitation", alice.One<string>("SELECT reason FROM threads_joins"));
        Assert.Equal(ThreadRoles.None, alice.Connection.Access.RolesOf(mallory.Connection.Thread.Identity));
        AccessTests.Sound(alice);
    }

    [Fact]
    public void A_join_copied_into_a_third_peers_log_shows_nothing()
    {
        using var alice = Start(out var invitation, uses: 10);
        using var bob = alice.Join();
        InvitationTests.Join(bob, invitation);
        bob.SendTo(alice);
        var copied = JoinOf(alice);
        using var mallory = new Forger(alice);
        var time = AccessForger.Now(alice);
        var opening = mallory.Opening(time);
        var join = Join(mallory, opening, 2, time + 1_000, copied);
        alice.Import(Forger.File(opening, join, mallory.Row(join, 3, time + 2_000, 7, "forged")));

        Assert.Equal("join:token,write:role", InvitationTests.Refused(alice));
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM n"));
        AccessTests.Sound(alice);
    }

    [Fact]
    public void Each_altered_byte_of_a_join_is_refused_by_name_and_the_log_goes_on()
    {
        using var alice = Start(out var invitation, uses: 1_000);
        using var bob = alice.Join();
        InvitationTests.Join(bob, invitation);
        var whole = JoinOf(bob);
        using var mallory = new Forger(alice);
        var time = AccessForger.Now(alice);
        var previous = mallory.Opening(time);
        List<SealedRecord> records = [previous];
        for (var i = 0; i < whole.Length; i++)
        {
            var altered = (byte[])whole.Clone();
            altered[i] ^= 1;
            records.Add(previous = Join(mallory, previous, i + 2, time + ((i + 1) * 1_024), altered));
        }

        alice.Import(Forger.File([.. records]));
        Assert.Equal(whole.Length, alice.One<long>("SELECT count(*) FROM threads_joins WHERE reason IN ('malformed', 'token', 'no invitation')"));
        Assert.Equal(ThreadRoles.None, alice.Connection.Access.RolesOf(PeerId.FromPublicKey(mallory.Identity.PublicKey)));
        AccessTests.Sound(alice);
    }

    [Fact]
    public void A_join_at_its_end_counts_for_nobody_and_one_a_nanosecond_before_it_does()
    {
        using var alice = Peer.Owner(Notes);
        var now = DateTimeOffset.UtcNow;
        var end = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero).AddMinutes(2);
        var invitation = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write, end, uses: 10);
        var expires = invitation.Token.Terms!.Expires;
        foreach (var (time, reason) in new[] { (expires - 1, (string?)null), (expires, "expired"), (expires + 1, "expired"), (invitation.Token.Terms.Since, "expired"), (invitation.Token.Terms.Since + 1, null) })
        {
            using var forger = new Forger(alice);
            var opening = forger.Opening(invitation.Token.Terms.Since - 5_000);
            alice.Import(Forger.File(opening, Join(forger, opening, 2, time, Shown(forger, alice, invitation))));
            Assert.Equal(reason, alice.One<string?>($"SELECT reason FROM threads_joins WHERE identity LIKE '%{Convert.ToHexStringLower(forger.Identity.PublicKey)}'"));
        }

        AccessTests.Sound(alice);
    }

    [Fact]
    public void An_invitation_by_somebody_who_may_not_invite_admits_nobody_though_its_token_is_whole()
    {
        using var alice = Peer.Owner(Notes);
        using var mallory = alice.Join();
        alice.Connection.Access.Grant(mallory.Connection.Thread.Identity, ThreadRoles.Write);
        alice.SendTo(mallory);
        var core = mallory.Connection.OpenSession().Core;
        using var key = PeerIdentity.Create();
        var terms = new InvitationTerms(ThreadRoles.Write, null, 1, long.MaxValue, 10);
        var seed = new byte[32];
        key.Key.CopySeed(seed);
        using var secret = new InvitationSecret(seed, new byte[32], [new byte[32]]);
        var token = InvitationToken.Make(core.Keys.Thread, core.Keys.Identity, null, terms, AccessPrincipal.Of(key.Id), core.Meta.Bytes("access_list"), secret, SystemRandomSource.Instance);

        // The change itself, too, past what refuses it here.
        using var forger = new Forger(mallory, ofPeer: true);
        var time = AccessForger.Now(alice);
        var opening = forger.Opening(time);
        var change = new AccessChange([Convert.ToHexStringLower(alice.Connection.Thread.Id.Random)], [AccessOp.Invite(token.Token!, terms)]);
        var said = forger.Seal(opening.RecordCid, forger.Payload(2, time + 1_024, OwnLog.Access, w => w.WriteBytes(change.ToBytes())));
        using var bob = alice.Join();
        alice.SendTo(bob);
        bob.Import(Forger.File(opening, said));
        bob.Connection.Thread.Join(token, secret);
        bob.SendTo(alice);

        Assert.Equal("admin:not admin,join:no invitation", InvitationTests.Refused(alice));
        Assert.Equal(ThreadRoles.None, alice.Connection.Access.RolesOf(bob.Connection.Thread.Identity));
        AccessTests.Sound(alice, bob);
    }

    [Fact]
    public void A_member_can_not_spoil_an_owners_invitation_by_naming_its_token()
    {
        using var alice = Start(out var invitation, uses: 10);
        using var bob = alice.Join();
        InvitationTests.Join(bob, invitation);
        using var mallory = new Forger(alice);
        var time = AccessForger.Now(bob);
        var opening = mallory.Opening(time);
        var terms = invitation.Token.Terms! with { Uses = 1, Roles = ThreadRoles.Read };
        AccessOp[][] said = [[AccessOp.Invite(invitation.Token.Token!, terms)], [AccessOp.Withdraw(invitation.Token.Token!, [])]];
        List<SealedRecord> records = [opening];
        foreach (var ops in said)
        {
            var change = new AccessChange([Convert.ToHexStringLower(alice.Connection.Thread.Id.Random)], ops);
            records.Add(mallory.Seal(records[^1].RecordCid, mallory.Payload(records.Count + 1, time + (1_024 * records.Count), OwnLog.Access, w => w.WriteBytes(change.ToBytes()))));
        }

        using var carol = alice.Join();
        carol.Import(Only(alice, 2));
        carol.Import(Forger.File([.. records]));
        bob.SendTo(carol);
        Assert.Equal(ThreadRoles.Write | ThreadRoles.Read | ThreadRoles.Replicate, carol.Connection.Access.RolesOf(bob.Connection.Thread.Identity));
        alice.SendTo(carol);
        Assert.Equal(ThreadRoles.Write | ThreadRoles.Read | ThreadRoles.Replicate, carol.Connection.Access.RolesOf(bob.Connection.Thread.Identity));
        AccessTests.Sound(carol);
    }

    [Fact]
    public void Keys_of_small_order_or_another_length_are_none_in_tokens_joins_changes_and_requests()
    {
        byte[] small = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20, 1, .. new byte[31]];
        byte[] low = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20, .. new byte[32]];
        byte[][] keys = [small, low, small[..^1], [.. small, 0], []];
        using var alice = Start(out var invitation, uses: 10);
        using var bob = alice.Join();
        InvitationTests.Join(bob, invitation);
        var join = JoinOf(bob);
        var token = PeerId.Parse(invitation.Token.Token!).ToBytes();
        var change = new AccessChange([new string('0', 64)], [AccessOp.Invite(invitation.Token.Token!, invitation.Token.Terms!)]).ToBytes();
        using var identity = PeerIdentity.Create();
        var request = Base64Url.DecodeFromChars(ThreadJoinRequest.Create(identity).ToString().AsSpan("threads-request:".Length));
        foreach (var key in keys)
        {
            Assert.ThrowsAny<Exception>(() => AccessJoin.Read(With(join, token, key)));
            Assert.ThrowsAny<Exception>(() => AccessChange.Read(With(change, token, key)));
            Assert.Equal(ThreadsErrorCode.InvitationDamaged, InvitationTests.Refusal(() => ThreadInvitation.Parse("threads:" + Multibase.Encode(Multibase.Base32, With(invitation.Token.Bytes, token, key)))));
            Assert.Equal(ThreadsErrorCode.InvitationDamaged, InvitationTests.Refusal(() => ThreadJoinRequest.Parse("threads-request:" + Base64Url.EncodeToString(With(request, identity.Id.ToBytes(), key)))));
        }

        Assert.Equal(ThreadsErrorCode.AccessChange, InvitationTests.Refusal(() => alice.Connection.Thread.Invite(PeerId.FromPublicKey(small.AsSpan(6)), ThreadRoles.Write)));
    }

    [Fact]
    public void Each_altered_byte_of_a_request_is_refused_by_name()
    {
        using var identity = PeerIdentity.Create();
        var bytes = Base64Url.DecodeFromChars(ThreadJoinRequest.Create(identity, "phone").ToString().AsSpan("threads-request:".Length));
        for (var i = 0; i < bytes.Length; i++)
        {
            var altered = (byte[])bytes.Clone();
            altered[i] ^= 1;
            Assert.Equal(ThreadsErrorCode.InvitationDamaged, InvitationTests.Refusal(() => ThreadJoinRequest.Parse("threads-request:" + Base64Url.EncodeToString(altered))));
        }

        foreach (var text in new[] { "", "threads-request:", "threads-request:%", new string('x', 5_000) })
            Assert.Equal(ThreadsErrorCode.InvitationDamaged, InvitationTests.Refusal(() => ThreadJoinRequest.Parse(text)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThreadJoinRequest.Create(identity, new string('x', 257)));
    }

    [Fact]
    public void Of_many_joins_by_one_token_in_one_file_all_are_judged_and_one_more_is_too_many()
    {
        const int Joins = 150;
        using var alice = Start(out var invitation, uses: Joins);
        var time = AccessForger.Now(alice);
        var records = new List<SealedRecord>();
        for (var i = 0; i <= Joins; i++)
        {
            using var forger = new Forger(alice);
            var opening = forger.Opening(time + (i * 8_192));
            var join = Join(forger, opening, 2, time + (i * 8_192) + 1_024, Shown(forger, alice, invitation));
            records.AddRange([opening, join, forger.Row(join, 3, time + (i * 8_192) + 2_048, i, "x")]);
        }

        alice.Import(Forger.File([.. records]));
        Assert.Equal(Joins, alice.One<long>("SELECT used FROM threads_invites"));
        Assert.Equal(time + (Joins * 8_192L) + 1_024, alice.One<long>("SELECT time FROM threads_joins WHERE reason = 'used up'"));
        Assert.Equal(Joins, alice.One<long>("SELECT count(*) FROM n"));
        AccessTests.Sound(alice);
    }

    // 10,000 uses, of 10,001 joins in any order, and asked of each peer.
    [Fact]
    public void Ten_thousand_joins_are_judged_in_any_order_alike()
    {
        const int Uses = 10_000;
        var lists = new Lists(1);
        using var token = PeerIdentity.Create();
        var terms = new InvitationTerms(ThreadRoles.Write, null, 0, long.MaxValue, Uses);
        lists.Say(0, [], AccessOp.Invite(AccessPrincipal.Of(token.Id), terms));
        var shown = new AccessJoin(AccessPrincipal.Of(token.Id), terms, lists[0], [], []);
        var random = new Random(7);
        var names = Enumerable.Range(0, Uses + 1).Select(_ =>
        {
            var key = new byte[32];
            random.NextBytes(key);
            return AccessPrincipal.Of(PeerId.FromPublicKey(key));
        }).ToArray();
        var joins = names.Select((name, i) => new JoinStatement($"{i}", name, 0, 5_000 + (i / 2), shown, ShowsToken: true, IsOffered: false)).ToArray();
        var out1 = Judged();
        random.Shuffle(joins);
        Assert.Equal(out1, Judged());

        // Of one time the smaller id: the last two, and one of them is left.
        Assert.Contains(out1, names[^3..]);

        string Judged()
        {
            var rules = new AccessRules(lists.First, lists.All, lists, joins: joins);
            Assert.Equal(Uses, rules.Joins.Count(j => j.Reason == AccessReason.None));
            Assert.Equal(Uses, names.Count(name => rules.Judge(new Standpoint(name, 0, long.MaxValue), AccessPath.Thread, ThreadRoles.Write) == AccessReason.None));
            return Assert.Single(rules.Joins, j => j.Reason == AccessReason.UsedUp).Join.Author;
        }
    }

    private static Peer Start(out ThreadInvitation invitation, int uses)
    {
        var alice = Peer.Owner(Notes);
        invitation = alice.Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write, uses: uses);
        return alice;
    }

    /// <summary>A join as it stands in the peer's file.</summary>
    private static byte[] JoinOf(Peer peer)
    {
        var row = peer.Connection.OpenSession().Database["SELECT joined FROM _threads_join"];
        Assert.True(row.Step());
        var bytes = row.Blob(0).ToArray();
        row.Reset();
        return bytes;
    }

    private static byte[] Shown(Forger forger, Peer peer, ThreadInvitation invitation)
    {
        using var secret = invitation.Token.Open(null)!;
        using var key = new Ed25519PrivateKey(secret.Token);
        return AccessJoin.Make(peer.Connection.Thread.Id, key, invitation.Token.Terms!, invitation.Token.Inviter, invitation.Token.ByInviter, AccessPrincipal.Of(PeerId.FromPublicKey(forger.Identity.PublicKey))).ToBytes();
    }

    private static SealedRecord Join(Forger forger, SealedRecord previous, long position, long time, byte[] bytes)
        => forger.Seal(previous.RecordCid, forger.Payload(position, time, OwnLog.Join, w => w.WriteBytes(bytes)));

    /// <summary>What the peer wrote itself, or the first of it: an opening, then the first list.</summary>
    private static byte[] Only(Peer peer, long? first = null)
    {
        var head = first ?? peer.One<long>("SELECT counter FROM threads_logs WHERE is_own");
        return Forger.File([.. Enumerable.Range(1, (int)head).Select(p => Forger.Stored(peer, p))]);
    }

    /// <summary>The same bytes with another byte string in the place of a peer's id, its CBOR length included.</summary>
    private static byte[] With(byte[] bytes, byte[] id, byte[] other)
    {
        var at = bytes.AsSpan().IndexOf(id);
        Assert.True(at > 2);
        return [.. bytes[..(at - 2)], 0x58, (byte)other.Length, .. other, .. bytes[(at + id.Length)..]];
    }
}
