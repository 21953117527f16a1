using System.Net;
using System.Net.Sockets;
using Threads.Data.Identity;
using Threads.Net.Resources;

namespace Threads.Net.Transports;

/// <summary><c>/ip4|ip6|dns…/tcp/…</c>.</summary>
internal sealed class TcpTransport : ITransport
{
    public bool Speaks(Multiaddress address) => SocketAddress.TryRead(address) is { Rest.Count: 0 };

    public async ValueTask<RawConnection> DialAsync(Multiaddress address, CancellationToken cancellationToken)
    {
        var socket = await ConnectAsync(SocketAddress.TryRead(address)!, cancellationToken).ConfigureAwait(false);
        var remote = (IPEndPoint)socket.RemoteEndPoint!;
        return new(new NetworkStream(socket, ownsSocket: true), SocketAddress.ToMultiaddress(remote), remote.Address);
    }

    public async ValueTask<IListener> ListenAsync(Multiaddress address, CancellationToken cancellationToken) =>
        new TcpListener(await BindAsync(SocketAddress.TryRead(address)!, cancellationToken).ConfigureAwait(false));

    /// <summary>A connected socket; each address of a name is tried in turn.</summary>
    public static async ValueTask<Socket> ConnectAsync(SocketAddress address, CancellationToken cancellationToken)
    {
        SocketException? last = null;
        foreach (var ip in await address.ResolveAsync(cancellationToken).ConfigureAwait(false))
        {
            var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(ip, address.Port), cancellationToken).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw new ThreadsPeerException(ThreadsPeerErrorCode.DialFailed, Strings.DialFailed(address.Host, address.Port, last?.Message ?? "the name has no address"), last);
    }

    /// <summary>A listening socket.</summary>
    public static async ValueTask<Socket> BindAsync(SocketAddress address, CancellationToken cancellationToken)
    {
        var ip = (await address.ResolveAsync(cancellationToken).ConfigureAwait(false))[0];
        var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(ip, address.Port));
            socket.Listen(512);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new ThreadsPeerException(ThreadsPeerErrorCode.DialFailed, Strings.ListenFailed(address.Host, address.Port, e.Message), e);
        }
    }

    private sealed class TcpListener(Socket socket) : IListener
    {
        public IReadOnlyList<Multiaddress> Addresses { get; } =
            [.. SocketAddress.Expand((IPEndPoint)socket.LocalEndPoint!).Select(e => SocketAddress.ToMultiaddress(e))];

        public async ValueTask<RawConnection?> AcceptAsync(CancellationToken cancellationToken)
        {
            if (await AcceptSocketAsync(socket, cancellationToken).ConfigureAwait(false) is not { } accepted)
            {
                return null;
            }

            var remote = (IPEndPoint)accepted.RemoteEndPoint!;
            return new(new NetworkStream(accepted, ownsSocket: true), SocketAddress.ToMultiaddress(remote), remote.Address);
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>The next socket that is still connected; null when the listener was closed.</summary>
    public static async ValueTask<Socket?> AcceptSocketAsync(Socket listener, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var accepted = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
                accepted.NoDelay = true;
                if (accepted.RemoteEndPoint is not null)
                {
                    return accepted;
                }

                accepted.Dispose();
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // Gone again before it was accepted: the next one.
                continue;
            }
            catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException or SocketException { SocketErrorCode: SocketError.OperationAborted or SocketError.NotSocket })
            {
                return null;
            }
        }
    }
}
