using Threads.Data.Events;
using Threads.Data.Merging;

namespace Threads.Data.Capture;

/// <summary>Told of each change of a transaction while its event is written; values live until it returns.</summary>
internal interface IChangeSink
{
    /// <summary>A change at event <paramref name="index"/> of the payload; <paramref name="changed"/>: which of the other columns a save changed, by their order (<see cref="MergedColumn"/>).</summary>
    void OnChange(TableSchema table, EventKind kind, in SqlValue key, int index, ReadOnlySpan<int> changed);

    /// <summary>The same change to so many entities at one event, told at once, with their keys as CBOR items one after another. False: each is to be told of.</summary>
    bool TryOnMany(TableSchema table, EventKind kind, int index, ReadOnlySpan<int> changed, int count, ReadOnlySpan<byte> keys);

    /// <summary>The newest assignment of a cell; no time: the entity is not there.</summary>
    MergeStamp Assigned(TableSchema table, in SqlValue key, int column);

    /// <summary>The entity's row is to be made anew from its events once they are stored.</summary>
    void Refold(TableSchema table, in SqlValue key);
}
