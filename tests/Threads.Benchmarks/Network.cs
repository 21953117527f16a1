using System.Buffers.Binary;
using System.Diagnostics;
using Threads.Data.Cryptography;
using Threads.Net;

namespace Threads.Benchmarks;

/// <summary>
/// Peers on loopback over Noise and yamux, beside js-libp2p doing the same in Node (<c>peers/libp2p/bench.mjs</c>): each with the two ends in processes of their own,
/// for gossip all six peers in one. Without Node only ours is measured.
/// </summary>
internal static class Network
{
    private const string Echo = "/bench/echo/1", Sink = "/bench/sink/1", Source = "/bench/source/1";
    private const string Topic = "bench";
    private const int IdleCount = 500;

    public static IEnumerable<Line> Run(Bench bench, int rounds)
    {
        var (megabytes, streams, dials, messages) = (bench.Scaled(400), bench.Scaled(2000), bench.Scaled(60), bench.Scaled(2000));
        var (ours, theirs) = (new List<Dictionary<string, double>>(), new List<Dictionary<string, double>>());
        for (var round = 0; round < rounds; round++)
        {
            theirs.Add(Peers.Run("libp2p/bench.mjs", "run", Line.Text($"{megabytes}"), Line.Text($"{streams}"), Line.Text($"{dials}"), Line.Text($"{messages}"))
                .ToDictionary(r => r.Name, r => r.Seconds / r.Bytes));
            ours.Add(MeasureAsync(megabytes, streams, dials, messages).GetAwaiter().GetResult());
        }

        double Ours(string name) => Timed.Middle(ours.Select(o => o[name]));
        double? Theirs(string name) => theirs[0].ContainsKey(name) ? Timed.Middle(theirs.Select(t => t[name])) : null;

        yield return Rate("one stream up, Noise, loopback", "up", 1.3, 1.0 / (1024 * 1024), "MB/s");
        yield return Rate("one stream down, Noise, loopback", "down", 1.3, 1.0 / (1024 * 1024), "MB/s");
        yield return Rate("streams of 32 bytes there and back, one after another", "streams", 4, 1, "/s");
        yield return Rate("the same, 32 at once", "streams32", 3, 1, "/s");
        var (mine, other) = (Ours("dial"), Theirs("dial"));
        yield return new("dial to first byte", "≤ 0.3 ×", other is null || mine <= 0.3 * other, other is null ? "–" : Line.Text($"{mine / other:0.00} ×"), Line.Text($"{mine * 1e3:0.00} ms"), other is null ? "–" : Line.Text($"{other * 1e3:0.00} ms"));
        yield return Rate("gossip: one publishes 100 bytes, five hear it", "gossip", 1.5, 1, "/s");
        var idle = Ours("idle");
        yield return new("idle connection, both ends in one process, each", "≤ 60 kB", idle <= 60_000, "–", Line.Text($"{idle / 1000:0.0} kB"), "–");

        Line Rate(string work, string name, double reach, double unit, string per)
        {
            var (a, b) = (1 / Ours(name) * unit, 1 / Theirs(name) * unit);
            return new(work, Line.Text($"≥ {reach} ×"), b is null || a >= reach * b, b is null ? "–" : Line.Text($"{a / b:0.00} ×"), Line.Text($"{a:#,0} {per}"), b is null ? "–" : Line.Text($"{b:#,0} {per}"));
        }
    }

    /// <summary>The other end, in a process of its own: prints where it is, ends with its standard input.</summary>
    public static async Task ServeAsync()
    {
        await using var peer = await StartAsync(listens: true);
        Console.WriteLine(peer.DialableAddresses[0]);
        await Console.In.ReadToEndAsync();
    }

