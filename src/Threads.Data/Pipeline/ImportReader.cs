using Threads.Data.Cryptography;
using Threads.Data.Ipld;
using Threads.Data.Records;
using Threads.Data.Storage;

namespace Threads.Data.Pipeline;

/// <summary>
/// Reads a CAR file into records whose blocks hold together and whose payload is open: all the work that needs no database, so that it runs beside the one thread that
/// writes. Blocks in the order of <see cref="CarExport"/> stream through; what comes in another order is kept and sorted at the end.
/// </summary>
internal sealed class ImportReader(KeyRing keys, CarReader car, ImportLimits limits)
{
    private const int BlocksOfRecord = 4;

    private readonly Queue<(Cid Cid, byte[] Data)> _window = new();
    private readonly Dictionary<Cid, byte[]> _staged = [];
    private readonly RecordIntake _intake = new(keys);
    private readonly Queue<(byte[] Key, long Count)> _manifest = new();
    private long _stagedBytes;
    private long _leftOfLog;
    private byte[]? _logOfManifest;

    /// <summary>What ended the file before its end; null when it was whole.</summary>
    public CarException? Damage { get; private set; }

    /// <summary>Records that held together.</summary>
    public long Opened { get; private set; }

    /// <summary>Records that the manifest says the file holds.</summary>
    public long Promised { get; private set; }

    /// <summary>Something was there, but no record of this thread.</summary>
    public bool IsForeign => Opened == 0 && (_intake.IsForeign || (_staged.Count > 0 && Refusal is null && Promised == 0));

    /// <summary>The first record whose blocks did not hold together.</summary>
    public ThreadsException? Refusal { get; private set; }

    /// <summary>Before the first record; false when the file is damaged there already.</summary>
    public bool TryReadHeader()
    {
        try
        {
            car.ReadHeader();
            return true;
        }
        catch (CarException e)
        {
            Damage = e;
            return false;
        }
    }

    /// <summary>After the last record: what is wrong with the file, the gravest first; null when all is well.</summary>
    /// <param name="added">Records that were taken.</param>
    /// <param name="refusal">Why one was refused where it was to be placed.</param>
    /// <param name="unvouched">One that no signature vouched for.</param>
    public ThreadsException? Judge(long added, ThreadsException? refusal, IncomingRecord? unvouched)
    {
        var wrong = Find(added, refusal, unvouched);
        Resources.DataMetrics.RecordsTaken.Add(added);
        Resources.DataMetrics.Refusals.Add(wrong is null ? 0 : 1);
        return wrong;
    }

    private ThreadsException? Find(long added, ThreadsException? refusal, IncomingRecord? unvouched)
    {
        if (Damage is { } damage)
        {
            return damage.Error == CarError.Truncated ? ThreadsErrors.ImportTruncated(added, damage) : ThreadsErrors.ImportDamaged(added, damage.Message, damage);
        }

        if (IsForeign)
        {
            return ThreadsErrors.ImportForeign();
        }

        if ((Refusal ?? refusal) is { } refused)
        {
            return refused;
        }

        return Opened < Promised ? ThreadsErrors.ImportTruncated(added, new CarException(CarError.Truncated, car.Offset))
            : unvouched is null ? null : ThreadsErrors.RecordRefused(unvouched.Record.RecordCid.ToString(), Resources.Strings.ReasonSignature(), null);
    }

    public IEnumerable<IncomingRecord> Records()
    {
        while (TryReadBlock(out var cid, out var data))
        {
            if (_manifest.Count == 0 && _logOfManifest is null && TryReadManifest(data))
            {
                continue;
            }

            _window.Enqueue((cid, data));
            if (_window.Count == BlocksOfRecord && Assemble() is { } record)
            {
                yield return record;
            }
        }

        while (_window.TryDequeue(out var rest))
        {
            Stage(rest.Cid, rest.Data);
        }

        foreach (var record in Sort())
        {
            yield return record;
        }
    }

    private bool TryReadBlock(out Cid cid, out byte[] data)
    {
        try
        {
            if (car.TryReadBlock(out cid, out var block))
            {
                if (cid is not { Version: 1, Codec: Cid.DagCbor, HashFunction: Multihash.Sha256 })
                {
                    // No block of a thread is anything else.
                    throw new CarException(CarError.InvalidCid, car.Offset);
                }

                data = block.ToArray();
                return true;
            }
        }
        catch (CarException e)
        {
            Damage = e;
        }

        (cid, data) = (default, []);
        return false;
    }

    private bool TryReadManifest(byte[] data)
    {
        try
        {
            var reader = new CborReader(data);
            if (reader.Peek() != CborKind.Array || reader.ReadArray() != 2 || reader.ReadInt64() != CarExport.ManifestVersion)
            {
                return false;
            }

            var promised = 0L;
            for (var count = reader.ReadArray(); count > 0; count--)
            {
                reader.ReadArray();
                var key = reader.ReadBytes().ToArray();
                reader.ReadInt64();
                var records = reader.ReadInt64();
                if (records > 0)
                {
                    _manifest.Enqueue((key, records));
                    promised += records;
                }
            }

            Promised = promised;
            return true;
        }
        catch (CborException)
        {
            // Some other block; it will be judged as a record's.
            _manifest.Clear();
            return false;
        }
    }

