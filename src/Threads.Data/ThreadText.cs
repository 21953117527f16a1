using Threads.Data.Resources;
using Threads.Data.Sequences;

namespace Threads.Data;

/// <summary>
/// A text that is being edited, which remembers every edit; <see cref="LocalThread.RecordEdits"/> has them recorded. Positions and counts are those of .NET strings, in UTF-16 units, from 0.
/// </summary>
/// <remarks>An edit near the one before costs the same whatever the length of the text. Not safe for use by two threads at once.</remarks>
public sealed class ThreadText
{
    private readonly TextBuffer _text;
    private TextOperationBuilder _edits;
    private string? _whole;

    /// <summary>Begins with a text, as it is in the column now.</summary>
    /// <exception cref="ArgumentException">The text holds half of a surrogate pair.</exception>
    public ThreadText(string text = "")
    {
        ArgumentNullException.ThrowIfNull(text);
        CheckPairs(text);
        _text = new TextBuffer(text);
        _edits = new TextOperationBuilder(_text.Points);
        Original = _whole = text;
    }

    /// <summary>UTF-16 units of the text as it is now.</summary>
    public int Length => _text.Length;

    /// <summary>The text that the edits began with.</summary>
    public string Original { get; private set; }

    /// <summary>Whether there were edits since <see cref="Original"/>.</summary>
    public bool HasEdits => !_edits.IsEmpty;

    /// <summary>Inserts text before the character at a position; at <see cref="Length"/>, at the end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The position lies outside of the text.</exception>
    /// <exception cref="ArgumentException">The position is inside of a surrogate pair, or the text holds half of one.</exception>
    public void Insert(int position, ReadOnlySpan<char> text)
    {
        var point = PointAt(position, nameof(position));
        if (text.IsEmpty)
        {
            return;
        }

        CheckPairs(text);
        _text.InsertUnits(position, text);
        _edits.Insert(point, text, TextBuffer.CountPoints(text));
        _whole = null;
    }

    /// <inheritdoc cref="Insert(int, ReadOnlySpan{char})" />
    public void Insert(int position, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Insert(position, text.AsSpan());
    }

    /// <summary>Inserts text at the end.</summary>
    /// <exception cref="ArgumentException">The text holds half of a surrogate pair.</exception>
    public void Append(ReadOnlySpan<char> text) => Insert(Length, text);

    /// <summary>Deletes so many UTF-16 units from a position on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The position or the end lies outside of the text.</exception>
    /// <exception cref="ArgumentException">One of the two is inside of a surrogate pair.</exception>
    public void Delete(int position, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var from = PointAt(position, nameof(position));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Length - position);
        var to = PointAt(position + count, nameof(count));
        if (count > 0)
        {
            _text.DeleteUnits(position, count);
            _edits.Delete(from, to - from);
            _whole = null;
        }
    }

    /// <summary>Deletes so many UTF-16 units from a position on, and inserts text there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The position or the end lies outside of the text.</exception>
    /// <exception cref="ArgumentException">One of the two is inside of a surrogate pair, or the text holds half of one.</exception>
    public void Replace(int position, int count, ReadOnlySpan<char> text)
    {
        CheckPairs(text);
        Delete(position, count);
        Insert(position, text);
    }

    /// <summary>The text as it is now.</summary>
    public override string ToString() => _whole ??= _text.ToString();

    /// <summary>The edits are written: what comes now begins with the text as it is.</summary>
    public void AcceptEdits()
    {
        Original = ToString();
        _edits = new TextOperationBuilder(_text.Points);
    }

    /// <summary>The edits since <see cref="Original"/>.</summary>
    internal TextOperation ToOperation() => _edits.ToOperation();

    private static void CheckPairs(ReadOnlySpan<char> text)
    {
        for (var at = text.IndexOfAnyInRange('\uD800', '\uDFFF'); at >= 0; at = text.IndexOfAnyInRange('\uD800', '\uDFFF'))
        {
            if (at + 1 >= text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
            {
                throw new ArgumentException(Strings.HalfPair(), nameof(text));
            }

            text = text[(at + 2)..];
        }
    }

    private int PointAt(int position, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Length, name);
        return _text.TryToPoints(position, out var point) ? point : throw new ArgumentException(Strings.InsidePair(position), name);
    }
}
