using Threads.Data.Cryptography;
using Threads.Data.Ipld;

namespace Threads.Data.Records;

/// <summary>
/// One record, sealed: what is stored of it (<see cref="Row"/>), what its replica key opens, and the four blocks with their CIDs. That the bytes
/// hold together is certain; that the log's owner signed them is known only after <see cref="SignatureHolds"/>.
/// </summary>
internal sealed class SealedRecord
{
    private readonly byte[] _row;
    private readonly byte[] _recordBlock;
    private readonly byte[] _identity;
    private readonly int _headerStart;
    private readonly int _bodyStart;

    /// <summary>Takes the arrays as its own; the row must have been read by <see cref="RecordRow"/>.</summary>
    internal SealedRecord(byte[] row, byte[] recordBlock, byte[] identity, in RecordRow parts, Cid previous, Cid recordCid, Cid eventCid, Cid headerCid, Cid bodyCid)
    {
        _row = row;
        _recordBlock = recordBlock;
        _identity = identity;
        _headerStart = parts.HeaderStart;
        _bodyStart = parts.BodyStart;
        (Previous, RecordCid, EventCid, HeaderCid, BodyCid) = (previous, recordCid, eventCid, headerCid, bodyCid);
    }

    /// <summary>The record's name, and the log's head while it is the newest.</summary>
    public Cid RecordCid { get; }

    public Cid EventCid { get; }

    public Cid HeaderCid { get; }

    public Cid BodyCid { get; }

    /// <summary>The record before it; undefined for a log's first.</summary>
    public Cid Previous { get; }

    /// <summary>36 bytes: the protobuf public key of the identity that wrote, which is normally not the log's key.</summary>
    public ReadOnlySpan<byte> Identity => _identity;

    public ReadOnlySpan<byte> Signature => _row.AsSpan(0, RecordLayout.SignatureSize);

    public ReadOnlySpan<byte> SealedHeader => _row.AsSpan(_headerStart, _bodyStart - _headerStart);

    public ReadOnlySpan<byte> SealedBody => _row.AsSpan(_bodyStart);

    public int PayloadSize => _row.Length - _bodyStart - SymmetricKey.Overhead;

    /// <summary>The stored form (<see cref="RecordRow"/>). Not a copy: don't write to it.</summary>
    public byte[] Row => _row;

    /// <summary>The record block as it is sent.</summary>
    public ReadOnlySpan<byte> RecordBlock => _recordBlock;

    public int HeaderBlockSize => BlockSize(SealedHeader);

    public int BodyBlockSize => BlockSize(SealedBody);

    /// <summary>Computes everything again from a stored row, the record before it and its writer's identity; null when the row is malformed.</summary>
    public static SealedRecord? FromRow(ReadOnlySpan<byte> row, Cid previous, SymmetricKey replicaKey, ReadOnlySpan<byte> identity) =>
        RecordRow.TryRead(row, out _) ? Build(row.ToArray(), previous, replicaKey, identity) : null;

    /// <summary>Whether the log's owner signed it: event and previous record, or, for the first record, the identity alone (FORMATS 3).</summary>
    public bool SignatureHolds(Ed25519PublicKey logKey)
    {
        Span<byte> message = stackalloc byte[SignedSize];
        return logKey.Verify(message[..WriteSigned(message, EventCid, Previous, _identity)], Signature);
    }

    /// <summary>Writes 95 bytes.</summary>
    public void WriteEventBlock(Span<byte> destination) => RecordLayout.WriteEvent(destination, HeaderCid, BodyCid);

    /// <summary>Writes <see cref="HeaderBlockSize"/> bytes.</summary>
    public void WriteHeaderBlock(Span<byte> destination) => WriteBlock(destination, SealedHeader);

    /// <summary>Writes <see cref="BodyBlockSize"/> bytes.</summary>
    public void WriteBodyBlock(Span<byte> destination) => WriteBlock(destination, SealedBody);

