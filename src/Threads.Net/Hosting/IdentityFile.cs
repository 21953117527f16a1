using System.Security.Cryptography;
using Threads.Data.Cryptography;

namespace Threads.Net.Hosting;

/// <summary>A peer's private key in a file of its own: 32 bytes, readable by the owner only.</summary>
public static class IdentityFile
{
    private const int SeedBytes = 32;

    /// <summary>Reads the key; makes a new one where there is no file.</summary>
    /// <exception cref="InvalidDataException">The file is no key.</exception>
    public static Ed25519PrivateKey LoadOrCreate(string path, IRandomSource? random = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var seed = new byte[SeedBytes];
        try
        {
            if (!File.Exists(path))
            {
                Create(path, seed, random ?? SystemRandomSource.Instance);
                return new(seed);
            }

            using var file = File.OpenRead(path);
            return file.Length == SeedBytes && file.ReadAtLeast(seed, SeedBytes, throwOnEndOfStream: false) == SeedBytes ? new(seed)
                : throw new InvalidDataException(Resources.Strings.IdentityFileLength(path, SeedBytes));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    private static void Create(string path, byte[] seed, IRandomSource random)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        random.Fill(seed);
        using var file = new FileStream(path, options);
        file.Write(seed);
    }
}
