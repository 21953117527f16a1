using System.Diagnostics;
using Threads.Data;
using Threads.Net;

namespace Threads.Benchmarks;

/// <summary>Peers of one process over Noise on loopback: how soon a commit is seen, and how fast a fresh peer has everything, directly and through a replicator.</summary>
internal static class Syncing
{
    /// <summary>One-row records a second, measured on a machine like CI's (FIELD): cr-sqlite's are not signed, hyperbee's not encrypted.</summary>
    private const double CrSqliteRate = 25_600;
    private const double HyperbeeRate = 6_900;

    public static IEnumerable<Line> Run(Bench bench, int rounds)
    {
        var times = Latency(bench, bench.Scaled(1_000));
        var (median, late) = (times[times.Length / 2], times[(int)(times.Length * 0.99)]);
        yield return new("a commit on A until a query on B sees it, loopback, synchronous=OFF, median", "≤ 5 ms", median <= 5, Line.Text($"{median:0.00} ms"), Line.Text($"{median:0.00} ms"), "–");
        yield return new("the same, 99 of 100", "≤ 25 ms", late <= 25, Line.Text($"{late:0.00} ms"), Line.Text($"{late:0.00} ms"), "–");

        var count = bench.Scaled(20_000);
        using var source = Source(bench, count);
        var signatures = new Signatures(count);
        var (ours, theirs) = bench.Alternate(() => Pull(bench, source, count), () => Timed.Run(signatures.Verify));
        var rate = count / ours.Seconds;
        var work = Line.Text($"a fresh peer pulls {count:#,0} one-row records and folds them");
        yield return new($"{work}, against Ed25519 verification of each on two cores", "≥ 1 × its rate", ours.Seconds <= theirs.Seconds, Line.Text($"{theirs.Seconds / ours.Seconds:0.00} × its rate"),
            Line.Text($"{rate:#,0}/s ({ours.CpuSeconds:0.00} s)"), Line.Text($"{count / theirs.Seconds:#,0}/s"), Line.Text($"{ours.AllocatedBytes / count:#,0} B"));
        yield return new($"{work}, against cr-sqlite's measured rate", "≥ 1 ×", rate >= CrSqliteRate, Line.Text($"{rate / CrSqliteRate:0.00} ×"), Line.Text($"{rate:#,0}/s"), Line.Text($"{CrSqliteRate:#,0}/s"));
        yield return new($"{work}, against hyperbee's measured rate", "≥ 3 ×", rate >= 3 * HyperbeeRate, Line.Text($"{rate / HyperbeeRate:0.00} ×"), Line.Text($"{rate:#,0}/s"), Line.Text($"{HyperbeeRate:#,0}/s"));

        var store = bench.NewFile("replicator");
        Fill(store, source);
        var (through, direct) = bench.Alternate(() => PullFromReplicator(bench, source, store, count), () => Pull(bench, source, count));
        yield return new("the same from a replicator, against directly", "≥ 0.8 × its rate", direct.Seconds >= 0.8 * through.Seconds, Line.Text($"{direct.Seconds / through.Seconds:0.00} × its rate"),
            Line.Text($"{count / through.Seconds:#,0}/s ({through.CpuSeconds:0.00} s)"), Line.Text($"{count / direct.Seconds:#,0}/s ({direct.CpuSeconds:0.00} s)"));
        _ = rounds;
    }

