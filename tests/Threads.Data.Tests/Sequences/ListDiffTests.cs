using Threads.Data.Sequences;

namespace Threads.Data.Tests.Sequences;

public class ListDiffTests
{
    [Fact]
    public void Equal_lists_have_no_difference() => Assert.Null(ListDiff.Between(["1", "\"a\""], ["1", "\"a\""]));

    [Theory]
    [InlineData(0, 4)]
    [InlineData(4, 0)]
    [InlineData(1, 3)]
    [InlineData(3, 2)]
    public void An_element_that_stands_elsewhere_is_one_move(int from, int to)
    {
        List<string> old = ["1", "2", "3", "4", "5"];
        List<string> @new = [.. old];
        @new.RemoveAt(from);
        @new.Insert(to, old[from]);
        Assert.Equal(ListStepKind.Move, Assert.Single(ListDiff.Between(old, @new)!.Steps).Kind);
    }

    [Fact]
    public void An_object_with_the_id_of_another_one_is_that_one_changed()
    {
        var operation = ListDiff.Between(["{\"id\":1,\"done\":false}", "{\"id\":2}"], ["{\"id\":2}", "{\"id\":1,\"done\":true}"])!;
        Assert.Equal([ListStepKind.Move, ListStepKind.Set], operation.Steps.Select(s => s.Kind).Order());
    }

    [Fact]
    public void Values_that_differ_in_spaces_and_escapes_are_the_same_element()
        => Assert.Equal(ListStepKind.Set, Assert.Single(ListDiff.Between(["{ \"a\": 1 }"], ["{\"a\":1}"])!.Steps).Kind);

    [Fact]
    public void Random_differences_make_the_new_list_of_the_old()
    {
        var random = new Random(7);
        for (var i = 0; i < 3000; i++)
        {
            var (old, @new) = (Elements(random), Elements(random));
            var list = new List<string>(old);
            if (ListDiff.Between(old, @new) is { } operation)
            {
                ListMerge.ApplyTo(list, operation);
                Assert.Equal(@new.Count, operation.LengthAfter);
            }

            Assert.Equal(@new, list);
        }
    }

    private static List<string> Elements(Random random)
        => [.. Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(4) == 0 ? $"{{\"id\":{random.Next(4)},\"v\":{random.Next(3)}}}" : random.Next(6).ToString())];
}
