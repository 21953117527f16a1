namespace Threads.Net.Tests;

/// <summary>A clock that a test moves; timers run on the thread that moves it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        var until = GetUtcNow() + by;
        while (true)
        {
            Timer? next;
            lock (_gate)
            {
                next = _timers.Where(t => t.Due <= until).MinBy(t => t.Due);
                if (next is null)
                {
                    _now = until;
                    return;
                }

                _now = next.Due > _now ? next.Due : _now;
                next.Due = next.Period > TimeSpan.Zero ? _now + next.Period : DateTimeOffset.MaxValue;
            }

            next.Run();
        }
    }

    private sealed class Timer(ManualTime time, Action run) : ITimer
    {
        public DateTimeOffset Due = DateTimeOffset.MaxValue;
        public TimeSpan Period;

        public void Run() => run();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var now = dueTime == TimeSpan.Zero;
            lock (time._gate)
            {
                Period = period;
                Due = dueTime < TimeSpan.Zero ? DateTimeOffset.MaxValue : now ? (period > TimeSpan.Zero ? time._now + period : DateTimeOffset.MaxValue) : time._now + dueTime;
                if (!time._timers.Contains(this))
                {
                    time._timers.Add(this);
                }
            }

            if (now)
            {
                run();
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
