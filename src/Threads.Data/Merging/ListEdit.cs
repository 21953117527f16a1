using System.Text;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sequences;

namespace Threads.Data.Merging;

/// <summary>"list": elements of a JSON array inserted, deleted, moved and set. NULL counts as the empty array.</summary>
internal sealed class ListEdit : SequenceEdit<ListOperation>
{
    public static ListEdit Instance { get; } = new();

    public override string Name => "list";

    /// <summary>The elements of a value; null: it is no array.</summary>
    public static List<string>? ListOf(in SqlValue value) => value.IsNull ? [] : TextEdit.TextOf(value) is { } text ? JsonList.TryParse(text) : null;

    protected override ListOperation ReadOperation(scoped ref CborReader reader) => ListOperation.Read(ref reader);

    protected override void WriteOperation(CborWriter writer, ListOperation operation) => operation.Write(writer);

    protected override bool? TryApply(MergeCell cell, ListOperation operation)
    {
        if (ListOf(cell.Value) is not { } list)
        {
            return null;
        }

        if (list.Count != operation.LengthBefore)
        {
            return false;
        }

        ListMerge.ApplyTo(list, operation);
        cell.Value = SqlValue.OfText(Encoding.UTF8.GetBytes(JsonList.Write(list)));
        return true;
    }

    protected override IReadOnlyList<int> Fold(MergeCell cell, List<(ListOperation Operation, int[] Parents)> changes)
    {
        if (changes.Count == 0 || ListOf(cell.Value) is not { } was)
        {
            return [];
        }

        var (list, history) = ListMerge.Apply(was, changes.ConvertAll(c => new ListChange(c.Operation, c.Parents)));
        var heads = history.Heads();
        if (heads.Count > 0)
        {
            cell.Value = SqlValue.OfText(Encoding.UTF8.GetBytes(JsonList.Write(list)));
        }

        return heads;
    }
}
