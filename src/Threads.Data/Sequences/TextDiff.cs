using System.Text;

namespace Threads.Data.Sequences;

/// <summary>What an author did to a text who is known by the result alone: the shortest difference, in code points.</summary>
internal static class TextDiff
{
    /// <summary>The operation that makes the new text of the old one; null when they are the same. Both are valid UTF-16.</summary>
    public static TextOperation? Between(string old, string @new)
    {
        var (from, to) = (Points(old), Points(@new));
        var hunks = SequenceDiff.Compare(from, to);
        if (hunks.Count == 0)
        {
            return null;
        }

        // What stands before a hunk is new by then, so it is found at its place in the new text.
        var builder = new TextOperationBuilder(from.Length);
        var (unit, point) = (0, 0);
        foreach (var hunk in hunks)
        {
            if (hunk.OldLength > 0)
            {
                builder.Delete(hunk.New, hunk.OldLength);
            }

            if (hunk.NewLength > 0)
            {
                unit += TextBuffer.UnitsOf(@new.AsSpan(unit), hunk.New - point);
                var units = TextBuffer.UnitsOf(@new.AsSpan(unit), hunk.NewLength);
                builder.Insert(hunk.New, @new.AsSpan(unit, units), hunk.NewLength);
                (unit, point) = (unit + units, hunk.New + hunk.NewLength);
            }
        }

        return builder.ToOperation();
    }

    private static int[] Points(string text)
    {
        var points = new int[TextBuffer.CountPoints(text)];
        var i = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            points[i++] = rune.Value;
        }

        return points;
    }
}
