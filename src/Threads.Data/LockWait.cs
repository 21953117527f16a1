using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;
using Threads.Data.Sqlite;

namespace Threads.Data;

/// <summary>
/// Waits for another connection's lock as SQLite's own busy handler does (the same growing pauses), but ends at once when the statement is
/// cancelled, which SQLite's doesn't notice while it waits.
/// </summary>
internal sealed unsafe class LockWait : IDisposable
{
    private readonly ManualResetEventSlim _cancelled = new();
    private GCHandle _self;

    public LockWait() => _self = GCHandle.Alloc(this);

    /// <summary>How long one statement may wait, all pauses together.</summary>
    public int TimeoutMs { get; set; } = int.MaxValue;

    /// <summary>Whether <see cref="Cancel"/> was called since the last <see cref="Begin"/>.</summary>
    public bool IsCancelled => _cancelled.IsSet;

    private static ReadOnlySpan<byte> PausesMs => [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100];

    public void Install(sqlite3 database) =>
        ThreadsException.ThrowOnError(SqliteNative.BusyHandler(database.DangerousGetHandle(), &OnBusy, GCHandle.ToIntPtr(_self)), database);

    /// <summary>Another execution begins: what was cancelled before is over.</summary>
    public void Begin()
    {
        if (_cancelled.IsSet) _cancelled.Reset();
    }

    public void Cancel() => _cancelled.Set();

    /// <summary>Pauses for the <paramref name="count"/>th time, from 0; false when there is no time left or the statement was cancelled.</summary>
    public bool Pause(int count)
    {
        var waited = 0L;
        for (var i = 0; i < Math.Min(count, PausesMs.Length); i++) waited += PausesMs[i];
        waited += Math.Max(0, count - PausesMs.Length) * (long)PausesMs[^1];
        var pause = Math.Min(PausesMs[Math.Min(count, PausesMs.Length - 1)], TimeoutMs - waited);
        return pause > 0 && !_cancelled.Wait((int)pause);
    }

    /// <summary>Only after the connection is closed.</summary>
    public void Dispose()
    {
        _self.Free();
        _cancelled.Dispose();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnBusy(nint self, int count) => ((LockWait)GCHandle.FromIntPtr(self).Target!).Pause(count) ? 1 : 0;
}
