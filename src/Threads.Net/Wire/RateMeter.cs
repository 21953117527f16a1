namespace Threads.Net.Wire;

/// <summary>Counts what happens within one period after another, a second unless told. Not thread-safe.</summary>
internal sealed class RateMeter(TimeProvider time, int limit, TimeSpan? period = null)
{
    private readonly TimeSpan _period = period ?? TimeSpan.FromSeconds(1);
    private long _start = time.GetTimestamp();
    private int _count;

    /// <summary>False once more has happened in this period than is allowed.</summary>
    public bool TryCount()
    {
        if (time.GetElapsedTime(_start) >= _period)
        {
            _start = time.GetTimestamp();
            _count = 0;
        }

        return ++_count <= limit;
    }
}
