using System.Diagnostics.Metrics;

namespace Threads.Data.Resources;

/// <summary>What is measured of a database (docs/diagnostics.md): nothing is spent on it while nobody listens.</summary>
internal static class DataMetrics
{
    public const string Name = "Threads.Data";

    private static readonly Meter Meter = new(Name);

    public static readonly Counter<long> RecordsWritten = Meter.CreateCounter<long>("threads.records.written", "{record}", "Records that commits of this process wrote to their own logs.");

    public static readonly Counter<long> EventsWritten = Meter.CreateCounter<long>("threads.events.written", "{event}", "Events in those records.");

    public static readonly Counter<long> RecordsTaken = Meter.CreateCounter<long>("threads.records.taken", "{record}", "Records of others that were taken from files and peers.");

    public static readonly Counter<long> RecordsKnown = Meter.CreateCounter<long>("threads.records.known", "{record}", "Records that arrived and were here already.");

    public static readonly Counter<long> Refusals = Meter.CreateCounter<long>("threads.records.refused", "{file}", "Files and pages with a record that was refused, or that were damaged.");
}
