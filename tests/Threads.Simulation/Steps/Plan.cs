using System.Globalization;

namespace Threads.Simulation.Steps;

/// <summary>
/// What kind of world a seed gives: how many peers, which schema, which faults and how often (swarm testing: each world leaves out some kinds of steps, so that the others come in greater
/// numbers). A pure function of the seed.
/// </summary>
internal sealed class Plan
{
    private readonly (StepKind Kind, int Weight)[] _weights;
    private readonly int _sum;

    public Plan(ulong seed, int? peers = null, string? schema = null, bool lists = false)
    {
        Seed = seed;
        var chance = Chance.Of(seed, ulong.MaxValue);
        Peers = peers ?? (chance.OneIn(12) ? (int)chance.Between(8, MaxPeers) : (int)chance.Between(2, 5));
        Schema = chance.Below(Schemas.Schema.All.Count);
        if (schema is not null)
        {
            Schema = Schemas.Schema.All.ToList().FindIndex(s => s.Name == schema);
        }

        HasLists = lists || Chance.Of(seed, ulong.MaxValue - 2).OneIn(4);
        Length = (int)chance.Between(150, 1_200);
        QuietEvery = (int)chance.Between(80, 700);
        int Sometimes(int weight) => chance.OneIn(3) ? 0 : (int)chance.Between(1, weight);
        _weights =
        [
            (StepKind.Sql, 300 + Sometimes(600)),
            (StepKind.Send, 100 + Sometimes(300)),
            (StepKind.Deliver, 150 + Sometimes(300)),
            (StepKind.Duplicate, Sometimes(60)),
            (StepKind.Drop, Sometimes(60)),
            (StepKind.Damage, Sometimes(20)),
            (StepKind.Tick, 60),
            (StepKind.SetClock, Sometimes(10)),
            (StepKind.Crash, Sometimes(40)),
            (StepKind.DiskError, Sometimes(20)),
            (StepKind.Stop, Sometimes(10)),
            (StepKind.Start, 60 * Peers),
            (StepKind.Join, Sometimes(4)),
            (StepKind.Partition, Sometimes(8)),
            (StepKind.Heal, 8),
            (StepKind.Rebuild, 10),
            (StepKind.Backup, Sometimes(8)),
            (StepKind.Restore, Sometimes(6)),
            (StepKind.Clone, Sometimes(3)),
            (StepKind.Migrate, Sometimes(20)),
            (StepKind.Lie, Sometimes(30)),
            (StepKind.Compare, 40),
            (StepKind.Forge, Sometimes(20)),
            (StepKind.View, Sometimes(60)),
            (StepKind.Access, HasLists ? 80 : 0),
            (StepKind.Cheat, HasLists ? 25 : 0),
            (StepKind.Mvds, Chance.Of(seed, ulong.MaxValue - 4).OneIn(4) ? 200 : 0),
            (StepKind.Converse, Chance.Of(seed, ulong.MaxValue - 6).OneIn(4) ? 100 : 0),
            (StepKind.Replicate, Chance.Of(seed, ulong.MaxValue - 5).OneIn(4) ? 60 : 0),
        ];
        _sum = _weights.Sum(w => w.Weight);
    }

    public const int MaxPeers = 20;

    public ulong Seed { get; }

    /// <summary>At the beginning; more may join.</summary>
    public int Peers { get; }

    /// <summary>Index into <see cref="Schemas.Schema.All"/>.</summary>
    public int Schema { get; }

    /// <summary>Whether the thread has lists of who may do what.</summary>
    public bool HasLists { get; }

    /// <summary>Steps of this world.</summary>
    public int Length { get; }

    public int QuietEvery { get; }

    /// <summary>The step at a place; the last one is quiet.</summary>
    public Step At(int number)
    {
        var chance = Chance.Of(Seed, (ulong)number);
        var seed = chance.Next();
        var (a, b) = (chance.Below(1 << 16), chance.Below(1 << 16));
        if (number == Length - 1 || number % QuietEvery == QuietEvery - 1)
        {
            return new Step(number, StepKind.Quiet, a, b, seed);
        }

        var at = chance.Below(_sum);
        foreach (var (kind, weight) in _weights)
        {
            at -= weight;
            if (at < 0)
            {
                return new Step(number, kind, a, b, seed);
            }
        }

        throw new InvalidOperationException("The weights do not add up.");
    }

    public IEnumerable<Step> Steps() => Enumerable.Range(0, Length).Select(At);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"world {Seed:x16}, {Peers} peers, schema {Schemas.Schema.All[Schema].Name}, {Length} steps");
}
