using Threads.Data.Ipld;
using Threads.Data.Logs;

namespace Threads.Data.Pipeline;

/// <summary>
/// The records another side lacks, as the blocks of a CAR file: first a manifest, [version, [[log key, first position, count] …]], then record, event, header and
/// body block of each record, log by log in order. What is not in this order imports as well, only slower.
/// </summary>
internal sealed class CarExport(ThreadRecords stored)
{
    public const int ManifestVersion = 1;

    /// <summary>Which stretch of each log goes into the file.</summary>
    public List<Stretch> Plan(ThreadHeads? since)
    {
        var plan = new List<Stretch>();
        foreach (var log in stored.Logs.All())
        {
            var first = (log.Fork - 1 ?? 0) + 1;
            foreach (var (counter, cid) in since?.Known(Convert.ToHexStringLower(log.PublicKey)) ?? [])
            {
                if (counter >= first && stored.Records.IsAt(log, counter, cid))
                {
                    first = counter + 1;
                }
            }

            // An opening alone is not announced: nothing behind it vouches for it (decision 11).
            if (first <= log.Head && log.Head > 1)
            {
                plan.Add(new Stretch(log, first, log.Head));
            }
        }

        return plan;
    }

    /// <summary>The manifest block of a plan.</summary>
    public static byte[] Manifest(IReadOnlyList<Stretch> plan)
    {
        using var writer = new CborWriter();
        writer.StartArray(2);
        writer.WriteInt64(ManifestVersion);
        writer.StartArray(plan.Count);
        foreach (var stretch in plan)
        {
            writer.StartArray(3);
            writer.WriteBytes(stretch.Log.PublicKey);
            writer.WriteInt64(stretch.First);
            writer.WriteInt64(stretch.Last - stretch.First + 1);
        }

        return writer.ToArray();
    }

    /// <summary>The four blocks of every record of the plan; the memory is valid until the next one.</summary>
    public IEnumerable<(Cid Cid, ReadOnlyMemory<byte> Block)> Blocks(IReadOnlyList<Stretch> plan, IProgress<ThreadsProgress>? progress)
    {
        var total = plan.Sum(s => s.Last - s.First + 1);
        var done = 0L;
        foreach (var stretch in plan)
        {
            foreach (var record in Records(stretch))
            {
                yield return (record.RecordCid, record.RecordBlock.ToArray());
                yield return (record.EventCid, record.EventBlock());
                yield return (record.HeaderCid, record.HeaderBlock());
                yield return (record.BodyCid, record.BodyBlock());
                if ((++done & 0xFF) == 0 || done == total)
                {
                    progress?.Report(new ThreadsProgress(done, total));
                }
            }
        }
    }

    /// <summary>The records of a stretch, oldest first.</summary>
    public IEnumerable<Records.SealedRecord> Records(Stretch stretch)
    {
        var previous = Previous(stretch);
        for (var position = stretch.First; position <= stretch.Last; position++)
        {
            var record = Restore(stretch.Log, position, previous);
            previous = record.RecordCid;
            yield return record;
        }
    }

    /// <summary>A stored record with its blocks; its CID must come out as stored.</summary>
    public Records.SealedRecord Restore(LogEntry log, long position, Cid previous)
    {
        var id = RecordId.Of(log.Id, position);
        if (!stored.Records.TryRead(id, out var row, out _) || stored.Sealer.Restore(row, previous, log.Identity) is not { } record || record.RecordCid != stored.Records.CidOf(id))
        {
            throw ThreadsErrors.RecordDamaged(stored.Records.CidOf(id)?.ToString() ?? "?", log.Id, position, null);
        }

        return record;
    }

    /// <summary>The CID a stretch continues: undefined at the beginning of a log.</summary>
    public Cid Previous(Stretch stretch)
    {
        var log = stretch.Log;
        var position = stretch.First - 1;
        while (log.Fork is { } fork && position < fork)
        {
            log = stored.Logs.Get(log.Parent!.Value);
        }

        return position == 0 ? default : stored.Records.CidOf(RecordId.Of(log.Id, position)) ?? default;
    }

    internal sealed record Stretch(LogEntry Log, long First, long Last);
}
