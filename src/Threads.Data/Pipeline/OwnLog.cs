using System.Buffers.Binary;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Logs;
using Threads.Data.Storage;

namespace Threads.Data.Pipeline;

/// <summary>
/// The log this file writes. It begins with its opening, alone at position 1: thread, log and identity, signed by both keys, since go-threads signs a first record
/// over its public key alone (decision 11).
/// </summary>
internal sealed class OwnLog(KeyRing keys, MetaStore meta, LogStore logs, RecordStore records, ThreadSealer sealer, PayloadWriter payload, HybridClock clock)
{
    public static readonly EventShape Opening = new(EventKind.Opening, "", 0, ["thread", "log", "identity", "log_signature", "identity_signature"]);

    /// <summary>The first list, or a change of the lists, in bytes.</summary>
    public static readonly EventShape Access = new(EventKind.Access, "", 0, ["list"]);

    /// <summary>A chain of capabilities, in bytes.</summary>
    public static readonly EventShape Capability = new(EventKind.Capability, "", 0, ["chain"]);

    /// <summary>A join, in bytes.</summary>
    public static readonly EventShape Join = new(EventKind.Join, "", 0, ["join"]);

    private long? _number;
    private byte[]? _logId;

    /// <summary>The log's id: the multihash of its public key, 38 bytes.</summary>
    public byte[] LogId => _logId ??= Identity.LogId.FromPublicKey(keys.Log.PublicKey).ToBytes();

    /// <summary>Four bytes of its public key: what tells it from others within one nanosecond.</summary>
    public uint Tag => BinaryPrimitives.ReadUInt32LittleEndian(LogId.AsSpan(^32..));

    /// <summary>The entry may have moved on: another connection wrote, or a transaction was rolled back.</summary>
    public void Forget()
    {
        _number = null;
        _logId = null;
    }

    /// <summary>The log's entry, the same object that the store of logs hands out; null while nothing was written.</summary>
    public LogEntry? Find() => (_number ??= meta.Int64("log")) is { } id ? logs.Get(id) : null;

    /// <summary>The log, opened by its first record when there is none yet; in a write transaction.</summary>
    public LogEntry Open()
    {
        if (Find() is { } known)
        {
            return known;
        }

        var entry = logs.Add(keys.Log.PublicKey.ToArray(), keys.IdentityPublicKey);
        meta.Set("log", entry.Id);
        logs.Own(entry);
        var time = clock.Peek();
        var statement = Statement(keys.Thread.ToBytes(), LogId, keys.IdentityPublicKey);
        Span<byte> byLog = stackalloc byte[Ed25519.SignatureSize];
        Span<byte> byIdentity = stackalloc byte[Ed25519.SignatureSize];
        keys.Log.Sign(statement, byLog);
        keys.Identity.Sign(statement, byIdentity);

        payload.Begin();
        payload.StartEvent(payload.Add(Opening), Opening.Columns.Length);
        payload.Values.WriteBytes(keys.Thread.ToBytes());
        payload.Values.WriteBytes(LogId);
        payload.Values.WriteBytes(keys.IdentityPublicKey);
        payload.Values.WriteBytes(byLog);
        payload.Values.WriteBytes(byIdentity);
        clock.Take(time, 1);
        var record = sealer.Seal(payload.Finish(LogId, 1, time), default, isForAll: true);
        records.Append(entry, record.RecordCid, time, 1, record.Row);
        _number = entry.Id;
        TellFirstList();
        return entry;
    }

    /// <summary>The list that the thread's id is the hash of follows the first opening there is.</summary>
    private void TellFirstList()
    {
        if (meta.Bytes(ThreadFile.FirstListName) is not { } list || meta.Int64(ThreadFile.FirstListTold) is not null)
        {
            return;
        }

        meta.Set(ThreadFile.FirstListTold, 1);
        Append(events =>
        {
            events.StartEvent(events.Add(Access), Access.Columns.Length);
            events.Values.WriteBytes(list);
        }, isForAll: true);
    }

    /// <summary>Appends a record of events that are no rows; in a write transaction.</summary>
    /// <param name="write">Writes the events.</param>
    /// <param name="isForAll">Under the thread's first read key.</param>
    public RecordInfo Append(Action<PayloadWriter> write, bool isForAll = false)
    {
        var log = Open();
        payload.Begin();
        write(payload);
        var time = clock.Peek();
        clock.Take(time, payload.Count);
        var position = log.Head + 1;
        var record = sealer.Seal(payload.Finish(LogId, position, time), log.HeadCid, isForAll);
        records.Append(log, record.RecordCid, time, payload.Count, record.Row);
        return new RecordInfo(log.Id, position, record.RecordCid, payload.Count);
    }

    /// <summary>What both keys sign: a fixed text, then thread, log and identity, each behind its length.</summary>
    public static byte[] Statement(ReadOnlySpan<byte> thread, ReadOnlySpan<byte> log, ReadOnlySpan<byte> identity)
        => [.. "threads-ef opening 1"u8, (byte)thread.Length, .. thread, (byte)log.Length, .. log, (byte)identity.Length, .. identity];
}
