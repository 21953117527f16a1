using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sequences;

namespace Threads.Data.Merging;

/// <summary>
/// An ordered list, held as a JSON array: a change counts as the elements that it inserted, deleted, moved and set. A new row's list, and a change to or from what is no array,
/// is assigned.
/// </summary>
internal sealed class ListKind : IMergeKind
{
    public const string Kind = "list";

    public static ListKind Instance { get; } = new();

    public bool KeepsState => true;

    public ICellOperation? TryDiff(MergeCell was, in SqlValue now, bool isNew, CborWriter arguments)
    {
        if (isNew || was.Assigned.Time < 0 || now.IsNull || ListEdit.ListOf(was.Value) is not { } before || ListEdit.ListOf(now) is not { } after)
        {
            return null;
        }

        try
        {
            var recorded = was.Author!.Take(TextEdit.TextOf(was.Value)!, TextEdit.TextOf(now)!);
            if (recorded is not null && JsonList.TryParse(recorded.Before.Length == 0 ? "[]" : recorded.Before) is { } seen)
            {
                after = Merge(seen, before, after);
            }

            ListEdit.Instance.Write(arguments, was, ListDiff.Between(before, after) ?? new ListOperation(before.Count, []));
            return ListEdit.Instance;
        }
        catch (SequenceException e) when (e.Error == SequenceError.TooLong)
        {
            return null;
        }
    }

    /// <summary>A change of an older list than the one that is there is merged with what came in between.</summary>
    private static List<string> Merge(List<string> seen, List<string> before, List<string> after)
    {
        var changes = new[] { ListDiff.Between(seen, before), ListDiff.Between(seen, after) }.OfType<ListOperation>();
        return ListMerge.Apply([.. seen], [.. changes.Select(c => new ListChange(c, [SequenceHistory.Base]))]).List;
    }
}
