using System.Globalization;
using Threads.Data;

namespace Threads.Benchmarks;

/// <summary>Two writers' offline commits merged until both are equal, beside what libraries in Node need for as many changes; records folded one by one; late records.</summary>
internal static class Merging
{
    /// <summary>cr-sqlite and automerge-repo on a machine like CI's (FIELD); neither of the scripts below writes a file, signs or encrypts.</summary>
    private const double CrSqliteSeconds = 0.14;
    private const double AutomergeRepoSeconds = 3.4;

    private const int LateRecords = 100;

    /// <summary>A connection's page cache of 16 MB, which a small database does not fill, and as much again.</summary>
    private const long MostMemory = 32_000_000;

    public static IEnumerable<Line> Run(Bench bench, int rounds)
    {
        var commits = bench.Scaled(5_000);
        var scale = commits / 5_000.0;
        var merged = Timed.Median(Enumerable.Range(0, rounds + 1).Select(_ => Merge(bench, commits)).ToArray().Skip(1));
        var work = Line.Text($"merging two writers' {commits:#,0} offline one-row commits each");
        yield return new($"{work}, against cr-sqlite's measured {CrSqliteSeconds} s", "≤ 3 ×", merged.Seconds <= 3 * scale * CrSqliteSeconds,
            Line.Text($"{merged.Seconds / scale / CrSqliteSeconds:0.00} ×"), Line.Each(merged, 1), Line.Text($"{scale * CrSqliteSeconds:0.00} s"), Line.Text($"{merged.AllocatedBytes:#,0} B"));
        yield return new($"{work}, against automerge-repo's measured {AutomergeRepoSeconds} s", "≥ 5 × faster", merged.Seconds * 5 <= scale * AutomergeRepoSeconds,
            Line.Text($"{scale * AutomergeRepoSeconds / merged.Seconds:0.0} × faster"), Line.Each(merged, 1), Line.Text($"{scale * AutomergeRepoSeconds:0.00} s"));
        foreach (var (name, seconds, bytes) in Peers.Run("merge.mjs", commits.ToString(CultureInfo.InvariantCulture)))
            yield return new($"{work}, against {name} in memory, unsigned", "–", true, Line.Text($"{merged.Seconds / seconds:0.00} ×"), Line.Each(merged, 1), Line.Text($"{seconds:0.00} s, {bytes / 1e6:0.0} MB"));

        foreach (var line in Fold(bench))
            yield return line;
    }

    /// <summary>Beside the default run, since its databases take a while to make: records that come late, with little and with much history, and the memory of a fold.</summary>
    public static IEnumerable<Line> RunHistory(Bench bench, bool million)
    {
        var (few, many) = (bench.Scaled(10_000), bench.Scaled(million ? 1_000_000 : 100_000));
        var (little, memoryOfFew) = Late(bench, few);
        var (much, memoryOfMany) = Late(bench, many);
        yield return new(Line.Text($"a record that comes late, {many:#,0} records of history against {few:#,0}"), "≤ 2 ×", much.Seconds <= 2 * little.Seconds,
            Line.Text($"{much.Seconds / little.Seconds:0.00} ×"), Line.Each(much, LateRecords), Line.Each(little, LateRecords), Line.Text($"{much.AllocatedBytes / LateRecords:#,0} B"), Line.Text($"{little.AllocatedBytes / LateRecords:#,0} B"));
        yield return new(Line.Text($"memory of a fold: the most in use while {many:#,0} records are taken, against {few:#,0}"), Line.Text($"≤ {MostMemory / 1e6:0} MB"), memoryOfMany <= MostMemory,
            Line.Text($"{(double)memoryOfMany / memoryOfFew:0.00} ×"), Line.Text($"{memoryOfMany / 1e6:0.0} MB"), Line.Text($"{memoryOfFew / 1e6:0.0} MB"));
    }

    private static Timed Merge(Bench bench, int commits)
    {
        using var alice = Bench.OpenOurs(bench.NewFile("alice"), "Synchronous=Normal");
        Bench.Execute(alice, Bench.Schema);
        Bench.Fill(alice, 0, 1, 1);
        using var bob = Join(bench, alice, "bob");
        Send(alice, bob);
        Bench.Fill(alice, 10, commits, 1);
        Bench.Fill(bob, 1_000_000, commits, 1);
        var time = Timed.Run(() =>
        {
            Send(alice, bob);
            Send(bob, alice);
        });
        if (!alice.Thread.Digest().AsSpan().SequenceEqual(bob.Thread.Digest()))
            throw new InvalidOperationException("The two did not end equal.");
        return time;
    }

