using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Threads.Net.Multistream;

namespace Threads.Net.Tests.Hostile;

/// <summary>Peers that lie before there is a connection: on the socket, in the negotiation, in the Noise and TLS handshakes.</summary>
public sealed class HandshakeAttackTests
{
    private static readonly byte[] Noise = MultistreamMessage.Encode(MultistreamMessage.Header, "/noise");
    private static readonly byte[] Tls = MultistreamMessage.Encode(MultistreamMessage.Header, "/tls/1.0.0");

    [Theory]
    [InlineData("03616263", ThreadsPeerErrorCode.NegotiationMalformed)] // no newline
    [InlineData("04ff61620a", ThreadsPeerErrorCode.NegotiationMalformed)] // no UTF-8
    [InlineData("474554202f20485454502f312e310d0a0d0a", ThreadsPeerErrorCode.MessageMalformed)] // an HTTP request
    [InlineData("ffffffffffffffffff01", ThreadsPeerErrorCode.MessageTooLarge)] // a length without end
    [InlineData("ff7f", ThreadsPeerErrorCode.MessageTooLarge)] // 16,383 bytes announced
    [InlineData("8000", ThreadsPeerErrorCode.MessageMalformed)] // a length that is not minimal
    [InlineData("132f6d756c", ThreadsPeerErrorCode.MessageMalformed)] // cut off
    [InlineData("", ThreadsPeerErrorCode.NegotiationMalformed)] // nothing at all
    public async Task A_malformed_truncated_or_oversized_negotiation_is_refused_and_closed(string hex, ThreadsPeerErrorCode code)
    {
        await using var victim = await Victim.StartAsync();
        var stream = await victim.ConnectAsync();
        await stream.WriteAsync(Convert.FromHexString(hex));
        stream.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        await AssertClosedAsync(stream);
        Assert.Equal(code, (await victim.Log.WaitAsync(code)).ErrorCode);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Fact]
    public async Task Endless_proposals_are_refused_after_ten()
    {
        await using var victim = await Victim.StartAsync();
        var stream = await victim.ConnectAsync();
        var all = Enumerable.Range(0, 1000).SelectMany(i => MultistreamMessage.Encode($"/no/{i}")).ToArray();
        await SendAsync(stream, [.. MultistreamMessage.Encode(MultistreamMessage.Header), .. all]);
        await AssertClosedAsync(stream);
        await victim.Log.WaitAsync(ThreadsPeerErrorCode.ProtocolNotSupported);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Theory]
    [InlineData("ffff", "", ThreadsPeerErrorCode.HandshakeFailed)] // 65,535 bytes announced where 4,096 are enough
    [InlineData("0000", "", ThreadsPeerErrorCode.HandshakeFailed)] // an empty first message
    [InlineData("0020", "00000000000000000000000000000000", ThreadsPeerErrorCode.MessageMalformed)] // cut off
    [InlineData("0020", "0000000000000000000000000000000000000000000000000000000000000000", ThreadsPeerErrorCode.HandshakeFailed)] // a key of small order
    public async Task A_malformed_truncated_or_oversized_noise_message_is_refused_and_closed(string length, string message, ThreadsPeerErrorCode code)
    {
        await using var victim = await Victim.StartAsync();
        var stream = await victim.ConnectAsync();
        await stream.WriteAsync((byte[])[.. Noise, .. Convert.FromHexString(length), .. Convert.FromHexString(message)]);
        stream.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        await AssertClosedAsync(stream);
        await victim.Log.WaitAsync(code);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Fact]
    public async Task A_noise_handshake_whose_last_message_is_noise_is_refused_and_closed()
    {
        await using var victim = await Victim.StartAsync();
        var stream = await victim.ConnectAsync();
        var key = new byte[32];
        key[0] = 9;
        await stream.WriteAsync((byte[])[.. Noise, 0, 32, .. key]);
        await stream.WriteAsync((byte[])[0, 200, .. RandomNumberGenerator.GetBytes(200)]);
        await AssertClosedAsync(stream);
        await victim.Log.WaitAsync(ThreadsPeerErrorCode.HandshakeFailed);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Fact]
    public async Task Bytes_that_are_no_TLS_are_refused_and_closed()
    {
        await using var victim = await Victim.StartAsync();
        foreach (var bytes in new byte[][] { [], [22, 3, 3, 255, 255], RandomNumberGenerator.GetBytes(5000), Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n") })
        {
            victim.Log.Clear();
            var stream = await victim.ConnectAsync();
            await SendAsync(stream, [.. Tls, .. bytes]);
            stream.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            await AssertClosedAsync(stream);
            await victim.Log.WaitAsync(ThreadsPeerErrorCode.HandshakeFailed);
        }

        await victim.AssertOthersUnaffectedAsync();
    }

    [Fact]
    public async Task A_TLS_certificate_that_proves_nobody_is_refused_and_closed()
    {
        await using var victim = await Victim.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        foreach (var shown in new[] { certificate, null })
        {
            victim.Log.Clear();
            var stream = await victim.ConnectAsync();
            await MultistreamSelect.ProposeAsync(stream, ["/tls/1.0.0"], default);
            await using var tls = new SslStream(stream);
            try
            {
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = "",
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [new("/yamux/1.0.0")],
                    ClientCertificates = shown is null ? null : [shown],
                    LocalCertificateSelectionCallback = shown is null ? null : (_, _, _, _, _) => shown,
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                });
                await AssertClosedAsync(tls);
            }
            catch (Exception e) when (e is AuthenticationException or IOException)
            {
                // TLS 1.3 lets the client believe it is done before the server has judged: either way it is closed.
                Assert.NotNull(e);
            }

            await victim.Log.WaitAsync(ThreadsPeerErrorCode.HandshakeFailed);
        }

        await victim.AssertOthersUnaffectedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handshake_of_one_byte_a_second_is_cut_off_after_its_time(bool isNoise)
    {
        var time = new ManualTime();
        await using var victim = await Victim.StartAsync(o => o with { TimeProvider = time });
        var stream = await victim.ConnectAsync();
        var (slow, seconds) = (isNoise ? [.. Noise, 0, 32, .. new byte[32]] : Noise, 0);
        var start = isNoise ? Noise.Length : 0;
        await stream.WriteAsync(slow.AsMemory(0, start));
        var closed = AssertClosedAsync(stream);
        for (var at = start; at < slow.Length && !closed.IsCompleted; at++, seconds++)
        {
            try
            {
                await stream.WriteAsync(slow.AsMemory(at, 1));
            }
            catch (IOException)
            {
                break;
            }

            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }

        time.Advance(TimeSpan.FromSeconds(1));
        await closed;
        Assert.True(seconds < slow.Length, "It was cut off before it was done.");
        await victim.Log.WaitAsync(ThreadsPeerErrorCode.NegotiationTimeout);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Fact]
    public async Task Those_who_stall_in_the_handshake_give_way_to_those_who_come()
    {
        var time = new ManualTime();
        await using var victim = await Victim.StartAsync(o => o with { TimeProvider = time, MaxUpgrades = 8 });
        var stalled = new List<Stream>();
        for (var i = 0; i < 8; i++)
        {
            stalled.Add(await victim.ConnectAsync());
            await stalled[i].WriteAsync(Noise);
            await stalled[i].ReadExactlyAsync(new byte[1]);
        }

        // All places are taken and nobody has had a second yet: whoever comes now is turned away.
        await AssertClosedAsync(await victim.ConnectAsync());
        time.Advance(TimeSpan.FromSeconds(2));
        await victim.AssertOthersUnaffectedAsync();
        await AssertClosedAsync(stalled[0]);
    }

    [Fact]
    public async Task A_web_socket_upgrade_without_end_or_of_text_is_refused_and_closed()
    {
        await using var victim = await Victim.StartAsync(o => o with { Listen = ["/ip4/127.0.0.1/tcp/0/ws"] });
        foreach (var (text, code) in new[]
        {
            ("GET / HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat("X-Long: 0123456789\r\n", 1000)), ThreadsPeerErrorCode.MessageTooLarge),
            ("POST / HTTP/1.1\r\n\r\n", ThreadsPeerErrorCode.HandshakeFailed),
            ("GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", ThreadsPeerErrorCode.HandshakeFailed),
            ("GET / HTT", ThreadsPeerErrorCode.HandshakeFailed),
        })
        {
            victim.Log.Clear();
            var stream = await victim.ConnectAsync();
            await SendAsync(stream, Encoding.ASCII.GetBytes(text));
            stream.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            await AssertClosedAsync(stream);
            await victim.Log.WaitAsync(code);
        }

        // A masked text frame "abcd" behind a proper upgrade.
        victim.Log.Clear();
        var web = await victim.ConnectAsync();
        await web.WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
        await web.WriteAsync((byte[])[0x81, 0x84, 0, 0, 0, 0, .. "abcd"u8]);
        await AssertClosedAsync(web);
        await victim.Log.WaitAsync(ThreadsPeerErrorCode.MessageMalformed);
        await victim.AssertOthersUnaffectedAsync();
    }

    /// <summary>The victim may close while we still write.</summary>
    private static async Task SendAsync(Stream stream, byte[] bytes)
    {
        try
        {
            await stream.WriteAsync(bytes);
        }
        catch (IOException)
        {
            Assert.NotEmpty(bytes);
        }
    }

    private static async Task AssertClosedAsync(Stream stream)
    {
        var rest = new byte[4096];
        using var limit = new CancellationTokenSource(Victim.Limit);
        try
        {
            while (await stream.ReadAsync(rest, limit.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            Assert.False(limit.IsCancellationRequested);
        }
    }
}
