using Threads.Data.Ipld;

namespace Threads.Data.Sequences;

internal enum ListStepKind
{
    /// <summary>Values go in at a position.</summary>
    Insert = 0,

    /// <summary>So many elements go, from a position on.</summary>
    Delete = 1,

    /// <summary>An element goes elsewhere: from a position to one in the list without it.</summary>
    Move = 2,

    /// <summary>An element stays where it is, and becomes another value.</summary>
    Set = 3,
}

/// <summary>One edit of a list. <paramref name="Count"/>: of a deletion, how many; of a move, where to.</summary>
internal readonly record struct ListStep(ListStepKind Kind, int Position, int Count, string[] Values)
{
    /// <summary>How many places it makes.</summary>
    public int Places => Kind switch { ListStepKind.Insert => Values.Length, ListStepKind.Move => 1, _ => 0 };
}

/// <summary>What one author did to a list between two commits, in order. Values are JSON texts. Ids are not stored: the n-th place that an operation makes is (operation, n).</summary>
internal sealed class ListOperation
{
    /// <summary>The longest list, in elements.</summary>
    public const int MaxLength = 1 << 20;

    /// <exception cref="SequenceException">A step lies outside of the list.</exception>
    public ListOperation(int lengthBefore, ListStep[] steps)
    {
        LengthBefore = lengthBefore;
        Steps = steps;
        LengthAfter = Check();
        Places = steps.Sum(s => s.Places);
    }

    /// <summary>How long the list is that the first step meets. A list of another length is another one, and the operation does nothing to it.</summary>
    public int LengthBefore { get; }

    public int LengthAfter { get; }

    public ListStep[] Steps { get; }

    /// <summary>Places that all steps together make.</summary>
    public int Places { get; }

    /// <summary>Writes [length before, [[kind, position, …] …]].</summary>
    public void Write(CborWriter writer)
    {
        writer.StartArray(2);
        writer.WriteInt64(LengthBefore);
        writer.StartArray(Steps.Length);
        foreach (var step in Steps)
        {
            var counts = step.Kind is ListStepKind.Delete or ListStepKind.Move;
            writer.StartArray(2 + (counts ? 1 : step.Values.Length));
            writer.WriteInt64((long)step.Kind);
            writer.WriteInt64(step.Position);
            if (counts)
            {
                writer.WriteInt64(step.Count);
            }

            foreach (var value in step.Values)
            {
                writer.WriteText(value);
            }
        }
    }

    /// <exception cref="SequenceException">What stands there is no operation.</exception>
    public static ListOperation Read(scoped ref CborReader reader)
    {
        try
        {
            TextOperation.Expect(reader.ReadArray() == 2, SequenceError.Form, "a length and steps");
            var before = reader.ReadInt64();
            TextOperation.Expect(before is >= 0 and <= MaxLength, SequenceError.TooLong, "a list of at most 1,048,576 elements");
            var steps = new ListStep[reader.ReadArray()];
            for (var i = 0; i < steps.Length; i++)
            {
                steps[i] = ReadStep(ref reader);
            }

            return new ListOperation((int)before, steps);
        }
        catch (CborException e)
        {
            throw new SequenceException(SequenceError.Form, "it is no list of steps", e);
        }
    }

    private static ListStep ReadStep(scoped ref CborReader reader)
    {
        var parts = reader.ReadArray();
        TextOperation.Expect(parts >= 3, SequenceError.Form, "a step of at least three parts");
        var kind = reader.ReadInt64();
        TextOperation.Expect(kind is >= 0 and <= (long)ListStepKind.Set, SequenceError.Form, "a kind of step that this version knows");
        var position = Number(ref reader);
        if ((ListStepKind)kind is ListStepKind.Delete or ListStepKind.Move)
        {
            TextOperation.Expect(parts == 3, SequenceError.Form, "one number in a step that deletes or moves");
            return new ListStep((ListStepKind)kind, position, Number(ref reader), []);
        }

        var values = new string[parts - 2];
        TextOperation.Expect(kind == (long)ListStepKind.Insert || values.Length == 1, SequenceError.Form, "one value in a step that sets");
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = reader.ReadText();
            TextOperation.Expect(JsonList.IsValue(values[i]), SequenceError.Content, "values in JSON");
        }

        return new ListStep((ListStepKind)kind, position, 0, values);
    }

    private static int Number(scoped ref CborReader reader)
    {
        var number = reader.ReadInt64();
        TextOperation.Expect(number is >= 0 and <= MaxLength, SequenceError.Number, "a number within its bounds");
        return (int)number;
    }

    private int Check()
    {
        var length = LengthBefore;
        TextOperation.Expect(length is >= 0 and <= MaxLength, SequenceError.TooLong, "a list of at most 1,048,576 elements");
        foreach (var step in Steps)
        {
            var end = step.Kind == ListStepKind.Insert ? length : length - 1;
            TextOperation.Expect(step.Position >= 0 && step.Position <= end, SequenceError.Position, "positions inside of the list");
            switch (step.Kind)
            {
                case ListStepKind.Insert:
                    TextOperation.Expect(step.Values.Length > 0, SequenceError.Count, "something to insert");
                    length += step.Values.Length;
                    TextOperation.Expect(length <= MaxLength, SequenceError.TooLong, "a list of at most 1,048,576 elements");
                    break;
                case ListStepKind.Delete:
                    TextOperation.Expect(step.Count > 0 && step.Count <= length - step.Position, SequenceError.Count, "steps that delete no more than there is");
                    length -= step.Count;
                    break;
                case ListStepKind.Move:
                    TextOperation.Expect(step.Count >= 0 && step.Count < length, SequenceError.Position, "positions inside of the list");
                    break;
            }
        }

        return length;
    }
}
