using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Connections;
using Threads.Net.Protobuf;

namespace Threads.Net.Gossip;

/// <summary>
/// A message under StrictSign (LIBP2P 11): author, data, number, topic, and the author's signature over exactly these. Its bytes are passed on as
/// they came.
/// </summary>
internal sealed class SignedMessage
{
    private const int SequenceBytes = 8;
    private static readonly byte[] SignedPrefix = "libp2p-pubsub:"u8.ToArray();

    private SignedMessage(byte[] bytes, PeerId from, byte[] data, byte[] sequence, string topic)
    {
        (Bytes, From, Data, Topic) = (bytes, from, data, topic);
        Sequence = BinaryPrimitives.ReadUInt64BigEndian(sequence);
        Id = new([.. from.Bytes, .. sequence]);
    }

    /// <summary>The protobuf as it travels.</summary>
    public byte[] Bytes { get; }

    public PeerId From { get; }

    public byte[] Data { get; }

    public ulong Sequence { get; }

    public string Topic { get; }

    /// <summary>Author and number: the specification's id, and go's.</summary>
    public MessageId Id { get; }

    /// <summary>A new message under a signature.</summary>
    public static SignedMessage Create(Ed25519PrivateKey identity, string topic, ReadOnlySpan<byte> data, ulong sequence)
    {
        var from = PeerId.FromPublicKey(identity.PublicKey);
        var number = new byte[SequenceBytes];
        BinaryPrimitives.WriteUInt64BigEndian(number, sequence);
        var content = data.ToArray();
        var fields = Fields(from, content, number, topic);
        var signature = new byte[64];
        identity.Sign([.. SignedPrefix, .. fields], signature);
        // No key: the author's id holds it.
        return new([.. fields, 0x2A, 64, .. signature], from, content, number, topic);
    }

    /// <summary>Reads and verifies; null, and the reason, for a message that must be rejected.</summary>
    public static SignedMessage? TryRead(ReadOnlySpan<byte> bytes, int maxTopicBytes, out string reason)
    {
        if (!HasOnlyKnownFieldsOnce(bytes))
        {
            reason = "unknown or repeated fields";
            return null;
        }

        var message = GossipMessage.Parser.ParseFrom(bytes);
        reason = !message.HasSignature || !message.HasFrom || !message.HasSeqno ? "author, number or signature missing"
            : message.Seqno.Length != SequenceBytes ? "a number that is not 8 bytes"
            : Encoding.UTF8.GetByteCount(message.Topic) > maxTopicBytes ? "a topic that is too long"
            : !PeerId.TryFromBytes(message.From.Span, out _) ? "an author that is no peer id"
            : "";
        if (reason != "")
        {
            return null;
        }

        var from = PeerId.FromBytes(message.From.Span);
        var data = message.Data.ToByteArray();
        var number = message.Seqno.ToByteArray();
        try
        {
            var key = from.PublicKey.IsEmpty ? message.Key.ToByteArray() : PeerKeys.Encode(from.PublicKey);
            if ((message.HasKey && PeerKeys.PeerOf(message.Key.Span) != from) ||
                !PeerKeys.Verify(key, [.. SignedPrefix, .. Fields(from, data, number, message.Topic)], message.Signature.Span))
            {
                reason = "a wrong signature";
                return null;
            }
        }
        catch (ThreadsPeerException e)
        {
            reason = e.Message;
            return null;
        }

        return new(bytes.ToArray(), from, data, number, message.Topic);
    }

    /// <summary>Fields 1 to 4 in ascending order, each written even when empty.</summary>
    private static byte[] Fields(PeerId from, byte[] data, byte[] sequence, string topic) => new GossipMessage
    {
        From = ByteString.CopyFrom(from.Bytes),
        Data = ByteString.CopyFrom(data),
        Seqno = ByteString.CopyFrom(sequence),
        Topic = topic,
    }.ToByteArray();

    private static bool HasOnlyKnownFieldsOnce(ReadOnlySpan<byte> bytes)
    {
        var input = new CodedInputStream(bytes.ToArray());
        var seen = 0;
        try
        {
            for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                var field = WireFormat.GetTagFieldNumber(tag);
                if (field is < 1 or > 6 || (seen & (1 << field)) != 0 || WireFormat.GetTagWireType(tag) != WireFormat.WireType.LengthDelimited)
                {
                    return false;
                }

                seen |= 1 << field;
                _ = input.ReadBytes();
            }

            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }
}

/// <summary>A message's id; compares as bytes.</summary>
internal readonly struct MessageId(byte[] bytes) : IEquatable<MessageId>
{
    private readonly byte[] _bytes = bytes;

    public ReadOnlySpan<byte> Bytes => _bytes;

    public bool Equals(MessageId other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is MessageId other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }
}
