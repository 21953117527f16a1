using System.Text;
using Google.Protobuf;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Fuzzing;
using Threads.Net.Connections;
using Threads.Net.Discovery;
using Threads.Net.Gossip;
using Threads.Net.Multistream;
using Threads.Net.Noise;
using Threads.Net.Protobuf;
using Threads.Net.Protocols;
using Threads.Net.Sync;
using Threads.Net.Tls;
using Threads.Net.Transports;
using Threads.Net.Wire;
using Threads.Net.Yamux;
using Xunit.Abstractions;

namespace Threads.Net.Tests.Fuzzing;

/// <summary>Every decoder of what a peer may send, with inputs that nobody thought of.</summary>
public sealed class DecoderFuzzTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Zeros = new byte[32];

    private readonly Ed25519PrivateKey _identity = new([.. Enumerable.Repeat((byte)7, 32)]);
    private readonly PeerId _self;
    private readonly Fuzzer _fuzzer;

    public DecoderFuzzTests(ITestOutputHelper output) => (_fuzzer, _self) = (new(output), PeerId.FromPublicKey(_identity.PublicKey));

    [Fact]
    public void Multistream() => _fuzzer.Run("multistream-select",
        [MultistreamMessage.Encode(MultistreamMessage.Header, "/a/1"), MultistreamMessage.Encode(MultistreamMessage.Header, "/b/1", "ls", "/a/1")],
        bytes => Wait(MultistreamSelect.AnswerAsync(new Given(bytes), p => p == "/a/1", default)) ?? "gave up", e => e is ThreadsPeerException);

    [Fact]
    public void Multistream_answers() => _fuzzer.Run("multistream-select, the other side", [MultistreamMessage.Encode(MultistreamMessage.Header, "na", "/b/1")],
        bytes => Wait(MultistreamSelect.ProposeAsync(new Given(bytes), ["/a/1", "/b/1"], default)), e => e is ThreadsPeerException);

    [Fact]
    public void Length_prefixed() => _fuzzer.Run("length prefix", [LengthPrefixed.Frame(new byte[10]), LengthPrefixed.Frame(new byte[300])],
        bytes => Wait(LengthPrefixed.ReadAsync(new Given(bytes), 1 << 30, default)) is { } message ? "a message" : "the end", e => e is ThreadsPeerException);

    [Fact]
    public void Noise_handshake()
    {
        using X25519PrivateKey ours = new([.. Enumerable.Repeat((byte)1, 32)]), theirs = new([.. Enumerable.Repeat((byte)2, 32)]);
        using var initiator = new NoiseHandshake(true, theirs, Ephemeral(4));
        var first = initiator.Write([]);
        byte[] third;
        using (var responder = new NoiseHandshake(false, ours, Ephemeral(3)))
        {
            _ = responder.Read(first);
            _ = initiator.Read(responder.Write([1]));
            third = initiator.Write([2, 3]);
        }

        _fuzzer.Run("Noise handshake", [(byte[])[.. first, .. third]], bytes =>
        {
            using var responder = new NoiseHandshake(false, ours, Ephemeral(3));
            _ = responder.Read(bytes.AsSpan(0, Math.Min(32, bytes.Length)));
            _ = responder.Write([1]);
            return $"payload of {responder.Read(bytes.AsSpan(Math.Min(32, bytes.Length))).Length}";
        }, e => e is ThreadsPeerException, share: 0.25);

        static X25519PrivateKey Ephemeral(byte value) => new([.. Enumerable.Repeat(value, 32)]);
    }

    [Fact]
    public void Noise_channel()
    {
        using var seal = new NoiseCipher(Zeros);
        var message = new byte[2 + 20 + NoiseCipher.TagBytes];
        message[1] = 36;
        seal.Encrypt(new byte[20], message.AsSpan(2));
        _fuzzer.Run("Noise channel", [message], bytes =>
        {
            using var stream = new NoiseStream(new Given(bytes), new(Zeros), new(Zeros));
            return $"{Wait(stream.ReadAsync(new byte[100]))} bytes";
        }, e => e is ThreadsPeerException, freeBytes: 512 * 1024);
    }

    [Fact]
    public void Certificates()
    {
        using var certificate = PeerCertificate.Create(_identity, Now);
        _fuzzer.Run("TLS certificate", [certificate.RawData], bytes =>
        {
            using var loaded = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(bytes);
            return PeerCertificate.Verify(loaded, null, Now) == _self ? "taken" : "somebody else";
        }, e => e is ThreadsPeerException or System.Security.Cryptography.CryptographicException, share: 0.25);
    }

    [Fact]
    public void Keys() => _fuzzer.Run("public key", [PeerKeys.Encode(_identity.PublicKey)], bytes =>
    {
        Assert.Equal(PeerKeys.PeerOf(bytes), PeerKeys.PeerOf(bytes));
        return PeerKeys.Verify(bytes, [1], new byte[64]) ? "verified" : "not signed by it";
    }, e => e is ThreadsPeerException);

    [Fact]
    public void Yamux_frames()
    {
        var time = new ManualTime();
        var valid = new[]
        {
            Frames((new(YamuxType.WindowUpdate, YamuxFlags.Syn, 1, 0), []), (new(YamuxType.Data, 0, 1, 4), [1, 2, 3, 4]), (new(YamuxType.Data, YamuxFlags.Fin, 1, 0), [])),
            Frames((new(YamuxType.Ping, YamuxFlags.Syn, 0, 5), []), (new(YamuxType.Data, YamuxFlags.Syn, 3, 2), [1, 2]), (new(YamuxType.WindowUpdate, YamuxFlags.Rst, 3, 0), [])),
            Frames((new(YamuxType.Data, YamuxFlags.Syn, 1, 1), [1]), (new(YamuxType.WindowUpdate, 0, 1, 100_000), []), (new(YamuxType.GoAway, 0, 0, 0), [])),
        };
        _fuzzer.Run("yamux", valid, bytes =>
        {
            var connection = new YamuxConnection(new Given(bytes), client: false, _ => { }, new(), time);
            connection.Start();
            // A broken rule waits for its go-away to be written, and nobody here minds.
            connection.Closed.WaitAsync(TimeSpan.FromSeconds(60)).GetAwaiter().GetResult();
            var inner = connection.Failure!.InnerException;
            Assert.True(inner is null or IOException or ObjectDisposedException, inner?.ToString());
            return $"{connection.Failure.ErrorCode} {connection.Failure.Message}";
        }, _ => false, share: 0.25, freeBytes: 1024 * 1024);

        static byte[] Frames(params (YamuxFrame Frame, byte[] Body)[] frames)
        {
            var all = new List<byte>();
            foreach (var (frame, body) in frames)
            {
                var header = new byte[YamuxFrame.SizeBytes];
                frame.Write(header);
                all.AddRange([.. header, .. body]);
            }

            return [.. all];
        }
    }

    [Fact]
    public void Peer_records() => _fuzzer.Run("signed peer record", [PeerRecords.Seal(_identity, [Multiaddress.Parse("/ip4/127.0.0.1/tcp/4006")], Now)],
        bytes => $"{PeerRecords.Open(bytes).Addresses.Count} addresses", e => e is ThreadsPeerException, share: 0.5);

    [Fact]
    public void Gossip_messages() => _fuzzer.Run("gossip message", [SignedMessage.Create(_identity, "t", [1, 2, 3], 5).Bytes.ToByteArray()],
        bytes => SignedMessage.TryRead(ByteString.CopyFrom(bytes), 256, out var reason) is null ? reason : "taken", _ => false);

    [Fact]
    public void Gossip_RPCs()
    {
        var message = SignedMessage.Create(_identity, "t", [1], 5);
        var id = ByteString.CopyFrom(message.Id.Bytes);
        var rpc = new GossipRpc
        {
            Subscriptions = { new GossipRpc.Types.SubOpts { Subscribe = true, Topic = "t" } },
            Publish = { message.Bytes },
            Control = new()
            {
                Ihave = { new GossipControl.Types.IHave { Topic = "t", MessageIds = { id } } },
                Iwant = { new GossipControl.Types.IWant { MessageIds = { id } } },
                Graft = { new GossipControl.Types.Graft { Topic = "t" } },
                Prune = { new GossipControl.Types.Prune { Topic = "t", Backoff = 5, Peers = { new GossipControl.Types.PeerInfo { PeerId = ByteString.CopyFrom(_self.Bytes) } } } },
            },
        };
        _fuzzer.Run("gossip RPC", [rpc.ToByteArray(), new GossipRpc { Control = rpc.Control }.ToByteArray()], bytes =>
        {
            using var own = new Ed25519PrivateKey([.. Enumerable.Repeat((byte)9, 32)]);
            var router = new GossipRouter(own, new(), new SeededGenerator(1), 1);
            router.Subscribe("t", null, Now);
            router.AddPeer(_self, isOutbound: false);
            var isWelcome = router.Receive(_self, bytes, Now);
            router.Heartbeat(Now.AddSeconds(1));
            return $"{isWelcome} {router.Deliveries.Count} {router.Outgoing.Count} {router.MeshPeers("t").Count} {router.Score(_self)}";
        }, _ => false, share: 0.4);
    }

    [Fact]
    public void Mdns() => _fuzzer.Run("mDNS", [MdnsMessage.Query(), MdnsMessage.Answer("abcdefghijklmnopqrstuvwxyzabcdefghij", ["/ip4/192.0.2.1/tcp/4006", "/ip4/192.0.2.2/tcp/1"])],
        bytes => $"{MdnsMessage.IsQuery(bytes)} {MdnsMessage.Addresses(bytes).Count}", _ => false);

    [Fact]
    public void Identify_messages()
    {
        var message = new Identify { PublicKey = ByteString.CopyFrom(PeerKeys.Encode(_identity.PublicKey)), AgentVersion = "x", ObservedAddr = ByteString.CopyFrom(Multiaddress.Parse("/ip4/1.2.3.4/tcp/5").Bytes) };
        message.Protocols.Add("/a/1");
        _fuzzer.Run("identify", [LengthPrefixed.Frame(message.ToByteArray()), [.. LengthPrefixed.Frame(message.ToByteArray()), .. LengthPrefixed.Frame(message.ToByteArray())]],
            bytes => $"{Wait(IdentifyProtocol.ReadAsync(new Given(bytes), default)).Protocols.Count} protocols", e => e is ThreadsPeerException);
    }

    [Fact]
    public void Sync_frames()
    {
        using var key = ThreadKey.NewRandom();
        var proof = new ThreadProof(ThreadId.NewRandom(), key);
        var frames = new[]
        {
            new SyncFrame { Hello = new Hello { Tag = ByteString.CopyFrom(proof.TagAt(_self)), Sealed = ByteString.CopyFrom(proof.Seal("heads", _self, _self, isAnswer: false, SystemRandomSource.Instance)) } },
            new SyncFrame { Page = new Page { Car = ByteString.CopyFrom(new byte[50]) } },
            new SyncFrame { Heads = new Heads { Heads_ = "gA", Pages = 3 } },
            new SyncFrame { Refusal = new Refusal { Code = 5, Text = "no" } },
        };
        _fuzzer.Run("sync frame", frames.Select(f => f.ToByteArray()), bytes =>
        {
            var frame = SyncSession.ParseFrame(bytes, _self);
            if (PageFrame.TryRead(bytes, out var car))
            {
                Assert.Equal(frame.Page.Car.ToByteArray(), car.ToArray());
            }

            var said = frame.KindCase switch
            {
                SyncFrame.KindOneofCase.Hello => proof.Open(frame.Hello.Sealed.Span, _self, _self, isAnswer: false),
                SyncFrame.KindOneofCase.Heads => SyncSession.Parse(frame.Heads.Heads_, _self).Heads.Count.ToString(System.Globalization.CultureInfo.InvariantCulture),
                _ => null,
            };
            return $"{frame.KindCase} {said}";
        }, e => e is ThreadsPeerException);
    }

    [Fact]
    public void WebSocket_upgrades() => _fuzzer.Run("WebSocket upgrade",
        [Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")], bytes =>
        {
            WebSocketUpgrade.AnswerAsync(new Given(bytes), default).GetAwaiter().GetResult();
            return "upgraded";
        }, e => e is ThreadsPeerException);

    public void Dispose() => _identity.Dispose();

    private static T Wait<T>(ValueTask<T> task)
    {
        // Given streams never wait: what isn't done now hangs.
        Assert.True(task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Reads what was given, then the end; takes whatever is written.</summary>
    private sealed class Given(byte[] bytes) : DuplexStream
    {
        private int _at;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var n = Math.Min(buffer.Length, bytes.Length - _at);
            bytes.AsSpan(_at, n).CopyTo(buffer.Span);
            _at += n;
            return new(n);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;
    }
}
