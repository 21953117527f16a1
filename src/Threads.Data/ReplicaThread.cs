using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Data.Pipeline;
using Threads.Data.Sqlite;
using Threads.Data.Storage;

namespace Threads.Data;

/// <summary>A thread in a <see cref="ReplicaStore"/>. Its members may be called from any thread; what is read is one committed state.</summary>
public sealed class ReplicaThread
{
    private readonly ReplicaFile _file;
    private readonly byte[] _replica;

    internal ReplicaThread(ReplicaFile file, long number, ThreadId id, byte[] replica) => (_file, Number, Id, _replica) = (file, number, id, replica);

    /// <summary>The thread's id; the same on every peer.</summary>
    public ThreadId Id { get; }

    /// <summary>The replica key, a copy to dispose of.</summary>
    public ThreadKey Key => ThreadKey.FromBytes(_replica);

    /// <summary>How far each log is here.</summary>
    public ThreadHeads Heads => Reading(stored => ThreadRecords.HeadsOf(stored.Logs, stored.Records));

    /// <summary>How many records there are.</summary>
    public long RecordCount => _file.Read(database => database["SELECT count(*) FROM _threads_log l JOIN _threads_record r ON r.id BETWEEN l.id << 40 AND l.id << 40 | 1099511627775 WHERE l.thread = ?"]
        .Bind(1, Number).ScalarInt64());

    /// <summary>After each import that added records, on its thread. It must return at once.</summary>
    public event Action? RecordsAdded;

    internal long Number { get; }

    /// <summary>Some of the records another side lacks, about <paramref name="maxBytes"/> of them; its <see cref="ThreadPage.Through"/> asks for the next ones.</summary>
    /// <param name="since">What the other side has; null: nothing.</param>
    /// <param name="maxBytes">The page ends with the record that reaches this size.</param>
    public ThreadPage ReadPage(ThreadHeads? since, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        return Reading(stored => new PageReader(stored).Read(since, maxBytes));
    }

    /// <summary>The logs that have records here.</summary>
    public IReadOnlyList<ThreadLog> Logs => Reading(stored => new BlockReader(stored).Logs());

    /// <inheritdoc cref="LocalThread.ReadRecords" />
    public IReadOnlyList<RecordBlocks> ReadRecords(LogId log, Ipld.Cid after, long counter, int limit, int maxBytes) =>
        Reading(stored => new BlockReader(stored).Read(log, after, counter, limit, maxBytes));

    /// <inheritdoc cref="LocalThread.AddRecords" />
    public ImportResult AddRecords(LogId log, IReadOnlyList<RecordBlocks> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        using var car = BlockReader.ToCar(log, records);
        return Import(car);
    }

    /// <summary>Takes the records of a CAR file from anybody: their order, duplicates and gaps don't matter. What was taken before an error stays.</summary>
    /// <param name="source">What <see cref="LocalThread.ExportAsync"/> or <see cref="ReadPage"/> wrote.</param>
    /// <param name="cancellationToken">Stops between two records; what was committed stays.</param>
    /// <exception cref="ThreadsException">The file is cut short, damaged or of another thread, a record is refused, or the thread was removed.</exception>
    public ImportResult Import(Stream source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        using var keys = KeyRing.OfReplica(Id, _replica);
        var import = new ReplicaImport(_file, Number, keys, Ensure);
        try
        {
            return import.Run(source, cancellationToken);
        }
        finally
        {
            if (import.Added > 0)
            {
                RecordsAdded?.Invoke();
            }
        }
    }

    /// <summary>The newest announcement of each log's addresses that is here, signed by its writer: to pass on to others who have the thread.</summary>
    public IReadOnlyList<byte[]> Announcements => _file.Read(database =>
    {
        var found = new List<byte[]>();
        var rows = database["SELECT bytes FROM _threads_announcement WHERE thread = ? ORDER BY log"].Bind(1, Number);
        while (rows.Step())
        {
            found.Add(rows.Blob(0).ToArray());
        }

        return found;
    });

    /// <summary>Takes an announcement from whoever brings it. False when it is not newer than what is here, not signed by its log, or of a log of which nothing is known here.</summary>
    public bool TakeAnnouncement(ReadOnlyMemory<byte> bytes) => AddressAnnouncement.TryRead(bytes.Span, Id) is { } announcement && _file.Write(database =>
    {
        Ensure(database);
        var insert = database["""
            INSERT INTO _threads_announcement(thread, log, sequence, bytes) SELECT ?1, ?2, ?3, ?4 FROM _threads_log WHERE thread = ?1 AND public_key = ?2 LIMIT 1
            ON CONFLICT DO UPDATE SET sequence = excluded.sequence, bytes = excluded.bytes WHERE excluded.sequence > sequence
            """];
        insert.Bind(1, Number).Bind(2, announcement.Log).Bind(3, announcement.Sequence).Bind(4, bytes.Span).Run();
        return database.Changes == 1;
    });

    /// <summary>In a write transaction: the thread is still kept.</summary>
    internal void Ensure(SqliteDatabase database)
    {
        if (database["SELECT 1 FROM _threads_thread WHERE id = ?"].Bind(1, Number).ScalarInt64() == 0)
        {
            throw ThreadsErrors.ReplicaRemoved(Id.ToString());
        }
    }

    private T Reading<T>(Func<ThreadRecords, T> work)
    {
        using var keys = KeyRing.OfReplica(Id, _replica);
        return _file.Read(database => work(ReplicaImport.Stored(database, Number, keys)));
    }
}
