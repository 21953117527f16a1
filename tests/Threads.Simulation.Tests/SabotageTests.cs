using Threads.Simulation.Steps;

namespace Threads.Simulation.Tests;

/// <summary>The checks can fail: each kind of harm that is done to a peer on purpose is seen.</summary>
public class SabotageTests
{
    [Theory]
    [InlineData(0, nameof(StepKind.Compare), "reference model")]
    [InlineData(0, nameof(StepKind.Rebuild), "I2 rebuild")]
    [InlineData(1, nameof(StepKind.Start), "I6 acknowledged commit")]
    [InlineData(2, nameof(StepKind.Quiet), "I1 digest")]
    public void Harm_is_seen(int harm, string check, string expected)
    {
        var plan = new Plan(22, peers: 2, schema: "plain");
        var steps = plan.Steps().Where(s => s.Kind is StepKind.Sql && s.A % 2 == 0).Take(24).ToList();
        steps.Add(new Step(1000, StepKind.Sabotage, 0, harm, 5));
        if (check == nameof(StepKind.Start))
        {
            steps.Add(new Step(1001, StepKind.Stop, 0, 0, 6));
        }

        steps.Add(new Step(1002, Enum.Parse<StepKind>(check), 0, 0, 7));

        Assert.Equal(expected, Trace.Of(plan, steps).Run(new Coverage()).Failure?.Check);
    }
}
