using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Records;
using Threads.Data.Storage;

namespace Threads.Data.Pipeline;

/// <summary>Opens four blocks as a record of this thread: everything that can be judged without the log (FORMATS 3), payload included where it can be read.</summary>
internal sealed class RecordIntake(KeyRing keys)
{
    private readonly ShapeCache _shapes = new();

    /// <summary>Whether a record was sealed for another thread, or by nobody.</summary>
    public bool IsForeign { get; private set; }

    /// <exception cref="ThreadsException">The record is refused, by name.</exception>
    public IncomingRecord Open(ReadOnlySpan<byte> recordBlock, ReadOnlySpan<byte> eventBlock, ReadOnlySpan<byte> headerBlock, ReadOnlySpan<byte> bodyBlock, byte[]? logKey)
    {
        var refusal = RecordOpener.OpenRecord(keys.Replica, recordBlock, eventBlock, headerBlock, bodyBlock, out var record);
        if (refusal != RecordRefusal.None)
        {
            IsForeign |= refusal == RecordRefusal.RecordSealed;
            throw Refuse(Cid.ForDagCbor(recordBlock), Resources.Strings.ReasonBlocks(refusal.ToString()), null);
        }

        if (keys.Read is not { } read)
        {
            return new IncomingRecord(record!) { LogKey = logKey ?? throw Refuse(record!.RecordCid, Resources.Strings.ReasonNoLog(), null) };
        }

        if (RecordLayout.TryReadKeyId(record!.SealedHeader, out var id))
        {
            return OpenNamed(record, id, logKey);
        }

        var misfit = TryRead(record, read, out var incoming);
        return misfit is null ? incoming! : throw Refuse(record.RecordCid, misfit, null);
    }

    /// <summary>Opens a record whose key is named, again when its key has come. Whether it fits or not, it is kept.</summary>
    public IncomingRecord OpenNamed(SealedRecord record, ReadKeyId id, byte[]? logKey)
    {
        if (!record.Previous.IsDefined)
        {
            // A log's opening must be judged by everybody.
            throw Refuse(record.RecordCid, Resources.Strings.ReasonBlocks(RecordRefusal.HeaderSealed.ToString()), null);
        }

        var incoming = default(IncomingRecord);
        var misfit = keys.Reads.Find(id) is { } key ? TryRead(record, key, out incoming) : null;
        if (incoming is not null)
        {
            return new IncomingRecord(record)
            {
                Key = id,
                LogKey = logKey ?? incoming.LogKey,
                Misfit = logKey is null || incoming.LogKey.AsSpan().SequenceEqual(logKey) ? null : Resources.Strings.VerifyOtherLog(),
                Payload = incoming.Payload,
                Position = incoming.Position,
                Time = incoming.Time,
                Events = incoming.Events,
            };
        }

        return new IncomingRecord(record) { Key = id, Misfit = misfit, LogKey = logKey ?? throw Refuse(record.RecordCid, Resources.Strings.ReasonNoLog(), null) };
    }

    /// <summary>Why the record can't be read by this key, which is its own; null: it is.</summary>
    private string? TryRead(SealedRecord record, SymmetricKey key, out IncomingRecord? incoming)
    {
        incoming = null;
        var payload = new byte[record.PayloadSize];
        var refusal = RecordOpener.OpenBody(record, key, payload);
        if (refusal != RecordRefusal.None)
        {
            return Resources.Strings.ReasonBlocks(refusal.ToString());
        }

        try
        {
            var reader = new CborReader(payload);
            var header = PayloadHeader.Read(ref reader, _shapes);
            PayloadCheck.Events(ref reader, header);
            incoming = new IncomingRecord(record)
            {
                LogKey = LogId.FromBytes(header.LogId).PublicKey.ToArray(),
                Payload = payload,
                Position = header.Position,
                Time = header.Time,
                Events = header.EventCount,
            };
            return null;
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            return Resources.Strings.ReasonPayload(e.Message);
        }
    }

    private static ThreadsException Refuse(Cid cid, string reason, Exception? inner) => ThreadsErrors.RecordRefused(cid.ToString(), reason, inner);
}
