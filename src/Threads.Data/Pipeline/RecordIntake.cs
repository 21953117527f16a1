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

        var payload = new byte[record!.PayloadSize];
        refusal = RecordOpener.OpenBody(record, read, payload);
        if (refusal != RecordRefusal.None)
        {
            throw Refuse(record.RecordCid, Resources.Strings.ReasonBlocks(refusal.ToString()), null);
        }

        try
        {
            var reader = new CborReader(payload);
            var header = PayloadHeader.Read(ref reader, _shapes);
            PayloadCheck.Events(ref reader, header);
            return new IncomingRecord(record)
            {
                LogKey = LogId.FromBytes(header.LogId).PublicKey.ToArray(),
                Payload = payload,
                Position = header.Position,
                Time = header.Time,
                Events = header.EventCount,
            };
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            throw Refuse(record.RecordCid, Resources.Strings.ReasonPayload(e.Message), e);
        }
    }

    private static ThreadsException Refuse(Cid cid, string reason, Exception? inner) => ThreadsErrors.RecordRefused(cid.ToString(), reason, inner);
}
