using Threads.Data.Identity;
using Threads.Net.Multistream;
using Threads.Net.Yamux;

namespace Threads.Net.Connections;

/// <summary>
/// A muxed stream with its protocol. An optimistic one sends the proposal together with its first bytes and checks the two answers before it hands
/// out data; FIN waits for them too, because js drops a stream that ends before its negotiation has (LIBP2P 2).
/// </summary>
internal sealed class NegotiatedStream(PeerConnection connection, YamuxStream stream, string protocol, bool isConfirmed, TimeSpan timeout, TimeProvider time) : PeerStream
{
    private readonly SemaphoreSlim _confirming = new(1);
    private bool _isProposed = isConfirmed;
    private volatile bool _isConfirmed = isConfirmed;

    public override string Protocol => protocol;

    public override PeerId Peer => connection.Peer;

    public override PeerConnection Connection => connection;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _isConfirmed ? stream.ReadAsync(buffer, cancellationToken) : ConfirmAndReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isProposed)
        {
            return stream.WriteAsync(buffer, cancellationToken);
        }

        _isProposed = true;
        return stream.WriteAsync((byte[])[.. MultistreamMessage.Encode(MultistreamMessage.Header, protocol), .. buffer.Span], cancellationToken);
    }

    public override async ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        await ConfirmAsync(cancellationToken).ConfigureAwait(false);
        stream.CompleteWrites();
    }

    public override void Abort() => stream.Abort();

    public override async ValueTask DisposeAsync()
    {
        if (!_isConfirmed && _isProposed && stream.Failure is null)
        {
            try
            {
                using var limit = new CancellationTokenSource(timeout, time);
                await ConfirmAsync(limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                stream.Abort();
            }
        }

        Dispose();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (!_isConfirmed)
            {
                stream.Abort();
            }

            stream.Dispose();
        }
    }

    private async ValueTask<int> ConfirmAndReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await ConfirmAsync(cancellationToken).ConfigureAwait(false);
        return await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ConfirmAsync(CancellationToken cancellationToken)
    {
        if (_isConfirmed)
        {
            return;
        }

        await _confirming.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isConfirmed)
            {
                if (!_isProposed)
                {
                    await WriteAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
                }

                await MultistreamSelect.ConfirmAsync(stream, protocol, cancellationToken).ConfigureAwait(false);
                _isConfirmed = true;
            }
        }
        catch
        {
            stream.Abort();
            throw;
        }
        finally
        {
            _confirming.Release();
        }
    }
}
