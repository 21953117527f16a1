using Threads.Data.Capture;
using Threads.Data.Logs;
using Threads.Data.Merging;
using Threads.Data.Records;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>The index entity → events, and what folds by it.</summary>
internal sealed partial class ThreadCore
{
    private BulkEvents? _bulk;
    private RecordEvents? _events;
    private LocalCommit? _localCommit;
    private RowSchemas? _rowSchemas;

    /// <summary>Whether rows of the transaction wait for its record to be made anew from their events.</summary>
    public bool HasDeferred => _localCommit?.Here.Deferred > 0;

    public BulkEvents Bulk => _bulk ??= new BulkEvents(_database, Events.TryReadKeys);

    public EntityStore Entities => field ??= new EntityStore(_database, Bulk);

    public RecordEvents Events => _events ??= new RecordEvents(OpenPayload);

    private OperationFold Operations => field ??= new OperationFold(_database, new CellStates(_database), Order, Catalog.Merges, new TextCatchUp(Entities, Events, Order));

    public EntityFold Fold => field ??= new EntityFold(_database, Entities, Order, Operations, Constraints);

    public EntityRefold Refold => field ??= new EntityRefold(_database, Entities, Order, Events, new CellMerger(_database, new CellStates(_database), Catalog.Merges));

    public EntityHistory History => field ??= new EntityHistory(Entities, Order, Events, new CellMerger(_database, new CellStates(_database), merges: null));

    /// <summary>Opens a stored record's payload; false where it can't be read with the keys at hand.</summary>
    public bool OpenPayload(long id, PinnedBuffer buffer, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (!Records.TryRead(id, out var data, out var time) || time == 0)
        {
            return false;
        }

        var refusal = Sealer.TryOpen(data, buffer, out payload);
        if (refusal == RecordRefusal.NoKey && Sealer.CanRead)
        {
            // Another connection took the key; this one has only read since.
            Keys.LoadReads(_database, Options.Protection);
            refusal = Sealer.TryOpen(data, buffer, out payload);
        }

        if (refusal != RecordRefusal.None && Sealer.CanRead)
        {
            throw ThreadsErrors.RecordDamaged(Records.CidOf(id)?.ToString() ?? "?", RecordId.Log(id), RecordId.Position(id), null);
        }

        return refusal == RecordRefusal.None;
    }
}
