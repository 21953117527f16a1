using System.Buffers;

namespace Threads.Net.Wire;

/// <summary>Room for one message at a time, borrowed while there is one.</summary>
internal sealed class FrameBuffer : IDisposable
{
    private byte[] _bytes = [];

    /// <summary>The first bytes of what is here.</summary>
    public Memory<byte> First(int length) => _bytes.AsMemory(0, length);

    /// <summary>Makes room for so many bytes; those before <paramref name="kept"/> stay.</summary>
    public void Reserve(int length, int kept)
    {
        if (_bytes.Length >= length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(length);
        _bytes.AsSpan(0, kept).CopyTo(larger);
        Dispose();
        _bytes = larger;
    }

    /// <summary>Gives the room back: nobody may still look at the message.</summary>
    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
    }
}