    private static async Task<Dictionary<string, double>> MeasureAsync(int megabytes, int streams, int dials, int messages)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(Network).Assembly.Location);
        start.ArgumentList.Add("--network-peer");
        using var server = Process.Start(start)!;
        var address = (await server.StandardOutput.ReadLineAsync())!;
        var found = new Dictionary<string, double>();
        await using (var peer = await StartAsync())
        {
            var connection = await peer.DialAsync(address);
            while (connection.Protocols.Count == 0)
                await Task.Delay(1);
            var size = megabytes * 1024 * 1024;
            await UpAsync(connection, size / 8);
            await DownAsync(connection, size / 8);
            found["up"] = await TimedAsync(() => UpAsync(connection, size)) / size;
            found["down"] = await TimedAsync(() => DownAsync(connection, size)) / size;
            for (var i = 0; i < streams / 10; i++)
                await ExchangeAsync(connection);
            found["streams"] = await TimedAsync(async () =>
            {
                for (var i = 0; i < streams; i++)
                    await ExchangeAsync(connection);
            }) / streams;
            var left = streams;
            found["streams32"] = await TimedAsync(() => Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(async () =>
            {
                while (Interlocked.Decrement(ref left) >= 0)
                    await ExchangeAsync(connection);
            })))) / streams;
        }

        found["dial"] = await DialAsync(address, dials);
        server.StandardInput.Close();
        await server.WaitForExitAsync();
        found["gossip"] = await GossipAsync(messages);
        found["idle"] = await IdleAsync();
        return found;
    }

    private static async Task<double> DialAsync(string address, int dials)
    {
        var seconds = 0d;
        for (var i = -2; i < dials; i++)
        {
            await using var dialer = await StartAsync();
            seconds += await TimedAsync(async () =>
            {
                var connection = await dialer.DialAsync(address);
                var stream = await connection.OpenStreamAsync(Echo);
                await stream.WriteAsync(new byte[1]);
                await stream.ReadExactlyAsync(new byte[1]);
                stream.Abort();
            }) * (i < 0 ? 0 : 1);
        }

        return seconds / dials;
    }

    private static async Task<double> GossipAsync(int messages)
    {
        await using var hub = await StartAsync(listens: true, gossips: true);
        var others = new List<ThreadsPeer>();
        var (heard, wanted) = (0, 0);
        var all = new TaskCompletionSource();
        hub.Subscribe(Topic, _ => { });
        for (var i = 0; i < 5; i++)
        {
            others.Add(await StartAsync(gossips: true));
            others[i].Subscribe(Topic, _ =>
            {
                if (Interlocked.Increment(ref heard) == wanted)
                    all.TrySetResult();
            });
            await others[i].DialAsync(hub.DialableAddresses[0]);
        }

        while (hub.Subscribers(Topic).Count < 5)
            await Task.Delay(5);
        await Task.Delay(1500);
        await PublishAsync(messages / 10);
        var each = await TimedAsync(() => PublishAsync(messages)) / messages;
        foreach (var other in others)
            await other.DisposeAsync();
        return each;

        async Task PublishAsync(int count)
        {
            (heard, wanted, all) = (0, count * 5, new(TaskCreationOptions.RunContinuationsAsynchronously));
            for (var i = 0; i < count; i++)
            {
                hub.Publish(Topic, new byte[100]);
                if (i % 50 == 49)
                {
                    while (Volatile.Read(ref heard) < (i - 100) * 5)
                        await Task.Yield();
                }
            }

            await all.Task;
        }
    }

    private static async Task<double> IdleAsync()
    {
        await using var server = await StartAsync(listens: true, gossips: true);
        var clients = new List<ThreadsPeer>();
        for (var i = 0; i < IdleCount + 10; i++)
            clients.Add(await StartAsync(gossips: true));
        for (var i = 0; i < 10; i++)
            await clients[i].DialAsync(server.DialableAddresses[0]);
        await SettleAsync(10);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 10; i < clients.Count; i++)
            await clients[i].DialAsync(server.DialableAddresses[0]);
        await SettleAsync(clients.Count);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (2d * IdleCount);
        foreach (var client in clients)
            await client.DisposeAsync();
        return each;

        async Task SettleAsync(int count)
        {
            while (server.Connections.Count < count || server.Connections.Any(c => c.Protocols.Count == 0))
                await Task.Delay(10);
            await Task.Delay(2000);
        }
    }

    private static async Task UpAsync(PeerConnection connection, int size)
    {
        await using var stream = await connection.OpenStreamAsync(Sink);
        await SendAsync(stream, size);
        await stream.CompleteWritesAsync();
        await stream.CopyToAsync(Stream.Null);
    }

    private static async Task DownAsync(PeerConnection connection, int size)
    {
        await using var stream = await connection.OpenStreamAsync(Source);
        var asked = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(asked, size);
        await stream.WriteAsync(asked);
        if (await DrainAsync(stream) != size)
            throw new InvalidOperationException("Bytes are missing.");
        await stream.CompleteWritesAsync();
    }

    private static async Task ExchangeAsync(PeerConnection connection)
    {
        await using var stream = await connection.OpenStreamAsync(Echo);
        await stream.WriteAsync(new byte[32]);
        await stream.CompleteWritesAsync();
        if (await DrainAsync(stream) != 32)
            throw new InvalidOperationException("Bytes are missing.");
    }

    private static async Task<int> DrainAsync(PeerStream stream)
    {
        var (buffer, size) = (new byte[64 * 1024], 0);
        for (int n; (n = await stream.ReadAsync(buffer)) > 0;)
            size += n;
        return size;
    }

    private static async Task SendAsync(PeerStream stream, int size)
    {
        var chunk = new byte[64 * 1024];
        for (var left = size; left > 0; left -= chunk.Length)
            await stream.WriteAsync(chunk.AsMemory(0, Math.Min(left, chunk.Length)));
    }

    private static async Task<double> TimedAsync(Func<Task> work)
    {
        var from = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(from).TotalSeconds;
    }

    private static async Task<ThreadsPeer> StartAsync(bool listens = false, bool gossips = false)
    {
        var peer = await ThreadsPeer.StartAsync(new()
        {
            Listen = listens ? ["/ip4/127.0.0.1/tcp/0"] : [],
            Security = ["/noise"],
            Gossip = gossips ? new() : null,
            MaxConnections = 10_000,
            MaxConnectionsPerAddress = 10_000,
            MaxUpgrades = 1000,
            Random = SystemRandomSource.Instance,
        });
        peer.AddHandler(new Handler(Echo, async stream =>
        {
            var buffer = new byte[4096];
            for (int n; (n = await stream.ReadAsync(buffer)) > 0;)
                await stream.WriteAsync(buffer.AsMemory(0, n));
        }));
        peer.AddHandler(new Handler(Sink, async stream =>
        {
            await DrainAsync(stream);
            await stream.WriteAsync(new byte[1]);
        }));
        peer.AddHandler(new Handler(Source, async stream =>
        {
            var asked = new byte[4];
            await stream.ReadExactlyAsync(asked);
            await SendAsync(stream, BinaryPrimitives.ReadInt32BigEndian(asked));
            await stream.CompleteWritesAsync();
            await DrainAsync(stream);
        }));
        return peer;
    }

    private sealed class Handler(string protocol, Func<PeerStream, Task> serve) : IProtocolHandler
    {
        public string Protocol => protocol;

        public int MaxInboundStreams => 10_000;

        public async Task HandleAsync(PeerStream stream, CancellationToken cancellationToken)
        {
            await serve(stream);
            await stream.CompleteWritesAsync(cancellationToken);
        }
    }
}
