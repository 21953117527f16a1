using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Threads.Data.Cryptography;
using Threads.Data.Ipld;

namespace Threads.Data.Records;

/// <summary>
/// The bytes of a record's nodes (FORMATS 3). Every field has one size and one place, so a node is canonical exactly when it equals this layout:
/// <code>
/// record   a3|a4  "sig" 5840 signature(64)  ["prev" link(36)]  "block" link(36)  "pubKey" 5824 identity(36)
/// event    a2     "body" link(36)  "header" link(36)
/// header   a1     "key" 5820 content key(32)
/// link     d82a 5825 00 CID(36)
/// </code>
/// A sealed header is nonce || ciphertext || tag; under a read key other than the thread's first, that key's name stands before them.
/// </summary>
internal static class RecordLayout
{
    public const int SignatureSize = Ed25519.SignatureSize;
    public const int CidSize = Cid.DagCborSizeBytes;

    /// <summary>A public key as protobuf: 08 01 12 20 and 32 bytes.</summary>
    public const int IdentitySize = 4 + Ed25519.PublicKeySize;

    public const int FirstRecordSize = 163;
    public const int NextRecordSize = FirstRecordSize + 5 + LinkSize;
    public const int EventSize = 95;
    public const int HeaderSize = 39;

    /// <summary>Of a sealed header that begins with the name of its key; no other has this size.</summary>
    public const int NamedHeaderSize = ReadKeyId.SizeBytes + HeaderSize + Cryptography.SymmetricKey.Overhead;

    private const int LinkSize = 5 + CidSize;

    private static ReadOnlySpan<byte> SigKey => [0x63, (byte)'s', (byte)'i', (byte)'g', 0x58, 64];

    private static ReadOnlySpan<byte> PrevKey => [0x64, (byte)'p', (byte)'r', (byte)'e', (byte)'v'];

    private static ReadOnlySpan<byte> BlockKey => [0x65, (byte)'b', (byte)'l', (byte)'o', (byte)'c', (byte)'k'];

    private static ReadOnlySpan<byte> PubKeyKey => [0x66, (byte)'p', (byte)'u', (byte)'b', (byte)'K', (byte)'e', (byte)'y', 0x58, 36];

    private static ReadOnlySpan<byte> EventBodyKey => [0xa2, 0x64, (byte)'b', (byte)'o', (byte)'d', (byte)'y'];

    private static ReadOnlySpan<byte> EventHeaderKey => [0x66, (byte)'h', (byte)'e', (byte)'a', (byte)'d', (byte)'e', (byte)'r'];

    private static ReadOnlySpan<byte> HeaderKey => [0xa1, 0x63, (byte)'k', (byte)'e', (byte)'y', 0x58, 32];

    // Tag 42, 37 bytes, 00, and the head of every CID we link: version 1, dag-cbor, sha2-256, 32 bytes.
    private static ReadOnlySpan<byte> LinkHead => [0xd8, 0x2a, 0x58, 0x25, 0x00, 0x01, 0x71, 0x12, 0x20];

    private static ReadOnlySpan<byte> IdentityHead => [0x08, 0x01, 0x12, 0x20];

    public static int RecordSize(bool isFirst) => isFirst ? FirstRecordSize : NextRecordSize;

    public static void WriteRecord(Span<byte> destination, ReadOnlySpan<byte> signature, Cid previous, Cid eventCid, ReadOnlySpan<byte> identity)
    {
        destination[0] = (byte)(previous.IsDefined ? 0xa4 : 0xa3);
        var at = 1;
        Put(destination, ref at, SigKey);
        Put(destination, ref at, signature);
        if (previous.IsDefined)
        {
            Put(destination, ref at, PrevKey);
            PutLink(destination, ref at, previous);
        }

        Put(destination, ref at, BlockKey);
        PutLink(destination, ref at, eventCid);
        Put(destination, ref at, PubKeyKey);
        Put(destination, ref at, identity);
    }

    /// <summary>False for anything but this layout; the spans are slices of the node.</summary>
    public static bool TryReadRecord(
        ReadOnlySpan<byte> node, out ReadOnlySpan<byte> signature, out Cid previous, out Cid eventCid, out ReadOnlySpan<byte> identity)
    {
        signature = identity = default;
        previous = eventCid = default;
        if (node.Length is not (FirstRecordSize or NextRecordSize) || node[0] != (node.Length == FirstRecordSize ? 0xa3 : 0xa4))
            return false;
        var at = 1;
        if (!Take(node, ref at, SigKey))
            return false;
        signature = node.Slice(at, SignatureSize);
        at += SignatureSize;
        if (node.Length == NextRecordSize && !(Take(node, ref at, PrevKey) && TakeLink(node, ref at, out previous)))
            return false;
        if (!Take(node, ref at, BlockKey) || !TakeLink(node, ref at, out eventCid) || !Take(node, ref at, PubKeyKey))
            return false;
        identity = node[at..];
        return true;
    }

