using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Ipld;

public class CidTests
{
    private const string Version0 = "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN";
    private const string Version0Bytes = "122006b3608aa000274049eb28ad8e793a26ff6fab281a7d3bd77cd18eb745dfaabb";

    [SkippableFact]
    public void Cids_of_blocks_are_those_of_the_npm_packages()
    {
        foreach (var entry in Vectors.List("threads-dag-cbor.json", "good"))
        {
            var cid = Cid.ForDagCbor(entry.Hex("bytes"));
            Assert.Equal(entry.Text("cid"), cid.ToString());
            Assert.Equal(entry.Hex("cidBytes"), cid.ToBytes());
            Assert.Equal(cid, Cid.Parse(entry.Text("cid")));
            Assert.Equal(cid, Cid.FromBytes(entry.Hex("cidBytes")));
            Assert.Equal(cid, Cid.FromDagCborDigest(SHA256.HashData(entry.Hex("bytes"))));
            Assert.True(cid.Matches(entry.Hex("bytes")));
        }
    }

    [Fact]
    public void A_dag_cbor_cid_tells_its_parts()
    {
        var cid = Cid.ForDagCbor([0xf6]);
        Assert.Equal((1, 0x71UL, 0x12UL, 36), (cid.Version, cid.Codec, cid.HashFunction, cid.SizeBytes));
        Assert.Equal(SHA256.HashData([0xf6]), cid.Digest.ToArray());
        Assert.True(cid.IsDefined);
        Assert.False(cid.Matches([0xf5]));
    }

    [Fact]
    public void Version_0_is_read_from_text_and_bytes_and_written_as_it_was()
    {
        var cid = Cid.Parse(Version0);
        Assert.Equal((0, 0x70UL, 0x12UL, 34), (cid.Version, cid.Codec, cid.HashFunction, cid.SizeBytes));
        Assert.Equal(Version0, cid.ToString());
        Assert.Equal(Version0Bytes, Convert.ToHexStringLower(cid.ToBytes()));
        Assert.Equal(cid, Cid.FromBytes(Convert.FromHexString(Version0Bytes)));
    }

    [Fact]
    public void An_identity_cid_holds_its_block()
    {
        var cid = Cid.FromBytes([1, 0x55, 0, 3, 7, 8, 9]);
        Assert.Equal((1, 0x55UL, 0UL, 7), (cid.Version, cid.Codec, cid.HashFunction, cid.SizeBytes));
        Assert.Equal([7, 8, 9], cid.Digest.ToArray());
        Assert.True(cid.Matches([7, 8, 9]));
        Assert.Equal(cid, Cid.Parse(cid.ToString()));
        Assert.Equal(cid.GetHashCode(), Cid.Parse(cid.ToString()).GetHashCode());
        Assert.NotEqual(cid, Cid.FromBytes([1, 0x55, 0, 3, 7, 8, 8]));
    }

    [Fact]
    public void The_undefined_cid_is_empty()
    {
        Cid cid = default;
        Assert.False(cid.IsDefined);
        Assert.Equal(0, cid.SizeBytes);
        Assert.Empty(cid.ToBytes());
        Assert.Equal("", cid.ToString());
        Assert.False(cid.Matches([]));
        Assert.True(cid == default);
        Assert.True(cid != Cid.ForRaw([]));
        Assert.Equal(0, cid.Digest.Length);
    }

    [Theory]
    [InlineData("", CidError.Truncated)]
    [InlineData("01", CidError.Truncated)]
    [InlineData("017112", CidError.Truncated)]
    [InlineData("0171122011", CidError.Truncated)]
    [InlineData("122006", CidError.Truncated)]
    [InlineData("02711220" + "1111111111111111111111111111111111111111111111111111111111111111", CidError.UnknownVersion)]
    [InlineData("00711220" + "1111111111111111111111111111111111111111111111111111111111111111", CidError.UnknownVersion)]
    [InlineData("0171121f" + "11111111111111111111111111111111111111111111111111111111111111", CidError.DigestLength)]
    [InlineData("01550181" + "01", CidError.DigestLength)]
    [InlineData("810071122011", CidError.VarintNotMinimal)]
    [InlineData("01f100122011", CidError.VarintNotMinimal)]
    [InlineData("01ffffffffffffffffffff01", CidError.VarintTooLong)]
    [InlineData("01711220" + "1111111111111111111111111111111111111111111111111111111111111111" + "00", CidError.TrailingBytes)]
    [InlineData(Version0Bytes + "00", CidError.TrailingBytes)]
    public void Bytes_that_are_no_cid_are_refused_by_name(string hex, object error)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal((CidError)error, Cid.TryRead(bytes, out var cid));
        Assert.Equal(default, cid);
        Assert.False(Cid.TryFromBytes(bytes, out _));
        Assert.Contains(hex.Length > 96 ? hex[..96] : hex, Assert.Throws<FormatException>(() => Cid.FromBytes(bytes)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", CidError.UnknownMultibase)]
    [InlineData("afy", CidError.UnknownMultibase)]
    [InlineData("é", CidError.UnknownMultibase)]
    [InlineData("b", CidError.Truncated)]
    [InlineData("bafyreifqwkmiw256ojf2zws6tzjeonw6bpd5vza4i22ccpcq4hjv2ts7c1", CidError.Text)]
    [InlineData("bafyreifqwkmiw256ojf2zws6tzjeonw6bpd5vza4i22ccpcq4hjv2ts7cm ", CidError.Text)]
    [InlineData("QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJ0", CidError.Text)]
    [InlineData("zQmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN", CidError.PrefixedVersion0)]
    public void Text_that_is_no_cid_is_refused_by_name(string text, object error)
    {
        Assert.Equal((CidError)error, Cid.TryReadText(text, out _));
        Assert.False(Cid.TryParse(text, out _));
        Assert.Contains($"'{text}'", Assert.Throws<FormatException>(() => Cid.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_read_in_every_multibase()
    {
        var cid = Cid.ForDagCbor([0xf6]);
        foreach (var prefix in "079fFvVtTbBcChkKzZmMuU")
            Assert.Equal(cid, Cid.Parse(Multibase.Encode(prefix, cid.ToBytes())));
    }

    [Fact]
    public void Cids_order_as_their_bytes_do()
    {
        Cid[] cids = [Cid.ForDagCbor([1]), Cid.ForRaw([1]), Cid.Parse(Version0), Cid.FromBytes([1, 0x55, 0, 1, 7]), Cid.ForDagCbor([2]), default];
        foreach (var left in cids)
        {
            foreach (var right in cids)
                Assert.Equal(Math.Sign(left.ToBytes().AsSpan().SequenceCompareTo(right.ToBytes())), Math.Sign(left.CompareTo(right)));
        }
    }

    [Fact]
    public void Garbage_never_crashes() =>
        Prop.ForAll<byte[], string>((bytes, text) =>
        {
            Cid.TryParse(text ?? "", out _);
            Cid.TryParse("b" + text, out _);
            return !Cid.TryFromBytes(bytes ?? [], out var cid) || cid.ToBytes().AsSpan().SequenceEqual(bytes);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void A_destination_too_short_is_refused() => Assert.Throws<ArgumentException>(() => Cid.ForRaw([]).WriteBytes(new byte[35]));
}
