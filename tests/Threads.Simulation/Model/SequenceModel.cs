using System.Text.Json;
using Threads.Data.Ipld;
using Threads.Data.Merging;
using Threads.Data.Tests.Sequences;

namespace Threads.Simulation.Model;

/// <summary>
/// Texts and lists, slowly: for each operation the replica of its author is made anew out of all that he had seen, and says where the operation goes; then everybody's go to one more replica.
/// </summary>
internal static class SequenceModel
{
    public static Value Text(Value was, long assigned, IReadOnlyList<(EventClock Clock, byte[] Arguments)> edits)
    {
        if (!was.IsNull && was.Kind != ValueKind.Text)
        {
            return was;
        }

        ReferenceText Replica(IEnumerable<(int Number, List<ReferenceText.Step> Steps)> seen)
        {
            var replica = new ReferenceText(was.IsNull ? "" : was.TextValue);
            foreach (var (number, steps) in seen)
            {
                replica.Receive(number, steps);
            }

            return replica;
        }

        var made = Made<Data.Sequences.TextOperation, (int, List<ReferenceText.Step>)>(TextEdit.Instance, assigned, edits, (seen, number, operation) =>
        {
            var replica = Replica(seen);
            return replica.Length == operation.LengthBefore ? [(number, replica.Edit(number, operation))] : [];
        });
        return made.Count == 0 ? was : Value.Of(Replica(made).Text);
    }

    public static Value List(Value was, long assigned, IReadOnlyList<(EventClock Clock, byte[] Arguments)> edits)
    {
        if (ListOf(was) is not { } list)
        {
            return was;
        }

        var made = Made<Data.Sequences.ListOperation, ReferenceList.Operation>(ListEdit.Instance, assigned, edits, (seen, number, operation) =>
        {
            var replica = new ReferenceList(list, seen);
            return replica.Length == operation.LengthBefore ? [replica.Edit(number, operation)] : [];
        });
        return made.Count == 0 ? was : Value.Of($"[{string.Join(',', new ReferenceList(list, made).Elements())}]");
    }

    /// <summary>What the operations that count come to, in the order of all. One that builds on another assignment, or on what is not there, or meets another length, does not; nor what builds on it.</summary>
    private static List<TMade> Made<TOperation, TMade>(SequenceEdit<TOperation> reader, long assigned, IReadOnlyList<(EventClock Clock, byte[] Arguments)> edits,
        Func<IEnumerable<TMade>, int, TOperation, TMade[]> make)
        where TOperation : class
    {
        var numbers = new Dictionary<OperationId, List<int>>();
        var operations = new List<(HashSet<int> Seen, TMade[] Made)>();
        foreach (var (clock, arguments) in edits)
        {
            var cbor = new CborReader(arguments);
            if (reader.TryRead(ref cbor, clock.Time) is not { } step || step.Seen.Assigned != assigned || !step.Seen.Parents.All(numbers.ContainsKey))
            {
                continue;
            }

            var seen = new HashSet<int>(step.Seen.Parents.SelectMany(p => numbers[p]));
            seen.UnionWith(seen.ToArray().SelectMany(n => operations[n].Seen));
            var isVoid = seen.Any(n => operations[n].Made.Length == 0);
            var number = operations.Count;
            operations.Add((seen, isVoid ? [] : make(seen.Order().SelectMany(n => operations[n].Made), number, step.Operation)));
            if (!numbers.TryGetValue(step.Id, out var same))
            {
                numbers.Add(step.Id, same = []);
            }

            same.Add(number);
        }

        return [.. operations.SelectMany(o => o.Made)];
    }

    /// <summary>The elements as they are written; null: it is no list.</summary>
    private static List<string>? ListOf(Value value)
    {
        if (value.IsNull || value.Kind != ValueKind.Text)
        {
            return value.IsNull ? [] : null;
        }

        try
        {
            using var document = JsonDocument.Parse(value.TextValue);
            return document.RootElement.ValueKind == JsonValueKind.Array ? [.. document.RootElement.EnumerateArray().Select(e => e.GetRawText())] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
