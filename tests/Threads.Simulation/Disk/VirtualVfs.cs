using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using SQLitePCL;

namespace Threads.Simulation.Disk;

/// <summary>
/// SQLite's own file system interface (https://www.sqlite.org/vfs.html) over <see cref="VirtualDisk.Current"/>: the product's SQLite reads, writes, locks and syncs there and nowhere else. Registered
/// as the default, so that connection strings name virtual paths. No callback throws: an error is a number, as SQLite wants it.
/// </summary>
internal static unsafe partial class VirtualVfs
{
    private const int MaxPathBytes = 256;
    private const double JulianDayOfUnixEpoch = 2440587.5;

    private static readonly Native.IoMethods* s_methods = MakeMethods();
    private static bool s_isRegistered;

    /// <summary>Once a process.</summary>
    public static void Register()
    {
        if (s_isRegistered)
        {
            return;
        }

        Batteries_V2.Init();
        // SQLite need not count its memory, for which it takes a lock at each allocation.
        if (raw.sqlite3_shutdown() != raw.SQLITE_OK || raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0) != raw.SQLITE_OK || raw.sqlite3_initialize() != raw.SQLITE_OK)
        {
            throw new InvalidOperationException("SQLite did not take its configuration.");
        }

        var library = NativeLibrary.Load(raw.GetNativeLibraryName(), typeof(Batteries_V2).Assembly, null);
        var register = (delegate* unmanaged<Native.Vfs*, int, int>)NativeLibrary.GetExport(library, "sqlite3_vfs_register");
        var vfs = (Native.Vfs*)NativeMemory.AllocZeroed((nuint)sizeof(Native.Vfs));
        vfs->Version = 2;
        vfs->FileBytes = sizeof(Native.File);
        vfs->MaxPathBytes = MaxPathBytes;
        vfs->Name = (byte*)Marshal.StringToCoTaskMemUTF8("threads-simulation");
        vfs->Open = &Open;
        vfs->Delete = &Delete;
        vfs->Access = &Access;
        vfs->FullPath = &FullPath;
        vfs->Randomness = &Randomness;
        vfs->Sleep = &Sleep;
        vfs->CurrentTime = &CurrentTime;
        vfs->LastError = &LastError;
        vfs->CurrentTimeInt64 = &CurrentTimeInt64;
        if (register(vfs, 1) != raw.SQLITE_OK)
        {
            throw new InvalidOperationException("SQLite did not take the virtual file system.");
        }

