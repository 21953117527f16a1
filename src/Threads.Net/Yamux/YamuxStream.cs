using System.Buffers;
using System.IO.Pipelines;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Yamux;

/// <summary>
/// A stream of a <see cref="YamuxConnection"/>. Bytes from the other side wait in one pipe until they are read, bytes to it in another until the
/// connection's writer fetches them. Members marked so are guarded by the connection's gate.
/// </summary>
internal sealed class YamuxStream : DuplexStream
{
    private const int ChunkBytes = 64 * 1024;

    private readonly YamuxConnection _connection;
    private readonly Pipe _incoming;
    private readonly Pipe _outgoing;
    private readonly Lock _incomingGate = new();
    private readonly Lock _outgoingGate = new();
    private bool _incomingDone;
    private bool _outgoingDone;
    private bool _writesCompleted;
    private ThreadsPeerException? _failure;

    public YamuxStream(YamuxConnection connection, uint id, bool inbound, int writeBufferBytes)
    {
        _connection = connection;
        Id = id;
        IsInbound = inbound;
        _incoming = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
        _outgoing = new(new PipeOptions(pauseWriterThreshold: writeBufferBytes, resumeWriterThreshold: writeBufferBytes / 2, useSynchronizationContext: false));
    }

    public uint Id { get; }

    public bool IsInbound { get; }

    // Guarded by the connection's gate, all of these.
    public bool IsQueued;
    public bool IsAcknowledged;
    public bool IsReset;
    public bool ResetDue;
    public bool RemoteFinished;
    public bool IsAbandoned;
    public bool FinSent;
    public YamuxFlags FlagsDue;
    public uint CreditDue;
    public long SendWindow = YamuxOptions.InitialWindowBytes;
    public long SentUnanswered;
    public int Window = YamuxOptions.InitialWindowBytes;
    public long ReceiveLeft = YamuxOptions.InitialWindowBytes;
    public int Consumed;
    public int Unread;
    public long TouchedAt;

    /// <summary>Why it ended before its time; null while it lives.</summary>
    public ThreadsPeerException? Failure => _failure;

    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var result = await _incoming.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            var n = (int)Math.Min(destination.Length, buffer.Length);
            buffer.Slice(0, n).CopyTo(destination.Span);
            _incoming.Reader.AdvanceTo(buffer.GetPosition(n));
            if (n > 0)
            {
                _connection.OnConsumed(this, n);
                return n;
            }

            if (result.IsCompleted || (destination.IsEmpty && !buffer.IsEmpty))
            {
                return 0;
            }
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        while (!data.IsEmpty)
        {
            var part = data[..Math.Min(data.Length, ChunkBytes)];
            ValueTask<FlushResult> flush;
            lock (_outgoingGate)
            {
                if (_writesCompleted || _outgoingDone)
                {
                    throw _failure ?? (Exception)new InvalidOperationException(Strings.WritesCompleted());
                }

                _outgoing.Writer.Write(part.Span);
                flush = _outgoing.Writer.FlushAsync(cancellationToken);
            }

            _connection.Schedule(this);
            if ((await flush.ConfigureAwait(false)).IsCompleted)
            {
                throw _failure ?? Reset();
            }

            data = data[part.Length..];
        }
    }

    /// <summary>FIN, behind all that was written.</summary>
    public void CompleteWrites()
    {
        lock (_outgoingGate)
        {
            if (_writesCompleted || _outgoingDone)
            {
                return;
            }

            _writesCompleted = true;
            _outgoing.Writer.Complete();
        }

        _connection.Schedule(this);
    }

    /// <summary>RST.</summary>
    public void Abort() => _connection.Reset(this, Reset());

    /// <summary>Called by the reading loop with bytes within the window.</summary>
    public void Deliver(ReadOnlySpan<byte> bytes)
    {
        lock (_incomingGate)
        {
            if (!_incomingDone)
            {
                _incoming.Writer.Write(bytes);
                // Never waits: the window bounds what lies in the pipe.
                _ = _incoming.Writer.FlushAsync();
            }
        }
    }

    /// <summary>Called by the reading loop: the other side has ended its half.</summary>
    public void DeliverEnd()
    {
        lock (_incomingGate)
        {
            if (!_incomingDone)
            {
                _incomingDone = true;
                _incoming.Writer.Complete();
            }
        }
    }

    /// <summary>Ends both halves with an error. What is buffered is dropped.</summary>
    public void Fail(ThreadsPeerException failure)
    {
        _failure ??= failure;
        lock (_incomingGate)
        {
            if (!_incomingDone)
            {
                _incomingDone = true;
                _incoming.Writer.Complete(failure);
            }
        }

        lock (_outgoingGate)
        {
            if (!_outgoingDone)
            {
                _outgoingDone = true;
                _outgoing.Reader.Complete(failure);
            }
        }
    }

    /// <summary>
    /// Called by the writing loop: moves up to the span's size of waiting bytes into it. <paramref name="more"/> says whether bytes remain,
    /// <paramref name="ended"/> that the last one has been fetched and the half is to be closed.
    /// </summary>
    public int Fetch(Span<byte> destination, out bool more, out bool ended)
    {
        lock (_outgoingGate)
        {
            more = ended = false;
            if (_outgoingDone || !_outgoing.Reader.TryRead(out var result))
            {
                return 0;
            }

            var buffer = result.Buffer;
            var n = (int)Math.Min(destination.Length, buffer.Length);
            buffer.Slice(0, n).CopyTo(destination);
            more = buffer.Length > n;
            ended = result.IsCompleted && !more;
            _outgoing.Reader.AdvanceTo(buffer.GetPosition(n));
            if (ended)
            {
                _outgoingDone = true;
                _outgoing.Reader.Complete();
            }

            return n;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // What was written still goes out; what comes in is no longer wanted.
            CompleteWrites();
            _connection.Abandon(this);
        }
    }

    private ThreadsPeerException Reset() => new(ThreadsPeerErrorCode.StreamReset, Strings.StreamReset(Id));
}
