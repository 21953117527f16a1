using System.Security.Cryptography;
using Google.Protobuf;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Net.Protobuf.ThreadService;
using Threads.Net.Resources;

namespace Threads.Net.ThreadService;

/// <summary>Between our types and go-threads' messages; what can't be one is INVALID_ARGUMENT.</summary>
internal static class ThreadMessages
{
    public static ThreadId ThreadId(ByteString bytes) => Data.Identity.ThreadId.TryFromBytes(bytes.Span, out var id) ? id : throw Malformed();

    public static LogId LogId(ByteString bytes) => Data.Identity.LogId.TryFromBytes(bytes.Span, out var id) ? id : throw Malformed();

    /// <summary>Empty: undefined.</summary>
    public static Data.Ipld.Cid Cid(ByteString bytes) => bytes.IsEmpty ? default : Data.Ipld.Cid.TryFromBytes(bytes.Span, out var cid) ? cid : throw Malformed();

    /// <summary>Whether all four blocks are there.</summary>
    public static bool IsWhole(Log.Types.Record record) => !record.RecordNode.IsEmpty && !record.EventNode.IsEmpty && !record.HeaderNode.IsEmpty && !record.BodyNode.IsEmpty;

    public static RecordBlocks Blocks(Log.Types.Record record) => IsWhole(record)
        ? new(record.RecordNode.Memory, record.EventNode.Memory, record.HeaderNode.Memory, record.BodyNode.Memory) : throw Malformed();

    public static Log.Types.Record Record(RecordBlocks blocks) => new()
    {
        RecordNode = UnsafeByteOperations.UnsafeWrap(blocks.Record),
        EventNode = UnsafeByteOperations.UnsafeWrap(blocks.Event),
        HeaderNode = UnsafeByteOperations.UnsafeWrap(blocks.Header),
        BodyNode = UnsafeByteOperations.UnsafeWrap(blocks.Body),
    };

    /// <summary>Of each log the branch that is furthest: neither go-threads nor MVDS know of branches.</summary>
    public static IEnumerable<ThreadLog> Furthest(IEnumerable<ThreadLog> logs) => logs.GroupBy(l => l.Id).Select(g => g.MaxBy(l => l.Counter)!);

    /// <summary>A log with its head, kept by this host.</summary>
    public static Log Log(ThreadLog log, PeerId host)
    {
        var message = new Log
        {
            ID = ByteString.CopyFrom(log.Id.Bytes),
            PubKey = ByteString.CopyFrom([0x08, 0x01, 0x12, 0x20, .. log.Id.PublicKey]),
            Head = ByteString.CopyFrom(log.Head.ToBytes()),
            Counter = log.Counter,
        };
        message.Addrs.Add(ByteString.CopyFrom(Multiaddress.ForPeer(host).Bytes));
        return message;
    }

    /// <summary>0 where nothing is known.</summary>
    public static ulong HeadsEdge(IReadOnlyList<ThreadLog> logs) => logs.Count == 0 ? 0 : Edges.Heads(logs.Select(l => (l.Id, l.Head)));

    /// <summary>Whether a record block opens with the replica key: a CBOR byte string of nonce, ciphertext and tag (docs/format.md).</summary>
    public static bool Opens(ReadOnlySpan<byte> block, ThreadKey key)
    {
        const int NonceBytes = 12;
        const int TagBytes = 16;
        var head = block.Length > 2 ? block[0] switch { 0x58 => 2, 0x59 => 3, _ => 0 } : 0;
        if (head == 0 || block.Length < head + NonceBytes + TagBytes)
        {
            return false;
        }

        var text = block[(head + NonceBytes)..^TagBytes];
        using var aead = new AesGcm(key.Replica, TagBytes);
        try
        {
            aead.Decrypt(block.Slice(head, NonceBytes), text, block[^TagBytes..], new byte[text.Length]);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static GrpcException Malformed() => new(GrpcStatus.InvalidArgument, Strings.GrpcMalformed());
}
