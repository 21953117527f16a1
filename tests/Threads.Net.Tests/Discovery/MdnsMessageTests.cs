using Threads.Net.Discovery;

namespace Threads.Net.Tests.Discovery;

public sealed class MdnsMessageTests
{
    [Fact]
    public void A_query_is_known_as_one_and_an_answer_brings_its_addresses()
    {
        Assert.True(MdnsMessage.IsQuery(MdnsMessage.Query()));
        string[] addresses = ["/ip4/192.0.2.1/tcp/4006/p2p/12D3KooWNW98jY6oC8EEaFFbYCc24HPRaNAJaEY7eiAvspiAgFak", "/ip4/192.0.2.2/tcp/1"];
        var answer = MdnsMessage.Answer("abcdefghijklmnopqrstuvwxyzabcdefghij", addresses);
        Assert.False(MdnsMessage.IsQuery(answer));
        Assert.Equal(addresses, MdnsMessage.Addresses(answer));
        Assert.Empty(MdnsMessage.Addresses(MdnsMessage.Query()));
    }

    [Fact]
    public void An_answer_with_compressed_names_is_read()
    {
        // Header; PTR _p2p._udp.local → x.<pointer to 12>; TXT of <pointer to the name of the PTR's data> "dnsaddr=/a".
        byte[] service = [4, .. "_p2p"u8, 4, .. "_udp"u8, 5, .. "local"u8, 0];
        byte[] packet =
        [
            0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 1,
            .. service, 0, 12, 0, 1, 0, 0, 0, 120, 0, 4, 1, (byte)'x', 0xC0, 12,
            0xC0, (byte)(12 + service.Length + 10), 0, 16, 0, 1, 0, 0, 0, 120, 0, 11, 10, .. "dnsaddr=/a"u8,
        ];
        Assert.Equal(["/a"], MdnsMessage.Addresses(packet));
    }

    [Fact]
    public void Whatever_is_sent_nothing_is_thrown_and_no_pointer_loops()
    {
        var answer = MdnsMessage.Answer("abcdefghijklmnopqrstuvwxyzabcdefghij", ["/ip4/192.0.2.1/tcp/4006"]);
        for (var i = 0; i < answer.Length; i++)
        {
            _ = MdnsMessage.Addresses(answer.AsSpan(0, i));
            var changed = answer.ToArray();
            foreach (var value in new byte[] { 0, 0x3F, 0xC0, 0xFF })
            {
                changed[i] = value;
                _ = MdnsMessage.Addresses(changed);
                _ = MdnsMessage.IsQuery(changed);
            }
        }

        byte[] loop = [0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xC0, 12, 0, 12, 0, 1, 0, 0, 0, 0, 0, 0];
        Assert.Empty(MdnsMessage.Addresses(loop));
        Assert.Empty(MdnsMessage.Addresses(new byte[9001]));
    }
}
