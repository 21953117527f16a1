using System.Globalization;
using Threads.Data;
using Threads.Data.Events;

namespace Threads.Simulation.Model;

/// <summary>What a reducer made of events: how many there were, and a number in which each one and its place count.</summary>
internal sealed record Trail(long Count, ulong Sum)
{
    public static Trail Start { get; } = new(0, 0);

    public Trail Then(string change)
    {
        var sum = Sum;
        foreach (var letter in change)
        {
            sum = Chance.Mix(sum ^ letter);
        }

        return new Trail(Count + 1, sum);
    }

    /// <summary>As the model has it: all events in the order of all, one after the other.</summary>
    public static Trail Of(IEnumerable<DecodedRecord> records)
        => records.SelectMany(r => r.Events).Where(e => e.Kind is EventKind.Create or EventKind.Save or EventKind.Delete).OrderBy(e => e.Clock)
            .Aggregate(Start, (trail, e) => trail.Then(Text(e.Collection, e.Kind, e.Clock.Time, e.Clock.Log, e.Clock.Position, e.Clock.Index, e.Key.Length, e.Cells.Select(c => c.Column))));

    public static string Text(string collection, EventKind kind, long time, string log, long position, int index, int keys, IEnumerable<string> columns)
        => string.Create(CultureInfo.InvariantCulture, $"{collection} {kind} {time} {log} {position} {index} {keys} {string.Join(' ', columns.Order(StringComparer.Ordinal))}");
}

/// <summary>The same as a user of the product would write it.</summary>
internal sealed class TrailReducer : IReducer<Trail>
{
    public Trail Start() => Trail.Start;

    public Trail Apply(Trail state, ThreadEvent change)
        => state.Then(Trail.Text(change.Collection, change.Kind, change.Timestamp, Convert.ToHexStringLower(change.Log.PublicKey), change.Position, change.Index, change.Key.Count, change.Values.Keys.Concat(change.Operations.Keys)));
}
