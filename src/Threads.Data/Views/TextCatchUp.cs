using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Merging;

namespace Threads.Data.Views;

/// <summary>
/// Merges an edit of a text that was made beside a few others: reads these alone, whatever the length of the history before them. What is more, or not only edits, is left to
/// <see cref="EntityRefold"/>.
/// </summary>
internal sealed class TextCatchUp(EntityStore entities, IEventSource source, ClockOrder order)
{
    /// <summary>Beyond this a fold of the whole entity, once for all records that come together, is cheaper.</summary>
    private const int MaxEvents = 64;

    public bool TryApply(TableSchema table, ColumnSchema column, in SqlValue key, MergeCell cell, ReadOnlySpan<byte> arguments, Clock clock)
    {
        var heads = OperationId.Read(cell.State);
        if (column.Merge.Operations != TextEdit.Instance.Name || heads.Length == 0 || Read(arguments, clock) is not { Seen.Parents.Length: > 0 } mine)
        {
            return false;
        }

        long? from = Math.Min(heads[0].Time, mine.Seen.Parents[0].Time);
        for (var round = 0; round < 3 && from is not null; round++)
        {
            if (entities.EventsSince(table.Collection, key, from.Value, MaxEvents) is not { } events)
            {
                return false;
            }

            events.Remove(clock);
            events.Sort(order);
            if (Steps(events, table, column, mine, clock) is not { Count: > 0 } steps)
            {
                return false;
            }

            if (TextEdit.Instance.TryCatchUp(cell, steps, out from))
            {
                return true;
            }
        }

        return false;
    }

    private static SequenceStep<Sequences.TextOperation>? Read(ReadOnlySpan<byte> arguments, Clock clock)
    {
        var reader = new CborReader(arguments);
        return TextEdit.Instance.TryRead(ref reader, clock.Time);
    }

    /// <summary>The edits of the cell among some events, and one more; null: not all of them are edits, or can be read.</summary>
    private List<SequenceStep<Sequences.TextOperation>>? Steps(List<Clock> events, TableSchema table, ColumnSchema column, SequenceStep<Sequences.TextOperation> mine, Clock clock)
    {
        var steps = new List<SequenceStep<Sequences.TextOperation>>();
        var isIn = false;
        foreach (var at in events)
        {
            if (!isIn && order.IsAfter(at, clock))
            {
                steps.Add(mine);
                isIn = true;
            }

            if (!source.TryRead(at, out var shape, out var item) || shape.Kind != EventKind.Save || shape.KeyCount != table.KeyCount)
            {
                return null;
            }

            var place = Array.FindIndex(shape.Columns, shape.KeyCount, c => table.FindCanonical(c) == column);
            if (place < 0)
            {
                continue;
            }

            if (shape.Operation(place) != TextEdit.Instance.Name)
            {
                return null;
            }

            var reader = new CborReader(item);
            reader.ReadArray();
            reader.ReadInt64();
            for (var i = 0; i < place; i++)
            {
                reader.Skip();
            }

            if (Read(reader.SkipRaw(), at) is { } step)
            {
                steps.Add(step);
            }
        }

        if (!isIn)
        {
            steps.Add(mine);
        }

        return steps;
    }
}
