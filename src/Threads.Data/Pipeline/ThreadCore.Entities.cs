using Threads.Data.Merging;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>The index entity → events, and what folds by it.</summary>
internal sealed partial class ThreadCore
{
    public BulkEvents Bulk => field ??= new BulkEvents(_database, Events.TryReadKeys);

    public EntityStore Entities => field ??= new EntityStore(_database, Bulk);

    public RecordEvents Events => field ??= new RecordEvents(OpenPayload);

    private OperationFold Operations => field ??= new OperationFold(_database, new CellStates(_database), Order, Catalog.Merges, new TextCatchUp(Entities, Events, Order));

    public EntityFold Fold => field ??= new EntityFold(_database, Entities, Order, Operations, Constraints);

    public EntityRefold Refold => field ??= new EntityRefold(_database, Entities, Order, Events, new CellMerger(_database, new CellStates(_database), Catalog.Merges));

    public EntityHistory History => field ??= new EntityHistory(Entities, Order, Events, new CellMerger(_database, new CellStates(_database), merges: null));
}
