using System.Globalization;
using System.Text.RegularExpressions;
using Threads.Simulation.Schemas;

namespace Threads.Simulation;

/// <content>No increment is lost: what was added to rows that nobody else sets is summed up here, and found in the tables.</content>
internal sealed partial class World
{
    private readonly long[] _added = new long[TallySchema.Kept + 1];
    private readonly long[] _perhapsAdded = new long[TallySchema.Kept + 1];
    private bool _mayHaveLost;

    /// <summary>The increments of a transaction that is committed, or of which nobody knows whether it is.</summary>
    private void NoteIncrements(IEnumerable<(string Sql, long Changes)> statements, bool isCertain)
    {
        foreach (var (sql, changes) in statements)
        {
            if (_schema is TallySchema && changes > 0 && IncrementText().Match(sql) is { Success: true } match && Number(match.Groups[2]) is var id and <= TallySchema.Kept)
            {
                (isCertain ? _added : _perhapsAdded)[id] += Number(match.Groups[1]);
            }
        }
    }

    private void CheckIncrements(SimPeer peer)
    {
        if (_schema is not TallySchema || _mayHaveLost)
        {
            return;
        }

        for (var id = 1; id <= TallySchema.Kept; id++)
        {
            var hits = peer.Int64(FormattableString.Invariant($"SELECT coalesce(max(hits), 0) FROM tally WHERE id = {id}"));
            Must("no lost increment", hits >= _added[id] && hits <= _added[id] + _perhapsAdded[id],
                $"row {id} of peer {peer.Number} has {hits}; {_added[id]} were added, and perhaps {_perhapsAdded[id]} more");
            Coverage.Hit("increments all there", _added[id] > 0 ? 1 : 0);
        }
    }

    private static long Number(Group group) => long.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"SET hits = hits \+ (\d+) WHERE id = (\d+)")]
    private static partial Regex IncrementText();
}
