using System.Security.Cryptography;
using Threads.Data.Cryptography;

namespace Threads.Data;

/// <summary>
/// A protector that is a file of its own with 32 random bytes, which only its owner may read: on Unix its mode is 0600, and one that others may read is refused. A copy of the database without it opens no key. On Windows the
/// folder's access list holds.
/// </summary>
/// <param name="path">The file; it is made when a database is first protected by it.</param>
public sealed class KeyFile(string path) : IKeyProtector
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly string _path = System.IO.Path.GetFullPath(path);

    /// <summary>Where it lies.</summary>
    public string Path => _path;

    /// <inheritdoc/>
    public string Name => "key file";

    /// <inheritdoc/>
    public byte[] Protect(ReadOnlySpan<byte> key)
    {
        if (!File.Exists(_path))
        {
            Create();
        }

        using var own = Read();
        Span<byte> nonce = stackalloc byte[SymmetricKey.NonceSize];
        SystemRandomSource.Instance.Fill(nonce);
        var result = new byte[SymmetricKey.SealedSize(key.Length)];
        own.Seal(nonce, key, result);
        return result;
    }

    /// <inheritdoc/>
    /// <exception cref="ThreadsException">The file is not there, others may read it, or it holds something else.</exception>
    public byte[] Unprotect(ReadOnlySpan<byte> protectedKey)
    {
        using var own = Read();
        var key = GC.AllocateArray<byte>(Math.Max(0, protectedKey.Length - SymmetricKey.Overhead), pinned: true);
        return own.TryOpen(protectedKey, key) ? key : throw new CryptographicException(Resources.Strings.KeysFileOther(_path));
    }

    private void Create()
    {
        Span<byte> key = stackalloc byte[SymmetricKey.KeySize];
        SystemRandomSource.Instance.Fill(key);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // Whole or not there: it gets its name last.
        var part = $"{_path}.{Convert.ToHexStringLower(key[..4])}";
        try
        {
            SystemRandomSource.Instance.Fill(key);
            using (var file = new FileStream(part, options))
            {
                file.Write(key);
                file.Flush(flushToDisk: true);
            }

            File.Move(part, _path, overwrite: false);
        }
        catch (IOException) when (File.Exists(_path))
        {
            // Somebody else was faster, and theirs counts.
            File.Delete(part);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private SymmetricKey Read()
    {
        if (!File.Exists(_path))
        {
            throw ThreadsErrors.KeyFileMissing(_path);
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(_path) & Others) != 0)
        {
            throw ThreadsErrors.KeyFileOpen(_path);
        }

        var bytes = File.ReadAllBytes(_path);
        try
        {
            return bytes.Length == SymmetricKey.KeySize ? new SymmetricKey(bytes) : throw new CryptographicException(Resources.Strings.KeysFileOther(_path));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
