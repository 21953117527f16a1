using System.IO.Pipelines;
using Threads.Net.Wire;

namespace Threads.Net.Tests;

/// <summary>Two ends of a connection in memory.</summary>
internal static class DuplexPair
{
    public static (Stream A, Stream B) Create()
    {
        // No pause: a side that writes without a reader must not hang a test.
        Pipe there = new(new(pauseWriterThreshold: 0)), back = new(new(pauseWriterThreshold: 0));
        return (new End(back.Reader, there.Writer), new End(there.Reader, back.Writer));
    }

    private sealed class End(PipeReader reader, PipeWriter writer) : DuplexStream
    {
        private readonly Stream _in = reader.AsStream();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            buffer.IsEmpty ? 0 : await _in.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if ((await writer.WriteAsync(buffer, cancellationToken)).IsCompleted)
            {
                throw new IOException("The other end is closed.");
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                writer.Complete();
                reader.CancelPendingRead();
            }
        }
    }
}
