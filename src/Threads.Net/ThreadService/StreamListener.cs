using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Threads.Net.ThreadService;

/// <summary>Hands streams of peers to Kestrel as connections: where Kestrel would listen on a socket, it takes from a queue.</summary>
internal sealed class StreamListener : IConnectionListenerFactory, IConnectionListener
{
    private readonly Channel<ConnectionContext> _waiting = Channel.CreateUnbounded<ConnectionContext>();

    public EndPoint EndPoint { get; private set; } = new IPEndPoint(IPAddress.None, 0);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        EndPoint = endpoint;
        return ValueTask.FromResult<IConnectionListener>(this);
    }

    /// <summary>Serves the stream until either side has ended the HTTP/2 connection on it.</summary>
    public async Task ServeAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        var connection = new StreamConnection(stream);
        await using (cancellationToken.UnsafeRegister(_ => connection.Abort(), null).ConfigureAwait(false))
        {
            await _waiting.Writer.WriteAsync(connection, cancellationToken).ConfigureAwait(false);
            await connection.Ended.ConfigureAwait(false);
        }
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await _waiting.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _waiting.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    private sealed class StreamConnection : DefaultConnectionContext
    {
        private readonly PeerStream _stream;
        private readonly CancellationTokenSource _closed = new();
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public StreamConnection(PeerStream stream)
            : base(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("n"))
        {
            _stream = stream;
            ConnectionClosed = _closed.Token;
            Transport = new Duplex(PipeReader.Create(stream, new(leaveOpen: true)), PipeWriter.Create(stream, new(leaveOpen: true)));
            Items[ThreadServiceServer.CallerKey] = new Caller(stream.Peer);
        }

        public Task Ended => _ended.Task;

        public override void Abort(ConnectionAbortedException abortReason)
        {
            _stream.Abort();
            _closed.Cancel();
        }

        public override async ValueTask DisposeAsync()
        {
            await Transport.Input.CompleteAsync().ConfigureAwait(false);
            await Transport.Output.CompleteAsync().ConfigureAwait(false);
            await _closed.CancelAsync().ConfigureAwait(false);
            _ended.TrySetResult();
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
