using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Threads.Resources;
using Microsoft.EntityFrameworkCore.ValueGeneration;

namespace Microsoft.EntityFrameworkCore.Threads.ValueGeneration;

/// <summary>
/// ULIDs: 48 bits of milliseconds, then 80 of chance, as 26 characters of Crockford's alphabet. Several within one millisecond count upwards, so that
/// the keys of one context sort as they were made.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="fill">The source of chance.</param>
internal sealed class UlidValueGenerator(TimeProvider time, Action<Span<byte>> fill) : ValueGenerator<string>
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int TimeBits = 48;

    private readonly Lock gate = new();
    private long lastMilliseconds = -1;
    private UInt128 last;

    public UlidValueGenerator(TimeProvider time)
        : this(time, RandomNumberGenerator.Fill)
    {
    }

    public override bool GeneratesTemporaryValues => false;

    public override string Next(EntityEntry entry)
    {
        var now = time.GetUtcNow();
        var milliseconds = now.ToUnixTimeMilliseconds();
        if (milliseconds is < 0 or >= 1L << TimeBits)
        {
            throw new InvalidOperationException(Strings.KeyTooLong(now));
        }

        lock (gate)
        {
            if (milliseconds > lastMilliseconds)
            {
                Span<byte> chance = stackalloc byte[16];
                fill(chance[6..]);
                lastMilliseconds = milliseconds;
                last = ((UInt128)milliseconds << 80) | System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(chance);
            }
            else
            {
                // The clock stood still or went back: one more than the last, whose own carry may run into the time.
                last++;
            }

            var value = last;
            return string.Create(26, value, static (text, bits) =>
            {
                for (var i = text.Length - 1; i >= 0; i--)
                {
                    text[i] = Alphabet[(int)(bits & 31)];
                    bits >>= 5;
                }
            });
        }
    }
}
