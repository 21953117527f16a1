using Threads.Data.Ipld;

namespace Threads.Data.Merging;

/// <summary>When an operation was made: the time of its event and the record that holds it (by this file's number).</summary>
internal readonly record struct MergeStamp(long Time, long Record);

/// <summary>What of a cell's history stands behind it when an operation comes.</summary>
internal enum MergeMode
{
    /// <summary>All operations before this one were applied to this cell from its assignment on; it must be applied.</summary>
    Whole,

    /// <summary>The cell is as it is stored, and this is its newest operation.</summary>
    Newest,

    /// <summary>The cell is as it is stored, with operations that are later than this one.</summary>
    Late,
}

/// <summary>
/// A kind of operation on a cell. What a cell holds is one sentence: its newest assignment, and upon it, in total order, every operation since. Events name the operation, so that a
/// peer applies it whatever its own model says.
/// </summary>
internal interface ICellOperation
{
    /// <summary>The name in events (docs/format.md).</summary>
    string Name { get; }

    /// <summary>Operations of this kind give the same cell in any order, so a late one may be applied to the cell as it is. The others, late, fold their entity anew.</summary>
    bool Commutes { get; }

    /// <summary>The cell keeps more than its value between transactions: <see cref="MergeCell.State"/>.</summary>
    bool KeepsState { get; }

    /// <summary>
    /// Applies an operation. Arguments that make no sense change nothing, the same on every peer. False, but never for <see cref="MergeMode.Whole"/>: the stored cell
    /// doesn't suffice; it may be spoilt then.
    /// </summary>
    bool Apply(MergeCell cell, ref CborReader arguments, in MergeStamp stamp, MergeMode mode);

    /// <summary>Brings the cell's value, and its state, up to date with what was applied.</summary>
    void Finish(MergeCell cell);
}
