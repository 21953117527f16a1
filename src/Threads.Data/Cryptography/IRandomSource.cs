using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>Where keys and nonces come from. Only the simulator gives another source than the operating system's.</summary>
public interface IRandomSource
{
    /// <summary>Fills the span with random bytes.</summary>
    void Fill(Span<byte> destination);
}

/// <summary>The operating system's generator.</summary>
public sealed unsafe partial class SystemRandomSource : IRandomSource
{
    private const int Interrupted = 4;

    /// <summary>The one instance; thread-safe.</summary>
    public static SystemRandomSource Instance { get; } = new();

    /// <inheritdoc/>
    /// <remarks>On Linux from the kernel itself: the runtime's generator is OpenSSL's there, which a process that only reads a database need not load.</remarks>
    public void Fill(Span<byte> destination)
    {
        var rest = OperatingSystem.IsLinux() ? FromKernel(destination) : destination;
        if (!rest.IsEmpty)
            RandomNumberGenerator.Fill(rest);
    }

    /// <summary>getrandom(2), which waits until the kernel's generator is seeded. Returns what it left: all of it where the kernel or the C library is too old to have it.</summary>
    private static Span<byte> FromKernel(Span<byte> destination)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                nint filled;
                fixed (byte* first = destination)
                    filled = GetRandom(first, (nuint)destination.Length, 0);
                if (filled > 0)
                    destination = destination[(int)filled..];
                else if (Marshal.GetLastPInvokeError() != Interrupted)
                    return destination;
            }
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before 2017.
            return destination;
        }

        return destination;
    }

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    private static partial nint GetRandom(byte* destination, nuint size, uint flags);
}
