using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Microsoft.EntityFrameworkCore.Threads.ValueGeneration;

/// <summary>
/// 64-bit keys that need no other peer: 41 bits of milliseconds since 2024, then 22 of chance. They grow, so new rows go to the end of the table; several
/// within one millisecond count upwards.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="fill">The source of chance.</param>
internal sealed class TimeOrderedKeys(TimeProvider time, Action<Span<byte>> fill)
{
    private const int ChanceBits = 22;
    private static readonly DateTimeOffset Epoch = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock gate = new();
    private long last;

    /// <summary>The keys of this process.</summary>
    public static TimeOrderedKeys Process { get; } = new(TimeProvider.System, RandomNumberGenerator.Fill);

    public long Next()
    {
        var milliseconds = Math.Max(0, (long)(time.GetUtcNow() - Epoch).TotalMilliseconds);
        Span<byte> chance = stackalloc byte[sizeof(int)];
        fill(chance);
        var key = (milliseconds << ChanceBits) | (uint)(BinaryPrimitives.ReadInt32BigEndian(chance) & ((1 << ChanceBits) - 1));
        lock (gate)
        {
            // A clock that stands or goes back must not give a key twice: one more than the last, whose carry may run into the time.
            last = milliseconds > last >> ChanceBits ? key : last + 1;
            return last;
        }
    }
}