    /// <summary>The four blocks of the window as a record; otherwise its first block is out of order.</summary>
    private IncomingRecord? Assemble()
    {
        var blocks = _window.ToArray();
        if (!RecordLayout.TryReadEvent(blocks[1].Data, out var header, out var body) || header != blocks[2].Cid || body != blocks[3].Cid)
        {
            var (cid, data) = _window.Dequeue();
            Stage(cid, data);
            return null;
        }

        _window.Clear();
        return Open(blocks[0].Data, blocks[1].Data, blocks[2].Data, blocks[3].Data, NextOfManifest());
    }

    private byte[]? NextOfManifest()
    {
        if (_leftOfLog == 0 && _manifest.TryDequeue(out var next))
        {
            (_logOfManifest, _leftOfLog) = next;
        }

        _leftOfLog--;
        return _logOfManifest;
    }

    private IncomingRecord? Open(byte[] recordBlock, byte[] eventBlock, byte[] headerBlock, byte[] bodyBlock, byte[]? logKey)
    {
        try
        {
            Opened++;
            return _intake.Open(recordBlock, eventBlock, headerBlock, bodyBlock, logKey);
        }
        catch (ThreadsException e)
        {
            Opened--;
            Refusal ??= e;
            return null;
        }
    }

    private void Stage(Cid cid, byte[] data)
    {
        if (_staged.TryAdd(cid, data))
        {
            _stagedBytes += data.Length;
            if (_stagedBytes > limits.MaxDisorderBytes)
            {
                throw ThreadsErrors.ImportDisorder(limits.MaxDisorderBytes);
            }
        }
    }

    /// <summary>Finds the records among blocks that came in any order, each behind its predecessor.</summary>
    private IEnumerable<IncomingRecord> Sort()
    {
        var found = new List<(IncomingRecord Record, long Position)>();
        var places = new Dictionary<Cid, (byte[] Log, long Position)>();
        var unread = new List<(byte[][] Blocks, Cid Previous)>();
        foreach (var (_, block) in _staged)
        {
            if (TryFindParts(block, out var previous, out var parts))
            {
                unread.Add(([block, .. parts], previous));
            }
        }

        // Those whose key is not here are of the log that what they follow is of; where that is not here either, they are refused.
        for (var left = unread.Count + 1; unread.Count < left;)
        {
            left = unread.Count;
            unread.RemoveAll(r => (IsRead(r.Blocks) || places.ContainsKey(r.Previous)) && Take(r.Blocks, places.GetValueOrDefault(r.Previous)));
        }

        unread.ForEach(r => Take(r.Blocks, default));
        return found.OrderBy(f => Convert.ToHexStringLower(f.Record.LogKey), StringComparer.Ordinal).ThenBy(f => f.Position).Select(f => f.Record);

        bool Take(byte[][] blocks, (byte[]? Log, long Position) previous)
        {
            if (Open(blocks[0], blocks[1], blocks[2], blocks[3], previous.Log) is { } record)
            {
                found.Add((record, record.Payload is null ? previous.Position + 1 : record.Position));
                places.TryAdd(record.Record.RecordCid, (record.LogKey, found[^1].Position));
            }

            return true;
        }
    }

    private bool TryFindParts(byte[] block, out Cid previous, out byte[][] parts)
    {
        (previous, parts) = (default, []);
        if (!RecordLayout.TryUnwrap(block, out var sealedNode))
        {
            return false;
        }

        var size = sealedNode.Length - SymmetricKey.Overhead;
        if (size != RecordLayout.RecordSize(true) && size != RecordLayout.RecordSize(false))
        {
            return false;
        }

        Span<byte> node = stackalloc byte[RecordLayout.RecordSize(false)];
        node = node[..size];
        if (!keys.Replica.TryOpen(sealedNode, node)
            || !RecordLayout.TryReadRecord(node, out _, out previous, out var eventCid, out _)
            || !_staged.TryGetValue(eventCid, out var eventBlock)
            || !RecordLayout.TryReadEvent(eventBlock, out var header, out var body)
            || !_staged.TryGetValue(header, out var headerBlock)
            || !_staged.TryGetValue(body, out var bodyBlock))
        {
            return false;
        }

        parts = [eventBlock, headerBlock, bodyBlock];
        return true;
    }

    private bool IsRead(byte[][] blocks) => !RecordLayout.TryUnwrap(blocks[2], out var header) || keys.Reads.For(header) is not null;
}

/// <summary>How much an import may hold in memory.</summary>
internal sealed record ImportLimits
{
    /// <summary>Of blocks that came out of order.</summary>
    public long MaxDisorderBytes { get; init; } = 1L << 30;

    /// <summary>Of records that wait for the signature that vouches for them.</summary>
    public long MaxRunBytes { get; init; } = 64L << 20;
}
