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
    public static SequenceHistory Apply(TextBuffer text, int lengthBefore, IReadOnlyList<TextChange> changes, bool[]? applied = null)
    {
        var history = new SequenceHistory([.. changes.Select(c => c.Parents)]);
        var (from, length) = (0, lengthBefore);
        foreach (var to in history.Stretches())
        {
            if (to - from == 1)
            {
                var operation = changes[from].Operation;
                history.IsVoid[from] = operation.LengthBefore != length || history.BuildsOnVoid(from);
                if (!history.IsVoid[from])
                {
                    length = operation.LengthAfter;
                    if (applied?[from] != true)
                    {
                        operation.ApplyTo(text);
                    }
                }
            }
            else
            {
                length = Replay(text, length, changes, applied, history, from, to);
            }

            from = to;
        }

        return history;
    }

    private static int Replay(TextBuffer text, int length, IReadOnlyList<TextChange> changes, bool[]? applied, SequenceHistory history, int from, int to)
    {
        var ids = new int[to - from];
        var next = (long)length;
        for (var i = from; i < to; i++)
        {
            ids[i - from] = (int)next;
            next += changes[i].Operation.Inserted;
            TextOperation.Expect(next <= int.MaxValue / 2, SequenceError.TooLong, "a history whose parallel part inserts at most 1,073,741,823 code points");
        }

        var replay = new TextReplay(length, (int)next, changes, ids, from);
        if (applied is not null)
        {
            history.Walk(from, to, replay, i => applied[i], () => replay.Target = text);
        }
        else
        {
            replay.Target = text;
            history.Walk(from, to, replay);
        }

        return replay.ResultLength;
    }
}

/// <summary>One stretch of a text's history that was written side by side.</summary>
internal sealed class TextReplay(int length, int capacity, IReadOnlyList<TextChange> changes, int[] ids, int from) : ISequenceState
{
    private readonly SequenceState _state = new(length, capacity);
    private readonly (int Id, int Length)[]?[] _deleted = new (int, int)[ids.Length][];
    private readonly List<(int, int)> _targets = [];

    /// <summary>Takes what operations do to the result; null: it holds it already.</summary>
    public TextBuffer? Target { get; set; }

    public int ResultLength => _state.ResultLength;

    public bool TryApply(int operation)
    {
        var change = changes[operation].Operation;
        if (change.LengthBefore != _state.Length)
        {
            return false;
        }

        var id = ids[operation - from];
        var content = new ContentReader(change);
        foreach (var run in change.Runs)
        {
            if (run.IsDelete)
            {
                Delete(run);
                continue;
            }

            var position = _state.Insert(run.Position, id, run.Length);
            Target?.InsertPoints(position, content.Next(run.Length));
            id += run.Length;
        }

        _deleted[operation - from] = [.. _targets];
        _targets.Clear();
        return true;
    }

    public void Retreat(int operation)
    {
        Count(operation, -1);
        _state.SetKnown(ids[operation - from], changes[operation].Operation.Inserted, isKnown: false);
    }

    public void Advance(int operation)
    {
        _state.SetKnown(ids[operation - from], changes[operation].Operation.Inserted, isKnown: true);
        Count(operation, 1);
    }

    private void Delete(SequenceRun run)
    {
        for (var left = run.Length; left > 0;)
        {
            var (id, count, position, wasLeft) = _state.Delete(run.Position, left);
            left -= count;
            _targets.Add((id, count));
            if (wasLeft)
            {
                Target?.DeletePoints(position, count);
            }
        }
    }

    private void Count(int operation, int by)
    {
        foreach (var (id, count) in _deleted[operation - from]!)
        {
            _state.AddDeletes(id, count, by);
        }
    }
}
