using Threads.Data.Capture;
using Threads.Data.Events;

namespace Threads.Data.Views;

/// <summary>What the events folded since the last settlement leave to be decided by the constraints (<see cref="ConstraintFold"/>).</summary>
internal sealed class Unsettled
{
    /// <summary>Entities whose row in the table, if there is one, is not what their events say: they are folded anew.</summary>
    public DeferredEntities Deferred { get; } = new();

    /// <summary>Entities whose row stands in the table as it should, and that may concern others: a parent is missing, somebody waits.</summary>
    public DeferredEntities Present { get; } = new();

    /// <summary>Claims that rows gave up: others may have waited for them, or refer to them.</summary>
    public List<(UniqueKey Unique, ClaimKey Key)> Freed { get; } = [];

    public bool IsEmpty => Deferred.Count == 0 && Present.Count == 0 && Freed.Count == 0;

    public void Clear()
    {
        Deferred.Take();
        Present.Take();
        Freed.Clear();
    }
}
