using Threads.Data.Pipeline;

namespace Threads.Data;

public sealed partial class LocalThread
{
    /// <summary>
    /// Rows of shared tables that another SQLite tool wrote since they were last settled, the first 100 of each table; empty is the rule, and costs one look-up.
    /// <see cref="TakeOverOutsideChanges"/> makes them records, <see cref="UndoOutsideChanges"/> puts back what the records say. Triggers in the file note them; <see cref="VerifyAsync"/> also finds what
    /// no trigger sees.
    /// </summary>
    public IReadOnlyList<OutsideChange> OutsideChanges => _connection.Guarded(() =>
    {
        if (!Session.InTransaction && !Session.Options.IsReadOnly && Core.Meta.Int64("schema") != Session.Database.Int64("PRAGMA schema_version"))
        {
            // Another tool changed the schema too: taking that in finds the rows of tables it made.
            Writing(() => true);
        }

        return Reading<IReadOnlyList<OutsideChange>>(() =>
        {
            Core.Catalog.Forget();
            return Core.Outside.Any ? new TableComparison(Session.Database, Core).Marked() : [];
        });
    });

    /// <summary>Makes what another SQLite tool wrote one record of this database's log, as if it had been written here.</summary>
    /// <param name="compareAll">Compares every row of every shared table with a fold from nothing instead of looking at the noted rows only: for what <see cref="VerifyAsync"/> found.</param>
    /// <param name="cancellationToken">Leaves everything as it was.</param>
    /// <returns>What was taken over; the first 100 rows of each table.</returns>
    /// <exception cref="ThreadsException">A row has NULL in its key.</exception>
    public IReadOnlyList<OutsideChange> TakeOverOutsideChanges(bool compareAll = false, CancellationToken cancellationToken = default) => Settle(takeOver: true, compareAll, cancellationToken);

    /// <summary>Puts back what the records say where another SQLite tool wrote.</summary>
    /// <param name="compareAll">Compares every row of every shared table with a fold from nothing instead of looking at the noted rows only: for what <see cref="VerifyAsync"/> found.</param>
    /// <param name="cancellationToken">Leaves everything as it was.</param>
    /// <returns>What was undone; the first 100 rows of each table.</returns>
    public IReadOnlyList<OutsideChange> UndoOutsideChanges(bool compareAll = false, CancellationToken cancellationToken = default) => Settle(takeOver: false, compareAll, cancellationToken);

    private IReadOnlyList<OutsideChange> Settle(bool takeOver, bool compareAll, CancellationToken cancellationToken)
        => _connection.Guarded(() => Writing(() => new OutsideChanges(Session).Settle(takeOver, compareAll, cancellationToken)));
}
