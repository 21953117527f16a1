using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Ipld;

public class MultibaseTests
{
    private const string AllPrefixes = "079fFvVtTbBcChkKzZmMuU";

    // The texts the multibase specification gives for "yes mani !".
    [Theory]
    [InlineData("001111001011001010111001100100000011011010110000101101110011010010010000000100001")]
    [InlineData("7362625631006654133464440102")]
    [InlineData("9573277761329450583662625")]
    [InlineData("f796573206d616e692021")]
    [InlineData("F796573206D616E692021")]
    [InlineData("vf5in683dc5n6i811")]
    [InlineData("VF5IN683DC5N6I811")]
    [InlineData("tf5in683dc5n6i811")]
    [InlineData("TF5IN683DC5N6I811")]
    [InlineData("bpfsxgidnmfxgsibb")]
    [InlineData("BPFSXGIDNMFXGSIBB")]
    [InlineData("cpfsxgidnmfxgsibb")]
    [InlineData("CPFSXGIDNMFXGSIBB")]
    [InlineData("hxf1zgedpcfzg1ebb")]
    [InlineData("k2lcpzo5yikidynfl")]
    [InlineData("K2LCPZO5YIKIDYNFL")]
    [InlineData("Z7Pznk19XTTzBtx")]
    [InlineData("z7paNL19xttacUY")]
    [InlineData("meWVzIG1hbmkgIQ")]
    [InlineData("MeWVzIG1hbmkgIQ==")]
    [InlineData("ueWVzIG1hbmkgIQ")]
    [InlineData("UeWVzIG1hbmkgIQ==")]
    public void Published_texts_are_written_and_read(string text)
    {
        Assert.Equal(text, Multibase.Encode(text[0], "yes mani !"u8));
        var bytes = new byte[10];
        Assert.Equal(MultibaseStatus.Ok, Multibase.TryDecode(text, bytes, out var written));
        Assert.Equal("yes mani !"u8.ToArray(), bytes[..written]);
    }

    [Theory]
    [InlineData("90573277761329450583662625")]
    [InlineData("k02lcpzo5yikidynfl")]
    [InlineData("z17paNL19xttacUY")]
    [InlineData("Z17Pznk19XTTzBtx")]
    public void A_leading_zero_byte_is_a_leading_zero_digit(string text)
    {
        Assert.Equal(text, Multibase.Encode(text[0], "\0yes mani !"u8));
        var bytes = new byte[11];
        Assert.Equal(MultibaseStatus.Ok, Multibase.TryDecode(text, bytes, out var written));
        Assert.Equal("\0yes mani !"u8.ToArray(), bytes[..written]);
    }

    [Theory]
    [InlineData("", MultibaseStatus.UnknownPrefix)]
    [InlineData("afkxd", MultibaseStatus.UnknownPrefix)]
    [InlineData("?", MultibaseStatus.UnknownPrefix)]
    [InlineData("日", MultibaseStatus.UnknownPrefix)]
    [InlineData("ba1", MultibaseStatus.Malformed)]
    [InlineData("ba é", MultibaseStatus.Malformed)]
    [InlineData("ba", MultibaseStatus.Malformed)]
    [InlineData("bab", MultibaseStatus.Malformed)]
    [InlineData("baaa", MultibaseStatus.Malformed)]
    [InlineData("bae======", MultibaseStatus.Malformed)]
    [InlineData("cae", MultibaseStatus.Malformed)]
    [InlineData("cae=====", MultibaseStatus.Malformed)]
    [InlineData("c========", MultibaseStatus.Malformed)]
    [InlineData("cae======aa", MultibaseStatus.Malformed)]
    [InlineData("mAB", MultibaseStatus.Malformed)]
    [InlineData("uAA==", MultibaseStatus.Malformed)]
    [InlineData("MAA", MultibaseStatus.Malformed)]
    [InlineData("u+/", MultibaseStatus.Malformed)]
    [InlineData("f0", MultibaseStatus.Malformed)]
    [InlineData("z0", MultibaseStatus.Malformed)]
    [InlineData("zl", MultibaseStatus.Malformed)]
    [InlineData("z日", MultibaseStatus.Malformed)]
    [InlineData("k!", MultibaseStatus.Malformed)]
    [InlineData("9a", MultibaseStatus.Malformed)]
    public void What_is_not_the_text_of_bytes_is_refused_by_name(string text, object status) =>
        Assert.Equal((MultibaseStatus)status, Multibase.TryDecode(text, new byte[64], out _));

    [Fact]
    public void Text_too_long_is_refused_before_it_costs_time()
    {
        Assert.Equal(MultibaseStatus.TooLong, Multibase.TryDecode("z" + new string('2', 1024), new byte[2048], out _));
        Assert.Equal(MultibaseStatus.TooLong, Multibase.TryDecode("f00112233", new byte[3], out _));
        Assert.Equal(MultibaseStatus.TooLong, Multibase.TryDecode("z7paNL19xttacUY", new byte[9], out _));
        Assert.False(Multibase.TryDecodeBase58(new string('2', 1025), new byte[2048], out _));
    }

    [Fact]
    public void Only_base32_and_hexadecimal_are_read_in_either_case()
    {
        Assert.Equal(MultibaseStatus.Ok, Multibase.TryDecode("bPFSXGIDNmfxgsibb", new byte[10], out _));
        Assert.Equal(MultibaseStatus.Ok, Multibase.TryDecode("f7A", new byte[10], out _));
        Assert.Equal(MultibaseStatus.Malformed, Multibase.TryDecode("hXF1ZGEDPCFZG1EBB", new byte[10], out _));
    }

    [Fact]
    public void An_unknown_prefix_is_not_written() => Assert.Throws<ArgumentOutOfRangeException>(() => Multibase.Encode('?', [1]));

    [Fact]
    public void Any_bytes_come_back_in_every_encoding() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            bytes = (bytes ?? [])[..Math.Min(bytes?.Length ?? 0, 100)];
            var back = new byte[128];
            return AllPrefixes.All(prefix => Multibase.TryDecode(Multibase.Encode(prefix, bytes), back, out var written) == MultibaseStatus.Ok
                && back.AsSpan(0, written).SequenceEqual(bytes));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Any_text_read_is_the_one_text_of_its_bytes() =>
        Prop.ForAll<string>(text =>
        {
            var bytes = new byte[2048];
            return AllPrefixes.All(prefix => Multibase.TryDecode(prefix + text, bytes, out var written) != MultibaseStatus.Ok
                || string.Equals(Multibase.Encode(prefix, bytes.AsSpan(0, written)), prefix + text, StringComparison.OrdinalIgnoreCase));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
}
