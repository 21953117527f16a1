using Threads.Data.Sequences;

namespace Threads.Data.Tests.Sequences;

public class ThreadTextTests
{
    [Fact]
    public void Edits_change_the_text_as_they_would_a_string()
    {
        var random = new Random(11);
        for (var round = 0; round < 21; round++)
        {
            var start = Words(random, random.Next(round % 5 == 0 ? 9000 : 40));
            var (text, expected) = (new ThreadText(start), start);
            for (var i = 0; i < 120; i++)
            {
                var at = Border(expected, random.Next(expected.Length + 1));
                var end = Border(expected, Math.Min(expected.Length, at + random.Next(round % 7 == 0 ? 3000 : 6)));
                var inserted = Words(random, random.Next(40) == 0 ? 5000 : random.Next(5));
                text.Replace(at, end - at, inserted);
                expected = expected[..at] + inserted + expected[end..];
                Assert.Equal(expected.Length, text.Length);
            }

            Assert.Equal(expected, text.ToString());
            var replayed = new TextBuffer(start);
            TextOperationCodec.Decode(TextOperationCodec.Encode(text.ToOperation())).ApplyTo(replayed);
            Assert.Equal(expected, replayed.ToString());
            Assert.Equal(TextBuffer.CountPoints(expected), replayed.Points);
        }
    }

    [Fact]
    public void No_edit_splits_a_surrogate_pair()
    {
        var text = new ThreadText("a😀b");
        Assert.Throws<ArgumentException>(() => text.Insert(2, "x"));
        Assert.Throws<ArgumentException>(() => text.Delete(1, 1));
        Assert.Throws<ArgumentException>(() => text.Delete(2, 1));
        Assert.Throws<ArgumentException>(() => text.Insert(0, "😀"[..1]));
        Assert.Throws<ArgumentException>(() => text.Insert(0, "x" + "😀"[1..]));
        Assert.Throws<ArgumentException>(() => new ThreadText("😀"[1..] + "😀"[..1]));
        Assert.False(text.HasEdits);
        text.Delete(1, 2);
        Assert.Equal("ab", text.ToString());
    }

    [Fact]
    public void Positions_outside_of_the_text_are_refused()
    {
        var text = new ThreadText("abc");
        Assert.Throws<ArgumentOutOfRangeException>(() => text.Insert(4, "x"));
        Assert.Throws<ArgumentOutOfRangeException>(() => text.Insert(-1, "x"));
        Assert.Throws<ArgumentOutOfRangeException>(() => text.Delete(1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => text.Delete(1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => text.Delete(int.MaxValue, int.MaxValue));
        Assert.Equal("abc", text.ToString());
    }

    [Fact]
    public void What_was_recorded_is_where_the_next_edits_begin()
    {
        var text = new ThreadText("ab");
        text.Append("c");
        text.AcceptEdits();
        Assert.False(text.HasEdits);
        text.Insert(3, "d");
        Assert.Equal("abc", text.Original);
        Assert.Equal(3, text.ToOperation().LengthBefore);
        Assert.Equal("abcd", text.ToString());
    }

    private static string Words(Random random, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => random.Next(9) == 0 ? "😀" : ((char)('a' + random.Next(26))).ToString()));

    private static int Border(string text, int at) => at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;
}
