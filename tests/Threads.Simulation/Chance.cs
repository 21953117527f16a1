using System.Buffers.Binary;
using Threads.Data.Cryptography;

namespace Threads.Simulation;

/// <summary>
/// All chance of a run: splitmix64, written here so that a seed means the same on every machine and every version of .NET. A fork of it does not depend on how much was drawn from its parent
/// afterwards, so leaving out one step changes nothing in the others.
/// </summary>
internal sealed class Chance(ulong seed) : IRandomSource
{
    private ulong _state = seed;

    /// <summary>A generator of its own for each number under one seed.</summary>
    public static Chance Of(ulong seed, ulong number) => new(Mix(Mix(seed) ^ (number * 0x9E3779B97F4A7C15UL)));

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15UL;
        return Mix(_state);
    }

    /// <summary>0 … count - 1.</summary>
    public int Below(int count) => (int)(Next() % (ulong)count);

    /// <summary>Both ends included.</summary>
    public long Between(long first, long last) => first + (long)(Next() % (ulong)(last - first + 1));

    public bool OneIn(int count) => Below(count) == 0;

    public T Pick<T>(IReadOnlyList<T> from) => from[Below(from.Count)];

    /// <summary>Starts anew from a seed: the source stays the same object for who holds it.</summary>
    public void Reseed(ulong seed) => _state = Mix(seed);

    public void Fill(Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        for (; destination.Length > 0; destination = destination[Math.Min(sizeof(ulong), destination.Length)..])
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, Next());
            word[..Math.Min(sizeof(ulong), destination.Length)].CopyTo(destination);
        }
    }

    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
