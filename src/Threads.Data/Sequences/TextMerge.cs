namespace Threads.Data.Sequences;

/// <summary>An operation of a text's history, with its parents by number.</summary>
internal readonly record struct TextChange(TextOperation Operation, int[] Parents);

/// <summary>
/// The meaning of a text's history: what its operations make of the text they began with. Where the history is a line, they apply as they are; only stretches that were
/// written side by side are replayed in a <see cref="SequenceState"/>. The result depends on the set of operations alone.
/// </summary>
internal static class TextMerge
{
    /// <summary>
    /// Applies the operations that <paramref name="applied"/> (null: none) does not name to a text that holds the others, and says which of them are void.
    /// </summary>
    /// <param name="text">The text as the applied operations left it.</param>
    /// <param name="lengthBefore">Code points of the text before the first of the changes.</param>
    /// <param name="changes">Oldest first. They begin where the history comes together, and are all there is since then.</param>
    /// <param name="applied">Which ones the text holds: with each one all that it had seen.</param>
    public static SequenceLines Apply(TextBuffer text, int lengthBefore, IReadOnlyList<TextChange> changes, bool[]? applied = null)
    {
        var lines = new SequenceLines([.. changes.Select(c => c.Parents)],
            (parent, i) => changes[parent].Operation.LengthAfter == changes[i].Operation.LengthBefore && (applied is null || applied[parent] == applied[i]));
        var (from, length) = (0, lengthBefore);
        foreach (var to in lines.History.Stretches())
        {
            length = to - from == 1
                ? ApplyLine(text, length, changes, applied, lines, from)
                : Replay(text, length, changes, applied, lines, from, to);
            from = to;
        }

        return lines;
    }

    private static int ApplyLine(TextBuffer text, int length, IReadOnlyList<TextChange> changes, bool[]? applied, SequenceLines lines, int line)
    {
        var members = lines.Members[line];
        if (changes[members[0]].Operation.LengthBefore != length || lines.History.BuildsOnVoid(line))
        {
            lines.History.IsVoid[line] = true;
            return length;
        }

        if (applied?[members[0]] != true)
        {
            foreach (var member in members)
            {
                changes[member].Operation.ApplyTo(text);
            }
        }

        return changes[members[^1]].Operation.LengthAfter;
    }

    private static int Replay(TextBuffer text, int length, IReadOnlyList<TextChange> changes, bool[]? applied, SequenceLines lines, int from, int to)
    {
        var replay = new TextReplay(length, changes, lines, from, to);
        if (applied is not null)
        {
            lines.History.Walk(from, to, replay, line => applied[lines.Members[line][0]], () => replay.Target = text);
        }
        else
        {
            replay.Target = text;
            lines.History.Walk(from, to, replay);
        }

        return replay.ResultLength;
    }
}
