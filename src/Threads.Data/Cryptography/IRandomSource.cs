using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>Where keys and nonces come from. Only the simulator gives another source than the operating system's.</summary>
internal interface IRandomSource
{
    void Fill(Span<byte> destination);
}

/// <summary>The operating system's generator.</summary>
internal sealed class SystemRandomSource : IRandomSource
{
    public static SystemRandomSource Instance { get; } = new();

    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
