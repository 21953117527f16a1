using System.Buffers;
using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Ipld;

namespace Threads.Data.Records;

/// <summary>
/// Judges bytes that claim to be a record, in the order of FORMATS 3 ("What a strict reader checks"). <see cref="OpenRecord"/> needs the replica
/// key alone, <see cref="SealedRecord.SignatureHolds"/> the log's public key, <see cref="OpenBody(in RecordRow, SymmetricKey, Span{byte})"/> the
/// read key. Whether the record continues its log, and under the identity bound to it, is for the caller, who knows the log.
/// </summary>
internal static class RecordOpener
{
    /// <summary>Opens the record node and checks that the four blocks belong together. The signature is not checked here.</summary>
    public static RecordRefusal OpenRecord(
        SymmetricKey replicaKey,
        ReadOnlySpan<byte> recordBlock,
        ReadOnlySpan<byte> eventBlock,
        ReadOnlySpan<byte> headerBlock,
        ReadOnlySpan<byte> bodyBlock,
        out SealedRecord? record,
        RecordLimits? limits = null)
    {
        record = null;
        limits ??= RecordLimits.Default;
        if (headerBlock.Length > limits.MaxHeaderBytes + 5 || (long)bodyBlock.Length > (long)limits.MaxBodyBytes + 5)
            return RecordRefusal.TooLarge;
        if (!RecordLayout.TryUnwrap(recordBlock, out var sealedRecord) || sealedRecord.Length < SymmetricKey.Overhead
            || !RecordLayout.TryUnwrap(headerBlock, out var sealedHeader) || sealedHeader.Length < SymmetricKey.Overhead
            || !RecordLayout.TryUnwrap(bodyBlock, out var sealedBody) || sealedBody.Length < SymmetricKey.Overhead)
        {
            return RecordRefusal.MalformedBlock;
        }

        if (sealedHeader.Length > limits.MaxHeaderBytes || sealedBody.Length > limits.MaxBodyBytes)
            return RecordRefusal.TooLarge;
        if (!RecordLayout.TryReadEvent(eventBlock, out var headerLink, out var bodyLink))
            return RecordRefusal.MalformedEvent;

        Span<byte> node = stackalloc byte[RecordLayout.NextRecordSize];
        var nodeSize = sealedRecord.Length - SymmetricKey.Overhead;
        if (nodeSize > node.Length)
            return OpenOversized(replicaKey, sealedRecord, limits);
        node = node[..nodeSize];
        if (!replicaKey.TryOpen(sealedRecord, node))
            return RecordRefusal.RecordSealed;
        if (!RecordLayout.TryReadRecord(node, out var signature, out var previous, out var eventLink, out var identity))
            return Diagnose(node);
        // The key itself is judged where it is bound to the log; later records repeat it byte for byte or are refused by their log.
        if (!RecordLayout.HasIdentityHead(identity) || (!previous.IsDefined && !Ed25519Rule.AdmitsPublicKey(identity[4..])))
            return RecordRefusal.BadIdentity;

        var eventCid = Cid.ForDagCbor(eventBlock);
        if (eventLink != eventCid)
            return RecordRefusal.OtherEvent;
        var headerCid = Cid.ForDagCbor(headerBlock);
        if (headerLink != headerCid)
            return RecordRefusal.OtherHeader;
        var bodyCid = Cid.ForDagCbor(bodyBlock);
        if (bodyLink != bodyCid)
            return RecordRefusal.OtherBody;

        var varintSize = Varint.Size((ulong)sealedHeader.Length);
        var row = new byte[RecordRow.HeaderLengthStart + varintSize + sealedHeader.Length + sealedBody.Length];
        signature.CopyTo(row);
        sealedRecord[..SymmetricKey.NonceSize].CopyTo(row.AsSpan(RecordRow.NonceStart));
        Varint.Write(row.AsSpan(RecordRow.HeaderLengthStart), (ulong)sealedHeader.Length);
        sealedHeader.CopyTo(row.AsSpan(RecordRow.HeaderLengthStart + varintSize));
        sealedBody.CopyTo(row.AsSpan(row.Length - sealedBody.Length));
        RecordRow.TryRead(row, out var parts);
        record = new(row, recordBlock.ToArray(), identity.ToArray(), parts, previous, Cid.ForDagCbor(recordBlock), eventCid, headerCid, bodyCid);
        return RecordRefusal.None;
    }

