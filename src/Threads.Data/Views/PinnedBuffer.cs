namespace Threads.Data.Views;

/// <summary>Bytes that stay where they are, so that SQLite may read bound values in place; grows, never shrinks.</summary>
internal sealed class PinnedBuffer
{
    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(4_096, pinned: true);

    /// <summary>Room for so many bytes; what was handed out before is gone.</summary>
    public Span<byte> Take(int size)
    {
        if (_bytes.Length < size)
        {
            _bytes = GC.AllocateUninitializedArray<byte>((int)Math.Min(Array.MaxLength, Math.Max(size, _bytes.Length * 2L)), pinned: true);
        }

        return _bytes.AsSpan(0, size);
    }
}
