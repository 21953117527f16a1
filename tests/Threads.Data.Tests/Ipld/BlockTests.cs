using Threads.Data.Ipld;

namespace Threads.Data.Tests.Ipld;

public class BlockTests
{
    [Fact]
    public void Bytes_that_hash_to_the_cid_are_its_block()
    {
        var block = Block.OfDagCbor(new byte[] { 0xf6 });
        Assert.True(Block.TryVerify(block.Cid, block.Data, out var verified));
        Assert.Equal(block, verified);
    }

    [Fact]
    public void Other_bytes_are_refused()
    {
        var block = Block.OfDagCbor(new byte[] { 0xf6 });
        Assert.False(Block.TryVerify(block.Cid, new byte[] { 0xf5 }, out var refused));
        Assert.Equal(default, refused);
        Assert.False(Block.TryVerify(default, ReadOnlyMemory<byte>.Empty, out _));
    }

    [Fact]
    public void A_hash_that_cannot_be_computed_is_refused()
    {
        var sha1 = Cid.FromBytes([1, 0x55, 0x11, 20, .. new byte[20]]);
        Assert.False(Block.TryVerify(sha1, new byte[] { 1 }, out _));
    }
}
