using Threads.Data.Capture;

namespace Threads.Data.Pipeline;

/// <summary>Statements whose changes are noted in memory (<see cref="UpdateNotes"/>).</summary>
internal sealed partial class ThreadsSession
{
    /// <summary>The table of an UPDATE that can be noted in memory, the first that the transaction does to it; on a shared cache a statement may begin twice.</summary>
    private TableSchema? Suiting(SqlStatement statement, IReadOnlyList<TableSchema> reached)
    {
        if (statement.Sets is null || _hasTemporaryTriggers || Database.Pause is not null)
        {
            return null;
        }

        var table = reached.FirstOrDefault(t => t.Name.Equals(statement.Target, StringComparison.OrdinalIgnoreCase));
        return table is not null && !_touched.Contains(table.Collection) && UpdateNotes.Suits(statement, table, Core.Catalog.ReferrersOf(table.Name).Any()) ? table : null;
    }
}