        s_isRegistered = true;
    }

    /// <summary>SQLite's generator begins anew, from <see cref="VirtualDisk.SqliteChance"/>.</summary>
    public static void ForgetRandomness()
    {
        var library = NativeLibrary.Load(raw.GetNativeLibraryName(), typeof(Batteries_V2).Assembly, null);
        ((delegate* unmanaged<int, void*, void>)NativeLibrary.GetExport(library, "sqlite3_randomness"))(0, null);
    }

    private static Native.IoMethods* MakeMethods()
    {
        var methods = (Native.IoMethods*)NativeMemory.AllocZeroed((nuint)sizeof(Native.IoMethods));
        methods->Version = 2;
        methods->Close = &Close;
        methods->Read = &Read;
        methods->Write = &Write;
        methods->Truncate = &Truncate;
        methods->Sync = &Sync;
        methods->FileSize = &FileSize;
        methods->Lock = &Lock;
        methods->Unlock = &Unlock;
        methods->CheckReservedLock = &CheckReservedLock;
        methods->FileControl = &FileControl;
        methods->SectorSize = &SectorSize;
        methods->Characteristics = &Characteristics;
        methods->SharedMap = &SharedMap;
        methods->SharedLock = &SharedLock;
        methods->SharedBarrier = &SharedBarrier;
        methods->SharedUnmap = &SharedUnmap;
        return methods;
    }

    private static OpenFile Of(Native.File* file) => (OpenFile)GCHandle.FromIntPtr(file->Handle).Target!;

    private static string Text(byte* path) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(path));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(Native.Vfs* vfs, byte* name, Native.File* file, int flags, int* outFlags)
    {
        file->Methods = null;
        var disk = VirtualDisk.Current;
        var path = name == null ? null : Text(name);
        var machine = path is null ? disk?.Running : disk?.MachineOf(path);
        if (machine is null)
        {
            return raw.SQLITE_CANTOPEN;
        }

        VirtualFile? found;
        if (path is null)
        {
            found = new VirtualFile("");
        }
        else
        {
            found = machine.Find(path);
            if (found is null)
            {
                if ((flags & raw.SQLITE_OPEN_CREATE) == 0)
                {
                    return raw.SQLITE_CANTOPEN;
                }

                if (machine.Begin(DiskOperation.Create, KindOf(flags)) != raw.SQLITE_OK)
                {
                    return raw.SQLITE_CANTOPEN;
                }

                found = machine.Create(path);
            }
            else if (machine.IsOff)
            {
                return raw.SQLITE_CANTOPEN;
            }
        }

        var open = new OpenFile(machine, found, path is null ? FileKind.Temporary : KindOf(flags), (flags & raw.SQLITE_OPEN_DELETEONCLOSE) != 0);
        found.Handles.Add(open);
        file->Handle = GCHandle.ToIntPtr(GCHandle.Alloc(open));
        file->Methods = s_methods;
        if (outFlags != null)
        {
            *outFlags = flags;
        }

        return raw.SQLITE_OK;
    }

    private static FileKind KindOf(int flags) => (flags & raw.SQLITE_OPEN_MAIN_DB) != 0 ? FileKind.Database
        : (flags & raw.SQLITE_OPEN_WAL) != 0 ? FileKind.Wal
        : (flags & (raw.SQLITE_OPEN_MAIN_JOURNAL | raw.SQLITE_OPEN_MASTER_JOURNAL)) != 0 ? FileKind.Journal : FileKind.Temporary;

    private static FileKind KindOf(string path) => path.EndsWith("-wal", StringComparison.Ordinal) ? FileKind.Wal : path.EndsWith("-journal", StringComparison.Ordinal) ? FileKind.Journal : FileKind.Database;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(Native.Vfs* vfs, byte* name, int syncFolder)
    {
        var path = Text(name);
        if (VirtualDisk.Current?.MachineOf(path) is not { } machine || machine.Find(path) is null)
        {
            return raw.SQLITE_IOERR_DELETE_NOENT;
        }

        if (machine.Begin(DiskOperation.Delete, KindOf(path)) != raw.SQLITE_OK)
        {
            return raw.SQLITE_IOERR_DELETE;
        }

        machine.Delete(path, syncFolder != 0);
        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Access(Native.Vfs* vfs, byte* name, int flags, int* result)
    {
        *result = VirtualDisk.Current?.Find(Text(name)) is { } file && (flags != 0 || file.Length > 0) ? 1 : 0;
        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FullPath(Native.Vfs* vfs, byte* name, int bytes, byte* full)
    {
        var source = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        if (source.Length >= bytes)
        {
            return raw.SQLITE_CANTOPEN;
        }

        source.CopyTo(new Span<byte>(full, bytes));
        full[source.Length] = 0;
        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Randomness(Native.Vfs* vfs, int bytes, byte* destination)
    {
        VirtualDisk.Current?.SqliteChance.Fill(new Span<byte>(destination, bytes));
        return bytes;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sleep(Native.Vfs* vfs, int microseconds) => microseconds;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CurrentTime(Native.Vfs* vfs, double* days)
    {
        *days = Milliseconds() / 86_400_000.0;
        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CurrentTimeInt64(Native.Vfs* vfs, long* milliseconds)
    {
        *milliseconds = Milliseconds();
        return raw.SQLITE_OK;
    }

    private static long Milliseconds() => (long)(JulianDayOfUnixEpoch * 86_400_000) + (VirtualDisk.Current?.Clock().ToUnixTimeMilliseconds() ?? 0);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int LastError(Native.Vfs* vfs, int bytes, byte* text) => 0;
}
