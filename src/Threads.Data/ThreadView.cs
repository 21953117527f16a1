using Threads.Data.Pipeline;

namespace Threads.Data;

/// <summary>
/// A state that a reducer makes of a thread's events. Reading it takes in what has been committed and has arrived since; any number of views stand on one log, and none is
/// needed for another. May be used from several threads; a reading sees one committed state of the database.
/// </summary>
/// <typeparam name="TState">What the reducer makes.</typeparam>
public sealed class ThreadView<TState>
{
    private readonly Lock _lock = new();
    private readonly IReducer<TState> _reducer;
    private readonly ViewHistory _history;
    private TState _state;
    private bool _isSpent;

    /// <param name="name">Tells persisted views of one database apart.</param>
    /// <param name="reducer">Makes the state.</param>
    /// <param name="options">How it is kept; null: in memory.</param>
    public ThreadView(string name, IReducer<TState> reducer, ThreadViewOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(reducer);
        Options = options ?? new ThreadViewOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(Options.EventsPerSnapshot, 1, nameof(options));
        Name = name;
        _reducer = reducer;
        _history = new ViewHistory(name, Options);
        _state = reducer.Start();
    }

    /// <summary>Tells persisted views of one database apart.</summary>
    public string Name { get; }

    /// <summary>How it is kept.</summary>
    public ThreadViewOptions Options { get; }

    /// <summary>How many events the last reading gave to the reducer.</summary>
    public long EventsApplied { get; private set; }

    /// <summary>The state after all events that are here and due. It is the view's own: look at it, don't change it.</summary>
    /// <param name="thread">Of an open connection.</param>
    /// <param name="cancellationToken">Leaves the view where the last reading left it.</param>
    public TState Read(LocalThread thread, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(thread);
        lock (_lock)
        {
            thread.ReadView(core => Refresh(core, cancellationToken));
            if (_history.IsToBeSaved)
            {
                thread.WriteView(core => _history.Save(core, _reducer.Save(_state)));
            }

            return _state;
        }
    }

    private void Refresh(ThreadCore core, CancellationToken cancellationToken)
    {
        EventsApplied = 0;
        var from = _history.Begin(core, isSpent: _isSpent);
        if (from is null)
        {
            return;
        }

        if (from.IsRewound)
        {
            _state = from.State is { } saved ? _reducer.Load(saved) : _reducer.Start();
        }

        // A reducer may change the state it is given: what stops half-way is begun anew from a saved one.
        _isSpent = true;
        foreach (var (clock, change) in from.Events)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_history.IsSnapshotDue(clock))
            {
                _history.Add(_reducer.Save(_state));
            }

            _state = _reducer.Apply(_state, change);
            _history.Advance(clock);
            EventsApplied++;
        }

        _history.End(core);
        _isSpent = false;
    }
}
