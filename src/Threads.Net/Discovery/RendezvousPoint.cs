using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Threads.Data.Identity;
using Threads.Net.Protobuf;
using Threads.Net.Protocols;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Discovery;

/// <summary>The point's side of /rendezvous/1.0.0: registers, forgets, and tells who is registered under a name since a cookie.</summary>
internal sealed class RendezvousPoint(RendezvousOptions point, ThreadsPeerOptions options) : IProtocolHandler
{
    public const string Id = "/rendezvous/1.0.0";
    public const int MaxMessageBytes = 512 * 1024;
    private const int MaxNameBytes = 255;
    private const int MaxRecordBytes = 8 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<(PeerId Peer, string Name), Registration> _registrations = [];
    private ulong _number;

    private sealed record Registration(byte[] Record, DateTimeOffset Until, ulong Number);

    public string Protocol => Id;

    public int MaxInboundStreams => 4;

    public async Task HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var limit = new TimeLimit(options.NegotiationTimeout, options.TimeProvider, cancellationToken);
            if (await LengthPrefixed.ReadAsync(stream, 2 * MaxRecordBytes, limit.Token).ConfigureAwait(false) is not { } bytes)
            {
                break;
            }

            if (!ProtobufMessage.TryParse(Rendezvous.Parser, bytes, out var message, out var error))
            {
                throw Malformed(error);
            }

            var answer = message.Type switch
            {
                Rendezvous.Types.MessageType.Register when message.Register is { } register => new Rendezvous { Type = Rendezvous.Types.MessageType.RegisterResponse, RegisterResponse = Register(stream.Peer, register) },
                Rendezvous.Types.MessageType.Unregister when message.Unregister is { } unregister => Unregister(stream.Peer, unregister.Ns),
                Rendezvous.Types.MessageType.Discover when message.Discover is { } discover => new Rendezvous { Type = Rendezvous.Types.MessageType.DiscoverResponse, DiscoverResponse = Discover(discover) },
                _ => throw Malformed(null),
            };
            if (answer is not null)
            {
                await stream.WriteAsync(LengthPrefixed.Frame(answer.ToByteArray()), limit.Token).ConfigureAwait(false);
            }
        }

        await stream.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
    }

    public Rendezvous.Types.RegisterResponse Register(PeerId peer, Rendezvous.Types.Register asked)
    {
        if (!IsName(asked.Ns))
        {
            return Refuse(Rendezvous.Types.ResponseStatus.EInvalidNamespace);
        }

        var time = asked.Ttl == 0 ? point.DefaultTime : TimeSpan.FromSeconds(Math.Min(asked.Ttl, uint.MaxValue));
        if (time > point.LongestTime)
        {
            return Refuse(Rendezvous.Types.ResponseStatus.EInvalidTtl);
        }

        try
        {
            // Somebody else's addresses are not for this peer to tell.
            if (asked.SignedPeerRecord.Length > MaxRecordBytes || PeerRecords.Open(asked.SignedPeerRecord.Span).Peer != peer)
            {
                return Refuse(Rendezvous.Types.ResponseStatus.EInvalidSignedPeerRecord);
            }
        }
        catch (ThreadsPeerException)
        {
            return Refuse(Rendezvous.Types.ResponseStatus.EInvalidSignedPeerRecord);
        }

        var now = options.TimeProvider.GetUtcNow();
        lock (_gate)
        {
            foreach (var (key, _) in _registrations.Where(r => r.Value.Until <= now).ToArray())
            {
                _registrations.Remove(key);
            }

            if (!_registrations.ContainsKey((peer, asked.Ns)) && (_registrations.Count >= point.MaxRegistrations || _registrations.Keys.Count(k => k.Peer == peer) >= point.MaxRegistrationsPerPeer))
            {
                return Refuse(Rendezvous.Types.ResponseStatus.EUnavailable);
            }

            _registrations[(peer, asked.Ns)] = new(asked.SignedPeerRecord.ToByteArray(), now + time, ++_number);
        }

        return new() { Status = Rendezvous.Types.ResponseStatus.Ok, Ttl = (ulong)time.TotalSeconds };
    }

    public Rendezvous.Types.DiscoverResponse Discover(Rendezvous.Types.Discover asked)
    {
        if (!IsName(asked.Ns))
        {
            return new() { Status = Rendezvous.Types.ResponseStatus.EInvalidNamespace };
        }

        // A cookie is the number of the last registration that was told; it belongs to the name.
        ulong since = 0;
        if (!asked.Cookie.IsEmpty)
        {
            if (asked.Cookie.Length < 8 || Encoding.UTF8.GetString(asked.Cookie.Span[8..]) != asked.Ns)
            {
                return new() { Status = Rendezvous.Types.ResponseStatus.EInvalidCookie };
            }

            since = BinaryPrimitives.ReadUInt64BigEndian(asked.Cookie.Span);
        }

        var now = options.TimeProvider.GetUtcNow();
        var answer = new Rendezvous.Types.DiscoverResponse { Status = Rendezvous.Types.ResponseStatus.Ok };
        lock (_gate)
        {
            var found = _registrations.Where(r => r.Key.Name == asked.Ns && r.Value.Until > now && r.Value.Number > since).OrderBy(r => r.Value.Number)
                .Take((int)Math.Min(asked.Limit == 0 ? ulong.MaxValue : asked.Limit, (ulong)point.MaxAnswers));
            foreach (var ((_, name), registration) in found)
            {
                answer.Registrations.Add(new Rendezvous.Types.Register { Ns = name, SignedPeerRecord = ByteString.CopyFrom(registration.Record), Ttl = (ulong)(registration.Until - now).TotalSeconds });
                since = registration.Number;
            }
        }

        var cookie = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(cookie, since);
        answer.Cookie = ByteString.CopyFrom([.. cookie, .. Encoding.UTF8.GetBytes(asked.Ns)]);
        return answer;
    }

    public static ThreadsPeerException Malformed(Exception? inner) => new(ThreadsPeerErrorCode.MessageMalformed, Strings.RendezvousMalformed(), inner);

    public static bool IsName(string name) => name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= MaxNameBytes;

    private Rendezvous? Unregister(PeerId peer, string name)
    {
        lock (_gate)
        {
            _registrations.Remove((peer, name));
        }

        return null;
    }

    private static Rendezvous.Types.RegisterResponse Refuse(Rendezvous.Types.ResponseStatus status) => new() { Status = status, StatusText = status.ToString() };
}
