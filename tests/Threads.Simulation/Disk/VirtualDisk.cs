namespace Threads.Simulation.Disk;

/// <summary>The machines of a run, by the first folder of a path; and which of them runs now, for what names no path.</summary>
/// <param name="coverage">Counts crashes and errors.</param>
/// <param name="sqliteChance">What SQLite asks for randomness: salts of write-ahead logs, names of temporary files, random().</param>
/// <param name="lastInode">Up to this, files have their identity already.</param>
internal sealed class VirtualDisk(Coverage coverage, Chance sqliteChance, long lastInode = 0)
{
    private readonly Dictionary<string, Machine> _machines = new(StringComparer.Ordinal);
    private long _inode = lastInode;

    /// <summary>The one that SQLite's calls go to; SQLite knows a single file system in a process.</summary>
    public static VirtualDisk? Current { get; set; }

    public Chance SqliteChance { get; } = sqliteChance;

    /// <summary>The machine whose step this is; temporary files are its.</summary>
    public Machine? Running { get; set; }

    /// <summary>What SQLite takes for the time of day.</summary>
    public Func<DateTimeOffset> Clock { get; set; } = () => DateTimeOffset.UnixEpoch;

    public Machine Add(string name)
    {
        var machine = new Machine(name, this, coverage);
        _machines.Add(name, machine);
        return machine;
    }

    public void Remove(Machine machine) => _machines.Remove(machine.Name);

    public Machine? MachineOf(string path)
    {
        var end = path.Length > 1 ? path.IndexOf('/', 1) : -1;
        return end > 0 ? _machines.GetValueOrDefault(path[1..end]) : null;
    }

    public VirtualFile? Find(string path) => MachineOf(path)?.Find(path);

    /// <summary>What tells a file from its copies.</summary>
    public byte[]? Identify(string? path) => path is not null && Find(path) is { } file ? BitConverter.GetBytes(file.Inode) : null;

    public long NextInode() => ++_inode;
}
