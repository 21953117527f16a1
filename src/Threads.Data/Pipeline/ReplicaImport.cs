using Threads.Data.Cryptography;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Sqlite;
using Threads.Data.Storage;

namespace Threads.Data.Pipeline;

/// <summary>
/// Takes the records of a CAR file into a replicator's file: reads, hashes, opens and verifies outside the file's lock, then places and appends in one short
/// transaction for each batch. ⑤ without ⑥: nothing is folded, since nothing can be read.
/// </summary>
/// <param name="file">The replicator's file.</param>
/// <param name="thread">The thread's number in it.</param>
/// <param name="keys">Its replica key.</param>
/// <param name="ensure">Throws in a write transaction when the thread is not kept any more.</param>
internal sealed class ReplicaImport(ReplicaFile file, long thread, KeyRing keys, Action<SqliteDatabase> ensure)
{
    private const int BatchRecords = 4_096;

    private long _known;
    private long _waiting;
    private int _forks;
    private ThreadsException? _refusal;

    /// <summary>Records that were taken so far.</summary>
    public long Added { get; private set; }

    public ImportResult Run(Stream source, CancellationToken cancellationToken)
    {
        using var car = new CarReader(source);
        var limits = new ImportLimits();
        var reader = new ImportReader(keys, car, limits);
        using var verifying = new VerifyingKeys();
        var runs = new VouchedRuns(limits.MaxRunBytes, verifying);
        var batch = new List<IncomingRecord>();
        if (reader.TryReadHeader())
        {
            foreach (var record in reader.Records())
            {
                cancellationToken.ThrowIfCancellationRequested();
                batch.AddRange(runs.Add(record));
                if (batch.Count >= BatchRecords)
                {
                    Write(batch);
                }
            }
        }

        batch.AddRange(runs.Flush());
        Write(batch);
        return reader.Judge(Added, _refusal, runs.Unvouched) is { } error ? throw error : new(Added, _known, _waiting, _forks, 0);
    }

    private void Write(List<IncomingRecord> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        file.Write(database =>
        {
            ensure(database);
            var stored = Stored(database, thread, keys);
            var placement = new RecordPlacement(stored, keys, () => null);
            var admissions = new AdmissionQueue(stored.Pending, keys, record => Admit(record, stored, placement));
            admissions.Begin();
            foreach (var record in batch)
            {
                admissions.Admit(record);
            }

            Added += admissions.Added;
            _known += admissions.Known;
            _waiting += admissions.Waiting;
            _forks += placement.Forks;
            _refusal ??= admissions.Refusal;
            return true;
        });
        batch.Clear();
    }

    /// <summary>The stores of one thread of the file.</summary>
    public static ThreadRecords Stored(SqliteDatabase database, long thread, KeyRing keys)
    {
        var records = new RecordStore(database);
        return new(new LogStore(database, records, thread), records, new PendingStore(database, thread), new ThreadSealer(keys, SystemRandomSource.Instance));
    }

    private static Admission Admit(IncomingRecord incoming, ThreadRecords stored, RecordPlacement placement)
    {
        var admission = placement.Place(incoming, out var log);
        if (admission == Admission.Added)
        {
            stored.Records.Append(log!, incoming.Record.RecordCid, 0, 0, incoming.Record.Row);
        }

        return admission;
    }
}
