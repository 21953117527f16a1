using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Data.Pipeline;

namespace Threads.Data;

/// <content>What peers need who send records as they are written.</content>
public sealed partial class LocalThread
{
    /// <summary>Another number after another connection, of this process or another, has committed to the file; asking costs no read of it.</summary>
    public long DataVersion => _connection.Guarded(() => Session.Database.Int64("PRAGMA data_version"));

    /// <summary>The logs that have records here.</summary>
    public IReadOnlyList<ThreadLog> Logs => _connection.Guarded(() => Reading(() =>
    {
        Core.Logs.Forget();
        return new BlockReader(Core.Stored).Logs();
    }));

    /// <summary>Records of one log, oldest first, as blocks.</summary>
    /// <param name="log">Which log.</param>
    /// <param name="after">The record before the first one; undefined, or not known here: from the beginning.</param>
    /// <param name="counter">Its position, where that is known; 0: it is looked for.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="maxBytes">No more follow once this size is reached; two come at least, since a log's opening never travels alone.</param>
    public IReadOnlyList<RecordBlocks> ReadRecords(LogId log, Ipld.Cid after, long counter, int limit, int maxBytes) => _connection.Guarded(() => Reading(() =>
    {
        Core.Logs.Forget();
        return new BlockReader(Core.Stored).Read(log, after, counter, limit, maxBytes);
    }));

    /// <summary>Takes records of one log from anybody, as <see cref="Import"/> does.</summary>
    /// <exception cref="ThreadsException">A record is refused; those before it stay.</exception>
    public ImportResult AddRecords(LogId log, IReadOnlyList<RecordBlocks> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        using var car = BlockReader.ToCar(log, records);
        return Import(car);
    }

    /// <summary>Some of the records another side lacks, about <paramref name="maxBytes"/> of them; its <see cref="ThreadPage.Through"/> asks for the next ones.</summary>
    /// <param name="since">What the other side has; null: nothing.</param>
    /// <param name="maxBytes">The page ends with the record that reaches this size.</param>
    public ThreadPage ReadPage(ThreadHeads? since, int maxBytes) => _connection.Guarded(() => Reading(() =>
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        Core.Logs.Forget();
        return new PageReader(Core.Stored).Read(since, maxBytes);
    }));
}
