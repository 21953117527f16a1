using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Threads.Data.Cryptography;
using Threads.Data.Identity;

namespace Threads.Net.Discovery;

/// <summary>
/// Finds peers in the local network by multicast DNS, UDP port 5353 on every interface that can multicast, as libp2p specifies. The name it goes by is
/// new at each start and says nothing of the peer.
/// </summary>
public sealed class MdnsDiscovery(TimeSpan? interval = null, TimeProvider? time = null, IRandomSource? random = null, ILoggerFactory? loggerFactory = null) : IPeerDiscovery
{
    private const int Port = 5353;
    private static readonly IPAddress Group = IPAddress.Parse("224.0.0.251");

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ILogger _logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Threads.Net.Mdns");
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _reading = [];
    private ITimer? _timer;
    private string _name = "";

    /// <inheritdoc/>
    /// <exception cref="SocketException">The port can't be shared.</exception>
    public Task StartAsync(PeerId self, Func<IReadOnlyList<Multiaddress>> addresses, Action<IReadOnlyList<Multiaddress>> found, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        ArgumentNullException.ThrowIfNull(found);
        _name = RandomName(random ?? SystemRandomSource.Instance);
        foreach (var address in Interfaces())
        {
            var socket = Join(address);
            _sockets.Add(socket);
            _reading.Add(Task.Run(() => ReadAllAsync(socket, self, addresses, found), CancellationToken.None));
        }

        // Soon after the start, then in the interval; a query of our own is answered by ourselves too, so that passive listeners hear of us.
        _timer = _time.CreateTimer(_ => _ = AskAsync(), null, TimeSpan.Zero, interval ?? TimeSpan.FromSeconds(10));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        _sockets.ForEach(s => s.Dispose());
        await Task.WhenAll(_reading).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static IEnumerable<IPAddress> Interfaces() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(i => i.OperationalStatus == OperationalStatus.Up && i.SupportsMulticast && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .Select(i => i.GetIPProperties().UnicastAddresses.FirstOrDefault(a => a.Address.AddressFamily == AddressFamily.InterNetwork)?.Address)
        .OfType<IPAddress>();

    private static Socket Join(IPAddress address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Any, Port));
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(Group, address));
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, address.GetAddressBytes());
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, 255);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastLoopback, true);
        return socket;
    }

    private static string RandomName(IRandomSource random)
    {
        var bytes = new byte[40];
        random.Fill(bytes);
        return string.Concat(bytes.Select(b => "abcdefghijklmnopqrstuvwxyz012345"[b & 31]));
    }

    private async Task AskAsync()
    {
        foreach (var socket in _sockets)
        {
            await SendAsync(socket, MdnsMessage.Query()).ConfigureAwait(false);
        }
    }

    private async Task ReadAllAsync(Socket socket, PeerId self, Func<IReadOnlyList<Multiaddress>> addresses, Action<IReadOnlyList<Multiaddress>> found)
    {
        var packet = new byte[MdnsMessage.MaxBytes];
        while (!_stopping.IsCancellationRequested)
        {
            int length;
            try
            {
                length = (await socket.ReceiveFromAsync(packet, new IPEndPoint(IPAddress.Any, 0), _stopping.Token).ConfigureAwait(false)).ReceivedBytes;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                if (_stopping.IsCancellationRequested || e is not SocketException)
                {
                    return;
                }

                continue;
            }

            if (MdnsMessage.IsQuery(packet.AsSpan(0, length)))
            {
                await SendAsync(socket, MdnsMessage.Answer(_name, addresses().Where(IsPublic).Select(a => a.ToString()))).ConfigureAwait(false);
                continue;
            }

            var others = new List<Multiaddress>();
            foreach (var text in MdnsMessage.Addresses(packet.AsSpan(0, length)))
            {
                if (Multiaddress.TryParse(text, out var address) && address.Peer is { } peer && peer != self)
                {
                    others.Add(address);
                }
            }

            if (others.Count > 0)
            {
                found(others);
            }
        }
    }

    private static bool IsPublic(Multiaddress address) =>
        address.Parts[0] is { Protocol: "ip4" or "ip6", Value: { } ip } && IPAddress.TryParse(ip, out var parsed) && !IPAddress.IsLoopback(parsed);

    private async Task SendAsync(Socket socket, byte[] packet)
    {
        try
        {
            await socket.SendToAsync(packet, new IPEndPoint(Group, Port), _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            _logger.LogDebug(e, "A multicast was not sent: {Error}", e.Message);
        }
    }
}
