using Threads.Data;

namespace Threads.Benchmarks;

/// <summary>Taking records from a file, against nothing but the check of as many signatures; and folding all of them again.</summary>
internal static class Records
{
    public static IEnumerable<Line> Run(Bench bench)
    {
        var count = bench.Scaled(10_000);
        using var source = Source(bench, count, perTransaction: 1);
        var file = bench.NewFile("export") + ".car";
        using (var output = File.Create(file))
            source.Thread.ExportAsync(output).GetAwaiter().GetResult();

        var signatures = new Signatures(count);
        var (ours, theirs) = bench.Alternate(() => Take(bench, source, file, count), () => Timed.Run(signatures.Verify));
        yield return new("taking 10,000 one-row records from a file, against Ed25519 verification of each on two cores", "≥ 1 × its rate", ours.Seconds <= theirs.Seconds,
            Line.Text($"{theirs.Seconds / ours.Seconds:0.00} × its rate"), Line.Text($"{count / ours.Seconds:#,0}/s"), Line.Text($"{count / theirs.Seconds:#,0}/s"),
            Line.Text($"{ours.AllocatedBytes / count:#,0} B"), Line.Text($"{theirs.AllocatedBytes / count:#,0} B"));

        yield return Rebuild(bench, source, count, "one event", 50_000);
        var events = bench.Scaled(100_000);
        using var batches = Source(bench, events, perTransaction: 1_000);
        yield return Rebuild(bench, batches, events, "1,000 events", 100_000);
    }

    private static Line Rebuild(Bench bench, ThreadsConnection connection, int events, string each, int perSecond)
    {
        var (ours, _) = bench.Alternate(() => Timed.Run(() => connection.Thread.RebuildViewsAsync().GetAwaiter().GetResult()), () => default);
        var (rate, ofCore) = (events / ours.Seconds, events / ours.CpuSeconds);
        return new($"rebuild of all views, records of {each}", Line.Text($"≥ {perSecond:#,0}/s of one core"), ofCore >= perSecond, Line.Text($"{ofCore:#,0}/s of one core, {rate:#,0}/s by the clock"), Line.Each(ours, events), "–",
            Line.Text($"{ours.AllocatedBytes / events:#,0} B"));
    }

    private static ThreadsConnection Source(Bench bench, int count, int perTransaction)
    {
        var connection = Bench.OpenOurs(bench.NewFile("source"), "Synchronous=Normal");
        Bench.Execute(connection, Bench.Schema);
        Bench.Fill(connection, 0, count, perTransaction);
        return connection;
    }

    private static Timed Take(Bench bench, ThreadsConnection source, string file, int count)
    {
        using var key = source.Thread.Key;
        using var target = Bench.OpenOurs(bench.NewFile("target"), $"Synchronous=Normal;Thread={source.Thread.Id};Thread Key={key.Export()}");
        Bench.Execute(target, Bench.Schema);
        using var input = File.OpenRead(file);
        var time = Timed.Run(() => target.Thread.ImportAsync(input).GetAwaiter().GetResult());
        using var command = target.CreateCommand();
        command.CommandText = "SELECT count(*) FROM notes";
        if ((long)command.ExecuteScalar()! != count)
            throw new InvalidOperationException("The target did not take every record.");
        return time;
    }
}
