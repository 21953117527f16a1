using Threads.Data.Sequences;

namespace Threads.Data.Tests.Sequences;

public class TextDiffTests
{
    [Fact]
    public void Equal_texts_have_no_difference() => Assert.Null(TextDiff.Between("same 😀", "same 😀"));

    [Theory]
    [InlineData("", "new")]
    [InlineData("old", "")]
    [InlineData("the cat sat", "the fat cat sat")]
    [InlineData("a😀b", "a😁b")]
    [InlineData("😀😀", "😀x😀")]
    public void The_difference_makes_the_new_text_of_the_old(string old, string @new) => Assert.Equal(@new, Apply(old, TextDiff.Between(old, @new)!));

    [Fact]
    public void Two_changes_far_apart_leave_what_is_between_them()
    {
        var middle = string.Concat(Enumerable.Range(0, 4000).Select(i => (char)('a' + i % 26)));
        var operation = TextDiff.Between("one " + middle + " two", "1 " + middle + " 2")!;
        Assert.Equal(2 + 6, operation.Inserted + operation.Runs.Where(r => r.IsDelete).Sum(r => r.Length));
    }

    [Fact]
    public void Random_differences_are_as_short_as_a_table_of_all_prefixes_says()
    {
        var random = new Random(3);
        for (var i = 0; i < 3000; i++)
        {
            var letters = random.Next(1, 5);
            var (old, @new) = (Word(random, letters), Word(random, letters));
            if (TextDiff.Between(old, @new) is not { } operation)
            {
                Assert.Equal(old, @new);
                continue;
            }

            Assert.Equal(@new, Apply(old, operation));
            Assert.Equal(Shortest(old, @new), operation.Inserted + operation.Runs.Where(r => r.IsDelete).Sum(r => r.Length));
        }
    }

    [Fact]
    public void Texts_that_have_nothing_in_common_end_in_bounded_work()
    {
        var random = new Random(9);
        var old = string.Concat(Enumerable.Range(0, 50_000).Select(_ => (char)random.Next(0x4E00, 0x9FA5)));
        var @new = string.Concat(Enumerable.Range(0, 50_000).Select(_ => (char)random.Next(0x4E00, 0x9FA5)));
        Assert.Equal("x" + @new, Apply("x" + old, TextDiff.Between("x" + old, "x" + @new)!));
    }

    private static string Apply(string old, TextOperation operation)
    {
        var text = new TextBuffer(old);
        operation.ApplyTo(text);
        return text.ToString();
    }

    private static int Shortest(string old, string @new)
    {
        var common = new int[old.Length + 1, @new.Length + 1];
        for (var i = 1; i <= old.Length; i++)
        {
            for (var j = 1; j <= @new.Length; j++)
            {
                common[i, j] = old[i - 1] == @new[j - 1] ? common[i - 1, j - 1] + 1 : Math.Max(common[i - 1, j], common[i, j - 1]);
            }
        }

        return old.Length + @new.Length - 2 * common[old.Length, @new.Length];
    }

    private static string Word(Random random, int letters) => string.Concat(Enumerable.Range(0, random.Next(24)).Select(_ => (char)('a' + random.Next(letters))));
}
