using Threads.Data.Cryptography;
using Threads.Data.Ipld;
using Threads.Data.Records;
using Threads.Data.Storage;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>Seals and opens records with this file's keys.</summary>
internal sealed class ThreadSealer(KeyRing keys, IRandomSource random)
{
    public bool CanRead => keys.Read is not null;

    /// <summary>A record of this file's own log behind <paramref name="previous"/> (undefined: its first).</summary>
    public SealedRecord Seal(ReadOnlySpan<byte> payload, Cid previous)
    {
        if (SymmetricKey.SealedSize(payload.Length) > RecordLimits.Default.MaxBodyBytes)
        {
            throw ThreadsErrors.TransactionTooLarge(payload.Length, RecordLimits.Default.MaxBodyBytes - SymmetricKey.Overhead);
        }

        return RecordSealer.Seal(keys.Replica, keys.Read ?? throw ThreadsErrors.ReplicaOnly(), keys.Log, keys.IdentityPublicKey, previous, payload, random);
    }

    /// <summary>Opens the payload of a stored row into the buffer.</summary>
    public RecordRefusal TryOpen(ReadOnlySpan<byte> row, PinnedBuffer buffer, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (keys.Read is not { } read)
        {
            return RecordRefusal.HeaderSealed;
        }

        if (!RecordRow.TryRead(row, out var parts))
        {
            return RecordRefusal.MalformedBlock;
        }

        var target = buffer.Take(parts.PayloadSize);
        var refusal = RecordOpener.OpenBody(parts, read, target);
        payload = target;
        return refusal;
    }

    /// <summary>Computes blocks and CIDs of a stored row again.</summary>
    public SealedRecord? Restore(ReadOnlySpan<byte> row, Cid previous, ReadOnlySpan<byte> identity) => SealedRecord.FromRow(row, previous, keys.Replica, identity);
}
