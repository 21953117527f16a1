namespace Threads.Data.Identity;

/// <summary>The text of a ULID: 48 bits of time, 80 of chance, in Crockford's base32, lower case.</summary>
internal static class Ulid
{
    public const int Length = 26;
    public const long MaxTimeMs = (1L << 48) - 1;

    private const int RandomBytes = 10;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static string Format(long timeMs, ReadOnlySpan<byte> random)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(timeMs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeMs, MaxTimeMs);
        ArgumentOutOfRangeException.ThrowIfNotEqual(random.Length, RandomBytes, nameof(random));
        UInt128 value = (ulong)timeMs;
        foreach (var part in random)
            value = (value << 8) | part;
        return string.Create(Length, value, static (text, rest) =>
        {
            for (var i = text.Length - 1; i >= 0; i--)
            {
                text[i] = Alphabet[(int)(rest & 31)];
                rest >>= 5;
            }
        });
    }

    /// <summary>Reads either case; nothing of Crockford's lenience about look-alikes, so that an id has one text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long timeMs, Span<byte> random)
    {
        timeMs = 0;
        // 26 characters hold 130 bits, so the first has only three.
        if (text.Length != Length || text[0] is < '0' or > '7' || random.Length < RandomBytes)
            return false;
        UInt128 value = 0;
        foreach (var character in text)
        {
            var digit = Alphabet.IndexOf(char.ToLowerInvariant(character), StringComparison.Ordinal);
            if (digit < 0)
                return false;
            value = (value << 5) | (uint)digit;
        }
        for (var i = RandomBytes - 1; i >= 0; i--)
        {
            random[i] = (byte)value;
            value >>= 8;
        }
        timeMs = (long)(ulong)value;
        return true;
    }
}
