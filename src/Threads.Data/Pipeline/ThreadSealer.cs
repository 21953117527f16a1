using Threads.Data.Cryptography;
using Threads.Data.Ipld;
using Threads.Data.Records;
using Threads.Data.Storage;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>Seals and opens records with this file's keys.</summary>
/// <param name="keys">The file's keys.</param>
/// <param name="random">Gives content keys and nonces.</param>
/// <param name="writeKey">Names the read key that this peer's next record is under, one that is here; null: the thread's first.</param>
internal sealed class ThreadSealer(KeyRing keys, IRandomSource random, Func<ReadKeyId?>? writeKey = null)
{
    public bool CanRead => keys.Read is not null;

    /// <summary>A record of this file's own log behind <paramref name="previous"/> (undefined: its first).</summary>
    /// <param name="payload">What it holds.</param>
    /// <param name="previous">The log's head.</param>
    /// <param name="isForAll">Under the thread's first key, which every reader has: an opening, and what hands out keys.</param>
    public SealedRecord Seal(ReadOnlySpan<byte> payload, Cid previous, bool isForAll = false)
    {
        if (SymmetricKey.SealedSize(payload.Length) > RecordLimits.Default.MaxBodyBytes)
        {
            throw ThreadsErrors.TransactionTooLarge(payload.Length, RecordLimits.Default.MaxBodyBytes - SymmetricKey.Overhead);
        }

        var first = keys.Read ?? throw ThreadsErrors.ReplicaOnly();
        var name = isForAll ? null : writeKey?.Invoke();
        return RecordSealer.Seal(
            keys.Replica, name is { } id ? keys.Reads.Find(id)! : first, keys.Log, keys.IdentityPublicKey, previous, payload, random, name);
    }

    /// <summary>Opens the payload of a stored row into the buffer.</summary>
    public RecordRefusal TryOpen(ReadOnlySpan<byte> row, PinnedBuffer buffer, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (!RecordRow.TryRead(row, out var parts))
        {
            return RecordRefusal.MalformedBlock;
        }

        if (!CanRead || keys.Reads.For(parts.SealedHeader) is not { } read)
        {
            return RecordRefusal.NoKey;
        }

        var target = buffer.Take(parts.PayloadSize);
        var refusal = RecordOpener.OpenBody(parts, read, target);
        payload = target;
        return refusal;
    }

    /// <summary>Computes blocks and CIDs of a stored row again.</summary>
    public SealedRecord? Restore(ReadOnlySpan<byte> row, Cid previous, ReadOnlySpan<byte> identity) => SealedRecord.FromRow(row, previous, keys.Replica, identity);
}
