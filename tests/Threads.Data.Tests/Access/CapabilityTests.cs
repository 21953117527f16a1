using Threads.Data.Access;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Pipeline;
using Threads.Data.Tests.Pipeline;

namespace Threads.Data.Tests.Access;

/// <summary>Chains of capabilities: the five rules at each place of a chain, and what they let through (B-CAP-1 to B-CAP-4).</summary>
public sealed class CapabilityTests
{
    private const long Later = 1_000_000;
    private const int Length = 4;

    private static readonly ThreadId Thread = ThreadId.NewRandom(ThreadVariant.AccessControlled);
    private static readonly Ed25519PrivateKey[] Keys = [.. Enumerable.Range(0, Length + 2).Select(_ => Ed25519PrivateKey.Generate(SystemRandomSource.Instance))];
    private static readonly string Owner = Peer(0);

    public static TheoryData<int> Places => [.. Enumerable.Range(0, Length)];

    [Fact]
    public void A_chain_that_keeps_the_rules_holds_and_is_read_as_it_was_written_B_CAP_1()
    {
        var chain = Chain();
        var read = CapabilityChain.Read(chain.Bytes);
        Assert.Equal(chain.Links.Select(l => l.ToString()), read.Links.Select(l => l.ToString()));
        Assert.Equal((Length, Peer(Length), Later), (read.Links.Length, read.Holder, read.Expires));
        Assert.Equal(0, Rule(read));
        Assert.True(read.Reaches(AccessPath.Of("a", "b"), ThreadRoles.Write, Later - 1));
        Assert.Equal(Enumerable.Range(0, Length).Select(chain.DigestOf), Enumerable.Range(0, Length).Select(read.DigestOf));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Rule_1_each_signature_holds_B_CAP_2(int place)
    {
        var chain = Chain();
        var signature = chain.Links[place].Signature;
        Assert.Equal(1, Rule(With(chain, place, l => l with { Signature = (signature[0] == '0' ? '1' : '0') + signature[1..] })));
        Assert.Equal(1, Rule(With(chain, place, l => l with { Roles = ThreadRoles.Write | ThreadRoles.Erase })));
        Assert.Equal(1, Rule(With(chain, place, l => l with { Expires = Later * 2 })));
        Assert.Equal(1, Rule(With(chain, place, l => l with { Path = AccessPath.Thread })));
        Assert.Equal(1, chain.BrokenRule(ThreadId.NewRandom(ThreadVariant.AccessControlled), p => p == Owner, _ => false, _ => { }, _ => false));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Rule_2_each_signer_is_whom_the_next_was_issued_to_B_CAP_2(int place)
    {
        // Signed by somebody who holds nothing.
        var chain = Chain(issuer: i => i == place ? Length + 1 : i);
        Assert.Equal(place == 0 ? 5 : 2, Rule(chain));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Rule_3_the_path_lies_within_each_path_B_CAP_2(int place)
    {
        var chain = Chain(path: i => i == place ? AccessPath.Of("a", "other") : AccessPath.Of("a"));
        Assert.Equal(0, Rule(chain));
        Assert.False(chain.Reaches(AccessPath.Of("a", "b"), ThreadRoles.Write, 0));
        Assert.False(chain.Reaches(AccessPath.Of("a", "othe"), ThreadRoles.Write, 0));
        Assert.False(chain.Reaches(AccessPath.Of("ab"), ThreadRoles.Write, 0));
        Assert.True(chain.Reaches(AccessPath.Of("a", "other", "deeper"), ThreadRoles.Write, 0));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Rule_4_the_time_is_before_each_expiry_B_CAP_2(int place)
    {
        var chain = Chain(expires: i => i == place ? 500 : Later);
        Assert.True(chain.Reaches(AccessPath.Of("a"), ThreadRoles.Write, 499));
        Assert.False(chain.Reaches(AccessPath.Of("a"), ThreadRoles.Write, 500));
        Assert.Equal(500, chain.Expires);
    }

    [Fact]
    public void Rule_5_the_last_signer_owns_the_thread_B_CAP_2()
        => Assert.Equal(5, Chain().BrokenRule(Thread, p => p == Peer(1), _ => false, _ => { }, _ => false));

    [Theory]
    [MemberData(nameof(Places))]
    public void Roles_only_narrow_B_CAP_4(int place)
    {
        var chain = Chain(roles: i => i == place ? ThreadRoles.Read : ThreadRoles.Write | ThreadRoles.Delete);
        Assert.False(chain.Reaches(AccessPath.Of("a"), ThreadRoles.Write, 0));
        Assert.True(chain.Reaches(AccessPath.Of("a"), ThreadRoles.Read, 0));
        Assert.Equal(ThreadRoles.Read | ThreadRoles.Replicate, chain.Roles);
    }

    [Fact]
    public void Each_signature_is_verified_once_B_CAP_4()
    {
        var known = new HashSet<string>();
        var chain = Chain();
        Assert.Equal(0, chain.BrokenRule(Thread, p => p == Owner, known.Contains, d => Assert.True(known.Add(d)), _ => false));
        Assert.Equal(Length, known.Count);
        Assert.Equal(0, chain.BrokenRule(Thread, p => p == Owner, known.Contains, _ => Assert.Fail("again"), _ => false));

        // One link more costs one more.
        var longer = CapabilityChain.Issue(Thread, Keys[Length], Peer(Length + 1), AccessPath.Of("a"), ThreadRoles.Write, Later, chain);
        var more = 0;
        Assert.Equal(0, longer.BrokenRule(Thread, p => p == Owner, known.Contains, _ => more++, _ => false));
        Assert.Equal(1, more);
    }

    [Fact]
    public void A_chain_of_ten_thousand_links_a_cycle_and_other_bytes_are_refused_I7()
    {
        using var writer = new CborWriter();
        writer.StartArray(10_000);
        for (var i = 0; i < 10_000; i++)
        {
            writer.StartArray(0);
        }

        var tooMany = writer.ToArray();
        Assert.Throws<EventFormatException>(() => CapabilityChain.Read(tooMany));
        Assert.Throws<EventFormatException>(() => CapabilityChain.Read(new byte[CapabilityChain.MaxBytes + 1]));

        // Two who issue to each other: nobody among them owns the thread.
        var cycle = CapabilityChain.Issue(Thread, Keys[1], Peer(2), default, ThreadRoles.Write, Later, CapabilityChain.Issue(Thread, Keys[2], Peer(1), default, ThreadRoles.Write, Later, null));
        Assert.Equal(5, Rule(cycle));
        var bytes = Chain().Bytes;
        var random = new Random(5);
        for (var i = 0; i < 5_000; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Assert.NotEqual(0, Rule(CapabilityChain.Read(changed)));
            }
            catch (Exception e) when (e is CborException or FormatException)
            {
            }
        }

        Assert.Contains("no capability", Assert.Throws<FormatException>(() => ThreadCapability.Parse("nothing")).Message);
    }

    [Fact]
    public void A_holder_writes_below_the_path_and_passes_it_on_narrower_B_CAP_3()
    {
        using var alice = Tests.Peer.Owner("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)", "CREATE TABLE m(id INTEGER PRIMARY KEY)");
        alice.Run("INSERT INTO n VALUES(1, 'hers'), (2, 'hers')");
        using var bob = alice.Join();
        using var carol = alice.Join();
        alice.SendTo(bob);
        alice.SendTo(carol);
        var (b, c) = (bob.Connection.Thread.Identity, carol.Connection.Thread.Identity);
        var expires = DateTimeOffset.UtcNow.AddDays(1);
        var held = ThreadCapability.Parse(alice.Connection.Access.IssueCapability(b, ThreadRoles.Write | ThreadRoles.Delete, expires, "n").ToString());
        Assert.Equal((b, "n", 1), (held.Holder, held.Collection, held.Links));

        bob.Connection.Access.Present(held);
        bob.Run("UPDATE n SET a = 'his' WHERE id = 1");
        Denied(() => bob.Run("INSERT INTO m VALUES(1)"));
        var passed = bob.Connection.Access.Delegate(held, c, ThreadRoles.Write, expires, "n", 2);
        Assert.Equal(ThreadsErrorCode.AccessChange, Code(() => bob.Connection.Access.Delegate(held, c, ThreadRoles.Write, expires)));
        Assert.Equal(ThreadsErrorCode.AccessChange, Code(() => bob.Connection.Access.Delegate(held, c, ThreadRoles.Erase, expires, "n")));
        Assert.Equal(ThreadsErrorCode.AccessChange, Code(() => bob.Connection.Access.Delegate(held, c, ThreadRoles.Write, expires.AddTicks(1), "n")));
        Denied(() => bob.Connection.Access.IssueCapability(c, ThreadRoles.Write, expires, "n"));
        Denied(() => carol.Connection.Access.Delegate(held, c, ThreadRoles.Write, expires, "n"));
        carol.Connection.Access.Present(passed);
        carol.Run("UPDATE n SET a = 'carols' WHERE id = 2");
        Denied(() => carol.Run("UPDATE n SET a = 'carols' WHERE id = 1"));
        Denied(() => carol.Run("DELETE FROM n WHERE id = 2"));

        carol.SendTo(alice);
        bob.SendTo(alice);
        Assert.Equal("his,carols", alice.One<string>("SELECT group_concat(a) FROM (SELECT a FROM n ORDER BY id)"));
        Assert.Equal("2|entity|n|2|replicate read write|2|", alice.One<string>(
            $"SELECT row_key || '|' || level || '|' || table_name || '|' || links || '|' || roles || '|' || links || '|' || coalesce(reason, '') FROM threads_capabilities WHERE holder = '{c}'"));
        Assert.Equal(ThreadRoles.Write | ThreadRoles.Read | ThreadRoles.Replicate, alice.Connection.Access.RolesOf(c, "n", 2));

        // Who passed it on is out: what hangs on him ends, what was here stays.
        alice.Connection.Access.Revoke(b);
        carol.Run("UPDATE n SET a = 'unseen' WHERE id = 2");
        carol.SendTo(alice);
        Assert.Equal("his,carols", alice.One<string>("SELECT group_concat(a) FROM (SELECT a FROM n ORDER BY id)"));
        alice.SendTo(carol);
        Denied(() => carol.Run("UPDATE n SET a = 'more' WHERE id = 2"));
        AccessTests.Sound(alice, carol);
        Assert.Equal(AccessTests.State(alice), AccessTests.State(carol));
    }

    [Fact]
    public void A_chain_that_does_not_hold_is_refused_here_and_listed_by_its_rule_elsewhere_B_CAP_4()
    {
        using var alice = Tests.Peer.Owner("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)");
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var mallory = new Forger(alice);
        var me = AccessPrincipal.Of(PeerId.FromPublicKey(mallory.Identity.PublicKey));
        var self = CapabilityChain.Issue(alice.Connection.Thread.Id, mallory.Identity, me, default, ThreadRoles.Write, long.MaxValue, null);
        var time = AccessForger.Now(alice);
        var opening = mallory.Opening(time);
        var shown = mallory.Seal(opening.RecordCid, mallory.Payload(2, time + 1_000, OwnLog.Capability, w => w.WriteBytes(self.Bytes)));
        var junk = mallory.Seal(shown.RecordCid, mallory.Payload(3, time + 2_000, OwnLog.Capability, w => w.WriteBytes([1, 2])));
        alice.Import(Forger.File(opening, shown, junk, mallory.Row(junk, 4, time + 3_000, 7, "forged")));

        Assert.Equal("malformed,rule 5", alice.One<string>("SELECT group_concat(reason) FROM (SELECT reason FROM threads_capabilities ORDER BY reason)"));
        Assert.Equal("1", alice.One<string>("SELECT group_concat(id) FROM n"));
        Assert.Contains("rule 5", Assert.Throws<ThreadsException>(() => alice.Connection.Access.Present(new ThreadCapability(self))).Message);

        // A value that is no bytes at all is refused before anything is folded.
        var bad = mallory.Seal(junk.RecordCid, mallory.Payload(4, time + 3_000, OwnLog.Access, w => w.WriteInt64(1)));
        using var carol = alice.Join();
        Assert.Equal(ThreadsErrorCode.RecordRefused, Code(() => carol.Import(Forger.File(opening, shown, junk, bad))));
        AccessTests.Sound(alice);
    }

    [Fact]
    public void A_capability_ends_by_the_time_of_the_record_B_CAP_2()
    {
        using var alice = Tests.Peer.Owner("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)");
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var bob = new Forger(alice);
        var time = AccessForger.Now(alice);
        var holder = AccessPrincipal.Of(PeerId.FromPublicKey(bob.Identity.PublicKey));
        var chain = CapabilityChain.Issue(alice.Connection.Thread.Id, alice.Connection.OpenSession().Core.Keys.Identity, holder, AccessPath.Collection("n"), ThreadRoles.Write, time + 5_000, null);
        var opening = bob.Opening(time);
        var early = bob.Row(opening, 2, time + 1_000, 2, "before it was shown");
        var shown = bob.Seal(early.RecordCid, bob.Payload(3, time + 2_000, OwnLog.Capability, w => w.WriteBytes(chain.Bytes)));
        var good = bob.Row(shown, 4, time + 4_999, 3, "in time");
        var late = bob.Row(good, 5, time + 5_000, 4, "late by nothing");
        alice.Import(Forger.File(opening, early, shown, good, late));

        Assert.Equal("1,3", alice.One<string>("SELECT group_concat(id) FROM (SELECT id FROM n ORDER BY id)"));
        Assert.Equal("2,4", alice.One<string>("SELECT group_concat(row_key) FROM (SELECT row_key FROM threads_refused ORDER BY row_key)"));
        AccessTests.Sound(alice);
    }

    private static CapabilityChain Chain(Func<int, int>? issuer = null, Func<int, AccessPath>? path = null, Func<int, long>? expires = null, Func<int, ThreadRoles>? roles = null)
    {
        CapabilityChain? chain = null;
        for (var i = 0; i < Length; i++)
        {
            chain = CapabilityChain.Issue(Thread, Keys[issuer?.Invoke(i) ?? i], Peer(i + 1), path?.Invoke(i) ?? AccessPath.Of("a"), roles?.Invoke(i) ?? ThreadRoles.Write, expires?.Invoke(i) ?? Later, chain);
        }

        return chain!;
    }

    /// <summary>The chain with one link changed and signed by nobody anew.</summary>
    private static CapabilityChain With(CapabilityChain chain, int place, Func<CapabilityLink, CapabilityLink> change)
    {
        using var writer = new CborWriter();
        writer.StartArray(chain.Links.Length);
        foreach (var link in chain.Links.Select((l, i) => i == place ? change(l) : l))
        {
            writer.StartArray(6);
            writer.StartArray(link.Path.Depth);
            foreach (var component in link.Path.Components)
            {
                writer.WriteText(component);
            }

            AccessPrincipal.Write(writer, link.IssuedTo);
            writer.WriteInt64((int)link.Roles);
            writer.WriteInt64(link.Expires);
            AccessPrincipal.Write(writer, link.Issuer);
            writer.WriteBytes(Convert.FromHexString(link.Signature));
        }

        return CapabilityChain.Read(writer.WrittenSpan);
    }

    private static int Rule(CapabilityChain chain) => chain.BrokenRule(Thread, p => p == Owner, _ => false, _ => { }, _ => false);

    private static string Peer(int key) => AccessPrincipal.Of(PeerId.FromPublicKey(Keys[key].PublicKey));

    private static ThreadsErrorCode Code(Action act) => Assert.Throws<ThreadsException>(act).ThreadsErrorCode;

    private static void Denied(Action act) => Assert.Equal(ThreadsErrorCode.AccessDenied, Code(act));
}
