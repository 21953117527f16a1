using SQLitePCL;

namespace Threads.Simulation.Disk;

/// <summary>
/// One peer's computer: its files, its clock, and what is about to go wrong with it. A crash comes at the n-th operation on the disk from now; from then on nothing reaches the disk
/// until <see cref="StartAgain"/>.
/// </summary>
internal sealed class Machine(string name, VirtualDisk disk, Coverage coverage)
{
    private readonly Dictionary<string, VirtualFile> _files = new(StringComparer.Ordinal);
    private readonly List<VirtualFile> _deleted = [];
    private long _untilCrash = -1;
    private long _untilError = -1;
    private int _error;

    public string Name { get; } = name;

    public bool IsOff { get; private set; }

    /// <summary>Operations so far that change the disk.</summary>
    public long Operations { get; private set; }

    public IReadOnlyDictionary<string, VirtualFile> Files => _files;

    /// <summary>The n-th operation from now, 0 is the next, is the last one that this machine begins.</summary>
    public void CrashAfter(long operations) => _untilCrash = operations;

    /// <summary>The n-th operation from now fails, without more.</summary>
    public void FailAfter(long operations, int sqliteError) => (_untilError, _error) = (operations, sqliteError);

    public void TurnOff() => IsOff = true;

    /// <summary>Nothing goes wrong any more.</summary>
    public void Repair() => _untilCrash = _untilError = -1;

    /// <summary>Before an operation that changes the disk: SQLITE_OK, or the error it is to end with.</summary>
    public int Begin(DiskOperation operation, FileKind kind)
    {
        if (IsOff)
        {
            return raw.SQLITE_IOERR;
        }

        Operations++;
        if (_untilCrash >= 0 && _untilCrash-- == 0)
        {
            IsOff = true;
            coverage.Hit(FormattableString.Invariant($"crash: {operation} {kind}"));
            return raw.SQLITE_IOERR;
        }

        if (_untilError >= 0 && _untilError-- == 0)
        {
            coverage.Hit(FormattableString.Invariant($"disk error: {operation}"));
            return _error;
        }

        return raw.SQLITE_OK;
    }

    public VirtualFile? Find(string path) => _files.GetValueOrDefault(path);

    public VirtualFile Create(string path)
    {
        var file = new VirtualFile(path) { Inode = disk.NextInode() };
        _files.Add(path, file);
        return file;
    }

    public void Delete(string path, bool durably)
    {
        if (_files.Remove(path, out var file) && !durably && file.IsNameDurable)
        {
            _deleted.Add(file);
        }
    }

    /// <summary>Makes a file's content durable; with the first sync of a new journal or log SQLite syncs its folder too, and with it all names.</summary>
    public void Sync(VirtualFile file)
    {
        var isNew = !file.IsNameDurable;
        file.Sync();
        if (isNew)
        {
            _deleted.Clear();
        }
    }

    /// <summary>The power comes back; what was not synced is lost, all of it or some.</summary>
    public void StartAgain(Chance chance)
    {
        foreach (var file in _deleted.Where(f => !_files.ContainsKey(f.Path) && chance.OneIn(2)))
        {
            _files.Add(file.Path, file);
        }

        _deleted.Clear();
        foreach (var (path, file) in _files.OrderBy(f => f.Key, StringComparer.Ordinal).ToArray())
        {
            file.LosePower(chance);
            if (!file.IsNameDurable && chance.OneIn(2))
            {
                _files.Remove(path);
            }

            file.IsNameDurable = true;
        }

        IsOff = false;
        Repair();
    }

    /// <summary>All files as they are, as a backup tool that knows nothing of databases copies them.</summary>
    public Dictionary<string, byte[]> Copy() => _files.Where(f => f.Value.Length > 0).ToDictionary(f => Path.GetFileName(f.Key), f => f.Value.ToArray(), StringComparer.Ordinal);

    /// <summary>Files that were always here, durable.</summary>
    public void Put(Dictionary<string, (byte[] Data, long Inode)> files)
    {
        foreach (var (path, (data, inode)) in files)
        {
            var file = Create(path);
            file.Write(0, data);
            file.Sync();
            file.Inode = inode;
        }
    }

    /// <summary>Puts copied files in the place of all that is here; nothing has them open.</summary>
    /// <param name="files">By name without folder.</param>
    /// <param name="keepInodes">As a snapshot of the whole disk would: nothing tells the files from those that were.</param>
    public void Restore(Dictionary<string, byte[]> files, bool keepInodes)
    {
        var inodes = _files.ToDictionary(f => f.Key, f => f.Value.Inode, StringComparer.Ordinal);
        _files.Clear();
        foreach (var (name, data) in files)
        {
            var file = Create($"/{Name}/{name}");
            file.Write(0, data);
            file.Sync();
            if (keepInodes && inodes.TryGetValue(file.Path, out var inode))
            {
                file.Inode = inode;
            }
        }
    }
}

internal enum DiskOperation
{
    Create,
    Write,
    Truncate,
    Sync,
    Delete,
}
