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

    protected override TextOperation ReadOperation(ref CborReader reader) => TextOperationCodec.Decode(reader.ReadBytes());

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
