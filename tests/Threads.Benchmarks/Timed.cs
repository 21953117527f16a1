using System.Diagnostics;

namespace Threads.Benchmarks;

/// <summary>What a piece of work took: by the clock, and of the processor by all threads, which other programs on the machine disturb less.</summary>
internal readonly record struct Timed(double Seconds, double CpuSeconds, long AllocatedBytes)
{
    public static Timed Run(Action work)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var from = Stopwatch.GetTimestamp();
        work();
        var seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        return new(seconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, GC.GetTotalAllocatedBytes(precise: true) - bytes);
    }

    public static Timed Median(IEnumerable<Timed> all)
    {
        var list = all.ToArray();
        return new(Middle(list.Select(t => t.Seconds)), Middle(list.Select(t => t.CpuSeconds)), (long)Middle(list.Select(t => (double)t.AllocatedBytes)));
    }

    public static double Middle(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
