using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Threads.Simulation.Disk;

/// <content>sqlite3_io_methods: locks, and the shared index of the write-ahead log with its own.</content>
internal static unsafe partial class VirtualVfs
{
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Lock(Native.File* file, int level)
    {
        var open = Of(file);
        if (open.Lock >= level)
        {
            return raw.SQLITE_OK;
        }

        var others = open.File.Handles.Where(h => h != open).Select(h => h.Lock).DefaultIfEmpty(0).Max();
        const int shared = 1, reserved = 2, pending = 3, exclusive = 4;
        var isFree = level switch
        {
            shared => others < pending,
            reserved => others < reserved,
            _ => others < reserved,
        };
        if (!isFree)
        {
            return raw.SQLITE_BUSY;
        }

        if (level == exclusive && others >= shared)
        {
            open.Lock = pending;
            return raw.SQLITE_BUSY;
        }

        open.Lock = level;
        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Unlock(Native.File* file, int level)
    {
        var open = Of(file);
        open.Lock = Math.Min(open.Lock, level);
        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CheckReservedLock(Native.File* file, int* result)
    {
        *result = Of(file).File.Handles.Any(h => h.Lock >= 2) ? 1 : 0;
        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SharedMap(Native.File* file, int page, int bytes, int extend, void** memory)
    {
        var open = Of(file);
        open.IsMapped = true;
        *memory = open.File.SharedPage(page, bytes, extend != 0);
        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SharedLock(Native.File* file, int offset, int count, int flags)
    {
        const int unlock = 1, shared = 4;
        var open = Of(file);
        var disk = open.File;
        for (var slot = offset; slot < offset + count; slot++)
        {
            if ((flags & unlock) == 0 && ((disk.ExclusiveSlots[slot] is { } owner && owner != open)
                || ((flags & shared) == 0 && disk.SharedSlots[slot] > ((open.SharedSlots & 1 << slot) != 0 ? 1 : 0))))
            {
                return raw.SQLITE_BUSY;
            }
        }

        for (var slot = offset; slot < offset + count; slot++)
        {
            var has = (open.SharedSlots & 1 << slot) != 0;
            if ((flags & unlock) != 0)
            {
                disk.SharedSlots[slot] -= has ? 1 : 0;
                open.SharedSlots &= ~(1 << slot);
                disk.ExclusiveSlots[slot] = disk.ExclusiveSlots[slot] == open ? null : disk.ExclusiveSlots[slot];
            }
            else if ((flags & shared) != 0)
            {
                disk.SharedSlots[slot] += has ? 0 : 1;
                open.SharedSlots |= 1 << slot;
            }
            else
            {
                disk.ExclusiveSlots[slot] = open;
            }
        }

        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void SharedBarrier(Native.File* file)
    {
        // One thread at a time works on a machine; there is nothing to order.
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SharedUnmap(Native.File* file, int delete)
    {
        var open = Of(file);
        open.IsMapped = false;
        if (open.File.Handles.All(h => !h.IsMapped))
        {
            open.File.FreeSharedPages();
        }

        return raw.SQLITE_OK;
    }
}