    /// <summary>Milliseconds, sorted.</summary>
    private static double[] Latency(Bench bench, int commits)
    {
        using var a = new ThreadsDataSource($"Data Source={bench.NewFile("a")};Synchronous=Off");
        using var writer = a.OpenConnection();
        Bench.Execute(writer, Bench.Schema);
        Bench.Fill(writer, 0, 1, 1);
        using var b = Joined(bench, writer, "b", "Off");
        using var reader = b.OpenConnection();
        using var query = reader.CreateCommand();
        query.CommandText = "SELECT count(*) FROM notes WHERE id = $id";
        var id = query.CreateParameter();
        id.ParameterName = "$id";
        query.Parameters.Add(id);
        using var arrived = new SemaphoreSlim(0);
        using var listening = b.OnRecordsAdded(() => arrived.Release());
        var times = new List<double>();
        Connected(a, b, () =>
        {
            Wait(() => Has(Bench.Key(0)));
            for (var i = 1; i <= commits + 50; i++)
            {
                var from = Stopwatch.GetTimestamp();
                Bench.Fill(writer, i, 1, 1);
                Wait(() => Has(Bench.Key(i)));
                if (i > 50)
                    times.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
            }
        });
        return [.. times.Order()];

        bool Has(string key)
        {
            id.Value = key;
            return (long)query.ExecuteScalar()! == 1;
        }

        void Wait(Func<bool> condition)
        {
            while (!condition())
                arrived.Wait(1_000);
        }
    }

    private static Timed Pull(Bench bench, ThreadsDataSource source, int count)
    {
        using var writer = source.OpenConnection();
        using var target = Joined(bench, writer, "target", "Normal");
        Timed time = default;
        Serving(source, null, from => time = Pull(from, target, count));
        return time;
    }

    private static Timed PullFromReplicator(Bench bench, ThreadsDataSource source, string store, int count)
    {
        using var writer = source.OpenConnection();
        using var target = Joined(bench, writer, "target", "Normal");
        Timed time = default;
        Serving(null, store, from => time = Pull(from, target, count));
        return time;
    }

    /// <summary>From the dial until a query sees every row.</summary>
    private static Timed Pull(ThreadsPeer from, ThreadsDataSource target, int count) => Do(async () =>
    {
        await using var peer = await ThreadsPeer.StartAsync(new() { Gossip = null });
        await using var serving = await peer.ServeAsync(target);
        using var connection = target.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM notes";
        using var arrived = new SemaphoreSlim(0);
        using var listening = target.OnRecordsAdded(() => arrived.Release());
        return Timed.Run(() =>
        {
            Do(() => peer.DialAsync(from.DialableAddresses[0]));
            while ((long)command.ExecuteScalar()! != count)
                arrived.Wait(1_000);
        });
    });

    private static void Fill(string store, ThreadsDataSource source)
    {
        using var replicas = ReplicaStore.Open(store);
        using var connection = source.OpenConnection();
        using var key = connection.Thread.Key;
        using var file = new MemoryStream();
        connection.Thread.Export(file);
        file.Position = 0;
        replicas.Add(connection.Thread.Id, key).Import(file);
    }

    private static ThreadsDataSource Source(Bench bench, int count)
    {
        var source = new ThreadsDataSource($"Data Source={bench.NewFile("source")};Synchronous=Normal");
        using var connection = source.OpenConnection();
        Bench.Execute(connection, Bench.Schema);
        Bench.Fill(connection, 0, count, 1);
        return source;
    }

    private static ThreadsDataSource Joined(Bench bench, ThreadsConnection to, string name, string synchronous)
    {
        using var key = to.Thread.Key;
        var source = new ThreadsDataSource($"Data Source={bench.NewFile(name)};Synchronous={synchronous};Thread={to.Thread.Id};Thread Key={key.Export()}");
        using var connection = source.OpenConnection();
        Bench.Execute(connection, Bench.Schema);
        return source;
    }

    private static void Connected(ThreadsDataSource a, ThreadsDataSource b, Action work) => Serving(a, null, ofA => Do(async () =>
    {
        await using var ofB = await ThreadsPeer.StartAsync(new() { Gossip = null });
        await using var serving = await ofB.ServeAsync(b);
        await ofB.DialAsync(ofA.DialableAddresses[0]);
        work();
        return true;
    }));

    private static void Serving(ThreadsDataSource? source, string? store, Action<ThreadsPeer> work) => Do(async () =>
    {
        await using var peer = await ThreadsPeer.StartAsync(new() { Listen = ["/ip4/127.0.0.1/tcp/0"], ReplicaStore = store, Gossip = null });
        await using var serving = source is null ? null : await peer.ServeAsync(source);
        work(peer);
        return true;
    });

    private static T Do<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();
}
