using System.Security.Cryptography;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Ipld;

public class MultihashTests
{
    [Fact]
    public void An_identity_multihash_is_the_bytes_behind_two()
    {
        var hash = Multihash.OfIdentity([7, 8]);
        Assert.Equal([0, 2, 7, 8], hash);
        Assert.Equal(CidError.None, Multihash.TryRead([.. hash, 9], out var code, out var start, out var size));
        Assert.Equal((0UL, 2, 4), (code, start, size));
        Assert.Throws<ArgumentOutOfRangeException>(() => Multihash.OfIdentity(new byte[128]));
    }

    [Fact]
    public void A_sha256_multihash_has_34_bytes()
    {
        var hash = Multihash.OfSha256([7]);
        Assert.Equal([0x12, 0x20, .. SHA256.HashData([7])], hash);
        Assert.Equal(CidError.None, Multihash.TryRead(hash, out var code, out var start, out var size));
        Assert.Equal((0x12UL, 2, 34), (code, start, size));
    }

    [Theory]
    [InlineData("", CidError.Truncated)]
    [InlineData("12", CidError.Truncated)]
    [InlineData("000301", CidError.Truncated)]
    [InlineData("1220", CidError.Truncated)]
    [InlineData("121f", CidError.DigestLength)]
    [InlineData("00ff01", CidError.DigestLength)]
    [InlineData("008000", CidError.VarintNotMinimal)]
    [InlineData("80808080808080808001", CidError.VarintTooLong)]
    public void Each_refusal_has_its_name(string hex, object error) =>
        Assert.Equal((CidError)error, Multihash.TryRead(Convert.FromHexString(hex), out _, out _, out _));
}
