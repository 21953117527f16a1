using System.Runtime.InteropServices;

namespace Threads.Net.Wire;

/// <summary>Bytes at hand as a stream to read.</summary>
internal static class MemoryStreams
{
    /// <summary>Reads the bytes where they lie, when they lie in an array.</summary>
    public static MemoryStream AsStream(this ReadOnlyMemory<byte> bytes) => MemoryMarshal.TryGetArray(bytes, out var array)
        ? new(array.Array!, array.Offset, array.Count, writable: false) : new(bytes.ToArray(), writable: false);
}
