namespace Threads.Data.Sequences;

/// <summary>An operation of a list's history, with its parents by number.</summary>
internal readonly record struct ListChange(ListOperation Operation, int[] Parents);

/// <summary>
/// The meaning of a list's history. An element is one thing wherever it stands: of concurrent moves the last in the total order says where, of concurrent values the last
/// says what, and a deletion beats both (Kleppmann, <em>Moving Elements in List CRDTs</em>, 2020). So no element is ever there twice, or comes back.
/// </summary>
internal static class ListMerge
{
    /// <summary>What the operations, oldest first, make of a list, and which of them are void.</summary>
    public static (List<string> List, SequenceHistory History) Apply(List<string> list, IReadOnlyList<ListChange> changes)
    {
        var history = new SequenceHistory([.. changes.Select(c => c.Parents)]);
        var from = 0;
        foreach (var to in history.Stretches())
        {
            if (to - from == 1)
            {
                var operation = changes[from].Operation;
                history.IsVoid[from] = operation.LengthBefore != list.Count || history.BuildsOnVoid(from);
                if (!history.IsVoid[from])
                {
                    ApplyTo(list, operation);
                }
            }
            else
            {
                var replay = new ListReplay(list, changes, from, to);
                history.Walk(from, to, replay);
                list = replay.Result();
            }

            from = to;
        }

        return (list, history);
    }

    /// <summary>Makes the steps on a list that is as long as the operation says.</summary>
    public static void ApplyTo(List<string> list, ListOperation operation)
    {
        foreach (var step in operation.Steps)
        {
            switch (step.Kind)
            {
                case ListStepKind.Insert:
                    list.InsertRange(step.Position, step.Values);
                    break;
                case ListStepKind.Delete:
                    list.RemoveRange(step.Position, step.Count);
                    break;
                case ListStepKind.Move:
                    var value = list[step.Position];
                    list.RemoveAt(step.Position);
                    list.Insert(step.Count, value);
                    break;
                case ListStepKind.Set:
                    list[step.Position] = step.Values[0];
                    break;
            }
        }
    }
}

/// <summary>
/// One stretch of a list's history that was written side by side. Every insertion and every move makes a place; an element shows in one place at most, and is named by its
/// first one.
/// </summary>
internal sealed class ListReplay : ISequenceState
{
    private const int Hidden = -1;

    private readonly IReadOnlyList<ListChange> _changes;
    private readonly int _from;
    private readonly SequenceState _state;

    /// <summary>The first place that each operation makes.</summary>
    private readonly int[] _ids;

    /// <summary>What each operation did, by element: deletions, and moves to a place.</summary>
    private readonly List<(int Element, int Place)>[] _touched;

    private readonly int[] _elements;
    private readonly int[] _shown;
    private readonly int[] _deletes;
    private readonly bool[] _isGone;
    private readonly (string? Text, int SetBy)[] _values;
    private readonly Dictionary<int, SortedSet<int>> _moves = [];
    private readonly Dictionary<int, int> _lastMove = [];

    public ListReplay(List<string> list, IReadOnlyList<ListChange> changes, int from, int to)
    {
        (_changes, _from) = (changes, from);
        _ids = new int[to - from];
        var next = (long)list.Count;
        for (var i = from; i < to; i++)
        {
            _ids[i - from] = (int)next;
            next += changes[i].Operation.Places;
            TextOperation.Expect(next <= int.MaxValue / 2, SequenceError.TooLong, "a history whose parallel part makes at most 1,073,741,823 places");
        }

        _touched = new List<(int, int)>[to - from];
        _state = new SequenceState(list.Count, (int)next);
        _elements = [.. Enumerable.Range(0, (int)next)];
        _shown = [.. _elements];
        _deletes = new int[next];
        _isGone = new bool[next];
        _values = new (string?, int)[next];
        for (var i = 0; i < list.Count; i++)
        {
            _values[i] = (list[i], SequenceHistory.Base);
        }
    }

    public bool TryApply(int operation)
    {
        var change = _changes[operation].Operation;
        if (change.LengthBefore != _state.Length)
        {
            return false;
        }

        var id = _ids[operation - _from];
        var touched = _touched[operation - _from] = [];
        foreach (var step in change.Steps)
        {
            switch (step.Kind)
            {
                case ListStepKind.Insert:
                    _state.Insert(step.Position, id, step.Values.Length);
                    foreach (var value in step.Values)
                    {
                        _values[id++] = (value, operation);
                    }

                    break;
                case ListStepKind.Delete:
                    for (var i = 0; i < step.Count; i++)
                    {
                        var deleted = ElementAt(step.Position);
                        touched.Add((deleted, Hidden));
                        _isGone[deleted] = true;
                        _deletes[deleted]++;
                        Show(deleted);
                    }

                    break;
                case ListStepKind.Move:
                    Move(ElementAt(step.Position), step.Count, id++, touched);
                    break;
                case ListStepKind.Set:
                    var element = ElementAt(step.Position);
                    if (_values[element].SetBy <= operation)
                    {
                        _values[element] = (step.Values[0], operation);
                    }

                    break;
            }
        }

        return true;
    }

    public void Retreat(int operation)
    {
        var touched = _touched[operation - _from];
        for (var i = touched.Count - 1; i >= 0; i--)
        {
            Count(touched[i].Element, touched[i].Place, isThere: false);
        }

        _state.SetKnown(_ids[operation - _from], _changes[operation].Operation.Places, isKnown: false);
    }

    public void Advance(int operation)
    {
        _state.SetKnown(_ids[operation - _from], _changes[operation].Operation.Places, isKnown: true);
        foreach (var (element, place) in _touched[operation - _from])
        {
            Count(element, place, isThere: true);
        }
    }

    /// <summary>Each element that nobody deleted, at the place where its last move put it.</summary>
    public List<string> Result()
        => [.. _state.Order().Where(p => _elements[p] is var e && !_isGone[e] && p == _lastMove.GetValueOrDefault(e, e)).Select(p => _values[_elements[p]].Text!)];

    private int ElementAt(int position) => _elements[_state.At(position)];

    private void Move(int element, int to, int place, List<(int, int)> touched)
    {
        _state.AddDeletes(_shown[element], 1, 1);
        _state.Insert(to, place, 1);
        _elements[place] = element;
        _shown[element] = place;
        if (!_moves.TryGetValue(element, out var moves))
        {
            _moves.Add(element, moves = []);
        }

        moves.Add(place);
        touched.Add((element, place));
        _lastMove[element] = Math.Max(place, _lastMove.GetValueOrDefault(element, place));
    }

    private void Count(int element, int place, bool isThere)
    {
        if (place == Hidden)
        {
            _deletes[element] += isThere ? 1 : -1;
        }
        else if (isThere)
        {
            _moves[element].Add(place);
        }
        else
        {
            _moves[element].Remove(place);
        }

        Show(element);
    }

    /// <summary>In the prepared version an element shows where its last move of that version put it, unless it is deleted there.</summary>
    private void Show(int element)
    {
        var place = _deletes[element] > 0 ? Hidden : _moves.TryGetValue(element, out var moves) && moves.Count > 0 ? moves.Max : element;
        if (place == _shown[element])
        {
            return;
        }

        if (_shown[element] != Hidden)
        {
            _state.AddDeletes(_shown[element], 1, 1);
        }

        if (place != Hidden)
        {
            _state.AddDeletes(place, 1, -1);
        }

        _shown[element] = place;
    }
}
