using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Merging;

/// <summary>What a column declares: turns a local change of its cell into an operation.</summary>
internal interface IMergeKind
{
    /// <summary>Its operations keep more with a cell than the value.</summary>
    bool KeepsState => false;

    /// <summary>
    /// The operation that makes the new value of what was there, its arguments written; null, with nothing written: this change is an assignment. What was there is the kind's to change.
    /// </summary>
    /// <param name="was">The cell before; empty for a new row.</param>
    /// <param name="now">What the transaction left.</param>
    /// <param name="isNew">The row is new.</param>
    /// <param name="arguments">Takes one CBOR item.</param>
    ICellOperation? TryDiff(MergeCell was, in SqlValue now, bool isNew, CborWriter arguments);
}
