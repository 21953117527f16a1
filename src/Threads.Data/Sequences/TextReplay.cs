namespace Threads.Data.Sequences;

/// <summary>One stretch of a text's history that was written side by side, line by line.</summary>
internal sealed class TextReplay : ISequenceState
{
    private readonly int _from;
    private readonly SequenceState _state;
    private readonly TextOperation[] _operations;
    private readonly int[] _ids;
    private readonly (int Id, int Length)[]?[] _deleted;
    private readonly List<(int, int)> _targets = [];

    public TextReplay(int length, IReadOnlyList<TextChange> changes, SequenceLines lines, int from, int to)
    {
        _from = from;
        _operations = new TextOperation[to - from];
        _ids = new int[to - from];
        _deleted = new (int, int)[to - from][];
        var ranks = new List<(int Id, int Rank)> { (0, -1) };
        long next = length;
        for (var line = from; line < to; line++)
        {
            var members = lines.Members[line];
            _ids[line - from] = (int)next;
            _operations[line - from] = Join(changes, members);
            foreach (var member in members)
            {
                ranks.Add(((int)next, member));
                next += changes[member].Operation.Inserted;
                TextOperation.Expect(next <= int.MaxValue / 2, SequenceError.TooLong, "a history whose parallel part inserts at most 1,073,741,823 code points");
            }
        }

        _state = new SequenceState(length, (int)next, ranks);
    }

    /// <summary>Takes what lines do to the result; null: it holds it already.</summary>
    public TextBuffer? Target { get; set; }

    public int ResultLength => _state.ResultLength;

    public bool TryApply(int operation)
    {
        var change = _operations[operation - _from];
        if (change.LengthBefore != _state.Length)
        {
            return false;
        }

        var id = _ids[operation - _from];
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

        _deleted[operation - _from] = [.. _targets];
        _targets.Clear();
        return true;
    }

    public void Retreat(int operation)
    {
        Count(operation, -1);
        _state.SetKnown(_ids[operation - _from], _operations[operation - _from].Inserted, isKnown: false);
    }

    public void Advance(int operation)
    {
        _state.SetKnown(_ids[operation - _from], _operations[operation - _from].Inserted, isKnown: true);
        Count(operation, 1);
    }

    /// <summary>The operations of a line in one, in which typing on is one run.</summary>
    private static TextOperation Join(IReadOnlyList<TextChange> changes, List<int> members)
    {
        var first = changes[members[0]].Operation;
        if (members.Count == 1)
        {
            return first;
        }

        var builder = new TextOperationBuilder(first.LengthBefore);
        foreach (var member in members)
        {
            var operation = changes[member].Operation;
            var content = new ContentReader(operation);
            foreach (var run in operation.Runs)
            {
                if (run.IsDelete)
                {
                    builder.Delete(run.Position, run.Length);
                }
                else
                {
                    builder.Insert(run.Position, content.Next(run.Length), run.Length);
                }
            }
        }

        return builder.ToOperation();
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
        foreach (var (id, count) in _deleted[operation - _from]!)
        {
            _state.AddDeletes(id, count, by);
        }
    }
}
