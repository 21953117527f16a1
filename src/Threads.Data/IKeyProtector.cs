using System.Security.Cryptography;

namespace Threads.Data;

/// <summary>
/// Keeps the one key that a file's keys lie under where the file is not: in a key store of the platform, a hardware module, another file (<see cref="KeyFile"/>). Given to
/// <see cref="ThreadsDataSourceBuilder.ProtectKeysBy"/> in the place of a password. Called when a file is made, opened, or its protection changed; may be called by several threads at once.
/// </summary>
public interface IKeyProtector
{
    /// <summary>1 to 64 characters that the file is marked with, so that who opens it without the protector reads which one it needs.</summary>
    string Name { get; }

    /// <summary>Makes of a key of 32 bytes what only <see cref="Unprotect"/> reads, at most 64 KB; it is stored in the file.</summary>
    byte[] Protect(ReadOnlySpan<byte> key);

    /// <summary>The key again. The array is wiped by the caller.</summary>
    /// <exception cref="CryptographicException">These bytes are not what this protector made.</exception>
    byte[] Unprotect(ReadOnlySpan<byte> protectedKey);
}
