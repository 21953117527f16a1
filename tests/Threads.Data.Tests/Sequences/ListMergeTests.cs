using Threads.Data.Ipld;
using Threads.Data.Sequences;

namespace Threads.Data.Tests.Sequences;

public class ListMergeTests
{
    private static readonly string[] Abcd = ["1", "2", "3", "4"];

    [Fact]
    public void Of_two_concurrent_moves_of_an_element_the_last_says_where_and_it_is_there_once()
        => Assert.Equal(["2", "3", "1", "4"], Fold(Abcd, Change(4, Move(0, 3)), Change(4, Move(0, 2), -1)));

    [Fact]
    public void Concurrent_moves_of_different_elements_both_count()
        => Assert.Equal(["4", "2", "3", "1"], Fold(Abcd, Change(4, Move(0, 3)), Change(4, Move(3, 0))));

    [Fact]
    public void An_element_that_one_moves_and_one_deletes_is_gone()
        => Assert.Equal(["2", "3", "4"], Fold(Abcd, Change(4, Delete(0, 1)), Change(4, Move(0, 3))));

    [Fact]
    public void An_element_that_one_moves_and_one_sets_is_both()
        => Assert.Equal(["2", "3", "4", "9"], Fold(Abcd, Change(4, Set(0, "9")), Change(4, Move(0, 3))));

    [Fact]
    public void Of_two_concurrent_values_of_an_element_the_last_counts()
        => Assert.Equal(["8", "2", "3", "4"], Fold(Abcd, Change(4, Set(0, "9")), Change(4, Set(0, "8"))));

    [Fact]
    public void What_was_inserted_beside_an_element_stays_where_it_was_when_the_element_moves()
        => Assert.Equal(["9", "2", "3", "4", "1"], Fold(Abcd, Change(4, Move(0, 3)), Change(4, Insert(1, "9"))));

    [Fact]
    public void An_operation_for_a_list_of_another_length_does_nothing_and_what_builds_on_it_neither()
        => Assert.Equal(["1", "2", "3", "4", "5"], Fold(Abcd, Change(9, Delete(0, 9)), Change(4, Insert(4, "5")), Change(0, [Insert(0, "6")], 0)));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Replicas_that_edit_and_pull_at_random_end_with_one_list_that_holds_each_element_once(int replicas)
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var world = new World(seed, replicas);
            for (var step = 0; step < 50; step++)
            {
                world.Step();
            }

