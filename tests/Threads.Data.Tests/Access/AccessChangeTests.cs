using Threads.Data.Access;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Access;

/// <summary>The bytes of changes and first lists, and paths: what they hold comes back, and anything else is refused by name.</summary>
public sealed class AccessChangeTests
{
    private static readonly string Digest = new('a', 64);

    [Fact]
    public void A_change_is_read_as_it_was_written()
    {
        var peer = NewPeer();
        var head = new AccessHead(Digest, 7, Digest);
        var change = new AccessChange([Digest],
        [
            AccessOp.Grant(AccessPath.Collection("n"), "@g", ThreadRoles.Write), AccessOp.Revoke(default, peer, ThreadRoles.Admin, [head]), AccessOp.Join("@g", peer), AccessOp.Leave("@g", peer, [head]),
            AccessOp.Drop("@g", [head]), AccessOp.Own(AccessPath.Entity("n", [1]), [head, head]), AccessOp.Share(AccessPath.Collection("n")), AccessOp.Expel(peer, []), AccessOp.Close([head]),
            AccessOp.Grant(default, AccessPrincipal.Everybody, ThreadRoles.Read),
        ]);
        var bytes = change.ToBytes();
        var read = AccessChange.Read(bytes);

        Assert.Equal(change.Follows, read.Follows);
        Assert.Equal(change.Ops.Select(op => (op.Kind, op.Path, op.Principal, op.Roles, op.Member)), read.Ops.Select(op => (op.Kind, op.Path, op.Principal, op.Roles, op.Member)));
        Assert.Equal(change.Ops.SelectMany(op => op.Heads), read.Ops.SelectMany(op => op.Heads));
        Assert.Equal(bytes, read.ToBytes());
    }

    [Fact]
    public void Bytes_that_are_no_change_are_refused_and_nothing_else_happens_I7()
    {
        var bytes = new AccessChange([Digest], [AccessOp.Expel(NewPeer(), [new AccessHead(Digest, 7, Digest)])]).ToBytes();
        for (var length = 0; length < bytes.Length; length++)
        {
            Refused(bytes[..length]);
        }

        var random = new Random(3);
        for (var i = 0; i < 20_000; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                Assert.Equal(changed, AccessChange.Read(changed).ToBytes());
            }
            catch (Exception e) when (e is CborException or FormatException)
            {
            }
        }
    }

    [Theory]
    [InlineData(AccessOpKind.Join, "@g", "@g")]
    [InlineData(AccessOpKind.Drop, "*", null)]
    [InlineData(AccessOpKind.Expel, "@g", null)]
    [InlineData(AccessOpKind.Own, "*", null)]
    [InlineData(AccessOpKind.Close, "*", null)]
    [InlineData(AccessOpKind.Grant, "@g", null)]
    [InlineData((AccessOpKind)9, "*", null)]
    public void An_entry_whose_parts_do_not_belong_together_is_refused(object kind, string principal, string? member)
        => Refused(new AccessChange([Digest], [new AccessOp((AccessOpKind)kind, default, principal, ThreadRoles.Admin, member, [])]).ToBytes());

    [Fact]
    public void Keys_of_small_order_or_another_length_name_nobody()
    {
        // The neutral element, and a key of 31 bytes.
        var small = new byte[] { 0, 36, 8, 1, 18, 32, 1 }.Concat(new byte[31]).ToArray();
        foreach (var key in new[] { small, small[..^1], [] })
        {
            Refused(Bytes(key));
        }

        Assert.Equal(ThreadsErrorCode.AccessChange, Assert.Throws<ThreadsException>(() => ThreadPrincipal.Peer(PeerId.FromBytes(small))).ThreadsErrorCode);

        byte[] Bytes(byte[] peer)
        {
            using var writer = new CborWriter();
            writer.StartArray(2);
            writer.StartArray(1);
            writer.WriteBytes(new byte[32]);
            writer.StartArray(1);
            writer.StartArray(5);
            writer.WriteInt64((int)AccessOpKind.Expel);
            writer.StartArray(0);
            writer.WriteBytes(peer);
            writer.WriteNull();
            writer.StartArray(0);
            return writer.ToArray();
        }
    }

    [Theory]
    [InlineData("a/b", "ab")]
    [InlineData("a", "A")]
    [InlineData("a", "а")]
    [InlineData("é", "e\u0301")]
    [InlineData("a/b", "a")]
    [InlineData("a/b", "a/bc")]
    public void A_path_lies_within_another_by_whole_components_byte_by_byte_B_BLK_2(string outer, string inner)
    {
        Assert.False(AccessPath.Of(inner.Split('/')).IsWithin(AccessPath.Of(outer.Split('/'))));
        Assert.True(AccessPath.Of([.. outer.Split('/'), "below"]).IsWithin(AccessPath.Of(outer.Split('/'))));
        Assert.True(AccessPath.Of(outer.Split('/')).IsWithin(AccessPath.Of(outer.Split('/'))));
        Assert.True(AccessPath.Of(outer.Split('/')).IsWithin(AccessPath.Thread));
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("a\n")]
    public void A_component_that_could_mean_another_place_is_refused_B_BLK_2(string component)
        => Assert.Throws<EventFormatException>(() => AccessPath.Of("a", component));

    [Fact]
    public void A_first_list_is_the_thread_whose_id_is_its_hash_and_no_other_T_ACL_9()
    {
        using var key = Ed25519PrivateKey.Generate(SystemRandomSource.Instance);
        var peer = PeerId.FromPublicKey(key.PublicKey);
        var bytes = FirstList.Create(peer, SystemRandomSource.Instance);
        var id = FirstList.IdOf(bytes);
        var list = FirstList.Read(bytes, id)!;

        Assert.True(list.IsOwner(peer.ToString()));
        Assert.False(list.IsOwner(NewPeer()));
        Assert.Equal((ThreadVariant.AccessControlled, ThreadRoles.None), (id.Variant, list.Default));
        Assert.Null(FirstList.Read(FirstList.Create(peer, SystemRandomSource.Instance), id));
        Assert.Null(FirstList.Read(bytes[..^1], id));
        Assert.Throws<EventFormatException>(() => FirstList.Read([0xA0], FirstList.IdOf([0xA0])));
    }

    private static string NewPeer()
    {
        using var key = Ed25519PrivateKey.Generate(SystemRandomSource.Instance);
        return AccessPrincipal.Of(PeerId.FromPublicKey(key.PublicKey));
    }

    private static void Refused(byte[] bytes)
    {
        var thrown = Assert.ThrowsAny<Exception>(() => AccessChange.Read(bytes));
        Assert.True(thrown is CborException or FormatException, thrown.ToString());
    }
}
