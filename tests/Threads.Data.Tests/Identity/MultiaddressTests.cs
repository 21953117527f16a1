using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Identity;

namespace Threads.Data.Tests.Identity;

public class MultiaddressTests
{
    private const string Peer = "12D3KooWEHtAMA9ED4WLipUpKA5SsPdagiQ91Q8gu8RKL9D2wsMm";
    private const string Thread = "bafkxd5bjgi6k4zivuoyxo4ua4mzyy";

    [SkippableFact]
    public void Addresses_of_the_npm_package_are_read_and_written()
    {
        foreach (var entry in Vectors.List("threads-multiaddrs.json", "good"))
        {
            var address = Multiaddress.Parse(entry.Text("text"));
            Assert.Equal(entry.Text("bytes"), Convert.ToHexStringLower(address.Bytes));
            Assert.Equal(entry.Text("backText"), address.ToString());
            Assert.Equal(address, Multiaddress.FromBytes(entry.Hex("bytes")));
            Assert.Equal(entry.Text("backText"), Multiaddress.FromBytes(entry.Hex("bytes")).ToString());
        }
    }

    [SkippableFact]
    public void Bad_texts_are_refused()
    {
        foreach (var entry in Vectors.List("threads-multiaddrs.json", "bad"))
            Assert.False(Multiaddress.TryParse(entry.Text("text"), out _), entry.Text("name"));
    }

    [Theory]
    [InlineData("/ip4/1.2.3.4/tcp/80", "04010203040600 50")]
    [InlineData("/ip6/2001:db8::1/udp/65535/quic-v1", "2920010db8000000000000000000000001 9102ffff cd03")]
    [InlineData("/dns/example.org/tcp/443/tls/ws", "350b6578616d706c652e6f7267 0601bb c003 dd03")]
    [InlineData("/dns4/a/tcp/0/wss", "360161 060000 de03")]
    [InlineData("/dns6/a/https", "370161 bb03")]
    [InlineData("/dnsaddr/a/http", "380161 e003")]
    [InlineData("/ip4/1.2.3.4/udp/1/quic/p2p-circuit", "0401020304 91020001 cc03 a202")]
    [InlineData("/unix/a/b/c", "9003062f612f622f63")]
    [InlineData("/ip4/1.2.3.4/tcp/1/noise", "0401020304 060001 c603")]
    [InlineData("/tls/sni/a", "c003 c1030161")]
    public void Every_protocol_has_its_bytes(string text, string hex)
    {
        var address = Multiaddress.Parse(text);
        Assert.Equal(hex.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexStringLower(address.Bytes));
        Assert.Equal(text, address.ToString());
        Assert.Equal(address, Multiaddress.FromBytes(address.Bytes));
    }

    [Fact]
    public void The_parts_are_told_apart()
    {
        var address = Multiaddress.Parse($"/ip4/127.0.0.1/tcp/4006/p2p/{Peer}/thread/{Thread}");
        Assert.Equal(
            [new("ip4", "127.0.0.1"), new("tcp", "4006"), new("p2p", Peer), new("thread", Thread)],
            address.Parts);
        Assert.Equal(PeerId.Parse(Peer), address.Peer);
        Assert.Equal(ThreadId.Parse(Thread), address.Thread);
        Assert.Null(address.Log);
        Assert.Null(Multiaddress.Parse("/tls").Parts[0].Value);
        Assert.Null(Multiaddress.Parse("/tls").Peer);
    }

    // T-LOG-5
    [Fact]
    public void A_log_stands_behind_its_peer_and_the_old_name_is_read()
    {
        var log = LogId.Parse(Peer);
        var address = Multiaddress.Parse($"/ip4/127.0.0.1/tcp/1234/p2p/{Peer}/log/{log}");
        Assert.Equal(log, address.Log);
        Assert.Equal(address, Multiaddress.FromBytes(address.Bytes));
        Assert.Equal(address, Multiaddress.Parse($"/ip4/127.0.0.1/tcp/1234/p2p/{Peer}/ipel/{log}"));
        Assert.Equal($"/p2p/{Peer}/log/{log}", Multiaddress.ForPeer(PeerId.Parse(Peer)).Append(log).ToString());
    }