            world.CheckTogether();
        }
    }

    [Fact]
    public void An_operation_comes_back_from_its_bytes()
    {
        var operation = new ListOperation(4, [Insert(4, "\"ä\"", "{\"a\":[1]}"), Delete(0, 2), Move(3, 0), Set(1, "null")]);
        using var writer = new CborWriter();
        operation.Write(writer);
        var reader = new CborReader(writer.WrittenSpan);
        var read = ListOperation.Read(ref reader);
        Assert.Equal(4, read.LengthBefore);
        Assert.Equal(["{\"a\":[1]}", "null", "4", "\"ä\""], Fold(Abcd, new ListChange(read, [-1])));
    }

    [Theory]
    [InlineData(4, 0, 5, 0, "Position")]
    [InlineData(4, 1, 4, 1, "Position")]
    [InlineData(4, 1, 3, 2, "Count")]
    [InlineData(4, 1, 0, 0, "Count")]
    [InlineData(4, 2, 0, 4, "Position")]
    [InlineData(4, 2, 4, 0, "Position")]
    [InlineData(0, 3, 0, 0, "Position")]
    [InlineData(2_000_000, 1, 0, 1, "TooLong")]
    [InlineData(1_048_576, 0, 0, 0, "TooLong")]
    public void Steps_outside_of_the_list_are_refused_by_name(int length, int kind, int position, int count, string error)
    {
        var step = new ListStep((ListStepKind)kind, position, count, kind is 0 or 3 ? ["1"] : []);
        Assert.Equal(error, Assert.Throws<SequenceException>(() => new ListOperation(length, [step])).Error.ToString());
    }

    [Theory]
    [InlineData("8100")] // one part
    [InlineData("82048100")] // a step that is no array
    [InlineData("820481820000")] // a step of two parts
    [InlineData("82048183040000")] // an unknown kind
    [InlineData("820481830000617B")] // a value that is no JSON
    [InlineData("82048183002000")] // position -1
    [InlineData("8204818401000101")] // a deletion of two numbers
    [InlineData("82048184030061316132")] // two values set
    [InlineData("8204")] // the end is missing
    public void Bytes_that_are_no_operation_are_refused(string hex)
        => Assert.Throws<SequenceException>(() =>
        {
            var reader = new CborReader(Convert.FromHexString(hex));
            ListOperation.Read(ref reader);
        });

    internal static ListStep Insert(int at, params string[] values) => new(ListStepKind.Insert, at, 0, values);

    internal static ListStep Delete(int at, int count) => new(ListStepKind.Delete, at, count, []);

    internal static ListStep Move(int from, int to) => new(ListStepKind.Move, from, to, []);

    internal static ListStep Set(int at, string value) => new(ListStepKind.Set, at, 0, [value]);

    private static ListChange Change(int length, ListStep step, int parent = -1) => new(new ListOperation(length, [step]), [parent]);

    private static ListChange Change(int length, ListStep[] steps, int parent) => new(new ListOperation(length, steps), [parent]);

    private static List<string> Fold(IEnumerable<string> list, params ListChange[] changes) => ListMerge.Apply([.. list], changes).List;

    private sealed class World
    {
        private readonly Random _random;
        private readonly Dictionary<long, (ListOperation Operation, long[] Parents)> _written = [];
        private readonly SortedSet<long>[] _known;
        private readonly HashSet<string> _deleted = [];
        private int _values = 5;

        public World(int seed, int replicas)
        {
            _random = new Random(seed);
            _known = [.. Enumerable.Range(0, replicas).Select(_ => new SortedSet<long>())];
        }

        public void Step()
        {
            var replica = _random.Next(_known.Length);
            if (_random.Next(3) > 0)
            {
                Edit(replica);
                return;
            }

            // Oldest first, so that what an operation saw comes with it.
            var missing = _known[_random.Next(_known.Length)].Except(_known[replica]).Order().ToList();
            _known[replica].UnionWith(missing.Take(_random.Next(missing.Count + 1)));
        }

        public void CheckTogether()
        {
            var list = Fold(_written.Keys);
            Assert.Equal(list.Distinct(), list);
            Assert.Equal(Enumerable.Range(1, _values - 1).Select(v => v.ToString()).Except(_deleted).Order(), list.Order());
        }

        private void Edit(int replica)
        {
            var list = Fold(_known[replica]);
            var (length, steps) = (list.Count, new List<ListStep>());
            for (var left = _random.Next(1, 4); left > 0; left--)
            {
                var at = _random.Next(list.Count + 1);
                var step = _random.Next(4) switch
                {
                    0 => Delete(at, Math.Min(list.Count - at, _random.Next(1, 3))),
                    1 or 2 when list.Count > 0 => Move(Math.Min(at, list.Count - 1), _random.Next(list.Count)),
                    _ => Insert(at, $"{_values++}", $"{_values++}"),
                };
                if (step is { Kind: ListStepKind.Delete, Count: 0 })
                {
                    continue;
                }

                if (step.Kind == ListStepKind.Delete)
                {
                    _deleted.UnionWith(list.Skip(step.Position).Take(step.Count));
                }

                ListMerge.ApplyTo(list, new ListOperation(list.Count, [step]));
                steps.Add(step);
            }

            if (steps.Count == 0)
            {
                return;
            }

            var time = ((_known[replica].Count == 0 ? 0 : _known[replica].Max / 16) + _random.Next(1, 9)) * 16 + replica;
            _written.Add(time, (new ListOperation(length, [.. steps]), [.. _known[replica].Except(_known[replica].SelectMany(t => _written[t].Parents))]));
            _known[replica].Add(time);
            Assert.Equal(list, Fold(_known[replica]));
        }

        private List<string> Fold(IEnumerable<long> known)
        {
            var order = known.Order().ToList();
            var changes = order.ConvertAll(t => new ListChange(_written[t].Operation, _written[t].Parents.Length == 0 ? [-1] : [.. _written[t].Parents.Select(p => order.BinarySearch(p))]));
            var (list, history) = ListMerge.Apply([.. Abcd], changes);
            Assert.DoesNotContain(true, history.IsVoid);
            return list;
        }
    }
}
