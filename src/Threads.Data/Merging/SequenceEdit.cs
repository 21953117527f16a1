using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sequences;

namespace Threads.Data.Merging;

/// <summary>An operation as its event has it.</summary>
internal sealed record SequenceStep<TOperation>(OperationId Id, SeenVersion Seen, TOperation Operation);

/// <summary>An operation on a sequence that a cell holds as a whole, with what its author had seen: arguments [version, operation].</summary>
internal abstract class SequenceEdit<TOperation> : ICellOperation
    where TOperation : class
{
    public abstract string Name { get; }

    public bool Commutes => false;

    public bool KeepsState => true;

    /// <summary>Writes the arguments of an operation on a cell as it is.</summary>
    public void Write(CborWriter arguments, MergeCell was, TOperation operation)
    {
        arguments.StartArray(2);
        new SeenVersion(was.Author!.Tag, was.Assigned.Time, OperationId.Read(was.State)).Write(arguments, was.Event.Time);
        WriteOperation(arguments, operation);
    }

    public bool Apply(MergeCell cell, ref CborReader arguments, in MergeStamp stamp, MergeMode mode)
    {
        if (mode == MergeMode.Late)
        {
            return false;
        }

        if (TryRead(ref arguments, stamp.Time) is not { } step)
        {
            return true;
        }

        if (mode == MergeMode.Whole)
        {
            ((List<SequenceStep<TOperation>>)(cell.Live ??= new List<SequenceStep<TOperation>>())).Add(step);
            return true;
        }

        var (id, seen, operation) = step;
        if (seen.Assigned != cell.Assigned.Time)
        {
            return true;
        }

        // Upon just what the cell holds, it applies as it is.
        if (!seen.Parents.AsSpan().SequenceEqual(OperationId.Read(cell.State)) || TryApply(cell, operation) is not { } fits)
        {
            return false;
        }

        cell.State = fits ? OperationId.Write([id]) : cell.State;
        return true;
    }

    /// <summary>Replays what came since the assignment. Of an operation, all that its author saw must be there; those before wait.</summary>
    public void Finish(MergeCell cell)
    {
        if (cell.Live is not List<SequenceStep<TOperation>> pending)
        {
            return;
        }

        cell.Live = null;
        var known = new List<OperationId>();
        var numbers = new Dictionary<OperationId, List<int>>();
        var changes = new List<(TOperation Operation, int[] Parents)>();
        foreach (var (id, seen, operation) in pending)
        {
            if (seen.Assigned == cell.Assigned.Time && Array.TrueForAll(seen.Parents, numbers.ContainsKey))
            {
                changes.Add((operation, seen.Parents.Length == 0 ? [SequenceHistory.Base] : [.. seen.Parents.SelectMany(p => numbers[p])]));
                if (!numbers.TryGetValue(id, out var same))
                {
                    numbers.Add(id, same = []);
                }

                same.Add(known.Count);
                known.Add(id);
            }
        }

        cell.State = OperationId.Write([.. Fold(cell, changes).Select(i => known[i]).Order()]);
    }

    /// <exception cref="SequenceException">It is none.</exception>
    protected abstract TOperation ReadOperation(scoped ref CborReader reader);

    protected abstract void WriteOperation(CborWriter writer, TOperation operation);

    /// <summary>Applies an operation whose author saw the cell as it is. False: it is for another value; null: the cell can't tell.</summary>
    protected abstract bool? TryApply(MergeCell cell, TOperation operation);

    /// <summary>Applies operations, oldest first, to the cell that was assigned; the numbers of those that no other one has seen.</summary>
    protected abstract IReadOnlyList<int> Fold(MergeCell cell, List<(TOperation Operation, int[] Parents)> changes);

    /// <summary>Reads an operation of an event of this time; null: it is none.</summary>
    public SequenceStep<TOperation>? TryRead(scoped ref CborReader arguments, long time)
    {
        try
        {
            if (arguments.Peek() != CborKind.Array || arguments.ReadArray() != 2 || SeenVersion.TryRead(arguments.ReadBytes(), time) is not { } seen)
            {
                return null;
            }

            return new(new OperationId(time, seen.Author), seen, ReadOperation(ref arguments));
        }
        catch (Exception e) when (e is SequenceException or CborException)
        {
            return null;
        }
    }
}