    [Fact]
    public void The_peer_behind_a_relay_is_the_one_the_address_leads_to()
    {
        var relay = PeerId.FromPublicKey(new byte[32]);
        Assert.Equal(PeerId.Parse(Peer), Multiaddress.Parse($"/ip4/1.2.3.4/tcp/1/p2p/{relay}/p2p-circuit/p2p/{Peer}").Peer);
    }

    [Fact]
    public void Older_and_other_spellings_give_the_same_address()
    {
        Assert.Equal(Multiaddress.Parse($"/p2p/{Peer}"), Multiaddress.Parse($"/ipfs/{Peer}"));
        Assert.Equal(Multiaddress.Parse($"/p2p/{Peer}"), Multiaddress.Parse($"/p2p/{PeerId.Parse(Peer).ToCidText()}"));
        Assert.Equal(Multiaddress.Parse("/ip6/::1"), Multiaddress.Parse("/ip6/0:0:0:0:0:0:0:1"));
        Assert.Equal(Multiaddress.Parse("/ip6/::ffff:1.2.3.4"), Multiaddress.Parse("/ip6/::FFFF:102:304"));
        Assert.Equal(Multiaddress.Parse($"/p2p/{Peer}").GetHashCode(), Multiaddress.Parse($"/ipfs/{Peer}").GetHashCode());
        Assert.False(Multiaddress.Parse("/tls").Equals(null));
    }

    [Fact]
    public void Addresses_are_put_together()
    {
        var host = Multiaddress.Parse("/ip4/1.2.3.4/tcp/4006");
        var address = host.Append(Multiaddress.ForPeer(PeerId.Parse(Peer))).Append(ThreadId.Parse(Thread));
        Assert.Equal($"/ip4/1.2.3.4/tcp/4006/p2p/{Peer}/thread/{Thread}", address.ToString());
        Assert.Throws<FormatException>(() => Multiaddress.Parse("/unix/a").Append(host));
    }

