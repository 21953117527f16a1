using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Threads.Data.Identity;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Transports;

/// <summary><c>/ip4|ip6|dns…/tcp/…/ws</c> (LIBP2P 13): the bytes travel in binary messages whose bounds mean nothing. Any path, no subprotocol.</summary>
internal sealed class WebSocketTransport : ITransport
{
    public bool Speaks(Multiaddress address) => SocketAddress.TryRead(address) is { Rest: ["ws"] };

    public async ValueTask<RawConnection> DialAsync(Multiaddress address, CancellationToken cancellationToken)
    {
        var target = SocketAddress.TryRead(address)!;
        var socket = await TcpTransport.ConnectAsync(target, cancellationToken).ConfigureAwait(false);
        var remote = (IPEndPoint)socket.RemoteEndPoint!;
        var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await WebSocketUpgrade.AskAsync(stream, target, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var webSocket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = false, KeepAliveInterval = TimeSpan.Zero });
        return new(new WebSocketStream(webSocket, stream), SocketAddress.ToMultiaddress(remote, "/ws"), remote.Address);
    }

    public async ValueTask<IListener> ListenAsync(Multiaddress address, CancellationToken cancellationToken) =>
        new WebSocketListener(await TcpTransport.BindAsync(SocketAddress.TryRead(address)!, cancellationToken).ConfigureAwait(false));

    private sealed class WebSocketListener(Socket socket) : IListener
    {
        public IReadOnlyList<Multiaddress> Addresses { get; } =
            [.. SocketAddress.Expand((IPEndPoint)socket.LocalEndPoint!).Select(e => SocketAddress.ToMultiaddress(e, "/ws"))];

        public async ValueTask<RawConnection?> AcceptAsync(CancellationToken cancellationToken)
        {
            if (await TcpTransport.AcceptSocketAsync(socket, cancellationToken).ConfigureAwait(false) is not { } accepted)
            {
                return null;
            }

            // The upgrade is read when the connection is: a slow one must not hold up the door.
            var remote = (IPEndPoint)accepted.RemoteEndPoint!;
            return new(new WebSocketStream(new NetworkStream(accepted, ownsSocket: true)), SocketAddress.ToMultiaddress(remote, "/ws"), remote.Address);
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>The HTTP/1.1 upgrade of RFC 6455, as little as it takes.</summary>
internal static class WebSocketUpgrade
{
    private const int MaxHeaderBytes = 8192;
    private const string Magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    public static async ValueTask AskAsync(Stream stream, SocketAddress target, CancellationToken cancellationToken)
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var host = target.Host.Contains(':') ? $"[{target.Host}]" : target.Host;
        var request = $"GET / HTTP/1.1\r\nHost: {host}:{target.Port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken).ConfigureAwait(false);
        var (first, headers) = await ReadHeaderAsync(stream, cancellationToken).ConfigureAwait(false);
        if (!first.StartsWith("HTTP/1.1 101", StringComparison.Ordinal) || headers.GetValueOrDefault("sec-websocket-accept") != Accept(key))
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.WebSocketRefused(first));
        }
    }

    public static async ValueTask AnswerAsync(Stream stream, CancellationToken cancellationToken)
    {
        var (first, headers) = await ReadHeaderAsync(stream, cancellationToken).ConfigureAwait(false);
        var key = headers.GetValueOrDefault("sec-websocket-key");
        if (!first.StartsWith("GET ", StringComparison.Ordinal) || key is null || !string.Equals(headers.GetValueOrDefault("upgrade"), "websocket", StringComparison.OrdinalIgnoreCase))
        {
            await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
            throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.WebSocketExpected());
        }

        var answer = $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {Accept(key)}\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), cancellationToken).ConfigureAwait(false);
    }

    // RFC 6455 fixes SHA-1 here; it protects nothing.
    private static string Accept(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Magic)));

    private static async ValueTask<(string First, Dictionary<string, string> Headers)> ReadHeaderAsync(Stream stream, CancellationToken cancellationToken)
    {
        // Byte by byte: what follows the empty line belongs to the web socket.
        var bytes = new byte[MaxHeaderBytes];
        for (var n = 0; n < bytes.Length;)
        {
            if (await stream.ReadAsync(bytes.AsMemory(n, 1), cancellationToken).ConfigureAwait(false) == 0)
            {
                throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.MessageTruncated());
            }

            n++;
            if (bytes.AsSpan(0, n).EndsWith("\r\n\r\n"u8))
            {
                var lines = Encoding.ASCII.GetString(bytes, 0, n).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
                var headers = new Dictionary<string, string>();
                foreach (var line in lines.AsSpan(1))
                {
                    if (line.IndexOf(':') is > 0 and var colon)
                    {
                        headers[line[..colon].Trim().ToLowerInvariant()] = line[(colon + 1)..].Trim();
                    }
                }

                return (lines.Length > 0 ? lines[0] : "", headers);
            }
        }

        throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageTooLarge, Strings.MessageTooLarge(MaxHeaderBytes));
    }
}

/// <summary>A web socket as a stream of bytes. One made by a listener answers the upgrade when it is first used.</summary>
internal sealed class WebSocketStream : DuplexStream
{
    private readonly Stream _inner;
    private WebSocket? _socket;

    public WebSocketStream(Stream inner) => _inner = inner;

    public WebSocketStream(WebSocket socket, Stream inner) => (_socket, _inner) = (socket, inner);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var socket = _socket ?? await UpgradeAsync(cancellationToken).ConfigureAwait(false);
        if (buffer.IsEmpty)
        {
            // A web socket can't tell whether bytes are there without taking them; the caller brings its buffer then.
            return 0;
        }

        try
        {
            while (true)
            {
                var result = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return 0;
                }

                if (result.MessageType == WebSocketMessageType.Text)
                {
                    throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Strings.WebSocketText());
                }

                if (result.Count > 0)
                {
                    return result.Count;
                }
            }
        }
        catch (WebSocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var socket = _socket ?? await UpgradeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await socket.SendAsync(buffer, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken).ConfigureAwait(false);
        }
        catch (WebSocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _socket?.Dispose();
            _inner.Dispose();
        }
    }

    private async ValueTask<WebSocket> UpgradeAsync(CancellationToken cancellationToken)
    {
        await WebSocketUpgrade.AnswerAsync(_inner, cancellationToken).ConfigureAwait(false);
        return _socket = WebSocket.CreateFromStream(_inner, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero });
    }
}
