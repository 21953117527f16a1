using System.Text;
using Threads.Net.Multistream;

namespace Threads.Net.Tests.Multistream;

public sealed class MultistreamSelectTests
{
    private static readonly CancellationToken Soon = new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    [SkippableFact]
    public void Messages_have_the_bytes_js_libp2p_sends()
    {
        foreach (var (text, bytes) in SharedFolder.Oracle["multistream"]!.AsObject())
        {
            Assert.Equal((string)bytes!, Convert.ToHexStringLower(MultistreamMessage.Encode(text)));
        }
    }

    [Fact]
    public async Task The_first_protocol_that_both_have_is_agreed_on_and_what_follows_stays_in_the_stream()
    {
        var (a, b) = DuplexPair.Create();
        var proposing = MultistreamSelect.ProposeAsync(a, ["/x/1", "/y/1"], Soon);
        Assert.Equal("/y/1", await MultistreamSelect.AnswerAsync(b, p => p == "/y/1", Soon));
        Assert.Equal("/y/1", await proposing);

        await a.WriteAsync("next"u8.ToArray(), Soon);
        var next = new byte[4];
        await b.ReadExactlyAsync(next, Soon);
        Assert.Equal("next"u8.ToArray(), next);
    }

    [Fact]
    public async Task Nothing_in_common_is_refused_by_name()
    {
        var (a, b) = DuplexPair.Create();
        var answering = MultistreamSelect.AnswerAsync(b, _ => false, Soon);
        var e = await Assert.ThrowsAsync<ThreadsPeerException>(() => MultistreamSelect.ProposeAsync(a, ["/x/1"], Soon).AsTask());
        Assert.Equal(ThreadsPeerErrorCode.ProtocolNotSupported, e.ErrorCode);
        Assert.Contains("/x/1", e.Message, StringComparison.Ordinal);
        await a.DisposeAsync();
        Assert.Null(await answering);
    }

    [Fact]
    public async Task An_endless_list_of_proposals_is_refused()
    {
        var (a, b) = DuplexPair.Create();
        await a.WriteAsync(MultistreamMessage.Encode(MultistreamMessage.Header), Soon);
        for (var i = 0; i < 11; i++)
        {
            await a.WriteAsync(MultistreamMessage.Encode($"/x/{i}"), Soon);
        }

        var e = await Assert.ThrowsAsync<ThreadsPeerException>(() => MultistreamSelect.AnswerAsync(b, _ => false, Soon).AsTask());
        Assert.Equal(ThreadsPeerErrorCode.ProtocolNotSupported, e.ErrorCode);
    }

    [Theory]
    [InlineData("03616263", ThreadsPeerErrorCode.NegotiationMalformed)] // no newline
    [InlineData("03ff610a", ThreadsPeerErrorCode.NegotiationMalformed)] // no UTF-8
    [InlineData("046162630a", ThreadsPeerErrorCode.NegotiationMalformed)] // not the header first
    [InlineData("8110", ThreadsPeerErrorCode.MessageTooLarge)] // 2,049 bytes announced
    [InlineData("ffffffffffffffffff01", ThreadsPeerErrorCode.MessageTooLarge)]
    [InlineData("8000", ThreadsPeerErrorCode.MessageMalformed)] // a length that is not minimal
    [InlineData("0561", ThreadsPeerErrorCode.MessageMalformed)] // ends inside the message
    [InlineData("", ThreadsPeerErrorCode.NegotiationMalformed)]
    public async Task Malformed_negotiation_is_refused_by_name(string hex, ThreadsPeerErrorCode code)
    {
        var (a, b) = DuplexPair.Create();
        await a.WriteAsync(Convert.FromHexString(hex), Soon);
        await a.DisposeAsync();
        var e = await Assert.ThrowsAsync<ThreadsPeerException>(() => MultistreamSelect.AnswerAsync(b, _ => true, Soon).AsTask());
        Assert.Equal(code, e.ErrorCode);
    }

    [Fact]
    public async Task A_message_of_exactly_1024_bytes_is_taken()
    {
        var (a, b) = DuplexPair.Create();
        var longest = "/" + new string('x', 1022);
        Assert.Equal(1024, Encoding.UTF8.GetByteCount(longest) + 1);
        var proposing = MultistreamSelect.ProposeAsync(a, [longest], Soon);
        Assert.Equal(longest, await MultistreamSelect.AnswerAsync(b, p => p == longest, Soon));
        Assert.Equal(longest, await proposing);
    }
}
