using Threads.Data.Logs;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// Records that lie further ahead of the clock than the bound: stored, and folded when their time comes (decision 5), by whatever uses the file first then. Also what
/// follows when this file's own clock was far ahead once and is right again.
/// </summary>
internal sealed class DueRecords(SqliteDatabase database, ThreadCore core)
{
    /// <summary>By less than this a clock may have been ahead, or be set back, and nothing is done about it: writes go on behind the newest.</summary>
    private static readonly TimeSpan FarAhead = TimeSpan.FromDays(7);

    private readonly PinnedBuffer _buffer = new();

    /// <summary>Whether a record that waited is due now. Asked before each statement.</summary>
    public bool IsDue
    {
        get
        {
            if (core.Options.NextDue == 0)
            {
                LookFirst();
            }

            return core.Options.NextDue != long.MaxValue && core.Options.NextDue <= core.Clock.DueUntil(core.Options.ClockBound);
        }
    }

    /// <summary>In a write transaction: folds what waited for its time, up to the first of each log that still does. Returns the number of events.</summary>
    public long Take()
    {
        if (!IsDue || !core.Sealer.CanRead)
        {
            return 0;
        }

        var waiting = core.Logs.All().Where(l => l.Folded != long.MaxValue).ToList();
        var events = 0L;
        if (waiting.Count > 0)
        {
            core.FoldScope.Enter();
            try
            {
                var until = core.Clock.DueUntil(core.Options.ClockBound);
                events = waiting.Sum(log => Take(log, until));
                core.Access.Settle();
                core.Constraints.Settle();
                core.Meta.Set("clock", core.Clock.Last);
            }
            finally
            {
                core.FoldScope.Leave();
            }
        }

        Look();
        return events;
    }

    private void LookFirst()
    {
        if (database["SELECT 1 FROM _threads_log WHERE folded IS NOT NULL LIMIT 1"].ScalarInt64() == 0)
        {
            core.Options.NextDue = long.MaxValue;
            return;
        }

        Look();
    }

    /// <summary>Finds out when the next of the records that wait is due.</summary>
    public void Look()
    {
        var next = long.MaxValue;
        foreach (var log in core.Logs.All().Where(l => l.Folded != long.MaxValue))
        {
            var (id, _, end) = core.Records.NextRead(RecordId.Of(log.Id, log.Folded + 1));
            next = Math.Min(next, id == 0 || RecordId.Position(id) >= core.Locked.BrokenAt(log) ? long.MaxValue : end);
        }

        core.Options.NextDue = next;
    }

    /// <summary>
    /// In a write transaction: when the newest record of this file's log lies far ahead though older ones do not, the clock was wrong then. What was written in that time waits here as it
    /// does everywhere, and writing goes on in a new log, whose times begin now (FINDINGS 1e).
    /// </summary>
    public void LeaveFuture()
    {
        if (core.OwnLog.Find() is not { } own || own.HeadTime <= core.Clock.DueUntil(FarAhead))
        {
            return;
        }

        var until = core.Clock.DueUntil(core.Options.ClockBound);
        var last = database["SELECT coalesce(max(time + events - 1), -1) FROM _threads_record WHERE time + events - 1 <= ?"].Bind(1, until).ScalarInt64();
        if (last < 0)
        {
            // Nothing says that the clock is right now and was wrong then: a battery may have died.
            return;
        }

        foreach (var log in core.Logs.All())
        {
            var first = database["SELECT coalesce(min(id), 0) FROM _threads_record WHERE id BETWEEN ? AND ? AND time + events - 1 > ?"]
                .Bind(1, RecordId.Of(log.Id, 1)).Bind(2, RecordId.Of(log.Id, RecordId.PositionMask)).Bind(3, until).ScalarInt64();
            if (first != 0)
            {
                core.Logs.SetFolded(log, Math.Min(log.Folded, RecordId.Position(first) - 1));
            }
        }

        core.BeginLog();
        core.Clock.Last = last;
        core.Meta.Set("clock", last);
        core.Rebuild.All(null, CancellationToken.None);
        Look();
    }

    private long Take(LogEntry log, long until)
    {
        var events = 0L;
        var position = log.Folded + 1;
        var broken = core.Locked.BrokenAt(log);
        for (; position <= log.Head && position < broken; position++)
        {
            var id = RecordId.Of(log.Id, position);
            if (!core.OpenPayload(id, _buffer, out var payload))
            {
                // Its key is not here.
                continue;
            }

            var header = core.RecordFold.ReadHeader(payload);
            if (header.Time + header.EventCount - 1 > until)
            {
                break;
            }

            events += core.RecordFold.Fold(id, payload);
            core.Clock.Observe(header.Time + header.EventCount - 1);
        }

        core.Logs.SetFolded(log, position > log.Head ? long.MaxValue : position - 1);
        return events;
    }
}
