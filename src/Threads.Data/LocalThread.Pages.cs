using Threads.Data.Logs;
using Threads.Data.Pipeline;

namespace Threads.Data;

/// <content>What peers need who send records as they are written.</content>
public sealed partial class LocalThread
{
    /// <summary>Another number after another connection, of this process or another, has committed to the file; asking costs no read of it.</summary>
    public long DataVersion => _connection.Guarded(() => Session.Database.Int64("PRAGMA data_version"));

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
