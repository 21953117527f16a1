using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Threads.Simulation.Disk;

/// <content>sqlite3_io_methods: reading, writing, what a file is like.</content>
internal static unsafe partial class VirtualVfs
{
    private const int Powersafe = 0x1000;
    private const int FileHasMoved = 20;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(Native.File* file)
    {
        var open = Of(file);
        GCHandle.FromIntPtr(file->Handle).Free();
        file->Handle = 0;
        open.File.Handles.Remove(open);
        if (open.File.Handles.Count == 0)
        {
            open.File.FreeSharedPages();
        }

        if (open.DeleteOnClose && open.File.Path.Length > 0 && !open.Machine.IsOff)
        {
            open.Machine.Delete(open.File.Path, durably: false);
        }

        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(Native.File* file, byte* destination, int bytes, long offset)
    {
        var open = Of(file);
        return open.Machine.IsOff && open.Kind != FileKind.Temporary ? raw.SQLITE_IOERR_READ
            : open.File.Read(offset, new Span<byte>(destination, bytes)) ? raw.SQLITE_OK : raw.SQLITE_IOERR_SHORT_READ;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(Native.File* file, byte* source, int bytes, long offset)
    {
        var open = Of(file);
        var wasOff = open.Machine.IsOff;
        var rc = open.Machine.Begin(DiskOperation.Write, open.Kind);
        if (rc == raw.SQLITE_OK || (open.Machine.IsOff && !wasOff))
        {
            // The write in which the power goes may still come through, in parts.
            open.File.Write(offset, new ReadOnlySpan<byte>(source, bytes));
        }

        return rc;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(Native.File* file, long length)
    {
        var open = Of(file);
        var rc = open.Machine.Begin(DiskOperation.Truncate, open.Kind);
        if (rc == raw.SQLITE_OK)
        {
            open.File.Truncate(length);
        }

        return rc == raw.SQLITE_OK ? rc : raw.SQLITE_IOERR_TRUNCATE;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(Native.File* file, int flags)
    {
        var open = Of(file);
        var rc = open.Machine.Begin(DiskOperation.Sync, open.Kind);
        if (rc == raw.SQLITE_OK)
        {
            open.Machine.Sync(open.File);
        }

        return rc == raw.SQLITE_OK ? rc : raw.SQLITE_IOERR_FSYNC;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileSize(Native.File* file, long* bytes)
    {
        *bytes = Of(file).File.Length;
        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileControl(Native.File* file, int operation, void* argument)
    {
        if (operation != FileHasMoved)
        {
            return raw.SQLITE_NOTFOUND;
        }

        var open = Of(file);
        *(int*)argument = open.File.Path.Length > 0 && open.Machine.Find(open.File.Path) != open.File ? 1 : 0;
        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SectorSize(Native.File* file) => 4096;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Characteristics(Native.File* file) => Powersafe;
}
