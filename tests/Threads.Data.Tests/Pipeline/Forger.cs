using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Pipeline;
using Threads.Data.Records;

namespace Threads.Data.Tests.Pipeline;

/// <summary>A member of a thread who seals whatever he likes: into a log of his own, or into that of a peer whose key he got hold of.</summary>
internal sealed class Forger : IDisposable
{
    private readonly SymmetricKey _replica;
    private readonly SymmetricKey _read;
    private readonly byte[] _thread;

    /// <summary>With a new log, or with the peer's own.</summary>
    public Forger(Peer peer, bool ofPeer = false)
    {
        var keys = peer.Connection.OpenSession().Core.Keys;
        using var key = peer.Connection.Thread.Key;
        _replica = new SymmetricKey(key.Replica);
        _read = new SymmetricKey(key.Read);
        _thread = peer.Connection.Thread.Id.ToBytes();
        Span<byte> seed = stackalloc byte[32];
        if (ofPeer)
        {
            keys.Log.CopySeed(seed);
        }

        Log = ofPeer ? new Ed25519PrivateKey(seed) : Ed25519PrivateKey.Generate(SystemRandomSource.Instance);
        if (ofPeer)
        {
            keys.Identity.CopySeed(seed);
        }

        Identity = ofPeer ? new Ed25519PrivateKey(seed) : Ed25519PrivateKey.Generate(SystemRandomSource.Instance);
    }

    public static EventShape Create { get; } = new(EventKind.Create, "n", 1, ["id", "a"]);

    public Ed25519PrivateKey Log { get; }

    public Ed25519PrivateKey Identity { get; set; }

    public byte[] LogId => Data.Identity.LogId.FromPublicKey(Log.PublicKey).ToBytes();

    private byte[] IdentityKey => KeyProtobuf.EncodePublic(Identity.PublicKey);

    public SealedRecord Opening(long time, byte[]? thread = null)
    {
        var statement = OwnLog.Statement(thread ?? _thread, LogId, IdentityKey);
        var byLog = new byte[64];
        var byIdentity = new byte[64];
        Log.Sign(statement, byLog);
        Identity.Sign(statement, byIdentity);
        return Seal(default, Payload(1, time, OwnLog.Opening, w =>
        {
            w.WriteBytes(thread ?? _thread);
            w.WriteBytes(LogId);
            w.WriteBytes(IdentityKey);
            w.WriteBytes(byLog);
            w.WriteBytes(byIdentity);
        }));
    }

    /// <summary>Makes a row (id, a) of table n.</summary>
    public SealedRecord Row(SealedRecord previous, long position, long time, long id, string a) => Seal(previous.RecordCid, RowPayload(position, time, id, a));

    public byte[] RowPayload(long position, long time, long id, string a) => Payload(position, time, Create, w =>
    {
        w.WriteInt64(id);
        w.WriteText(a);
    });

    public byte[] Payload(long position, long time, EventShape shape, Action<CborWriter> values)
    {
        using var payload = new PayloadWriter();
        payload.Begin();
        payload.StartEvent(payload.Add(shape), shape.Columns.Length);
        values(payload.Values);
        return payload.Finish(LogId, position, time).ToArray();
    }

    public SealedRecord Seal(Cid previous, byte[] payload, Ed25519PrivateKey? signer = null)
        => RecordSealer.Seal(_replica, _read, signer ?? Log, IdentityKey, previous, payload, SystemRandomSource.Instance);

    /// <summary>Under a read key of 32 bytes that the header names.</summary>
    public SealedRecord SealUnder(byte[] key, Cid previous, byte[] payload)
    {
        using var read = new SymmetricKey(key);
        return RecordSealer.Seal(_replica, read, Log, IdentityKey, previous, payload, SystemRandomSource.Instance, ReadKeyId.Of(key));
    }

    /// <summary>A row (id, a) of table n, under a named key.</summary>
    public SealedRecord RowUnder(byte[] key, SealedRecord previous, long position, long time, long id, string a)
        => SealUnder(key, previous.RecordCid, RowPayload(position, time, id, a));

    /// <summary>The record with a body that its content key does not open, signed anew.</summary>
    public SealedRecord Altered(SealedRecord record, SealedRecord previous)
    {
        var row = (byte[])record.Row.Clone();
        row[^1] ^= 1;
        return SealedRecord.Build(row, previous.RecordCid, _replica, IdentityKey, Log);
    }

    /// <summary>The same record under another nonce: signature, event and content stay.</summary>
    public SealedRecord Reseal(SealedRecord record)
    {
        var row = (byte[])record.Row.Clone();
        row[RecordRow.NonceStart] ^= 0xFF;
        return SealedRecord.FromRow(row, record.Previous, _replica, record.Identity)!;
    }

    /// <summary>The record at a position of a peer's first log.</summary>
    public static SealedRecord Stored(Peer peer, long position)
    {
        var core = peer.Connection.OpenSession().Core;
        core.Logs.Forget();
        var export = new CarExport(core.Stored);
        var log = core.OwnLog.Find()!;
        return export.Restore(log, position, export.Previous(new CarExport.Stretch(log, position, position)));
    }

    public static byte[] File(params SealedRecord[] records)
        => File(records.SelectMany(r => new[] { r.RecordBlock.ToArray(), r.EventBlock(), r.HeaderBlock(), r.BodyBlock() }).ToArray());

    public static byte[] File(params byte[][] blocks)
    {
        using var stream = new MemoryStream();
        using (var car = new CarWriter(stream))
        {
            car.WriteHeader([]);
            foreach (var block in blocks)
            {
                car.WriteBlock(Cid.ForDagCbor(block), block);
            }

            car.Flush();
        }

        return stream.ToArray();
    }

    /// <summary>Records of one log behind a manifest that says whose it is, as a replicator needs it.</summary>
    public static byte[] FileOf(ReadOnlySpan<byte> log, params SealedRecord[] records)
    {
        using var writer = new CborWriter();
        writer.StartArray(2);
        writer.WriteInt64(CarExport.ManifestVersion);
        writer.StartArray(1);
        writer.StartArray(3);
        writer.WriteBytes(log);
        writer.WriteInt64(1);
        writer.WriteInt64(records.Length);
        return File([writer.ToArray(), .. records.SelectMany(r => new[] { r.RecordBlock.ToArray(), r.EventBlock(), r.HeaderBlock(), r.BodyBlock() })]);
    }

    /// <summary>The blocks of a CAR file.</summary>
    public static List<byte[]> Blocks(byte[] file)
    {
        using var car = new CarReader(new MemoryStream(file));
        return [.. car.ReadBlocks().Select(b => b.Data.ToArray())];
    }

    public void Dispose()
    {
        _replica.Dispose();
        _read.Dispose();
        Log.Dispose();
        Identity.Dispose();
    }
}
