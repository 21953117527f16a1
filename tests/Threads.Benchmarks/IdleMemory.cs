using System.Diagnostics;
using System.Globalization;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Net;

namespace Threads.Benchmarks;

/// <summary>What a replicator's process holds for connections and threads on which nothing happens. The others are in a process of their own.</summary>
internal static class IdleMemory
{
    public const string Clients = "--idle-clients";

    public static IEnumerable<Line> Run(Bench bench) => RunAsync(bench).GetAwaiter().GetResult();

    /// <summary>The other process: so many peers that connect and stay until its input ends; each talks about one of the threads of the file, if one is given.</summary>
    public static void Connect(string address, int count, string? threads)
    {
        var tickets = threads is null ? [] : File.ReadAllLines(threads);
        var folder = Directory.CreateTempSubdirectory("threads-idle-");
        try
        {
            for (var i = 0; i < count; i++)
            {
                var store = tickets.Length == 0 ? null : Path.Combine(folder.FullName, i.ToString(CultureInfo.InvariantCulture));
                var peer = ThreadsPeer.StartAsync(new() { ReplicaStore = store, Gossip = null }).GetAwaiter().GetResult();
                if (store is not null)
                {
                    var ticket = tickets[i % tickets.Length].Split(' ');
                    using var key = ThreadKey.Parse(ticket[1]);
                    peer.ServeAsReplicatorAsync(ThreadId.Parse(ticket[0]), key).GetAwaiter().GetResult();
                }

                peer.DialAsync(address).GetAwaiter().GetResult();
            }

            Console.WriteLine("connected");
            Console.In.ReadToEnd();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<Line[]> RunAsync(Bench bench)
    {
        var (threads, connections) = (bench.Scaled(10_000), bench.Scaled(1_000));
        await using var peer = await ThreadsPeer.StartAsync(new()
        {
            Listen = ["/ip4/127.0.0.1/tcp/0"],
            ReplicaStore = bench.NewFile("store"),
            MaxConnections = connections + 10,
            MaxConnectionsPerAddress = connections + 10,
            IdleTimeout = null,
            Gossip = null,
        });
        var before = InUse();
        var tickets = new List<string>();
        for (var i = 0; i < threads; i++)
        {
            using var key = ThreadKey.NewRandom(canRead: false);
            var id = ThreadId.NewRandom();
            await peer.ServeAsReplicatorAsync(id, key);
            tickets.Add($"{id} {key.Export()}");
        }

        var ofThreads = InUse() - before;
        var list = bench.NewFile("tickets");
        await File.WriteAllLinesAsync(list, tickets);

        // The first connections fill what all of them share.
        await WithClients(peer, Math.Min(connections, 50), list);
        var ofConnections = await WithClients(peer, connections, null);
        var ofConversations = await WithClients(peer, connections, list);
        var all = Process.GetCurrentProcess().WorkingSet64;
        return
        [
            new(Line.Text($"an idle thread served, of {threads:#,0}"), "≤ 10 kB", ofThreads / threads <= 10_000, Line.Text($"{ofThreads / threads:#,0} B"), "–", "–"),
            new(Line.Text($"an idle connection, of {connections:#,0}"), "≤ 60 kB", ofConnections / connections <= 60_000, Line.Text($"{ofConnections / connections:#,0} B"), "–", "–"),
            new("the same with a thread that is talked about on it", "≤ 70 kB", ofConversations / connections <= 70_000, Line.Text($"{ofConversations / connections:#,0} B"), "–", "–"),
            new(Line.Text($"a replicator's process with {threads:#,0} threads and {connections:#,0} connections"), "< 1 GiB", all < 1L << 30, Line.Text($"{all / 1e6:#,0} MB"), "–", "–"),
        ];
    }

    private static async Task<long> WithClients(ThreadsPeer peer, int count, string? tickets)
    {
        var before = InUse();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { typeof(IdleMemory).Assembly.Location, Clients, peer.DialableAddresses[0].ToString(), count.ToString(CultureInfo.InvariantCulture), tickets }.OfType<string>())
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        try
        {
            if (await process.StandardOutput.ReadLineAsync() != "connected")
                throw new InvalidOperationException("The other process did not connect.");
            while (peer.Connections.Count < count || (tickets is not null && peer.Replicas.Sum(r => peer.SyncedPeers(r.Id).Count) < count))
                await Task.Delay(50);
            return InUse() - before;
        }
        finally
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            while (peer.Connections.Count > 0)
                await Task.Delay(50);
        }
    }

    private static long InUse()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true) + SQLitePCL.raw.sqlite3_memory_used();
    }
}
