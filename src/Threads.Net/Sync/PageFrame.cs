using Threads.Data.Ipld;

namespace Threads.Net.Sync;

/// <summary>
/// A <c>SyncFrame</c> of one page, as every writer of protobuf writes it. Half a megabyte at a time is neither copied into a message nor out of one; a frame in another form is read by protobuf.
/// </summary>
internal static class PageFrame
{
    private const byte PageField = (4 << 3) | 2;
    private const byte CarField = (1 << 3) | 2;

    /// <summary>The most that stands before the page's bytes.</summary>
    public const int MaxHeadBytes = 2 + (3 * Varint.MaxSizeBytes);

    /// <summary>Writes what stands before the page, the frame's length included, and returns its size.</summary>
    public static int WriteHead(Span<byte> destination, int carBytes)
    {
        var page = 1 + Varint.Size((ulong)carBytes) + carBytes;
        var at = Varint.Write(destination, (ulong)(1 + Varint.Size((ulong)page) + page));
        destination[at++] = PageField;
        at += Varint.Write(destination[at..], (ulong)page);
        destination[at++] = CarField;
        return at + Varint.Write(destination[at..], (ulong)carBytes);
    }

    /// <summary>The page within a frame; false when the frame is something else, or a page in another form.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> frame, out ReadOnlyMemory<byte> car) => TryEnter(frame, PageField, out var page) & TryEnter(page, CarField, out car);

    private static bool TryEnter(ReadOnlyMemory<byte> bytes, byte field, out ReadOnlyMemory<byte> content)
    {
        content = default;
        if (bytes.Length < 2 || bytes.Span[0] != field || Varint.Read(bytes.Span[1..], out var length, out var size) != VarintStatus.Ok || length != (ulong)(bytes.Length - 1 - size))
        {
            return false;
        }

        content = bytes[(1 + size)..];
        return true;
    }
}
