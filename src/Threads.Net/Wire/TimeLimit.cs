namespace Threads.Net.Wire;

/// <summary>A caller's token that also ends after a time, by the injected clock.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _slow;
    private readonly CancellationTokenSource _either;

    public TimeLimit(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        _caller = cancellationToken;
        _slow = new(limit, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_slow.Token, cancellationToken);
    }

    public CancellationToken Token => _either.Token;

    /// <summary>Whether the time is over and the caller still wanted to go on.</summary>
    public bool IsOver => _slow.IsCancellationRequested && !_caller.IsCancellationRequested;

    public void Dispose()
    {
        _either.Dispose();
        _slow.Dispose();
    }
}
