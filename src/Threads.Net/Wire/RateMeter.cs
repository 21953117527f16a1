namespace Threads.Net.Wire;

/// <summary>Counts what happens within one second after another. Not thread-safe.</summary>
internal sealed class RateMeter(TimeProvider time, int perSecond)
{
    private long _second = time.GetTimestamp();
    private int _count;

    /// <summary>False once more has happened in this second than is allowed.</summary>
    public bool TryCount()
    {
        if (time.GetElapsedTime(_second) >= TimeSpan.FromSeconds(1))
        {
            _second = time.GetTimestamp();
            _count = 0;
        }

        return ++_count <= perSecond;
    }
}
