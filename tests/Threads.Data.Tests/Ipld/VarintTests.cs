using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Ipld;

public class VarintTests
{
    [Theory]
    [InlineData("", VarintStatus.Truncated)]
    [InlineData("80", VarintStatus.Truncated)]
    [InlineData("ffffffffffffffff", VarintStatus.Truncated)]
    [InlineData("8000", VarintStatus.NotMinimal)]
    [InlineData("ff8000", VarintStatus.NotMinimal)]
    [InlineData("80808080808080808001", VarintStatus.TooLong)]
    [InlineData("ffffffffffffffffffff01", VarintStatus.TooLong)]
    public void Each_refusal_has_its_name(string hex, object status) =>
        Assert.Equal((VarintStatus)status, Varint.Read(Convert.FromHexString(hex), out _, out _));

    [Theory]
    [InlineData(0UL, "00")]
    [InlineData(127UL, "7f")]
    [InlineData(128UL, "8001")]
    [InlineData(406UL, "9603")]
    [InlineData((ulong)long.MaxValue, "ffffffffffffffff7f")]
    public void Values_have_their_bytes(ulong value, string hex)
    {
        var bytes = new byte[9];
        Assert.Equal(hex, Convert.ToHexStringLower(bytes[..Varint.Write(bytes, value)]));
        Assert.Equal(hex.Length / 2, Varint.Size(value));
    }

    [Fact]
    public void More_than_63_bits_are_not_written() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Varint.Write(new byte[10], (ulong)long.MaxValue + 1));

    [Fact]
    public void Any_value_comes_back() =>
        Prop.ForAll<ulong, byte>((number, shift) =>
        {
            var value = number * 0x9e3779b97f4a7c15 >> ((shift % 63) + 1);
            var bytes = new byte[10];
            var size = Varint.Write(bytes, value);
            return Varint.Read(bytes, out var read, out var sizeRead) == VarintStatus.Ok && read == value && sizeRead == size && size == Varint.Size(value);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
}
