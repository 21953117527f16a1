using System.Text.Json;
using Threads.Data.Logs;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>Where a view begins to take in events; with <see cref="IsRewound"/> from this saved state (null: from the start).</summary>
internal sealed record ViewStart(bool IsRewound, byte[]? State, IEnumerable<(Clock Clock, ThreadEvent Event)> Events);

/// <summary>
/// What a view has taken in: how far of each log, the clock of the last event, and saved states to go back to when an event comes late. Of old states fewer are kept than of new ones.
/// </summary>
internal sealed class ViewHistory(string name, ThreadViewOptions options)
{
    private const int MaxSnapshots = 32;
    private const int KeptNew = 4;

    private readonly List<Snapshot> _snapshots = [];
    private Dictionary<long, Head> _seen = [];
    private Clock _clock = Clock.None;
    private string? _thread;
    private long _count;
    private long _savedAt;
    private long _turns;
    private bool _isChanged;

    /// <summary>Enough was taken in since the database was told.</summary>
    public bool IsToBeSaved => options.IsPersisted && _isChanged && (_savedAt > _count || _count - _savedAt >= options.EventsPerSnapshot);

    /// <summary>Finds out what is new; null: nothing.</summary>
    /// <param name="core">Inside a transaction.</param>
    /// <param name="isSpent">The state at hand is none: begin at a saved one.</param>
    public ViewStart? Begin(ThreadCore core, bool isSpent)
    {
        core.Logs.Forget();
        core.OwnLog.Forget();
        var thread = core.Keys.Thread.ToString();
        var turns = core.Meta.Int64(AccessGate.TurnsName) ?? 0;
        if (_turns != turns)
        {
            // Events that were taken in are not allowed now, or the other way round.
            isSpent |= _thread is not null;
            Clear();
            (_turns, _thread) = (turns, null);
        }

        var isLoaded = _thread is null && options.IsPersisted && Load(core);
        if (_thread is not null && (_thread != thread || !IsOf(core)))
        {
            Clear();
            isSpent = true;
        }

        _thread = thread;
        var walk = new EventWalk(core, options.Collections);
        var logs = core.Logs.All();
        var fresh = logs.Where(l => EventWalk.Limit(l) > SeenOf(l)).ToDictionary(l => l, l => SeenOf(l) + 1);
        var first = fresh.Select(f => walk.FirstClock(f.Key, f.Value)).Where(c => !c.IsNone).Order(core.Order).Cast<Clock?>().FirstOrDefault();
        if (first is not { } earliest)
        {
            End(core);
            return isLoaded || isSpent ? Rewind(walk, logs, core, _snapshots.Count == 0 ? Clock.None : new Clock(long.MaxValue, 0)) : null;
        }

        return isSpent || isLoaded || !_clock.IsNone && !core.Order.IsAfter(earliest, _clock)
            ? Rewind(walk, logs, core, earliest)
            : new ViewStart(false, null, walk.From(fresh, _clock));
    }

    /// <summary>Whether the state is to be saved before the event of this clock. One event may name many entities: they belong together.</summary>
    public bool IsSnapshotDue(Clock next) => next != _clock && _count - (_snapshots.Count == 0 ? 0 : _snapshots[^1].Count) >= options.EventsPerSnapshot;

    /// <summary>An event was applied.</summary>
    public void Advance(Clock clock)
    {
        _clock = clock;
        _count++;
        _isChanged = true;
    }

    /// <summary>Keeps the state as it is after the last event.</summary>
    public void Add(byte[] state)
    {
        if (_snapshots.Count > 0 && _snapshots[^1].Clock == _clock)
        {
            _snapshots.RemoveAt(_snapshots.Count - 1);
        }

        if (_count == 0)
        {
            return;
        }

        _snapshots.Add(new Snapshot(_clock, _count, state));
        if (_snapshots.Count > MaxSnapshots)
        {
            _snapshots.RemoveAt(LeastNeeded());
        }
    }

    /// <summary>All that is due was taken in.</summary>
    public void End(ThreadCore core) => _seen = core.Logs.All().Where(l => EventWalk.Limit(l) > 0)
        .ToDictionary(l => l.Id, l => new Head(EventWalk.Limit(l), CidAt(core, l.Id, EventWalk.Limit(l))));

