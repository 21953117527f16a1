using Threads.Data.Ipld;
using Threads.Data.Logs;

namespace Threads.Data.Pipeline;

/// <summary>Cuts what another side lacks into pages of a bounded size. Every record of ours is signed, so a page may end on any; an opening never travels alone.</summary>
internal sealed class PageReader(ThreadRecords stored)
{
    private const int BlocksOfRecord = 4;

    private readonly CarExport _export = new(stored);
    private readonly List<(Cid Cid, byte[] Block)> _blocks = [];
    private int _sizeBytes;

    /// <summary>The records after <paramref name="since"/>, up to a size; at least two of a log that begins, one otherwise.</summary>
    public ThreadPage Read(ThreadHeads? since, int maxBytes)
    {
        var heads = since?.Heads.ToList() ?? [];
        var taken = new List<CarExport.Stretch>();
        var hasMore = false;
        foreach (var stretch in _export.Plan(since))
        {
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
        var records = _blocks.Count / BlocksOfRecord;
        return records == 0 ? new(default, 0, through, false) : new(Write(taken), records, through, hasMore);
    }

    private CarExport.Stretch Take(CarExport.Stretch stretch, int maxBytes)
    {
        var last = stretch.First - 1;
        foreach (var record in _export.Blocks([stretch], null).Select(b => (b.Cid, Block: b.Block.ToArray())).Chunk(BlocksOfRecord))
        {
            if (_sizeBytes >= maxBytes && last > Math.Max(1, stretch.First - 1))
            {
                break;
            }

            _blocks.AddRange(record);
            _sizeBytes += record.Sum(b => b.Block.Length);
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

    private byte[] Write(List<CarExport.Stretch> taken)
    {
        var manifest = CarExport.Manifest(taken);
        var root = Cid.ForDagCbor(manifest);
        using var bytes = new MemoryStream();
        using (var car = new CarWriter(bytes))
        {
            car.WriteHeader([root]);
            car.WriteBlock(root, manifest);
            foreach (var (cid, block) in _blocks)
            {
                car.WriteBlock(cid, block);
            }
        }

        return bytes.ToArray();
    }
}
