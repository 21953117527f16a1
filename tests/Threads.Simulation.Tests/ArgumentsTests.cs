namespace Threads.Simulation.Tests;

public class ArgumentsTests
{
    [Fact]
    public void No_arguments_ask_for_the_fixed_seeds() => Assert.True(Arguments.Parse([]).IsFixed);

    [Fact]
    public void Seed_and_steps_are_taken()
    {
        var arguments = Arguments.Parse(["--seed", "7", "--steps", "100000", "--peers", "3"]);

        Assert.Equal([7UL], arguments.Seeds);
        Assert.Equal((100_000, 3, false), (arguments.Steps, arguments.Peers, arguments.IsFixed));
    }

    [Fact]
    public void Seeds_are_a_range() => Assert.Equal([4UL, 5, 6], Arguments.Parse(["--seeds", "4..6"]).Seeds);

    [Theory]
    [InlineData("--seed")]
    [InlineData("--seed", "x")]
    [InlineData("--seeds", "3")]
    [InlineData("--seeds", "3..1")]
    [InlineData("--peers", "1")]
    [InlineData("--peers", "21")]
    [InlineData("--schema", "nosuch")]
    [InlineData("--bad")]
    public void What_makes_no_sense_is_refused(params string[] words) => Assert.Throws<FormatException>(() => Arguments.Parse(words));
}
