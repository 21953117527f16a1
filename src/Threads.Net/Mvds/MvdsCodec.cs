using Google.Protobuf;
using Threads.Net.Resources;

namespace Threads.Net.Mvds;

/// <summary>How the fields of a payload are numbered (M-WIRE-1, M-WIRE-4).</summary>
public enum MvdsProfile
{
    /// <summary>1 to 4, as MVDS 0.5.1 and today's Status clients do.</summary>
    Reference,

    /// <summary>5001 to 5004 and 6001 to 6004, as 2/MVDS and 4/MVDS-META do.</summary>
    Rfc2,
}

/// <summary>The bytes of a payload. The older nested form of 2019 is refused: its ids have another length.</summary>
public static class MvdsCodec
{
    private const int Acks = 1;
    private const int Messages = 4;
    private const int Group = 1;
    private const int Timestamp = 2;
    private const int Body = 3;
    private const int Metadata = 4;
    private const int Parents = 1;
    private const int Ephemeral = 2;

    /// <summary>The payload's bytes.</summary>
    public static byte[] Encode(MvdsPayload payload, MvdsProfile profile = MvdsProfile.Reference)
    {
        ArgumentNullException.ThrowIfNull(payload);
        var (fields, _) = Base(profile);
        return Write(output =>
        {
            var lists = new[] { payload.Acks, payload.Offers, payload.Requests };
            for (var i = 0; i < lists.Length; i++)
            {
                foreach (var id in lists[i])
                {
                    WriteBytes(output, fields + Acks + i, id.ToBytes());
                }
            }

            foreach (var message in payload.Messages)
            {
                WriteBytes(output, fields + Messages, Encode(message, profile));
            }
        });
    }

    /// <summary>Reads a payload; fields that are not known are skipped.</summary>
    /// <param name="bytes">What a peer sent.</param>
    /// <param name="profile">How its fields are numbered.</param>
    /// <param name="maxItems">More ids and messages than this are refused.</param>
    /// <exception cref="ThreadsPeerException">The bytes are no payload, or too much of one.</exception>
    public static MvdsPayload Decode(ReadOnlyMemory<byte> bytes, MvdsProfile profile = MvdsProfile.Reference, int maxItems = 4096)
    {
        var (fields, _) = Base(profile);
        var ids = new[] { new List<MvdsId>(), new List<MvdsId>(), new List<MvdsId>() };
        var messages = new List<MvdsMessage>();
        Read(bytes, (input, field) =>
        {
            if (ids.Sum(l => l.Count) + messages.Count >= maxItems)
            {
                throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageTooLarge, Strings.MvdsTooMany(maxItems));
            }

            switch (field - fields)
            {
                case >= Acks and < Messages:
                    ids[field - fields - Acks].Add(Id(input));
                    return true;
                case Messages:
                    messages.Add(DecodeMessage(input.ReadBytes().Memory, profile));
                    return true;
                default:
                    return false;
            }
        });
        return new(ids[0], ids[1], ids[2], messages);
    }

    internal static byte[] Encode(MvdsMessage message, MvdsProfile profile)
    {
        var (_, fields) = Base(profile);
        return Write(output =>
        {
            WriteBytes(output, fields + Group, message.Group);
            if (message.Timestamp != 0)
            {
                output.WriteTag(fields + Timestamp, WireFormat.WireType.Varint);
                output.WriteInt64(message.Timestamp);
            }

            if (message.Body.Length > 0)
            {
                WriteBytes(output, fields + Body, message.Body);
            }

            if (message.Metadata is { } metadata)
            {
                WriteBytes(output, fields + Metadata, Write(inner =>
                {
                    foreach (var parent in metadata.Parents)
                    {
                        WriteBytes(inner, Parents, parent.ToBytes());
                    }

                    if (metadata.IsEphemeral)
                    {
                        inner.WriteTag(Ephemeral, WireFormat.WireType.Varint);
                        inner.WriteBool(true);
                    }
                }));
            }
        });
    }

    private static MvdsMessage DecodeMessage(ReadOnlyMemory<byte> bytes, MvdsProfile profile)
    {
        var (_, fields) = Base(profile);
        var (group, timestamp, body) = (Array.Empty<byte>(), 0L, Array.Empty<byte>());
        MvdsMetadata? metadata = null;
        Read(bytes, (input, field) =>
        {
            switch (field - fields)
            {
                case Group:
                    group = input.ReadBytes().ToByteArray();
                    return true;
                case Timestamp:
                    timestamp = input.ReadInt64();
                    return true;
                case Body:
                    body = input.ReadBytes().ToByteArray();
                    return true;
                case Metadata:
                    metadata = DecodeMetadata(input.ReadBytes().Memory);
                    return true;
                default:
                    return false;
            }
        });
        return group.Length == MvdsId.SizeBytes ? new() { Group = group, Timestamp = timestamp, Body = body, Metadata = metadata } : throw Malformed(null);
    }

    private static MvdsMetadata DecodeMetadata(ReadOnlyMemory<byte> bytes)
    {
        var parents = new List<MvdsId>();
        var isEphemeral = false;
        Read(bytes, (input, field) =>
        {
            switch (field)
            {
                case Parents:
                    parents.Add(Id(input));
                    return true;
                case Ephemeral:
                    isEphemeral = input.ReadBool();
                    return true;
                default:
                    return false;
            }
        });
        return new(parents, isEphemeral);
    }

    private static (int Payload, int Message) Base(MvdsProfile profile) => profile == MvdsProfile.Rfc2 ? (5000, 6000) : (0, 0);

    private static MvdsId Id(CodedInputStream input) => input.ReadBytes() is { Length: MvdsId.SizeBytes } bytes ? new(bytes.Span) : throw Malformed(null);

    private static byte[] Write(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            write(output);
        }

        return bytes.ToArray();
    }

    private static void WriteBytes(CodedOutputStream output, int field, byte[] bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(bytes));
    }

    private static void Read(ReadOnlyMemory<byte> bytes, Func<CodedInputStream, int, bool> take)
    {
        try
        {
            using var input = new CodedInputStream(bytes.ToArray());
            for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                if (!take(input, WireFormat.GetTagFieldNumber(tag)))
                {
                    input.SkipLastField();
                }
            }
        }
        catch (InvalidProtocolBufferException e)
        {
            throw Malformed(e);
        }
    }

    private static ThreadsPeerException Malformed(Exception? inner) => new(ThreadsPeerErrorCode.MessageMalformed, Strings.MvdsMalformed(), inner);
}
