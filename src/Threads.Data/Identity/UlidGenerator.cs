using System.Buffers.Binary;
using Threads.Data.Cryptography;

namespace Threads.Data.Identity;

/// <summary>
/// Makes ids for entities: ULIDs in lower case as go-threads writes them (ULID specification), 26 characters that sort by time. Ids of one generator
/// always ascend: within a millisecond, and while the clock stands or goes back, the random part counts up. Thread-safe.
/// </summary>
public sealed class UlidGenerator
{
    private const int RandomBytes = 10;
    private readonly TimeProvider _time;
    private readonly IRandomSource _random;
    private readonly Lock _lock = new();
    private readonly byte[] _last = new byte[RandomBytes];
    private long _lastMs = -1;

    /// <summary>Takes the time from the operating system where none is given.</summary>
    public UlidGenerator(TimeProvider? time = null)
        : this(time ?? TimeProvider.System, SystemRandomSource.Instance)
    {
    }

    internal UlidGenerator(TimeProvider time, IRandomSource random)
    {
        _time = time;
        _random = random;
    }

    /// <summary>The next id.</summary>
    public string Next()
    {
        var nowMs = Math.Clamp(_time.GetUtcNow().ToUnixTimeMilliseconds(), 0, Ulid.MaxTimeMs);
        lock (_lock)
        {
            if (nowMs > _lastMs)
                Begin(nowMs);
            else if (!CountUp())
                // 2^80 ids in a millisecond happen only when the random part began near its end: borrow from the next one.
                Begin(_lastMs + 1);
            return Ulid.Format(_lastMs, _last);
        }
    }

    private void Begin(long timeMs)
    {
        _lastMs = timeMs;
        _random.Fill(_last);
    }

    private bool CountUp()
    {
        var low = BinaryPrimitives.ReadUInt64BigEndian(_last.AsSpan(2)) + 1;
        BinaryPrimitives.WriteUInt64BigEndian(_last.AsSpan(2), low);
        if (low != 0)
            return true;
        var high = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(_last) + 1);
        BinaryPrimitives.WriteUInt16BigEndian(_last, high);
        return high != 0;
    }
}
