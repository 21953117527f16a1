using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Threads.Data.Identity;

namespace Threads.Net.Tests.Network;

/// <summary>
/// A bad link in user space, for machines whose kernel has no netem: stands before a peer's TCP address, and delays, narrows, stalls or cuts what passes. TCP loses no
/// bytes, so a lost packet is what it is to TCP: everything behind it waits for its second sending.
/// </summary>
internal sealed class LinkShaper : IAsyncDisposable
{
    private const int ChunkBytes = 1400;

    private readonly TcpListener _door = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _target;
    private readonly Link _link;
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly Random _random = new(7);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private volatile bool _isCut;

    public LinkShaper(Multiaddress target, Link link)
    {
        _target = new(IPAddress.Loopback, int.Parse(target.Parts[1].Value!, System.Globalization.CultureInfo.InvariantCulture));
        _link = link;
        _door.Start();
        Address = Multiaddress.Parse($"/ip4/127.0.0.1/tcp/{((IPEndPoint)_door.LocalEndpoint).Port}/p2p/{target.Peer}");
        _accepting = Task.Run(AcceptAllAsync);
    }

    /// <summary>Where to dial instead.</summary>
    public Multiaddress Address { get; }

    /// <summary>Connections that came through so far.</summary>
    public int Accepted { get; private set; }

    /// <summary>Cuts every connection and lets none through until it heals.</summary>
    public void Partition()
    {
        _isCut = true;
        foreach (var socket in _open.Keys)
        {
            socket.Dispose();
        }
    }

    public void Heal() => _isCut = false;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _door.Stop();
        Partition();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAllAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var near = await _door.AcceptSocketAsync(_stopping.Token);
                if (_isCut)
                {
                    near.Dispose();
                    continue;
                }

                Accepted++;
                var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                near.NoDelay = true;
                await far.ConnectAsync(_target, _stopping.Token);
                _open[near] = _open[far] = true;
                _ = CarryAsync(near, far);
                _ = CarryAsync(far, near);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                if (_stopping.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }

    private async Task CarryAsync(Socket from, Socket to)
    {
        // What is on the way; a narrow link fills it, and its sender feels that.
        var onTheWay = Channel.CreateBounded<(byte[] Bytes, long Due)>(64);
        var arriving = ArriveAsync(onTheWay.Reader, to);
        try
        {
            long free = 0;
            while (true)
            {
                var bytes = new byte[ChunkBytes];
                var n = await from.ReceiveAsync(bytes);
                if (n == 0)
                {
                    break;
                }

                var now = Environment.TickCount64;
                // One packet after another has to get through the narrowest place; a lost one comes a round trip and a half later.
                free = Math.Max(free, now) + (_link.BytesPerSecond > 0 ? n * 1000L / _link.BytesPerSecond : 0);
                bool isLost;
                lock (_random)
                {
                    isLost = _random.NextDouble() < _link.Loss;
                }

                free += isLost ? 3 * (long)_link.Delay.TotalMilliseconds : 0;
                await onTheWay.Writer.WriteAsync((bytes[..n], free + (long)_link.Delay.TotalMilliseconds));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            to.Dispose();
        }

        onTheWay.Writer.Complete();
        await arriving;
        _open.TryRemove(from, out _);
        from.Dispose();
    }

    private static async Task ArriveAsync(ChannelReader<(byte[] Bytes, long Due)> onTheWay, Socket to)
    {
        try
        {
            await foreach (var (bytes, due) in onTheWay.ReadAllAsync())
            {
                if (due - Environment.TickCount64 is > 0 and var wait)
                {
                    await Task.Delay((int)wait);
                }

                for (var sent = 0; sent < bytes.Length;)
                {
                    sent += await to.SendAsync(bytes.AsMemory(sent));
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await foreach (var rest in onTheWay.ReadAllAsync())
            {
                Assert.NotNull(rest.Bytes);
            }
        }
    }
}

/// <param name="Delay">One way.</param>
/// <param name="Loss">The part of packets that has to be sent twice.</param>
/// <param name="BytesPerSecond">Each way; 0 without a limit.</param>
internal sealed record Link(TimeSpan Delay, double Loss, int BytesPerSecond)
{
    /// <summary>200 ms there and back, 5 % loss, 1 Mbit/s.</summary>
    public static Link Bad { get; } = new(TimeSpan.FromMilliseconds(100), 0.05, 125_000);
}