    public byte[] EventBlock()
    {
        var block = new byte[RecordLayout.EventSize];
        WriteEventBlock(block);
        return block;
    }

    public byte[] HeaderBlock()
    {
        var block = new byte[HeaderBlockSize];
        WriteHeaderBlock(block);
        return block;
    }

    public byte[] BodyBlock()
    {
        var block = new byte[BodyBlockSize];
        WriteBodyBlock(block);
        return block;
    }

    public override string ToString() => RecordCid.ToString();

    internal const int SignedSize = 2 * RecordLayout.CidSize;

    internal static int WriteSigned(Span<byte> destination, Cid eventCid, Cid previous, ReadOnlySpan<byte> identity)
    {
        if (!previous.IsDefined)
        {
            identity.CopyTo(destination);
            return identity.Length;
        }

        eventCid.WriteBytes(destination);
        previous.WriteBytes(destination[RecordLayout.CidSize..]);
        return SignedSize;
    }

    // The row is the new record's own and complete but, with a log key, for its signature, which the event's CID is needed for.
    internal static SealedRecord Build(byte[] row, Cid previous, SymmetricKey replicaKey, ReadOnlySpan<byte> identity, Ed25519PrivateKey? logKey = null)
    {
        RecordRow.TryRead(row, out var parts);
        var headerCid = HashInPlace(row, parts.HeaderStart, parts.BodyStart);
        var bodyCid = HashInPlace(row, parts.BodyStart, row.Length);
        Span<byte> eventBlock = stackalloc byte[RecordLayout.EventSize];
        RecordLayout.WriteEvent(eventBlock, headerCid, bodyCid);
        var eventCid = Cid.ForDagCbor(eventBlock);
        if (logKey is not null)
        {
            Span<byte> message = stackalloc byte[SignedSize];
            logKey.Sign(message[..WriteSigned(message, eventCid, previous, identity)], row.AsSpan(0, RecordLayout.SignatureSize));
        }

        Span<byte> node = stackalloc byte[RecordLayout.NextRecordSize];
        node = node[..RecordLayout.RecordSize(!previous.IsDefined)];
        RecordLayout.WriteRecord(node, parts.Signature, previous, eventCid, identity);
        var sealedSize = SymmetricKey.SealedSize(node.Length);
        var head = RecordLayout.BytesHeadSize(sealedSize);
        var recordBlock = new byte[head + sealedSize];
        RecordLayout.WriteBytesHead(recordBlock, sealedSize);
        replicaKey.Seal(parts.RecordNonce, node, recordBlock.AsSpan(head));
        return new(row, recordBlock, identity.ToArray(), parts, previous, Cid.ForDagCbor(recordBlock), eventCid, headerCid, bodyCid);
    }

    // The CID is that of the sealed bytes behind a CBOR head. The head is written over the bytes before them for as long as the hash takes,
    // which saves a copy of the body; nobody else knows the row yet.
    private static Cid HashInPlace(byte[] row, int start, int end)
    {
        Span<byte> kept = stackalloc byte[5];
        var head = RecordLayout.BytesHeadSize(end - start);
        var place = row.AsSpan(start - head, head);
        place.CopyTo(kept);
        RecordLayout.WriteBytesHead(place, end - start);
        var cid = Cid.ForDagCbor(row.AsSpan(start - head, end - start + head));
        kept[..head].CopyTo(place);
        return cid;
    }

    private static int BlockSize(ReadOnlySpan<byte> sealedBytes) => RecordLayout.BytesHeadSize(sealedBytes.Length) + sealedBytes.Length;

    private static void WriteBlock(Span<byte> destination, ReadOnlySpan<byte> sealedBytes)
    {
        RecordLayout.WriteBytesHead(destination, sealedBytes.Length);
        sealedBytes.CopyTo(destination[RecordLayout.BytesHeadSize(sealedBytes.Length)..]);
    }
}
