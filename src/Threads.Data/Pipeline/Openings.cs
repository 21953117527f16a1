using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Pipeline;

/// <summary>Judges the opening at position 1 of a log (decision 11), where it can be read.</summary>
internal static class Openings
{
    /// <exception cref="ThreadsException">It opens another thread or log, names another identity, or a signature does not hold.</exception>
    public static void Check(IncomingRecord incoming, ReadOnlySpan<byte> thread)
    {
        if (incoming.Payload is not { } payload)
        {
            return;
        }

        var reader = new CborReader(payload);
        var header = PayloadHeader.Read(ref reader, new ShapeCache());
        if (header is not { EventCount: 1, Position: 1, Shapes: [{ Kind: EventKind.Opening, Columns.Length: 5 }] })
        {
            throw Refuse(incoming, Resources.Strings.ReasonNoOpening());
        }

        reader.ReadArray();
        reader.ReadInt64();
        var ofThread = reader.ReadBytes();
        var log = reader.ReadBytes();
        var identity = reader.ReadBytes();
        var byLog = reader.ReadBytes();
        var byIdentity = reader.ReadBytes();
        if (!ofThread.SequenceEqual(thread))
        {
            throw Refuse(incoming, Resources.Strings.ReasonOtherThread());
        }

        var statement = OwnLog.Statement(ofThread, log, identity);
        if (!log.SequenceEqual(header.LogId) || !identity.SequenceEqual(incoming.Record.Identity)
            || !Ed25519PublicKey.Verify(incoming.LogKey, statement, byLog) || !Ed25519PublicKey.Verify(identity[4..], statement, byIdentity))
        {
            throw Refuse(incoming, Resources.Strings.ReasonOpeningSignature());
        }
    }

    private static ThreadsException Refuse(IncomingRecord incoming, string reason) => ThreadsErrors.RecordRefused(incoming.Record.RecordCid.ToString(), reason, null);
}
