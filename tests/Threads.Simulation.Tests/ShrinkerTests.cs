using Threads.Simulation.Steps;

namespace Threads.Simulation.Tests;

public class ShrinkerTests
{
    [Fact]
    public void A_failing_trace_is_left_with_the_steps_it_fails_by()
    {
        // Rows written behind the product's back: the next comparison with the model must see them.
        var plan = new Plan(21, peers: 2, schema: "plain");
        var steps = plan.Steps().Where(s => s.Kind is StepKind.Sql or StepKind.Tick or StepKind.Send).Take(40).ToList();
        steps.Add(new Step(1000, StepKind.Sabotage, 0, 0, 5));
        steps.AddRange(Enumerable.Range(0, 9).Select(i => new Step(1010 + i, StepKind.Tick, 0, 0, (ulong)i)));
        steps.Add(new Step(1001, StepKind.Compare, 0, 0, 6));
        var trace = Trace.Of(plan, steps);
        var failure = trace.Run(new Coverage()).Failure;
        Assert.Equal("reference model", failure?.Check);

        var shrunk = Shrinker.Shrink(trace, failure!.Check);

        // A row must be there to be harmed.
        Assert.Equal([StepKind.Sql, StepKind.Sabotage, StepKind.Compare], shrunk.Steps.Select(s => s.Kind));
        Assert.Equal("reference model", shrunk.Run(new Coverage()).Failure?.Check);
    }
}
