using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Tests.Cryptography;

namespace Threads.Data.Tests.Identity;

public class UlidTests
{
    [SkippableFact]
    public void Time_and_chance_have_their_text()
    {
        foreach (var entry in Vectors.List("threads-names.json", "instanceIds"))
        {
            var timeMs = entry.GetProperty("timeMs").GetInt64();
            Assert.Equal(entry.Text("text"), Ulid.Format(timeMs, entry.Hex("random")));
            var random = new byte[10];
            Assert.True(Ulid.TryParse(entry.Text("text").ToUpperInvariant(), out var readMs, random));
            Assert.Equal((timeMs, entry.Text("random")), (readMs, Convert.ToHexStringLower(random)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000000000000000000000000")]
    [InlineData("000000000000000000000000000")]
    [InlineData("80000000000000000000000000")]
    [InlineData("0000000000000000000000000i")]
    [InlineData("0000000000000000000000000u")]
    [InlineData("0000000000000000000000000é")]
    public void Other_text_is_refused(string text) => Assert.False(Ulid.TryParse(text, out _, new byte[10]));

    [Fact]
    public void Times_beyond_48_bits_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Ulid.Format(-1, new byte[10]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ulid.Format(1L << 48, new byte[10]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ulid.Format(0, new byte[9]));
    }

    [Fact]
    public void Ids_of_one_generator_ascend_while_the_clock_stands_or_goes_back()
    {
        var time = new SetTime();
        var generator = new UlidGenerator(time, new CountingRandomSource());
        var last = "";
        foreach (var nowMs in new long[] { 1000, 1000, 1000, 999, 0, 1000, 1001, 1001, 5000, 4000 })
        {
            time.NowMs = nowMs;
            var next = generator.Next();
            Assert.True(string.CompareOrdinal(last, next) < 0, $"{last} then {next}");
            Assert.Equal(Ulid.Length, next.Length);
            last = next;
        }
    }

    [Fact]
    public void The_random_part_counts_up_across_all_its_bytes()
    {
        var time = new SetTime { NowMs = 7 };
        var generator = new UlidGenerator(time, new FixedRandomSource("0000ffffffffffffffff"));
        generator.Next();
        Assert.Equal(Ulid.Format(7, Convert.FromHexString("00010000000000000000")), generator.Next());
    }

    [Fact]
    public void A_random_part_at_its_end_borrows_from_the_next_millisecond()
    {
        var time = new SetTime { NowMs = 7 };
        var generator = new UlidGenerator(time, new FixedRandomSource("ffffffffffffffffffff"));
        Assert.Equal(Ulid.Format(7, Convert.FromHexString("ffffffffffffffffffff")), generator.Next());
        Assert.Equal(Ulid.Format(8, Convert.FromHexString("ffffffffffffffffffff")), generator.Next());
    }

    [Fact]
    public void Generators_of_the_system_give_different_ids()
    {
        Assert.NotEqual(new UlidGenerator().Next(), new UlidGenerator().Next());
    }

    private sealed class SetTime : TimeProvider
    {
        public long NowMs { get; set; }

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
    }

    private sealed class FixedRandomSource(string hex) : IRandomSource
    {
        public void Fill(Span<byte> destination) => Convert.FromHexString(hex).CopyTo(destination);
    }
}
