using System.Threading.Channels;

namespace Threads.Net.Gossip;

/// <summary>RPCs that wait for a peer, up to a number of bytes. What has no room is dropped: gossip is announced again. Thread-safe, one reader.</summary>
internal sealed class RpcQueue(int maxBytes)
{
    private readonly Channel<byte[]> _rpcs = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true });
    private long _bytes;

    public void TryAdd(byte[] rpc)
    {
        // One alone always has room, whatever its size.
        if ((Interlocked.Add(ref _bytes, rpc.Length) > maxBytes && Volatile.Read(ref _bytes) != rpc.Length) || !_rpcs.Writer.TryWrite(rpc))
        {
            Interlocked.Add(ref _bytes, -rpc.Length);
        }
    }

    public void Complete() => _rpcs.Writer.TryComplete();

    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _rpcs.Reader.WaitToReadAsync(cancellationToken);

    public byte[]? TryTake()
    {
        if (!_rpcs.Reader.TryRead(out var rpc))
        {
            return null;
        }

        Interlocked.Add(ref _bytes, -rpc.Length);
        return rpc;
    }
}
