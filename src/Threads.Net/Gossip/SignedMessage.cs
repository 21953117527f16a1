using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Net.Connections;

namespace Threads.Net.Gossip;

/// <summary>
/// A message under StrictSign (LIBP2P 11): author, data, number, topic, and the author's signature over exactly these. Its bytes are passed on as
/// they came.
/// </summary>
internal sealed class SignedMessage
{
    private const int FromField = 1, DataField = 2, SequenceField = 3, TopicField = 4, SignatureField = 5, KeyField = 6;
    private const int SequenceBytes = 8;
    private static readonly byte[] SignedPrefix = "libp2p-pubsub:"u8.ToArray();

    private readonly ReadOnlyMemory<byte> _signature;
    private readonly ReadOnlyMemory<byte>? _key;

    private SignedMessage(ByteString bytes, PeerId from, ReadOnlyMemory<byte> data, ReadOnlySpan<byte> sequence, string topic, ReadOnlyMemory<byte> signature, ReadOnlyMemory<byte>? key)
    {
        (Bytes, From, Data, Topic, _signature, _key) = (bytes, from, data, topic, signature, key);
        Sequence = BinaryPrimitives.ReadUInt64BigEndian(sequence);
        Id = new([.. from.Bytes, .. sequence]);
    }

    /// <summary>The protobuf as it travels.</summary>
    public ByteString Bytes { get; }

    public PeerId From { get; }

    public ReadOnlyMemory<byte> Data { get; }

    public ulong Sequence { get; }

    public string Topic { get; }

    /// <summary>Author and number: the specification's id, and go's.</summary>
    public MessageId Id { get; }

    /// <summary>A new message under a signature.</summary>
    public static SignedMessage Create(Ed25519PrivateKey identity, string topic, ReadOnlySpan<byte> data, ulong sequence)
    {
        var from = PeerId.FromPublicKey(identity.PublicKey);
        Span<byte> number = stackalloc byte[SequenceBytes];
        BinaryPrimitives.WriteUInt64BigEndian(number, sequence);
        var toSign = ToSign(from, data, number, topic);
        var bytes = new byte[toSign.Length - SignedPrefix.Length + 66];
        toSign.AsSpan(SignedPrefix.Length).CopyTo(bytes);
        bytes[^66] = (SignatureField << 3) | 2;
        bytes[^65] = 64;
        identity.Sign(toSign, bytes.AsSpan(^64));
        // No key: the author's id holds it.
        return new(UnsafeByteOperations.UnsafeWrap(bytes), from, data.ToArray(), number, topic, bytes.AsMemory(^64), null);
    }

    /// <summary>Reads a message without judging its signature; null, and the reason, for one that must be rejected whoever signed it.</summary>
    public static SignedMessage? TryParse(ByteString bytes, int maxTopicBytes, out string reason)
    {
        var fields = new ReadOnlyMemory<byte>?[KeyField + 1];
        if (!TrySplit(bytes.Memory, fields))
        {
            reason = "unknown or repeated fields";
            return null;
        }

        PeerId from = default;
        reason = fields[FromField] is not { } author || fields[SequenceField] is not { } || fields[SignatureField] is not { } ? "author, number or signature missing"
            : fields[SequenceField]!.Value.Length != SequenceBytes ? "a number that is not 8 bytes"
            : fields[TopicField] is { } name && name.Length > maxTopicBytes ? "a topic that is too long"
            : !PeerId.TryFromBytes(author.Span, out from) ? "an author that is no peer id"
            : "";
        return reason == ""
            ? new(bytes, from, fields[DataField] ?? default, fields[SequenceField]!.Value.Span, Encoding.UTF8.GetString((fields[TopicField] ?? default).Span), fields[SignatureField]!.Value, fields[KeyField])
            : null;
    }

    /// <summary>Reads and verifies; null, and the reason, for a message that must be rejected.</summary>
    public static SignedMessage? TryRead(ByteString bytes, int maxTopicBytes, out string reason) =>
        TryParse(bytes, maxTopicBytes, out reason) is { } message && message.IsSigned(out reason) ? message : null;

    /// <summary>Whether the author's signature stands on it.</summary>
    public bool IsSigned(out string reason)
    {
        Span<byte> number = stackalloc byte[SequenceBytes];
        BinaryPrimitives.WriteUInt64BigEndian(number, Sequence);
        try
        {
            var key = From.PublicKey.IsEmpty ? (_key ?? default).Span : PeerKeys.Encode(From.PublicKey);
            reason = (_key is { } told && PeerKeys.PeerOf(told.Span) != From) || !PeerKeys.Verify(key, ToSign(From, Data.Span, number, Topic), _signature.Span) ? "a wrong signature" : "";
        }
        catch (ThreadsPeerException e)
        {
            reason = e.Message;
        }

        return reason == "";
    }

    /// <summary>What is signed: a prefix, then fields 1 to 4 in ascending order, each written even when empty.</summary>
    private static byte[] ToSign(PeerId from, ReadOnlySpan<byte> data, ReadOnlySpan<byte> sequence, string topic)
    {
        var topicBytes = Encoding.UTF8.GetByteCount(topic);
        var bytes = new byte[SignedPrefix.Length + Size(from.Bytes.Length) + Size(data.Length) + Size(sequence.Length) + Size(topicBytes)];
        SignedPrefix.CopyTo(bytes, 0);
        var rest = bytes.AsSpan(SignedPrefix.Length);
        from.Bytes.CopyTo(Open(ref rest, FromField, from.Bytes.Length));
        data.CopyTo(Open(ref rest, DataField, data.Length));
        sequence.CopyTo(Open(ref rest, SequenceField, sequence.Length));
        Encoding.UTF8.GetBytes(topic, Open(ref rest, TopicField, topicBytes));
        return bytes;

        static int Size(int length) => 1 + CodedOutputStream.ComputeLengthSize(length) + length;

        static Span<byte> Open(ref Span<byte> rest, int field, int length)
        {
            rest[0] = (byte)((field << 3) | 2);
            var at = 1 + Varint.Write(rest[1..], (ulong)length);
            var body = rest.Slice(at, length);
            rest = rest[(at + length)..];
            return body;
        }
    }

    // False for a field that is not known, comes twice or is not of bytes: what the signature doesn't cover must not be there.
    private static bool TrySplit(ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte>?[] fields)
    {
        while (!bytes.IsEmpty)
        {
            var tag = bytes.Span[0];
            var field = tag >> 3;
            if ((tag & 7) != 2 || field is < FromField or > KeyField || fields[field] is not null)
            {
                return false;
            }

            ulong length = 0;
            var at = 1;
            for (var shift = 0; ; shift += 7)
            {
                if (at >= bytes.Length || shift > 28)
                {
                    return false;
                }

                var next = bytes.Span[at++];
                length |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                {
                    break;
                }
            }

            if (length > (ulong)(bytes.Length - at))
            {
                return false;
            }

            fields[field] = bytes.Slice(at, (int)length);
            bytes = bytes[(at + (int)length)..];
        }

        return true;
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
