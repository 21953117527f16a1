namespace Threads.Simulation.Disk;

/// <summary>A file as one SQLite connection has it open.</summary>
internal sealed class OpenFile(Machine machine, VirtualFile file, FileKind kind, bool deleteOnClose)
{
    public Machine Machine { get; } = machine;

    public VirtualFile File { get; } = file;

    public FileKind Kind { get; } = kind;

    public bool DeleteOnClose { get; } = deleteOnClose;

    /// <summary>SQLITE_LOCK_NONE … SQLITE_LOCK_EXCLUSIVE.</summary>
    public int Lock { get; set; }

    /// <summary>The slots of the write-ahead log's index it shares, as bits.</summary>
    public int SharedSlots { get; set; }

    public bool IsMapped { get; set; }
}

/// <summary>What a file is to SQLite.</summary>
internal enum FileKind
{
    Database,
    Wal,
    Journal,
    Temporary,
}
