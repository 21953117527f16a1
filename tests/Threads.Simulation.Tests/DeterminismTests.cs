using Threads.Simulation.Steps;

namespace Threads.Simulation.Tests;

public class DeterminismTests
{
    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public void The_same_seed_twice_is_the_same_run_byte_for_byte(long seed)
    {
        var (first, firstLog) = Run((ulong)seed);
        var (second, secondLog) = Run((ulong)seed);

        Assert.Equal(firstLog, secondLog);
        Assert.Equal(first, second);
    }

    [Fact]
    public void Another_seed_is_another_run() => Assert.NotEqual(Run(7).Hash, Run(8).Hash);

    [Fact]
    public void Leaving_out_a_step_leaves_the_others_as_they_are()
    {
        var plan = new Plan(11);
        var steps = plan.Steps().ToArray();

        Assert.Equal(steps.Skip(20), plan.Steps().Skip(20));
        Assert.Equal(steps[20], plan.At(20));
    }

    [Fact]
    public void A_trace_reads_back_as_it_was_written()
    {
        var plan = new Plan(12);
        var trace = Trace.Of(plan, [.. plan.Steps().Take(30)]);

        var again = Trace.Parse(trace.ToString());

        Assert.Equal(trace.Steps, again.Steps);
        Assert.Equal((trace.Seed, trace.Peers, trace.Schema), (again.Seed, again.Peers, again.Schema));
    }

    [Theory]
    [InlineData("")]
    [InlineData("world 1 2")]
    [InlineData("world 1 2 nosuch")]
    [InlineData("world 1 2 plain\n0 Sql 1 2")]
    [InlineData("world 1 2 plain\n0 Nothing 1 2 00")]
    public void What_is_no_trace_is_refused(string text) => Assert.Throws<FormatException>(() => Trace.Parse(text));

    private static (string Hash, string Log) Run(ulong seed)
    {
        using var log = new StringWriter();
        var plan = new Plan(seed);
        var (hash, failure) = Trace.Of(plan, [.. plan.Steps().Take(250)]).Run(new Coverage(), log);
        Assert.Null(failure);
        return (hash, log.ToString());
    }
}
