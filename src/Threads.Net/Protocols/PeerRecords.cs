using Google.Protobuf;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Connections;
using Threads.Net.Protobuf;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Protocols;

/// <summary>A peer's addresses under its signature, in libp2p's signed envelope (LIBP2P 9).</summary>
internal static class PeerRecords
{
    public const string PeerRecordDomain = "libp2p-peer-record";
    private static readonly byte[] PeerRecordType = [0x03, 0x01];

    /// <summary>An envelope with the addresses; its sequence number is the time in milliseconds.</summary>
    public static byte[] Seal(Ed25519PrivateKey identity, IReadOnlyList<Multiaddress> addresses, DateTimeOffset now)
    {
        var record = new PeerRecord { PeerId = ByteString.CopyFrom(PeerId.FromPublicKey(identity.PublicKey).Bytes), Seq = (ulong)now.ToUnixTimeMilliseconds() };
        record.Addresses.AddRange(addresses.Select(a => new PeerRecord.Types.Address { Multiaddr = ByteString.CopyFrom(a.Bytes) }));
        return Envelope(identity, PeerRecordDomain, PeerRecordType, record.ToByteArray());
    }

    /// <summary>Opens an envelope: who signed, its sequence number, the addresses that we can read.</summary>
    /// <exception cref="ThreadsPeerException">The signature is wrong, or the record is not the signer's.</exception>
    public static (PeerId Peer, ulong Sequence, IReadOnlyList<Multiaddress> Addresses) Open(ReadOnlySpan<byte> envelope)
    {
        var (peer, payload) = OpenEnvelope(envelope, PeerRecordDomain, PeerRecordType);
        var record = Parse(PeerRecord.Parser, payload.Span);
        if (!record.PeerId.Span.SequenceEqual(peer.Bytes))
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.EnvelopeOtherPeer(peer));
        }

        var addresses = new List<Multiaddress>();
        foreach (var address in record.Addresses.Take(64))
        {
            if (Multiaddress.TryFromBytes(address.Multiaddr.Span, out var known))
            {
                addresses.Add(known);
            }
        }

        return (peer, record.Seq, addresses);
    }

    /// <summary>A payload of any type under a signature.</summary>
    public static byte[] Envelope(Ed25519PrivateKey identity, string domain, ReadOnlySpan<byte> type, byte[] payload)
    {
        var signature = new byte[64];
        identity.Sign(SignedBytes(domain, type, payload), signature);
        return new SignedEnvelope
        {
            PublicKey = ByteString.CopyFrom(PeerKeys.Encode(identity.PublicKey)),
            PayloadType = ByteString.CopyFrom(type),
            Payload = ByteString.CopyFrom(payload),
            Signature = ByteString.CopyFrom(signature),
        }.ToByteArray();
    }

    /// <summary>The signer and the payload; the signature is checked before the payload is looked at.</summary>
    public static (PeerId Peer, ReadOnlyMemory<byte> Payload) OpenEnvelope(ReadOnlySpan<byte> bytes, string domain, ReadOnlySpan<byte> type)
    {
        var envelope = Parse(SignedEnvelope.Parser, bytes);
        if (!envelope.PayloadType.Span.SequenceEqual(type))
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.EnvelopeType());
        }

        var peer = PeerKeys.Authenticate(envelope.PublicKey.Span, SignedBytes(domain, type, envelope.Payload.Span), envelope.Signature.Span, null);
        return (peer, envelope.Payload.Memory);
    }

    private static byte[] SignedBytes(string domain, ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload) =>
        [.. LengthPrefixed.Frame(System.Text.Encoding.UTF8.GetBytes(domain)), .. LengthPrefixed.Frame(type), .. LengthPrefixed.Frame(payload)];

    private static T Parse<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes)
        where T : class, IMessage<T> =>
        ProtobufMessage.TryParse(parser, bytes, out var message, out var error)
            ? message
            : throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.EnvelopeMalformed(), error);
}
