using System.Text;
using System.Text.Unicode;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sequences;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>"text": runs inserted into a text and deleted from it. NULL counts as the empty text.</summary>
internal sealed class TextEdit : SequenceEdit<TextOperation>
{
    public static TextEdit Instance { get; } = new();

    public override string Name => "text";

    /// <summary>The text of a value; null: it is none.</summary>
    public static string? TextOf(in SqlValue value) => value.Type switch
    {
        SqliteNative.Null => "",
        SqliteNative.Text when Utf8.IsValid(value.Bytes) => Encoding.UTF8.GetString(value.Bytes),
        _ => null,
    };

    /// <summary>
    /// Applies what of the newest operations a cell does not hold yet. They begin with one that everything since has seen. False: they don't, and only the cell's whole history
    /// can tell; or those from an earlier time on.
    /// </summary>
    public bool TryCatchUp(MergeCell cell, List<SequenceStep<TextOperation>> steps, out long? earlier)
    {
        earlier = null;
        var numbers = new Dictionary<OperationId, int>();
        var (known, changes) = (new List<OperationId>(), new List<TextChange>());
        foreach (var (id, seen, operation) in steps)
        {
            if (seen.Assigned != cell.Assigned.Time)
            {
                continue;
            }

            if (known.Count > 0)
            {
                if (seen.Parents.Length == 0 || numbers.ContainsKey(id))
                {
                    return false;
                }

                if (!Array.TrueForAll(seen.Parents, numbers.ContainsKey))
                {
                    var oldest = seen.Parents[0].Time;
                    earlier = oldest < steps[0].Id.Time && oldest < (earlier ?? long.MaxValue) ? oldest : earlier;
                    continue;
                }
            }

            numbers.Add(id, known.Count);
            known.Add(id);
            changes.Add(new TextChange(operation, known.Count == 1 ? [] : [.. seen.Parents.Select(p => numbers[p] - 1)]));
        }

        var heads = OperationId.Read(cell.State);
        if (earlier is not null || heads.Length == 0 || !Array.TrueForAll(heads, numbers.ContainsKey) || TextOf(cell.Value) is not { } was)
        {
            return false;
        }

        var applied = new bool[known.Count];
        foreach (var head in heads)
        {
            applied[numbers[head]] = true;
        }

        for (var i = known.Count - 1; i > 0; i--)
        {
            foreach (var parent in applied[i] ? changes[i].Parents : [])
            {
                applied[parent + 1] = true;
            }
        }

        if (!applied[0])
        {
            return false;
        }

        var text = new TextBuffer(was);
        var lines = TextMerge.Apply(text, changes[0].Operation.LengthAfter, changes[1..], applied[1..]);
        cell.Value = SqlValue.OfText(Encoding.UTF8.GetBytes(text.ToString()));
        cell.State = OperationId.Write([.. lines.Heads().Select(i => known[i + 1]).DefaultIfEmpty(known[0]).Order()]);
        return true;
    }

    protected override TextOperation ReadOperation(scoped ref CborReader reader) => TextOperationCodec.Decode(reader.ReadBytes());

    protected override void WriteOperation(CborWriter writer, TextOperation operation) => writer.WriteBytes(TextOperationCodec.Encode(operation));

    protected override bool? TryApply(MergeCell cell, TextOperation operation)
    {
        if (TextOf(cell.Value) is not { } was)
        {
            return null;
        }

        var text = new TextBuffer(was);
        if (text.Points != operation.LengthBefore)
        {
            return false;
        }

        operation.ApplyTo(text);
        cell.Value = SqlValue.OfText(Encoding.UTF8.GetBytes(text.ToString()));
        return true;
    }

    protected override IReadOnlyList<int> Fold(MergeCell cell, List<(TextOperation Operation, int[] Parents)> changes)
    {
        if (changes.Count == 0 || TextOf(cell.Value) is not { } was)
        {
            return [];
        }

        var text = new TextBuffer(was);
        var heads = TextMerge.Apply(text, text.Points, changes.ConvertAll(c => new TextChange(c.Operation, c.Parents))).Heads();
        if (heads.Count > 0)
        {
            cell.Value = SqlValue.OfText(Encoding.UTF8.GetBytes(text.ToString()));
        }

        return heads;
    }
}