    /// <summary>Records that arrive together, and one at a time in a transaction each, against as many local commits; neither waits for the disk.</summary>
    private static IEnumerable<Line> Fold(Bench bench)
    {
        var count = bench.Scaled(400);
        using var alice = Bench.OpenOurs(bench.NewFile("alice"), "Synchronous=Off");
        Bench.Execute(alice, Bench.Schema);
        Bench.Fill(alice, 0, 1, 1);
        using var bob = Join(bench, alice, "bob", "Off");
        Send(alice, bob);
        var next = 0;
        var (folds, commits) = bench.Alternate(
            () =>
            {
                Send(alice, bob);
                var records = Enumerable.Range(0, count).Select(_ => OneRecord(alice, () => Bench.Fill(alice, 10 + next++, 1, 1))).ToArray();
                return Timed.Run(() =>
                {
                    foreach (var record in records)
                        bob.Thread.Import(new MemoryStream(record));
                });
            },
            () => Timed.Run(() => Bench.Fill(alice, 10 + (next += count) - count, count, 1)));
        yield return Line.Of("fold of a remote record that comes alone, against a local commit, synchronous=OFF", folds, commits, count, 1.5);

        var (many, local) = bench.Alternate(
            () =>
            {
                Send(alice, bob);
                Bench.Fill(alice, 10 + (next += 10 * count) - 10 * count, 10 * count, 1);
                return Timed.Run(() => Send(alice, bob));
            },
            () => Timed.Run(() => Bench.Fill(alice, 10 + (next += 10 * count) - 10 * count, 10 * count, 1)));
        yield return Line.Of("fold of a remote record among many, reading and writing the file included, against a local commit, synchronous=OFF", many, local, 10 * count, 1.5);
    }

    /// <summary>Carol's changes of rows that Alice changed since, brought to Alice one by one behind so many records; and the most memory in use while Alice takes those.</summary>
    private static (Timed Late, long PeakBytes) Late(Bench bench, int history)
    {
        using var writer = Bench.OpenOurs(bench.NewFile("writer"), "Synchronous=Off");
        Bench.Execute(writer, Bench.Schema);
        Bench.Fill(writer, 0, LateRecords, LateRecords);
        using var carol = Join(bench, writer, "carol");
        Send(writer, carol);
        var late = Enumerable.Range(0, LateRecords).Select(i => OneRecord(carol,
            () => Bench.Execute(carol, Line.Text($"UPDATE notes SET title = 'late', number = {i} WHERE id = '{Bench.Key(i)}'")))).ToArray();
        for (var i = 0; i < LateRecords; i++)
            Bench.Execute(writer, Line.Text($"UPDATE notes SET number = 1000 WHERE id = '{Bench.Key(i)}'"));
        Bench.Fill(writer, 1_000, history, 1);

        using var alice = Join(bench, writer, "alice", "Off");
        var file = bench.NewFile("history") + ".car";
        using (var output = File.Create(file))
            writer.Thread.Export(output);
        using var input = File.OpenRead(file);
        var peak = PeakOf(() => alice.Thread.Import(input));
        var time = Timed.Run(() =>
        {
            foreach (var record in late)
                alice.Thread.Import(new MemoryStream(record));
        });
        using var count = alice.CreateCommand();
        count.CommandText = "SELECT count(*) FROM notes WHERE title = 'late' AND number = 1000";
        if ((long)count.ExecuteScalar()! != LateRecords)
            throw new InvalidOperationException("Not every late record was folded by its time.");
        return (time, peak);
    }

    /// <summary>Managed memory after a collection and SQLite's own, looked at all along.</summary>
    private static long PeakOf(Action work)
    {
        var (done, peak) = (false, 0L);
        var before = GC.GetTotalMemory(forceFullCollection: true) + SQLitePCL.raw.sqlite3_memory_used();
        var watch = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
            {
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true) + SQLitePCL.raw.sqlite3_memory_used() - before);
                Thread.Sleep(20);
            }
        });
        watch.Start();
        work();
        Volatile.Write(ref done, true);
        watch.Join();
        return Math.Max(peak, 1);
    }

    private static ThreadsConnection Join(Bench bench, ThreadsConnection to, string name, string synchronous = "Normal")
    {
        using var key = to.Thread.Key;
        var joined = Bench.OpenOurs(bench.NewFile(name), $"Synchronous={synchronous};Thread={to.Thread.Id};Thread Key={key.Export()}");
        Bench.Execute(joined, Bench.Schema);
        return joined;
    }

    private static byte[] OneRecord(ThreadsConnection writer, Action write)
    {
        var before = writer.Thread.Heads;
        write();
        using var stream = new MemoryStream();
        writer.Thread.Export(stream, before);
        return stream.ToArray();
    }

    private static void Send(ThreadsConnection from, ThreadsConnection to)
    {
        using var stream = new MemoryStream();
        from.Thread.Export(stream, to.Thread.Heads);
        stream.Position = 0;
        to.Thread.Import(stream);
    }
}