    [Theory]
    [InlineData("", MultiaddressError.Empty)]
    [InlineData("ip4/127.0.0.1", MultiaddressError.MissingSlash)]
    [InlineData("/", MultiaddressError.UnknownProtocol)]
    [InlineData("//tls", MultiaddressError.UnknownProtocol)]
    [InlineData("/fish/1", MultiaddressError.UnknownProtocol)]
    [InlineData("/TCP/1", MultiaddressError.UnknownProtocol)]
    [InlineData("/tls/", MultiaddressError.UnknownProtocol)]
    [InlineData("/tcp", MultiaddressError.MissingValue)]
    [InlineData("/tcp/", MultiaddressError.MissingValue)]
    [InlineData("/unix", MultiaddressError.MissingValue)]
    [InlineData("/tcp//tls", MultiaddressError.InvalidValue)]
    [InlineData("/tcp/70000", MultiaddressError.InvalidValue)]
    [InlineData("/tcp/-1", MultiaddressError.InvalidValue)]
    [InlineData("/tcp/+1", MultiaddressError.InvalidValue)]
    [InlineData("/tcp/01", MultiaddressError.InvalidValue)]
    [InlineData("/tcp/ 1", MultiaddressError.InvalidValue)]
    [InlineData("/tcp/\u0661", MultiaddressError.InvalidValue)]
    [InlineData("/ip4/1.2.3", MultiaddressError.InvalidValue)]
    [InlineData("/ip4/1.2.3.4.5", MultiaddressError.InvalidValue)]
    [InlineData("/ip4/1.2.3.256", MultiaddressError.InvalidValue)]
    [InlineData("/ip4/01.2.3.4", MultiaddressError.InvalidValue)]
    [InlineData("/ip4/0x7f.0.0.1", MultiaddressError.InvalidValue)]
    [InlineData("/ip4/::1", MultiaddressError.InvalidValue)]
    [InlineData("/ip6/1.2.3.4", MultiaddressError.InvalidValue)]
    [InlineData("/ip6/[::1]", MultiaddressError.InvalidValue)]
    [InlineData("/ip6/fe80::1%eth0", MultiaddressError.InvalidValue)]
    [InlineData("/ip6/:::", MultiaddressError.InvalidValue)]
    [InlineData("/dns4/a\0b", MultiaddressError.InvalidValue)]
    [InlineData("/p2p/xyz", MultiaddressError.InvalidValue)]
    [InlineData("/thread/xyz", MultiaddressError.InvalidValue)]
    [InlineData("/thread/bajky6wcllgarmziloibv774zlpqfqqavzks36m2rmoy6iudtxdaxtha", MultiaddressError.InvalidValue)]
    [InlineData("/log/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN", MultiaddressError.InvalidValue)]
    public void Each_refusal_of_text_has_its_name(string text, object error)
    {
        Assert.Equal((MultiaddressError)error, Multiaddress.TryReadText(text, out _, out _));
        Assert.False(Multiaddress.TryParse(text, out _));
        Assert.Contains($"'{text}'", Assert.Throws<FormatException>(() => Multiaddress.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", MultiaddressError.Empty)]
    [InlineData("ff", MultiaddressError.Truncated)]
    [InlineData("04010203", MultiaddressError.Truncated)]
    [InlineData("06", MultiaddressError.Truncated)]
    [InlineData("350361", MultiaddressError.Truncated)]
    [InlineData("35", MultiaddressError.Truncated)]
    [InlineData("8600", MultiaddressError.InvalidVarint)]
    [InlineData("35810061", MultiaddressError.InvalidVarint)]
    [InlineData("ffffffffffffffffff01", MultiaddressError.InvalidVarint)]
    [InlineData("07", MultiaddressError.UnknownProtocol)]
    [InlineData("ffffffff7f", MultiaddressError.UnknownProtocol)]
    [InlineData("3500", MultiaddressError.InvalidValue)]
    [InlineData("35012f", MultiaddressError.InvalidValue)]
    [InlineData("3501ff", MultiaddressError.InvalidValue)]
    [InlineData("90030161", MultiaddressError.InvalidValue)]
    [InlineData("9003022f6106", MultiaddressError.InvalidValue)]
    [InlineData("a50300", MultiaddressError.InvalidValue)]
    [InlineData("960300", MultiaddressError.InvalidValue)]
    [InlineData("35ffffffffffffffff7f", MultiaddressError.Truncated)]
    public void Each_refusal_of_bytes_has_its_name(string hex, object error)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal((MultiaddressError)error, Multiaddress.TryRead(bytes, out _, out _));
        Assert.False(Multiaddress.TryFromBytes(bytes, out _));
        Assert.Contains($"'{hex}'", Assert.Throws<FormatException>(() => Multiaddress.FromBytes(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_not_Unicode_is_refused() =>
        Assert.Equal(MultiaddressError.InvalidValue, Multiaddress.TryReadText("/dns4/\ud800", out _, out _));

    [Fact]
    public void Addresses_beyond_the_limit_are_refused()
    {
        Assert.Equal(MultiaddressError.TooLong, Multiaddress.TryReadText("/dns/" + new string('a', 2048), out _, out _));
        Assert.Equal(MultiaddressError.TooLong, Multiaddress.TryRead(new byte[2049], out _, out _));
    }

    [Fact]
    public void Garbage_never_crashes_and_what_is_read_is_written_the_same() =>
        Prop.ForAll<byte[], string>((bytes, text) =>
        {
            Multiaddress.TryParse(text, out _);
            if (Multiaddress.TryParse("/dns/" + text, out var fromText) && !fromText.Equals(Multiaddress.Parse(fromText.ToString())))
                return false;
            return !Multiaddress.TryFromBytes(bytes, out var address)
                || (address.Bytes.SequenceEqual(bytes) && address.Equals(Multiaddress.Parse(address.ToString())));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
}
