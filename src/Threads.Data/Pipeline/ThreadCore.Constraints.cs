using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>What keeps the tables within their constraints, records until they are due, and those whose key is not here.</summary>
internal sealed partial class ThreadCore
{
    private HeldRows? _held;
    private RowReader? _rowReader;

    public ConstraintCatalog ConstraintCatalog => field ??= new ConstraintCatalog(_database, Catalog);

    public HeldRows Held => _held ??= new HeldRows(_database, ConstraintCatalog);

    public RowReader RowReader => _rowReader ??= new RowReader(_database, ConstraintCatalog);

    public ConstraintFold Constraints => field ??= new ConstraintFold(_database, ConstraintCatalog, Entities, Order, Refold, Held, RowReader);

    public SchemaConstraints SchemaConstraints => field ??= new SchemaConstraints(_database, Catalog, ConstraintCatalog, Constraints, FoldScope);

    private LocalRows LocalRows => field ??= new LocalRows(_database, ConstraintCatalog, Constraints, RowReader, FoldScope);

    public LockedRecords Locked => field ??= new LockedRecords(_database, this);

    public DueRecords Due => field ??= new DueRecords(_database, this);

    /// <summary>After a rollback of the whole transaction: what it left to be settled.</summary>
    public void ForgetUnsettled() => Constraints.Unsettled.Clear();
}
