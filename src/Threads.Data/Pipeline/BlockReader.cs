using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;

namespace Threads.Data.Pipeline;

/// <summary>Records one by one, for peers that ask for a log behind a record they name (go-threads' GetRecords).</summary>
internal sealed class BlockReader(ThreadRecords stored)
{
    /// <summary>Every head; a log of which there is no more than its opening is not shown.</summary>
    public IReadOnlyList<ThreadLog> Logs() => [.. ThreadRecords.HeadsOf(stored.Logs, stored.Records).Heads.Select(h => new ThreadLog(LogId.FromPublicKey(Convert.FromHexString(h.PublicKey)), h.Cid, h.Counter))];

    /// <summary>Records after <paramref name="after"/>, oldest first; from the log's first where that record is not here.</summary>
    public IReadOnlyList<RecordBlocks> Read(LogId log, Cid after, long counter, int limit, int maxBytes)
    {
        var export = new CarExport(stored);
        var found = new List<RecordBlocks>();
        var size = 0;
        foreach (var entry in stored.Logs.Find(log.PublicKey).Where(e => e.Head > 1))
        {
            var first = Math.Max((entry.Fork - 1 ?? 0) + 1, Position(entry, after, counter) + 1);
            foreach (var blocks in export.Blocks([new(entry, first, entry.Head)], null).Select(b => b.Block).Chunk(4))
            {
                if (found.Count >= limit || (size >= maxBytes && found.Count > 1))
                {
                    return found;
                }

                found.Add(new(blocks[0].ToArray(), blocks[1].ToArray(), blocks[2].ToArray(), blocks[3].ToArray()));
                size += found[^1].SizeBytes;
            }
        }

        return found;
    }

    /// <summary>These records of one log as a CAR file with a manifest, which import takes.</summary>
    public static MemoryStream ToCar(LogId log, IReadOnlyList<RecordBlocks> records)
    {
        using var manifest = new CborWriter();
        manifest.StartArray(2);
        manifest.WriteInt64(CarExport.ManifestVersion);
        manifest.StartArray(1);
        manifest.StartArray(3);
        manifest.WriteBytes(log.PublicKey);
        manifest.WriteInt64(1);
        manifest.WriteInt64(records.Count);
        var bytes = new MemoryStream();
        using (var car = new CarWriter(bytes))
        {
            var root = Cid.ForDagCbor(manifest.WrittenSpan);
            car.WriteHeader([root]);
            car.WriteBlock(root, manifest.WrittenSpan);
            foreach (var block in records.SelectMany(r => new[] { r.Record, r.Event, r.Header, r.Body }))
            {
                car.WriteBlock(Cid.ForDagCbor(block.Span), block.Span);
            }

            car.Flush();
        }

        bytes.Position = 0;
        return bytes;
    }

    private long Position(LogEntry entry, Cid after, long counter) => after.IsDefined ? stored.Records.FindPosition(entry, after, counter) ?? 0 : 0;
}
