using Threads.Data.Cryptography;

namespace Threads.Data.Tests.Cryptography;

/// <summary>The two backends. Tests over both take their names as theory data; OpenSSL is skipped, by name, where no libcrypto is.</summary>
internal static class Backends
{
    public static readonly IEd25519? OpenSsl = OpenSslLibrary.TryLoad() is { } library ? new OpenSslEd25519(library) : null;

    public static IEd25519 Named(string name)
    {
        if (name == ManagedEd25519.Instance.Name)
            return ManagedEd25519.Instance;
        Skip.If(OpenSsl is null, "No libcrypto of OpenSSL 1.1.1 or later is installed.");
        return OpenSsl!;
    }
}

/// <summary>Counts up: keys and nonces that a test can repeat.</summary>
internal sealed class CountingRandomSource : IRandomSource
{
    private byte _next;

    public void Fill(Span<byte> destination)
    {
        foreach (ref var b in destination)
            b = _next++;
    }
}
