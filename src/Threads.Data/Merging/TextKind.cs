using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sequences;

namespace Threads.Data.Merging;

/// <summary>
/// A text: what was typed is merged with what others typed. A change counts as the edits that were recorded for it, else as the shortest difference. A new row's text, and a
/// change to or from what is no text, is assigned.
/// </summary>
internal sealed class TextKind : IMergeKind
{
    public const string Kind = "text";

    public static TextKind Instance { get; } = new();

    public bool KeepsState => true;

    public ICellOperation? TryDiff(MergeCell was, in SqlValue now, bool isNew, CborWriter arguments)
    {
        if (isNew || was.Assigned.Time < 0 || now.IsNull || TextEdit.TextOf(was.Value) is not { } before || TextEdit.TextOf(now) is not { } after)
        {
            return null;
        }

        try
        {
            if (Edits(was.Author!.Take(before, after), before, after) is not { } operation)
            {
                return null;
            }

            TextEdit.Instance.Write(arguments, was, operation);
            return TextEdit.Instance;
        }
        catch (SequenceException e) when (e.Error == SequenceError.TooLong)
        {
            return null;
        }
    }

    /// <summary>Edits of an older text than the one that is there are merged with what came in between; the difference to that may be nothing.</summary>
    private static TextOperation? Edits(RecordedChange? recorded, string before, string after)
    {
        if (recorded is null)
        {
            return TextDiff.Between(before, after);
        }

        var mine = recorded.Edits ?? TextDiff.Between(recorded.Before, after);
        if (recorded.Before == before)
        {
            return mine;
        }

        var text = new TextBuffer(before);
        if (mine is null)
        {
            return new TextOperation(text.Points, [], "");
        }

        TextOperation[] both = TextDiff.Between(recorded.Before, before) is { } theirs ? [theirs, mine] : [mine];
        TextMerge.Apply(text, mine.LengthBefore, [.. both.Select(o => new TextChange(o, [SequenceHistory.Base]))], [.. both.Select(o => o != mine)]);
        return TextDiff.Between(before, text.ToString()) ?? new TextOperation(TextBuffer.CountPoints(before), [], "");
    }
}
