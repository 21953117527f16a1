namespace Threads.Net.Gossip;

/// <summary>xorshift32 as a <see cref="Random"/>: the same seed gives the same choices on every machine and version.</summary>
internal sealed class SeededGenerator(uint seed) : Random(0)
{
    private uint _state = seed == 0 ? 0x9E3779B9 : seed;

    public override int Next(int maxValue) => (int)(Step() % (uint)Math.Max(1, maxValue));

    public override int Next(int minValue, int maxValue) => minValue + Next(maxValue - minValue);

    public override int Next() => (int)(Step() & int.MaxValue);

    protected override double Sample() => Step() / (uint.MaxValue + 1.0);

    private uint Step()
    {
        _state ^= _state << 13;
        _state ^= _state >> 17;
        return _state ^= _state << 5;
    }
}
