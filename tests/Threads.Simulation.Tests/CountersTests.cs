using Threads.Simulation.Steps;

namespace Threads.Simulation.Tests;

public class CountersTests
{
    [Fact]
    public void No_increment_is_lost_between_peers_that_add_at_random()
    {
        var plan = new Plan(50, peers: 3, schema: "tally");
        var steps = plan.Steps().Where(s => s.Kind is StepKind.Sql or StepKind.Send or StepKind.Deliver or StepKind.Duplicate or StepKind.Tick or StepKind.SetClock or StepKind.Crash or StepKind.Start).Take(250).ToList();
        steps.Add(new Step(1000, StepKind.Quiet, 0, 0, 1));
        var coverage = new Coverage();

        Assert.Null(Trace.Of(plan, steps).Run(coverage).Failure);
        Assert.True(coverage.Hits.ContainsKey("increments all there"));
    }
}