    /// <summary>Writes all of it to the database, in a write transaction; with the state as it is now.</summary>
    public void Save(ThreadCore core, byte[] state)
    {
        Add(state);
        var database = core.Database;
        database["DELETE FROM _threads_view_state WHERE name = ?"].Bind(1, name).Run();
        database["INSERT OR REPLACE INTO _threads_view(name, version, seen) VALUES(?, ?, ?)"].Bind(1, name).Bind(2, Version).Bind(3, JsonSerializer.Serialize(_seen)).Run();
        foreach (var snapshot in _snapshots)
        {
            database["INSERT INTO _threads_view_state(name, events, t, r, state) VALUES(?, ?, ?, ?, ?)"]
                .Bind(1, name).Bind(2, snapshot.Count).Bind(3, snapshot.Clock.Time).Bind(4, snapshot.Clock.Record).Bind(5, snapshot.State.AsSpan()).Run();
        }

        _savedAt = _count;
        _isChanged = false;
    }

    private string Version => $"{options.Version}\n{(_turns == 0 ? "" : FormattableString.Invariant($"{_turns}\n"))}{string.Join('\n', options.Collections?.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>())}";

    private long SeenOf(LogEntry log) => _seen.TryGetValue(log.Id, out var head) ? head.Position : (log.Fork ?? 1) - 1;

    private ViewStart Rewind(EventWalk walk, IReadOnlyList<LogEntry> logs, ThreadCore core, Clock before)
    {
        var index = before.IsNone ? -1 : _snapshots.FindLastIndex(s => s.Clock.Time < before.Time || core.Order.IsAfter(before, s.Clock));
        _snapshots.RemoveRange(index + 1, _snapshots.Count - index - 1);
        var snapshot = index < 0 ? null : _snapshots[index];
        (_clock, _count, _isChanged) = (snapshot?.Clock ?? Clock.None, snapshot?.Count ?? 0, true);
        var positions = logs.ToDictionary(l => l, l => snapshot is null ? l.Fork ?? 1 : walk.FirstAt(l, snapshot.Clock.Time));
        return new ViewStart(true, snapshot?.State, walk.From(positions, _clock));
    }

    /// <summary>The old state whose neighbours lie closest together for its age.</summary>
    private int LeastNeeded()
    {
        var (found, least) = (0, double.MaxValue);
        for (var i = 0; i < _snapshots.Count - KeptNew; i++)
        {
            var gap = (double)(_snapshots[i + 1].Count - (i == 0 ? 0 : _snapshots[i - 1].Count)) / (_count - _snapshots[i].Count + 1);
            (found, least) = gap < least ? (i, gap) : (found, least);
        }

        return found;
    }

    private bool IsOf(ThreadCore core)
    {
        foreach (var (log, head) in _seen)
        {
            if (CidAt(core, log, head.Position) != head.Cid)
            {
                return false;
            }
        }

        return true;
    }

    private static string CidAt(ThreadCore core, long log, long position) => core.Records.CidOf(RecordId.Of(log, position))?.ToString() ?? "";

    private void Clear()
    {
        _snapshots.Clear();
        _seen = [];
        _clock = Clock.None;
        _count = _savedAt = 0;
    }

    private bool Load(ThreadCore core)
    {
        var row = core.Database["SELECT seen FROM _threads_view WHERE name = ? AND version = ?"].Bind(1, name).Bind(2, Version);
        var seen = row.Step() ? row.Text(0) : null;
        row.Reset();
        if (seen is null)
        {
            return false;
        }

        _seen = JsonSerializer.Deserialize<Dictionary<long, Head>>(seen)!;
        var rows = core.Database["SELECT events, t, r, state FROM _threads_view_state WHERE name = ? ORDER BY events"].Bind(1, name);
        while (rows.Step())
        {
            _snapshots.Add(new Snapshot(new Clock(rows.Int64(1), rows.Int64(2)), rows.Int64(0), rows.Blob(3).ToArray()));
        }

        _thread = core.Keys.Thread.ToString();
        _savedAt = _snapshots.Count == 0 ? 0 : _snapshots[^1].Count;
        return true;
    }

    private sealed record Snapshot(Clock Clock, long Count, byte[] State);

    private sealed record Head(long Position, string Cid);
}
