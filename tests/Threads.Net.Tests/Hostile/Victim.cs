using System.Net;
using System.Net.Sockets;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Multistream;
using Threads.Net.Noise;
using Threads.Net.OracleHost;
using Threads.Net.Tests.Yamux;

namespace Threads.Net.Tests.Hostile;

/// <summary>A peer that is attacked, and an honest one that is connected with it and must not notice.</summary>
internal sealed class Victim : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly List<IDisposable> _open = [];

    private Victim(ThreadsPeer peer, ThreadsPeer honest, RefusalLog log) => (Peer, Honest, Log) = (peer, honest, log);

    public ThreadsPeer Peer { get; }

    public ThreadsPeer Honest { get; }

    public RefusalLog Log { get; }

    public static async Task<Victim> StartAsync(Func<ThreadsPeerOptions, ThreadsPeerOptions>? change = null)
    {
        var log = new RefusalLog();
        ThreadsPeerOptions options = new() { Listen = ["/ip4/127.0.0.1/tcp/0"], LoggerFactory = log };
        var peer = await ThreadsPeer.StartAsync(change?.Invoke(options) ?? options);
        foreach (var protocol in OracleProtocol.All)
        {
            peer.AddHandler(protocol);
        }

        var honest = await ThreadsPeer.StartAsync(new() { Gossip = null });
        await honest.DialAsync(peer.DialableAddresses[0]);
        return new(peer, honest, log);
    }

    /// <summary>Another peer of ours, to misbehave on its streams.</summary>
    public async Task<(ThreadsPeer Attacker, PeerConnection Connection)> DialByPeerAsync(ThreadsPeerOptions? options = null)
    {
        var attacker = await ThreadsPeer.StartAsync(options ?? new() { Gossip = null });
        _open.Add(new Closing(attacker));
        return (attacker, await attacker.DialAsync(Peer.DialableAddresses[0]));
    }

    /// <summary>The victim's side of the connection with a peer.</summary>
    public async Task<PeerConnection> SideAsync(PeerId peer)
    {
        for (var i = 0; i < 3000 && Peer.FindConnection(peer) is null; i++)
        {
            await Task.Delay(10);
        }

        return Peer.FindConnection(peer)!;
    }

    /// <summary>A socket; nothing said yet.</summary>
    public async Task<NetworkStream> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, int.Parse(Peer.Addresses[0].Parts[1].Value!, System.Globalization.CultureInfo.InvariantCulture));
        var stream = new NetworkStream(socket, ownsSocket: true);
        _open.Add(stream);
        return stream;
    }

    /// <summary>Secured by Noise in order; from there on every frame is the attacker's.</summary>
    public async Task<(RawYamux Raw, PeerId Self)> SecureAsync(NetworkStream? over = null)
    {
        var stream = over ?? await ConnectAsync();
        var identity = Ed25519PrivateKey.Generate(SystemRandomSource.Instance);
        var noise = new NoiseSecurity(identity, SystemRandomSource.Instance);
        _open.Add(identity);
        _open.Add(noise);
        await MultistreamSelect.ProposeAsync(stream, [NoiseSecurity.Id], default);
        var channel = await noise.SecureAsync(stream, dialer: true, Peer.Id, default);
        return (new(channel.Stream), PeerId.FromPublicKey(identity.PublicKey));
    }

    /// <summary>The honest peer's connection still carries bytes, and a new one can be made.</summary>
    public async Task AssertOthersUnaffectedAsync(bool dialsAnew = true)
    {
        Assert.True(await Honest.PingAsync(Peer.Id).WaitAsync(Limit) > TimeSpan.Zero);
        await EchoAsync(Honest.FindConnection(Peer.Id)!);
        if (dialsAnew)
        {
            await using var late = await ThreadsPeer.StartAsync(new() { Gossip = null });
            await EchoAsync(await late.DialAsync(Peer.DialableAddresses[0]).WaitAsync(Limit));
        }

        Assert.Empty(Log.Defects);
    }

    public async ValueTask DisposeAsync()
    {
        Enumerable.Reverse(_open).ToList().ForEach(o => o.Dispose());
        await Honest.DisposeAsync();
        await Peer.DisposeAsync();
    }

    private static async Task EchoAsync(PeerConnection connection)
    {
        var sent = new byte[100_000];
        new Random(1).NextBytes(sent);
        await using var stream = await connection.OpenStreamAsync("/threads/oracle/echo/1.0.0").WaitAsync(Limit);
        var writing = stream.WriteAsync(sent).AsTask();
        var back = new byte[sent.Length];
        await stream.ReadExactlyAsync(back).AsTask().WaitAsync(Limit);
        await writing;
        Assert.Equal(sent, back);
    }

    private sealed class Closing(ThreadsPeer peer) : IDisposable
    {
        public void Dispose() => peer.DisposeAsync().AsTask().Wait(Limit);
    }
}
