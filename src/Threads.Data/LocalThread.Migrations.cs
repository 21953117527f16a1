using Threads.Data.Pipeline;

namespace Threads.Data;

public sealed partial class LocalThread
{
    /// <summary>Says that a migration of the schema begins on this connection; it ends when what is returned is disposed of.</summary>
    public SchemaMigration BeginMigration() => new(_connection, Session);

    /// <summary>
    /// Fills the tables that migrations left to be filled: events of tables and columns that were not here yet had come before them. The next transaction that writes does the same,
    /// without progress.
    /// </summary>
    /// <param name="progress">Records read, of how many.</param>
    /// <param name="cancellationToken">Leaves the tables as they were, to be filled later.</param>
    /// <returns>How many tables there were to fill.</returns>
    public int FillTables(IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default) => _connection.Guarded(() =>
    {
        var count = Core.Waiting().Count;
        if (count == 0)
        {
            return 0;
        }

        (Core.FillProgress, Core.FillCancellation) = (progress, cancellationToken);
        try
        {
            // Beginning to write fills them; what this transaction itself made is left.
            return Writing(() => Session.FillWaiting()) is var left && left > count ? left : count;
        }
        finally
        {
            (Core.FillProgress, Core.FillCancellation) = (null, default);
        }
    });

    /// <inheritdoc cref="FillTables" />
    public Task<int> FillTablesAsync(IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(() => FillTables(progress, cancellationToken), cancellationToken);
}
