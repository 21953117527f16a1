using System.Buffers.Binary;
using Threads.Data.Events;

namespace Threads.Data.Views;

/// <summary>
/// What the fold remembers of an entity beside its row: the clocks that decide who wins (decision 6). An entity that was created and never touched since is its
/// newest clock alone; anything else is in <c>x</c>:
/// <code>flags · [create] · [rank] · [delete] · [count · (column · clock) …]     clock = time (8 bytes, little-endian) · record (varint)</code>
/// </summary>
internal sealed class EntityState
{
    private const byte HasCreate = 1;
    private const byte HasRank = 2;
    private const byte HasDelete = 4;
    private const byte HasCells = 8;

    /// <summary>The newest event of all.</summary>
    public Clock Newest { get; set; }

    /// <summary>The newest create: the clock of every cell that <see cref="Cells"/> doesn't name.</summary>
    public Clock Create { get; set; }

    /// <summary>The first create since the newest delete: the age of the row.</summary>
    public Clock Rank { get; set; }

    public Clock Delete { get; set; }

    /// <summary>Columns whose clock is not that of <see cref="Create"/>.</summary>
    public List<(int Column, Clock Clock)> Cells { get; } = [];

    public bool IsLive { get; set; }

    public void SetCreated(Clock clock)
    {
        Newest = Create = Rank = clock;
        Delete = Clock.None;
        IsLive = true;
        Cells.Clear();
    }

    /// <summary>Something was said of an entity that nobody here has seen created.</summary>
    public void SetUnseen(Clock clock)
    {
        SetCreated(clock);
        IsLive = false;
        Create = Rank = Clock.None;
    }

    /// <summary>Takes a save of columns, by their numbers, or a delete that is newer than all that is known.</summary>
    public void Take(EventKind kind, Clock clock, ReadOnlySpan<int> columns)
    {
        Newest = clock;
        if (kind == EventKind.Delete)
        {
            Delete = clock;
            IsLive = false;
            Cells.Clear();
            return;
        }

        for (var i = 0; i < columns.Length && IsLive; i++)
        {
            SetCell(columns[i], clock);
        }
    }

    public Clock CellClock(int column)
    {
        foreach (var cell in Cells)
        {
            if (cell.Column == column)
            {
                return cell.Clock;
            }
        }

        return Create;
    }

    public void SetCell(int column, Clock clock)
    {
        for (var i = 0; i < Cells.Count; i++)
        {
            if (Cells[i].Column == column)
            {
                Cells[i] = (column, clock);
                return;
            }
        }

        Cells.Add((column, clock));
    }

    /// <summary>Reads a row of <c>_threads_entity</c>.</summary>
    public void Read(Clock newest, ReadOnlySpan<byte> x)
    {
        SetCreated(newest);
        if (x.IsEmpty)
        {
            return;
        }

        var flags = x[0];
        x = x[1..];
        Create = (flags & HasCreate) != 0 ? ReadClock(ref x) : Clock.None;
        Rank = (flags & HasRank) != 0 ? ReadClock(ref x) : Create;
        Delete = (flags & HasDelete) != 0 ? ReadClock(ref x) : Clock.None;
        IsLive = (flags & 128) != 0;
        if ((flags & HasCells) != 0)
        {
            for (var n = ReadVarint(ref x); n > 0; n--)
            {
                var column = (int)ReadVarint(ref x);
                Cells.Add((column, ReadClock(ref x)));
            }
        }
    }

    /// <summary>The bytes of <c>x</c>; empty where the newest clock says it all.</summary>
    public ReadOnlySpan<byte> Write(Span<byte> scratch)
    {
        if (IsLive && Create == Newest && Rank == Create && Delete.IsNone && Cells.Count == 0)
        {
            return default;
        }

        var needed = 1 + 3 * 18 + 10 + Cells.Count * 28;
        var buffer = scratch.Length >= needed ? scratch : new byte[needed];
        var rest = buffer[1..];
        byte flags = IsLive ? (byte)128 : (byte)0;
        if (!Create.IsNone)
        {
            flags |= HasCreate;
            WriteClock(ref rest, Create);
        }

        if (Rank != Create)
        {
            flags |= HasRank;
            WriteClock(ref rest, Rank);
        }

        if (!Delete.IsNone)
        {
            flags |= HasDelete;
            WriteClock(ref rest, Delete);
        }

        if (Cells.Count > 0)
        {
            flags |= HasCells;
            WriteVarint(ref rest, (ulong)Cells.Count);
            foreach (var (column, clock) in Cells)
            {
                WriteVarint(ref rest, (ulong)column);
                WriteClock(ref rest, clock);
            }
        }

        buffer[0] = flags;
        return buffer[..^rest.Length];
    }

    private static Clock ReadClock(ref ReadOnlySpan<byte> x)
    {
        var time = BinaryPrimitives.ReadInt64LittleEndian(x);
        x = x[8..];
        return new Clock(time, (long)ReadVarint(ref x));
    }

    private static void WriteClock(ref Span<byte> rest, Clock clock)
    {
        BinaryPrimitives.WriteInt64LittleEndian(rest, clock.Time);
        rest = rest[8..];
        WriteVarint(ref rest, (ulong)clock.Record);
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> x)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = x[0];
            x = x[1..];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }
    }

    private static void WriteVarint(ref Span<byte> rest, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            rest[0] = (byte)(value | 0x80);
            rest = rest[1..];
        }

        rest[0] = (byte)value;
        rest = rest[1..];
    }
}
