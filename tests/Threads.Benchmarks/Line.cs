using System.Globalization;

namespace Threads.Benchmarks;

/// <summary>One line of the table: what was done, what is to be reached, what came out.</summary>
internal sealed record Line(string Work, string Reach, bool IsReached, string Ratio, string Ours, string Theirs, string OursBytes = "–", string TheirsBytes = "–")
{
    public const string Head = "| work | reach | result | ours (CPU) | theirs (CPU) | allocated, ours | theirs | |\n| --- | --- | --- | --- | --- | --- | --- | --- |";

    /// <summary>A pair of times for the same <paramref name="count"/> things, ours at most <paramref name="limit"/> times theirs.</summary>
    public static Line Of(string work, Timed ours, Timed theirs, int count, double limit)
        => new(work, Text($"≤ {limit} ×"), ours.Seconds <= theirs.Seconds * limit, Text($"{ours.Seconds / theirs.Seconds:0.00} ×"), Each(ours, count), Each(theirs, count),
            Text($"{(double)ours.AllocatedBytes / count:#,0} B"), Text($"{(double)theirs.AllocatedBytes / count:#,0} B"));

    public override string ToString() => $"| {Work} | {Reach} | {Ratio} | {Ours} | {Theirs} | {OursBytes} | {TheirsBytes} | {(IsReached ? "reached" : "**missed**")} |";

    /// <summary>By the clock, and in brackets of the processor.</summary>
    public static string Each(Timed time, int count) => $"{Each(time.Seconds, count)} ({Each(time.CpuSeconds, count)})";

    private static string Each(double seconds, int count) => (seconds / count) switch
    {
        < 0.001 => Text($"{seconds / count * 1e6:0.0} µs"),
        < 1 => Text($"{seconds / count * 1e3:0.0} ms"),
        _ => Text($"{seconds / count:0.00} s"),
    };

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