    /// <summary>As <see cref="OpenRecord"/> and then the signature.</summary>
    /// <exception cref="RecordRefusedException">Any check fails.</exception>
    public static SealedRecord Open(
        SymmetricKey replicaKey,
        Ed25519PublicKey logKey,
        ReadOnlySpan<byte> recordBlock,
        ReadOnlySpan<byte> eventBlock,
        ReadOnlySpan<byte> headerBlock,
        ReadOnlySpan<byte> bodyBlock,
        RecordLimits? limits = null)
    {
        var refusal = OpenRecord(replicaKey, recordBlock, eventBlock, headerBlock, bodyBlock, out var record, limits);
        if (refusal == RecordRefusal.None && !record!.SignatureHolds(logKey))
            refusal = RecordRefusal.BadSignature;
        return refusal == RecordRefusal.None ? record! : throw new RecordRefusedException(refusal, Cid.ForDagCbor(recordBlock));
    }

    /// <summary>Opens header and body of a stored row into a destination of exactly <see cref="RecordRow.PayloadSize"/> bytes.</summary>
    public static RecordRefusal OpenBody(in RecordRow row, SymmetricKey readKey, Span<byte> destination) =>
        OpenBody(row.SealedHeader, row.SealedBody, readKey, destination);

    /// <summary>Opens header and body of a stored row and appends the payload.</summary>
    public static RecordRefusal OpenBody(in RecordRow row, SymmetricKey readKey, IBufferWriter<byte> destination)
    {
        var size = row.PayloadSize;
        var refusal = OpenBody(row, readKey, destination.GetSpan(size)[..size]);
        if (refusal == RecordRefusal.None)
            destination.Advance(size);
        return refusal;
    }

    /// <inheritdoc cref="OpenBody(in RecordRow, SymmetricKey, Span{byte})"/>
    public static RecordRefusal OpenBody(SealedRecord record, SymmetricKey readKey, Span<byte> destination) =>
        OpenBody(record.SealedHeader, record.SealedBody, readKey, destination);

    private static RecordRefusal OpenBody(ReadOnlySpan<byte> sealedHeader, ReadOnlySpan<byte> sealedBody, SymmetricKey readKey, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, sealedBody.Length - SymmetricKey.Overhead, nameof(destination));
        // The caller has found the key by its name.
        sealedHeader = sealedHeader.Length == RecordLayout.NamedHeaderSize ? sealedHeader[ReadKeyId.SizeBytes..] : sealedHeader;
        var size = sealedHeader.Length - SymmetricKey.Overhead;
        // Another size can't be a header of one content key; whether the read key opens it still tells which refusal it is.
        var header = size == RecordLayout.HeaderSize ? stackalloc byte[RecordLayout.HeaderSize] : new byte[size];
        try
        {
            if (!readKey.TryOpen(sealedHeader, header))
                return RecordRefusal.HeaderSealed;
            if (!RecordLayout.TryReadHeader(header, out var contentKey))
                return RecordRefusal.MalformedHeader;
            return ContentCipher.TryOpen(contentKey, sealedBody, destination) ? RecordRefusal.None : RecordRefusal.BodySealed;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(header);
        }
    }

    // Too large for any record; sealed by us or not decides between the two refusals.
    private static RecordRefusal OpenOversized(SymmetricKey replicaKey, ReadOnlySpan<byte> sealedRecord, RecordLimits limits)
    {
        if (sealedRecord.Length > limits.MaxHeaderBytes)
            return RecordRefusal.TooLarge;
        var node = new byte[sealedRecord.Length - SymmetricKey.Overhead];
        return replicaKey.TryOpen(sealedRecord, node) ? Diagnose(node) : RecordRefusal.RecordSealed;
    }

    // The node is not the one layout there is; say what it is instead.
    private static RecordRefusal Diagnose(ReadOnlySpan<byte> node)
    {
        try
        {
            CborReader.Validate(node);
            var reader = new CborReader(node);
            var fields = reader.ReadMap();
            if (fields is not (3 or 4) || !reader.ReadKey().SequenceEqual("sig"u8))
                return RecordRefusal.MalformedRecord;
            var signatureSize = reader.ReadBytes().Length;
            var key = reader.ReadKey();
            if (fields == 4)
            {
                if (!key.SequenceEqual("prev"u8))
                    return RecordRefusal.MalformedRecord;
                reader.ReadLink();
                key = reader.ReadKey();
            }

            if (!key.SequenceEqual("block"u8))
                return RecordRefusal.MalformedRecord;
            reader.ReadLink();
            if (!reader.ReadKey().SequenceEqual("pubKey"u8))
                return RecordRefusal.MalformedRecord;
            if (reader.ReadBytes().Length != RecordLayout.IdentitySize)
                return RecordRefusal.BadIdentity;
            // All fields are there: what is left is a signature of another size, or a link that is no dag-cbor block's.
            return signatureSize == RecordLayout.SignatureSize ? RecordRefusal.MalformedRecord : RecordRefusal.BadSignature;
        }
        catch (CborException e)
        {
            return e.Error == CborError.UnexpectedKind ? RecordRefusal.MalformedRecord : RecordRefusal.NotCanonical;
        }
    }
}
