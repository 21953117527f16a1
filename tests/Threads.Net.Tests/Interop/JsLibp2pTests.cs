using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Threads.Net.OracleHost;

namespace Threads.Net.Tests.Interop;

/// <summary>js-libp2p dials us and we dial it, over both transports and both security protocols (shared/interop/libp2p).</summary>
public sealed class JsLibp2pTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    public static TheoryData<string, string> Ways => new()
    {
        { "noise", "" }, { "tls", "" }, { "noise", "/ws" }, { "tls", "/ws" },
    };

    [SkippableTheory]
    [MemberData(nameof(Ways))]
    public async Task Every_check_of_js_libp2p_passes_against_us(string security, string transport)
    {
        _ = NodeOracle.Folder;
        await using var peer = await StartAsync(security, transport);
        foreach (var protocol in OracleProtocol.All)
        {
            peer.AddHandler(protocol);
        }

        peer.Subscribe("threads-oracle/echo", _ => { });
        peer.Subscribe("threads-oracle", d => peer.Publish("threads-oracle/echo", (byte[])[.. "echo:"u8, .. d.Data.Span]));

        await using var oracle = NodeOracle.Start("dial.mjs", peer.DialableAddresses[0].ToString(), "--security", security);
        var code = await oracle.EndAsync(Limit);

        var failed = oracle.Lines.Where(l => l["ok"] is { } ok && !(bool)ok).Select(l => l.ToJsonString());
        Assert.True(code == 0, string.Join('\n', failed.Append(oracle.ErrorText)));
        Assert.Equal(33, (int)oracle.Lines[^1]["ran"]!);
    }

    [SkippableTheory]
    [MemberData(nameof(Ways))]
    public async Task We_dial_js_libp2p_and_it_sees_what_we_did(string security, string transport)
    {
        await using var oracle = NodeOracle.Start("peer.mjs", "--security", security, "--ws");
        var ready = await oracle.ReadAsync(Limit);
        var address = ready!["all"]!.AsArray().Select(a => (string)a!).First(a => a.Contains("/ws", StringComparison.Ordinal) == (transport != ""));
        await using var peer = await StartAsync(security, transport);
        var identified = new TaskCompletionSource<PeerConnection>();
        peer.PeerIdentified += (_, c) => identified.TrySetResult(c);

        var connection = await peer.DialAsync(address);
        Assert.Equal((string)ready["peer"]!, connection.Peer.ToString());
        Assert.Equal(security == "tls" ? "/tls/1.0.0" : "/noise", connection.Security);
        Assert.Contains("/meshsub/1.1.0", (await identified.Task.WaitAsync(Limit)).Protocols);
        Assert.NotNull(connection.ObservedAddress);
        Assert.True(await peer.PingAsync(connection.Peer) > TimeSpan.Zero);

        foreach (var size in new[] { 0, 1, 256 * 1024, 256 * 1024 + 1, 5 * 1024 * 1024 })
        {
            Assert.Equal(Pattern(size), await EchoAsync(connection, size));
        }

        await using (var greet = await connection.OpenStreamAsync("/threads/oracle/greet/1.0.0"))
        {
            await greet.CompleteWritesAsync();
            Assert.Equal("hello from the oracle\n", Encoding.UTF8.GetString(await ReadAllAsync(greet)));
        }

        await using (var sink = await connection.OpenStreamAsync("/threads/oracle/sink/1.0.0"))
        {
            await sink.WriteAsync(Pattern(2_000_003));
            await sink.CompleteWritesAsync();
            Assert.Equal(2_000_003ul, BinaryPrimitives.ReadUInt64BigEndian(await ReadAllAsync(sink)));
        }

        await using (var reset = await connection.OpenStreamAsync("/threads/oracle/reset/1.0.0"))
        {
            await reset.WriteAsync(new byte[1]);
            var e = await Assert.ThrowsAsync<ThreadsPeerException>(() => ReadAllAsync(reset));
            Assert.Equal(ThreadsPeerErrorCode.StreamReset, e.ErrorCode);
        }

        await Assert.ThrowsAsync<ThreadsPeerException>(() => connection.OpenStreamAsync("/threads/oracle/nobody-has-this/1.0.0"));
        var echoes = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => EchoAsync(connection, 10_000 + i)));
        Assert.All(echoes, (bytes, i) => Assert.Equal(Pattern(10_000 + i), bytes));
        await GossipAsync(peer, connection);

        await connection.DisposeAsync();
        Assert.Equal("close", (string)(await UntilAsync(oracle, "close"))["event"]!);
    }

    private static Task<ThreadsPeer> StartAsync(string security, string transport) => ThreadsPeer.StartAsync(new()
    {
        Listen = [$"/ip4/127.0.0.1/tcp/0{transport}"],
        Security = [security == "tls" ? "/tls/1.0.0" : "/noise"],
    });

    private static async Task GossipAsync(ThreadsPeer peer, PeerConnection connection)
    {
        var echo = new TaskCompletionSource<byte[]>();
        peer.Subscribe("threads-oracle/echo", d => echo.TrySetResult(d.Data.ToArray()));
        peer.Subscribe("threads-oracle", _ => { });
        for (var i = 0; i < 200 && !peer.Subscribers("threads-oracle").Contains(connection.Peer); i++)
        {
            await Task.Delay(50);
        }

        Assert.True(peer.Publish("threads-oracle", "hello"u8.ToArray()) > 0);
        Assert.Equal("echo:hello"u8.ToArray(), await echo.Task.WaitAsync(Limit));
    }

    private static async Task<byte[]> EchoAsync(PeerConnection connection, int size)
    {
        await using var stream = await connection.OpenStreamAsync("/threads/oracle/echo/1.0.0");
        var reading = ReadAllAsync(stream);
        await stream.WriteAsync(Pattern(size));
        await stream.CompleteWritesAsync();
        return await reading;
    }

    private static async Task<byte[]> ReadAllAsync(PeerStream stream)
    {
        var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes).WaitAsync(Limit);
        return bytes.ToArray();
    }

    private static byte[] Pattern(int size)
    {
        var bytes = new byte[size];
        for (var i = 0; i < size; i++)
        {
            bytes[i] = (byte)(i % 251);
        }

        return bytes;
    }

    private static async Task<JsonNode> UntilAsync(NodeOracle oracle, string name)
    {
        while (true)
        {
            var line = await oracle.ReadAsync(Limit) ?? throw new InvalidOperationException($"The oracle ended without '{name}'.");
            if ((string?)line["event"] == name)
            {
                return line;
            }
        }
    }
}
