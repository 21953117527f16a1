using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Threads.Data.Storage;

/// <summary>
/// What a copy of a file doesn't share with it: its number in the file system and the time it was made. On Unix by path, never by a handle: closing one would drop SQLite's locks on
/// the file (https://www.sqlite.org/howtocorrupt.html, 2.2).
/// </summary>
internal static unsafe partial class FileIdentity
{
    /// <summary>16 to 24 bytes; null where the platform gives no answer: copies are not noticed there.</summary>
    public static byte[]? Of(string? path)
    {
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }

        try
        {
            return OperatingSystem.IsWindows() ? OfWindows(path) : OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? OfLinux(path) : OperatingSystem.IsMacOS() ? OfMac(path) : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>struct statx, the same on every architecture: inode at 32, time of birth at 80 (seconds, nanoseconds), filled if the mask at 0 says so.</summary>
    private static byte[]? OfLinux(string path)
    {
        const int CurrentFolder = -100;
        const uint InodeAndBirth = 0x100 | 0x800;
        const uint Birth = 0x800;
        var stat = stackalloc byte[256];
        if (Statx(CurrentFolder, path, 0, InodeAndBirth, stat) != 0)
        {
            return null;
        }

        var hasBirth = (*(uint*)stat & Birth) != 0;
        return Pack(*(ulong*)(stat + 32), hasBirth ? *(long*)(stat + 80) : 0, hasBirth ? *(uint*)(stat + 88) : 0);
    }

    /// <summary>struct stat with 64-bit inodes: inode at 8, time of birth at 80.</summary>
    private static byte[]? OfMac(string path)
    {
        var stat = stackalloc byte[256];
        var rc = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? StatMacX64(path, stat) : StatMac(path, stat);
        return rc == 0 ? Pack(*(ulong*)(stat + 8), *(long*)(stat + 80), *(long*)(stat + 88)) : null;
    }

    /// <summary>BY_HANDLE_FILE_INFORMATION: creation time at 4, volume at 28, index at 44. Locks belong to handles there, so opening one does no harm.</summary>
    private static byte[]? OfWindows(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var information = stackalloc byte[52];
        return GetFileInformationByHandle(file, information)
            ? Pack(((ulong)*(uint*)(information + 44) << 32) | *(uint*)(information + 48), *(long*)(information + 4), *(uint*)(information + 28))
            : null;
    }

    private static byte[] Pack(ulong number, long seconds, long rest)
    {
        var packed = new byte[24];
        BinaryPrimitives.WriteUInt64BigEndian(packed, number);
        BinaryPrimitives.WriteInt64BigEndian(packed.AsSpan(8), seconds);
        BinaryPrimitives.WriteInt64BigEndian(packed.AsSpan(16), rest);
        return packed;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, byte* stat);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatMac(string path, byte* stat);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatMacX64(string path, byte* stat);

    [LibraryImport("kernel32", EntryPoint = "GetFileInformationByHandle")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetFileInformationByHandle(SafeHandle file, byte* information);
}
