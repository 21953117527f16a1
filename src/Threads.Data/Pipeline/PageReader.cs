using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Records;

namespace Threads.Data.Pipeline;

/// <summary>Cuts what another side lacks into pages of a bounded size. Every record of ours is signed, so a page may end on any; an opening never travels alone.</summary>
internal sealed class PageReader(ThreadRecords stored)
{
    /// <summary>What CAR adds to the four blocks of a record: lengths and CIDs.</summary>
    private const int OverheadOfRecord = 4 * 40;

    private readonly CarExport _export = new(stored);
    private readonly List<SealedRecord> _records = [];
    private int _sizeBytes;

    /// <summary>The records after <paramref name="since"/>, up to a size; at least two of a log that begins, one otherwise.</summary>
    public ThreadPage Read(ThreadHeads? since, int maxBytes)
    {
        var heads = since?.Heads.ToList() ?? [];
        var taken = new List<CarExport.Stretch>();
        var hasMore = false;
        foreach (var stretch in _export.Plan(since))
        {
            if (IsAhead(since, stretch.Log))
            {
                continue;
            }

            if (_sizeBytes >= maxBytes)
            {
                hasMore = true;
                break;
            }

            var part = Take(stretch, maxBytes);
            hasMore |= part.Last < stretch.Last;
            taken.Add(part);
            Advance(heads, part);
        }

        var through = new ThreadHeads(heads);
        return _records.Count == 0 ? new(default, 0, through, false) : new(Write(taken), _records.Count, through, hasMore);
    }

    /// <summary>
    /// The other side is further in this log, by records that are not here: what they continue shows when they have come, and until then all of this log may be there already.
    /// Only pages wait; a file is written for good and holds whatever may be missing.
    /// </summary>
    private bool IsAhead(ThreadHeads? since, LogEntry log)
    {
        var key = Convert.ToHexStringLower(log.PublicKey);
        return since is not null && since.Heads.Any(h => h.PublicKey == key && h.Counter > log.Head && !IsStored(h, log.PublicKey));
    }

    private bool IsStored(ThreadHead head, byte[] key) => stored.Logs.Find(key).Any(l => stored.Records.IsAt(l, head.Counter, head.Cid));

    private CarExport.Stretch Take(CarExport.Stretch stretch, int maxBytes)
    {
        var last = stretch.First - 1;
        foreach (var record in _export.Records(stretch))
        {
            if (_sizeBytes >= maxBytes && last > Math.Max(1, stretch.First - 1))
            {
                break;
            }

            _records.Add(record);
            _sizeBytes += record.RecordBlock.Length + RecordLayout.EventSize + record.HeaderBlockSize + record.BodyBlockSize;
            last++;
        }

        return stretch with { Last = last };
    }

    /// <summary>The head that the part continues, if there is one, moves to the part's end.</summary>
    private void Advance(List<ThreadHead> heads, CarExport.Stretch part)
    {
        var key = Convert.ToHexStringLower(part.Log.PublicKey);
        heads.RemoveAll(h => h.PublicKey == key && h.Counter == part.First - 1 && h.Cid == _export.Previous(part));
        heads.Add(new(key, part.Last, stored.Records.CidOf(RecordId.Of(part.Log.Id, part.Last))!.Value));
    }

    private ReadOnlyMemory<byte> Write(List<CarExport.Stretch> taken)
    {
        var manifest = CarExport.Manifest(taken);
        var root = Cid.ForDagCbor(manifest);
        var bytes = new MemoryStream(_sizeBytes + (_records.Count * OverheadOfRecord) + manifest.Length + 256);
        using (var car = new CarWriter(bytes))
        {
            car.WriteHeader([root]);
            car.WriteBlock(root, manifest);
            Span<byte> small = stackalloc byte[RecordLayout.EventSize];
            var large = Array.Empty<byte>();
            foreach (var record in _records)
            {
                car.WriteBlock(record.RecordCid, record.RecordBlock);
                record.WriteEventBlock(small);
                car.WriteBlock(record.EventCid, small);
                if (large.Length < Math.Max(record.HeaderBlockSize, record.BodyBlockSize))
                {
                    large = new byte[2 * Math.Max(record.HeaderBlockSize, record.BodyBlockSize)];
                }

                record.WriteHeaderBlock(large.AsSpan(0, record.HeaderBlockSize));
                car.WriteBlock(record.HeaderCid, large.AsSpan(0, record.HeaderBlockSize));
                record.WriteBodyBlock(large.AsSpan(0, record.BodyBlockSize));
                car.WriteBlock(record.BodyCid, large.AsSpan(0, record.BodyBlockSize));
            }

            car.Flush();
        }

        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }
}