    public static void WriteEvent(Span<byte> destination, Cid header, Cid body)
    {
        var at = 0;
        Put(destination, ref at, EventBodyKey);
        PutLink(destination, ref at, body);
        Put(destination, ref at, EventHeaderKey);
        PutLink(destination, ref at, header);
    }

    public static bool TryReadEvent(ReadOnlySpan<byte> node, out Cid header, out Cid body)
    {
        header = body = default;
        var at = 0;
        return node.Length == EventSize
            && Take(node, ref at, EventBodyKey) && TakeLink(node, ref at, out body)
            && Take(node, ref at, EventHeaderKey) && TakeLink(node, ref at, out header);
    }

    public static void WriteHeader(Span<byte> destination, ReadOnlySpan<byte> contentKey)
    {
        HeaderKey.CopyTo(destination);
        contentKey.CopyTo(destination[HeaderKey.Length..]);
    }

    public static bool TryReadHeader(ReadOnlySpan<byte> node, out ReadOnlySpan<byte> contentKey)
    {
        var read = node.Length == HeaderSize && node.StartsWith(HeaderKey);
        contentKey = read ? node[HeaderKey.Length..] : default;
        return read;
    }

    /// <summary>The name of the key that a sealed header is under; false: it is the thread's first.</summary>
    public static bool TryReadKeyId(ReadOnlySpan<byte> sealedHeader, [NotNullWhen(true)] out ReadKeyId? id)
    {
        var named = sealedHeader.Length == NamedHeaderSize;
        id = named ? ReadKeyId.FromBytes(sealedHeader[..ReadKeyId.SizeBytes]) : null;
        return named;
    }

    /// <summary>Whether these 36 bytes are an Ed25519 public key's protobuf, as far as its head tells.</summary>
    public static bool HasIdentityHead(ReadOnlySpan<byte> identity) => identity.Length == IdentitySize && identity.StartsWith(IdentityHead);

    /// <summary>How long the head of a CBOR byte string of this length is.</summary>
    public static int BytesHeadSize(int length) => length switch
    {
        < 24 => 1,
        <= byte.MaxValue => 2,
        <= ushort.MaxValue => 3,
        _ => 5,
    };

    public static void WriteBytesHead(Span<byte> destination, int length)
    {
        switch (BytesHeadSize(length))
        {
            case 1:
                destination[0] = (byte)(0x40 | length);
                break;
            case 2:
                destination[0] = 0x58;
                destination[1] = (byte)length;
                break;
            case 3:
                destination[0] = 0x59;
                BinaryPrimitives.WriteUInt16BigEndian(destination[1..], (ushort)length);
                break;
            default:
                destination[0] = 0x5a;
                BinaryPrimitives.WriteInt32BigEndian(destination[1..], length);
                break;
        }
    }

    /// <summary>Takes the bytes out of a block that is exactly one canonical CBOR byte string.</summary>
    public static bool TryUnwrap(ReadOnlySpan<byte> block, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        foreach (var head in (ReadOnlySpan<int>)[1, 2, 3, 5])
        {
            if (block.Length < head)
                return false;
            var length = block.Length - head;
            if (BytesHeadSize(length) != head)
                continue;
            Span<byte> expected = stackalloc byte[head];
            WriteBytesHead(expected, length);
            if (!block.StartsWith(expected))
                return false;
            bytes = block[head..];
            return true;
        }

        return false;
    }

    private static void Put(Span<byte> destination, ref int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(destination[at..]);
        at += bytes.Length;
    }

    private static void PutLink(Span<byte> destination, ref int at, Cid cid)
    {
        if (cid.Codec != Cid.DagCbor || cid.SizeBytes != CidSize)
            throw new ArgumentException("A record links blocks of dag-cbor and sha2-256 only.", nameof(cid));
        Put(destination, ref at, LinkHead);
        Put(destination, ref at, cid.Digest);
    }

    private static bool Take(ReadOnlySpan<byte> node, ref int at, ReadOnlySpan<byte> expected)
    {
        if (!node[at..].StartsWith(expected))
            return false;
        at += expected.Length;
        return true;
    }

    private static bool TakeLink(ReadOnlySpan<byte> node, ref int at, out Cid cid)
    {
        cid = default;
        if (!Take(node, ref at, LinkHead))
            return false;
        cid = Cid.FromDagCborDigest(node.Slice(at, 32));
        at += 32;
        return true;
    }
}
