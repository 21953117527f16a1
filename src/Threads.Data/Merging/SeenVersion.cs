using System.Buffers.Binary;
using Threads.Data.Ipld;

namespace Threads.Data.Merging;

/// <summary>An operation on a cell, by the time of its event and four bytes of the log it is in: two logs may meet the same nanosecond.</summary>
internal readonly record struct OperationId(long Time, uint Author) : IComparable<OperationId>
{
    public const int Size = 12;

    public int CompareTo(OperationId other) => Time != other.Time ? Time.CompareTo(other.Time) : Author.CompareTo(other.Author);

    /// <summary>The operations that nobody has seen yet, as a cell keeps them: 12 bytes each.</summary>
    public static byte[] Write(OperationId[] ids)
    {
        var bytes = new byte[ids.Length * Size];
        for (var i = 0; i < ids.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * Size), ids[i].Time);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * Size + 8), ids[i].Author);
        }

        return bytes;
    }

    public static OperationId[] Read(ReadOnlySpan<byte> bytes)
    {
        var ids = new OperationId[bytes.Length / Size];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = new(BinaryPrimitives.ReadInt64LittleEndian(bytes[(i * Size)..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * Size + 8)..]));
        }

        return ids;
    }
}

/// <summary>
/// What the author of an operation had before them: the assignment that the cell began with, and the newest of the operations upon it; none: the assignment alone. In bytes
/// <code>author (4) · time less that of the assignment · ((time less that of an operation) · 2 + is another author's · [author (4)]) …     numbers are varints</code>
/// </summary>
internal sealed record SeenVersion(uint Author, long Assigned, OperationId[] Parents)
{
    /// <summary>So many branches of one cell at most come together in one operation.</summary>
    private const int MaxParents = 1024;

    public void Write(CborWriter writer, long time)
    {
        Span<byte> number = stackalloc byte[Varint.MaxSizeBytes];
        var bytes = new List<byte>(4 + 10 + Parents.Length * 14);
        void Tag(uint author)
        {
            for (var i = 0; i < 4; i++)
            {
                bytes.Add((byte)(author >> 8 * i));
            }
        }

        Tag(Author);
        bytes.AddRange(number[..Varint.Write(number, (ulong)(time - Assigned))]);
        foreach (var parent in Parents)
        {
            var isOther = parent.Author != Author;
            bytes.AddRange(number[..Varint.Write(number, (ulong)(time - parent.Time) << 1 | (isOther ? 1UL : 0))]);
            if (isOther)
            {
                Tag(parent.Author);
            }
        }

        writer.WriteBytes([.. bytes]);
    }

    /// <summary>Null: the bytes are no version, or it is not older than the operation.</summary>
    public static SeenVersion? TryRead(ReadOnlySpan<byte> bytes, long time)
    {
        if (!TryTag(ref bytes, out var author) || !TryNumber(ref bytes, out var back) || back == 0 || back > (ulong)time)
        {
            return null;
        }

        var assigned = time - (long)back;
        var parents = new List<OperationId>();
        while (!bytes.IsEmpty)
        {
            var by = author;
            if (!TryNumber(ref bytes, out back) || back >> 1 == 0 || back >> 1 > (ulong)time || (back & 1) == 1 && !TryTag(ref bytes, out by) || parents.Count == MaxParents)
            {
                return null;
            }

            parents.Add(new OperationId(time - (long)(back >> 1), by));
        }

        return new SeenVersion(author, assigned, [.. parents.Distinct().Order()]);
    }

    private static bool TryTag(ref ReadOnlySpan<byte> bytes, out uint author)
    {
        author = 0;
        if (!BinaryPrimitives.TryReadUInt32LittleEndian(bytes, out author))
        {
            return false;
        }

        bytes = bytes[4..];
        return true;
    }

    private static bool TryNumber(ref ReadOnlySpan<byte> bytes, out ulong number)
    {
        var isRead = Varint.Read(bytes, out number, out var size) == VarintStatus.Ok;
        bytes = bytes[(isRead ? size : 0)..];
        return isRead;
    }
}
