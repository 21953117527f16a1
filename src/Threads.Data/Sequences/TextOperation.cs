namespace Threads.Data.Sequences;

/// <summary>
/// What one author did to a text between two commits: runs in the order in which they were made, and everything they inserted, one behind the other. Positions and
/// lengths count Unicode code points, so that no operation can split a surrogate pair. Ids are not stored: the n-th inserted code point is (operation, n).
/// </summary>
internal sealed class TextOperation
{
    /// <summary>The longest text an operation may make, in code points; SQLite's own limit lies above it.</summary>
    public const int MaxLength = 1 << 28;

    /// <exception cref="SequenceException">A run lies outside of the text, or the content is not what the runs insert.</exception>
    public TextOperation(int lengthBefore, SequenceRun[] runs, string content)
    {
        LengthBefore = lengthBefore;
        Runs = runs;
        Content = content;
        LengthAfter = Check();
    }

    /// <summary>How long the text is that the first run meets. A text of another length is another text, and the operation does nothing to it.</summary>
    public int LengthBefore { get; }

    public int LengthAfter { get; }

    public SequenceRun[] Runs { get; }

    public string Content { get; }

    /// <summary>Code points inserted.</summary>
    public int Inserted { get; private set; }

    /// <summary>Makes the runs on a text that is <see cref="LengthBefore"/> long.</summary>
    public void ApplyTo(TextBuffer text)
    {
        var content = new ContentReader(this);
        foreach (var run in Runs)
        {
            if (run.IsDelete)
            {
                text.DeletePoints(run.Position, run.Length);
            }
            else
            {
                text.InsertPoints(run.Position, content.Next(run.Length));
            }
        }
    }

    private int Check()
    {
        var length = (long)LengthBefore;
        Expect(length is >= 0 and <= MaxLength, SequenceError.TooLong, "a text of at most 268,435,456 code points");
        foreach (var run in Runs)
        {
            Expect(run.Length > 0, SequenceError.Count, "runs of at least one code point");
            Expect(run.Position >= 0 && run.Position <= length, SequenceError.Position, "positions inside of the text");
            if (run.IsDelete)
            {
                Expect(run.Position + (long)run.Length <= length, SequenceError.Count, "runs that delete no more than there is");
                length -= run.Length;
            }
            else
            {
                length += run.Length;
                Expect(length <= MaxLength, SequenceError.TooLong, "a text of at most 268,435,456 code points");
                Expect(Inserted + (long)run.Length <= Content.Length, SequenceError.Content, "as many code points as its runs insert");
                Inserted += run.Length;
            }
        }

        Expect(TextBuffer.CountPoints(Content) == Inserted, SequenceError.Content, "as many code points as its runs insert");
        return (int)length;
    }

    internal static void Expect(bool holds, SequenceError error, string what)
    {
        if (!holds)
        {
            throw new SequenceException(error, $"it lacks {what}");
        }
    }
}

/// <summary>Hands out the content of an operation run by run.</summary>
internal struct ContentReader(TextOperation operation)
{
    private readonly bool _isPlain = operation.Content.Length == operation.Inserted;
    private int _at;

    /// <summary>The next so many code points.</summary>
    public ReadOnlySpan<char> Next(int points)
    {
        var from = _at;
        _at += _isPlain ? points : TextBuffer.UnitsOf(operation.Content.AsSpan(from), points);
        return operation.Content.AsSpan(from, _at - from);
    }
}
