using Threads.Data.Identity;
using Threads.Net;

namespace Threads.Simulation;

/// <summary>
/// One end of a stream between two peers of a world. What is written waits until the world lets it arrive, some bytes at a time; whoever waits for them goes on right then, on the world's thread.
/// </summary>
internal sealed class SimStream(PeerId peer) : PeerStream
{
    private readonly Queue<byte> _arriving = [];
    private SimStream? _other;
    private TaskCompletionSource<int>? _reading;
    private Memory<byte> _into;
    private bool _isBroken;

    public override string Protocol => "/simulation";

    public override PeerId Peer => peer;

    public override PeerConnection Connection => throw new NotSupportedException();

    internal override CancellationToken Ended => CancellationToken.None;

    internal override bool RunsInline => true;

    /// <summary>Somebody waits for bytes, and there are some.</summary>
    public bool IsReady => _reading is not null && _arriving.Count > 0;

    public static (SimStream One, SimStream Other) Pair(PeerId one, PeerId other)
    {
        var (first, second) = (new SimStream(other), new SimStream(one));
        (first._other, second._other) = (second, first);
        return (first, second);
    }

    /// <summary>Lets some bytes arrive; returns them.</summary>
    public byte[] Arrive(int most)
    {
        var count = Math.Min(Math.Min(most, _arriving.Count), _into.Length);
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = _arriving.Dequeue();
        }

        bytes.CopyTo(_into);
        var reading = _reading!;
        _reading = null;
        reading.TrySetResult(count);
        return bytes;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isBroken)
        {
            return ValueTask.FromException<int>(new IOException("The stream is broken."));
        }

        var reading = new TaskCompletionSource<int>();
        (_reading, _into) = (reading, buffer);
        cancellationToken.Register(() => reading.TrySetCanceled(cancellationToken));
        return new ValueTask<int>(reading.Task);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isBroken)
        {
            return ValueTask.FromException(new IOException("The stream is broken."));
        }

        foreach (var b in buffer.Span)
        {
            _other!._arriving.Enqueue(b);
        }

        return ValueTask.CompletedTask;
    }

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    /// <summary>Nothing more comes or goes, on either end.</summary>
    public override void Abort()
    {
        Break();
        _other!.Break();
    }

    private void Break()
    {
        _isBroken = true;
        _arriving.Clear();
        var reading = _reading;
        _reading = null;
        reading?.TrySetException(new IOException("The stream is broken."));
    }
}
