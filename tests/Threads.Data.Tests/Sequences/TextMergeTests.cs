using Threads.Data.Sequences;

namespace Threads.Data.Tests.Sequences;

public class TextMergeTests
{
    [Theory]
    [InlineData(2, "")]
    [InlineData(2, "hello world")]
    [InlineData(3, "")]
    [InlineData(4, "a😀b")]
    public void Replicas_that_edit_and_pull_at_random_show_what_the_reference_shows(int replicas, string start)
    {
        for (var seed = 0; seed < 25; seed++)
        {
            var world = new TextWorld(seed * 31 + replicas, replicas, start);
            for (var step = 0; step < 40; step++)
            {
                world.Step();
                foreach (var replica in world.Replicas)
                {
                    Assert.True(replica.Reference.Text == replica.Text.ToString(), $"seed {seed}, step {step}: {replica.Reference.Text} is not {replica.Text}");
                }
            }

            world.PullAll();
            foreach (var replica in world.Replicas)
            {
                Assert.Equal(world.Replicas[0].Reference.Text, replica.Text.ToString());
                Assert.Equal(world.Replicas[0].Reference.Text, world.Folded(replica));
            }
        }
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Runs_typed_at_one_place_at_the_same_time_stay_whole(bool firstForwards, bool secondForwards)
    {
        var first = Typed("hello", 2, firstForwards, 0);
        var second = Typed("WORLD", 2, secondForwards, 5);
        var text = Fold("<>", [.. first, .. second]).ToString();
        Assert.Contains(text, new[] { "<helloWORLD>", "<WORLDhello>" });
    }

    [Fact]
    public void A_deletion_and_an_insertion_inside_of_it_both_count()
    {
        var text = Fold("abcdef", [Change(6, [new(true, 1, 4)], "", -1), Change(6, [new(false, 3, 1)], "X", -1)]);
        Assert.Equal("aXf", text.ToString());
    }

    [Fact]
    public void What_two_delete_is_deleted_once()
    {
        var text = Fold("abcdef", [Change(6, [new(true, 1, 3)], "", -1), Change(6, [new(true, 2, 3)], "", -1), Change(1 + 1, [new(false, 1, 1)], "-", 0, 1)]);
        Assert.Equal("a-f", text.ToString());
    }

    [Fact]
    public void An_operation_for_a_text_of_another_length_does_nothing_and_what_builds_on_it_neither()
    {
        var text = new TextBuffer("abc");
        var history = TextMerge.Apply(text, 3,
            [Change(3, [new(false, 3, 1)], "d", -1), Change(9, [new(true, 0, 9)], "", -1), Change(1, [new(false, 0, 1)], "X", 1), Change(4, [new(false, 4, 1)], "e", 0)]);
        Assert.Equal("abcde", text.ToString());
        Assert.Equal([false, true, true, false], Enumerable.Range(0, 4).Select(history.IsVoid));
        Assert.Equal([3], history.Heads());
    }

    [Fact]
    public void A_parent_that_is_not_older_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new SequenceHistory([[-1], [1]]));
        Assert.Throws<ArgumentException>(() => new SequenceHistory([[1], [-1]]));
        Assert.Throws<ArgumentException>(() => new SequenceHistory([[-2]]));
    }

    [Fact]
    public void Long_branches_typed_backwards_at_one_place_merge_in_bounded_work()
    {
        const int length = 20_000;
        var changes = new List<TextChange>();
        for (var i = 0; i < length; i++)
        {
            // Two authors in turn, neither of whom sees the other.
            changes.Add(Change(i, [new(false, 0, 1)], "a", i == 0 ? -1 : 2 * i - 2));
            changes.Add(Change(i, [new(false, 0, 1)], "b", i == 0 ? -1 : 2 * i - 1));
        }

        Assert.Equal(new string('a', length) + new string('b', length), Fold("", changes).ToString());
    }

    [Fact]
    public void A_run_cut_into_single_letters_by_another_branch_merges_in_bounded_work()
    {
        const int length = 40_000;
        var runs = Enumerable.Range(0, length / 2).Select(i => new SequenceRun(true, i, 1)).ToArray();
        var text = Fold(new string('x', length), [Change(length, runs, "", -1), Change(length, [new(false, length / 2, 1)], "y", -1)]);
        Assert.Equal(length / 2 + 1, text.Length);
    }

    private static TextBuffer Fold(string start, IReadOnlyList<TextChange> changes)
    {
        var text = new TextBuffer(start);
        Assert.DoesNotContain(Enumerable.Range(0, changes.Count), TextMerge.Apply(text, text.Points, changes).IsVoid);
        return text;
    }

    private static TextChange Change(int lengthBefore, SequenceRun[] runs, string content, params int[] parents) => new(new TextOperation(lengthBefore, runs, content), parents);

    /// <summary>One operation a letter between the two of a text, each seeing the ones before; numbered from <paramref name="number"/> on.</summary>
    private static IEnumerable<TextChange> Typed(string word, int length, bool forwards, int number)
    {
        for (var i = 0; i < word.Length; i++)
        {
            var letter = forwards ? word[i] : word[^(i + 1)];
            yield return Change(length + i, [new(false, forwards ? 1 + i : 1, 1)], letter.ToString(), i == 0 ? -1 : number + i - 1);
        }
    }
}
