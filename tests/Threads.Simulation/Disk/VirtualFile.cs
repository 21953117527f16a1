using System.Runtime.InteropServices;

namespace Threads.Simulation.Disk;

/// <summary>
/// A file of the virtual disk, twice: as a running machine sees it, and as it would be found after a power cut, which lacks what was not synced. In between lie the
/// writes since the last sync, in order.
/// </summary>
internal sealed unsafe class VirtualFile(string path)
{
    /// <summary>What a disk writes at once or not at all.</summary>
    private const int SectorBytes = 512;

    private readonly List<Change> _unsynced = [];
    private readonly List<nint> _sharedPages = [];
    private byte[] _data = [];
    private byte[] _durable = [];
    private long _durableLength;

    public string Path { get; } = path;

    public long Length { get; private set; }

    /// <summary>Its name is on the disk too.</summary>
    public bool IsNameDurable { get; set; }

    /// <summary>Stands for what a copy doesn't share: inode and time of birth.</summary>
    public long Inode { get; set; }

    public List<OpenFile> Handles { get; } = [];

    /// <summary>By slot of the write-ahead log's index: who holds it exclusively, and how many share it.</summary>
    public OpenFile?[] ExclusiveSlots { get; } = new OpenFile?[8];

    public int[] SharedSlots { get; } = new int[8];

    public int Unsynced => _unsynced.Count;

    /// <summary>Reads, and fills with zeros behind the end; false when the file was shorter.</summary>
    public bool Read(long offset, Span<byte> destination)
    {
        var there = (int)Math.Clamp(Length - offset, 0, destination.Length);
        if (there > 0)
        {
            _data.AsSpan((int)offset, there).CopyTo(destination);
        }

        destination[there..].Clear();
        return there == destination.Length;
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        Put(ref _data, offset, source);
        Length = Math.Max(Length, offset + source.Length);
        _unsynced.Add(new Change(offset, source.ToArray()));
    }

    public void Truncate(long length)
    {
        Cut(_data, length, Length);
        Length = Math.Min(Length, length);
        _unsynced.Add(new Change(length, null));
    }

    public void Sync()
    {
        foreach (var change in _unsynced)
        {
            Apply(change, change.Bytes?.Length ?? 0);
        }

        _unsynced.Clear();
        IsNameDurable = true;
    }

    /// <summary>The power goes: of what was not synced, each write is there, or not, or some of its sectors are.</summary>
    public void LosePower(Chance chance)
    {
        foreach (var change in _unsynced)
        {
            switch (chance.Below(4))
            {
                case 0:
                    break;
                case 1 when change.Bytes is not null:
                    Apply(change, Math.Min(change.Bytes.Length, SectorBytes * chance.Below(change.Bytes.Length / SectorBytes + 1)));
                    break;
                default:
                    Apply(change, change.Bytes?.Length ?? 0);
                    break;
            }
        }

        _unsynced.Clear();
        _data = _durable.AsSpan(0, (int)_durableLength).ToArray();
        Length = _durableLength;
    }

    /// <summary>The content as a running machine sees it, for a copy that somebody makes while the database is in use.</summary>
    public byte[] ToArray() => _data.AsSpan(0, (int)Length).ToArray();

    /// <summary>A page of the write-ahead log's index, which all connections to the file share.</summary>
    public byte* SharedPage(int index, int size, bool extend)
    {
        while (_sharedPages.Count <= index)
        {
            if (!extend)
            {
                return null;
            }

            _sharedPages.Add((nint)NativeMemory.AllocZeroed((nuint)size));
        }

        return (byte*)_sharedPages[index];
    }

    public void FreeSharedPages()
    {
        foreach (var page in _sharedPages)
        {
            NativeMemory.Free((void*)page);
        }

        _sharedPages.Clear();
        Array.Clear(ExclusiveSlots);
        Array.Clear(SharedSlots);
    }

    private void Apply(Change change, int bytes)
    {
        if (change.Bytes is null)
        {
            Cut(_durable, change.Offset, _durableLength);
            _durableLength = Math.Min(_durableLength, change.Offset);
        }
        else if (bytes > 0)
        {
            Put(ref _durable, change.Offset, change.Bytes.AsSpan(0, bytes));
            _durableLength = Math.Max(_durableLength, change.Offset + bytes);
        }
    }

    private static void Put(ref byte[] target, long offset, ReadOnlySpan<byte> source)
    {
        var needed = (int)offset + source.Length;
        if (target.Length < needed)
        {
            Array.Resize(ref target, Math.Max(needed, target.Length * 2));
        }

        source.CopyTo(target.AsSpan((int)offset));
    }

    private static void Cut(byte[] target, long length, long before)
    {
        if (length < before)
        {
            target.AsSpan((int)length, (int)(before - length)).Clear();
        }
    }

    /// <summary>Bytes at an offset, or null: the file ends there.</summary>
    private readonly record struct Change(long Offset, byte[]? Bytes);
}
