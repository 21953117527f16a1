namespace Threads.Data.Sequences;

/// <summary>Collects edits as they are made; neighbours of one kind become one run: typing on, deleting forwards or backwards.</summary>
internal sealed class TextOperationBuilder(int lengthBefore)
{
    private SequenceRun[] _runs = new SequenceRun[16];
    private char[] _content = new char[64];
    private int _count;
    private int _used;

    public bool IsEmpty => _count == 0;

    /// <summary>Positions and counts in code points; <paramref name="text"/> holds <paramref name="points"/> of them.</summary>
    public void Insert(int position, ReadOnlySpan<char> text, int points)
    {
        if (_used + text.Length > _content.Length)
        {
            Array.Resize(ref _content, Math.Max(_content.Length * 2, _used + text.Length));
        }

        text.CopyTo(_content.AsSpan(_used));
        _used += text.Length;
        if (_count > 0 && _runs[_count - 1] is { IsDelete: false } last && last.Position + last.Length == position)
        {
            _runs[_count - 1] = last with { Length = last.Length + points };
        }
        else
        {
            Add(new SequenceRun(false, position, points));
        }
    }

    public void Delete(int position, int points)
    {
        if (_count > 0 && _runs[_count - 1] is { IsDelete: true } last && (last.Position == position || last.Position == position + points))
        {
            _runs[_count - 1] = new SequenceRun(true, position, last.Length + points);
        }
        else
        {
            Add(new SequenceRun(true, position, points));
        }
    }

    public TextOperation ToOperation() => new(lengthBefore, _runs.AsSpan(0, _count).ToArray(), new string(_content, 0, _used));

    private void Add(SequenceRun run)
    {
        if (_count == _runs.Length)
        {
            Array.Resize(ref _runs, _count * 2);
        }

        _runs[_count++] = run;
    }
}
