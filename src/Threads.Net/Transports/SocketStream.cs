using System.Net.Sockets;

namespace Threads.Net.Transports;

/// <summary>
/// A socket's stream whose read of zero bytes waits until there is something to read. The platform's ends now and then without, and whoever rents a buffer on it would
/// hold that buffer as long as the connection is idle.
/// </summary>
internal sealed class SocketStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.IsEmpty ? WaitAsync(cancellationToken) : base.ReadAsync(buffer, cancellationToken);

    private async ValueTask<int> WaitAsync(CancellationToken cancellationToken)
    {
        do
        {
            await base.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        }
        while (Socket.Available == 0 && !Socket.Poll(0, SelectMode.SelectRead));
        return 0;
    }
}
