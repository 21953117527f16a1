using Threads.Data.Sequences;
using Threads.Data.Tests.Sequences;
using Id = Threads.Data.Tests.Sequences.ReferenceText.Id;

namespace Threads.Simulation.Model;

/// <summary>
/// A list as one replica holds it: each insertion and each move makes a place in a <see cref="ReferenceText"/>, of which the sign means nothing. An element is named by its first place and stands in its
/// last one, unless somebody deleted it.
/// </summary>
internal sealed class ReferenceList
{
    /// <summary>More steps an operation of the simulation does not have.</summary>
    private const long StepsPerOperation = 1_000_000;

    private readonly ReferenceText _places;
    private readonly Dictionary<Id, Id> _elements = [];
    private readonly Dictionary<Id, Id> _standsIn = [];
    private readonly Dictionary<Id, string> _values = [];
    private readonly HashSet<Id> _deleted = [];

    /// <param name="list">What was assigned.</param>
    /// <param name="seen">What the replica has of others, in the order of all.</param>
    public ReferenceList(IReadOnlyList<string> list, IEnumerable<Operation> seen)
    {
        _places = new ReferenceText(new string('x', list.Count));
        var first = _places.Order().ToArray();
        for (var i = 0; i < list.Count; i++)
        {
            (_elements[first[i]], _standsIn[first[i]], _values[first[i]]) = (first[i], first[i], list[i]);
        }

        foreach (var deed in seen.SelectMany(o => o.Deeds))
        {
            Take(deed);
        }

        foreach (var place in _places.Order().Where(p => _deleted.Contains(_elements[p]) || _standsIn[_elements[p]] != p).ToArray())
        {
            _places.Delete(place);
        }
    }

    public int Length => _places.Length;

    public IEnumerable<string> Elements() => _places.Order().Where(p => !_deleted.Contains(_elements[p]) && _standsIn[_elements[p]] == p).Select(p => _values[_elements[p]]);

    /// <summary>Makes an edit here; the result is what others need of it.</summary>
    public Operation Edit(int number, ListOperation operation)
    {
        var deeds = new List<Deed>();
        var time = number * StepsPerOperation;
        foreach (var step in operation.Steps)
        {
            switch (step.Kind)
            {
                case ListStepKind.Insert:
                    var made = Place(time++, step.Position, step.Values.Length);
                    deeds.AddRange(made.Select((place, i) => new Deed(place.Id, place, step.Values[i], false)));
                    break;
                case ListStepKind.Delete:
                    for (var i = 0; i < step.Count; i++)
                    {
                        deeds.Add(new Deed(Hide(step.Position), null, null, true));
                    }

                    break;
                case ListStepKind.Move:
                    var moved = Hide(step.Position);
                    deeds.Add(new Deed(moved, Place(time++, step.Count, 1)[0], null, false));
                    break;
                case ListStepKind.Set:
                    deeds.Add(new Deed(_elements[_places.At(step.Position)], null, step.Values[0], false));
                    break;
            }

            // What an operation inserts it may move or delete itself.
            foreach (var deed in deeds.Where(d => d.Place is not null))
            {
                _elements[deed.Place!.Id] = deed.Element;
            }
        }

        return new Operation(deeds);
    }

    private List<ReferenceText.Step> Place(long time, int position, int count)
        => _places.Edit(time, new TextOperation(_places.Length, [new SequenceRun(false, position, count)], new string('x', count)));

    private Id Hide(int position)
    {
        var place = _places.At(position);
        _places.Delete(place);
        return _elements[place];
    }

    private void Take(Deed deed)
    {
        if (deed.Place is { } place)
        {
            _places.Receive(place.Id, place);
            _elements[place.Id] = deed.Element;
            _standsIn[deed.Element] = place.Id;
        }

        if (deed.Value is { } value)
        {
            _values[deed.Element] = value;
        }

        if (deed.Deletes)
        {
            _deleted.Add(deed.Element);
        }
    }

    internal sealed record Operation(IReadOnlyList<Deed> Deeds);

    /// <summary>What happens to an element: it gets a place, its first or another one, or a value, or it goes.</summary>
    internal sealed record Deed(Id Element, ReferenceText.Step? Place, string? Value, bool Deletes);
}
