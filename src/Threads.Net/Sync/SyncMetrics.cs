using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Threads.Net.Sync;

/// <summary>What is measured of keeping threads in sync (docs/diagnostics.md): nothing is spent on it while nobody listens.</summary>
internal static class SyncMetrics
{
    public const string Name = "Threads.Net";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    public static readonly UpDownCounter<int> Conversations = Meter.CreateUpDownCounter<int>("threads.net.conversations", "{conversation}", "Threads being kept in sync with a peer, each pair counted once.");

    public static readonly UpDownCounter<int> Connections = Meter.CreateUpDownCounter<int>("threads.net.connections", "{connection}", "Open connections with peers.");

    public static readonly Counter<long> RecordsSent = Meter.CreateCounter<long>("threads.net.records.sent", "{record}", "Records sent to peers.");

    public static readonly Counter<long> BytesSent = Meter.CreateCounter<long>("threads.net.pages.sent", "By", "Bytes of records sent to peers, before encryption of the channel.");

    public static readonly Counter<long> BytesReceived = Meter.CreateCounter<long>("threads.net.pages.received", "By", "Bytes of records received from peers and taken.");

    public static readonly Counter<long> Refusals = Meter.CreateCounter<long>("threads.net.refusals", "{page}", "Pages from peers that held a record which was refused.");

    public static readonly Histogram<double> RoundTrip = Meter.CreateHistogram<double>("threads.net.page.duration", "s", "From sending a page until the peer said it has dealt with it: one round trip and the peer's work.");

    public static readonly UpDownCounter<long> Lag = Meter.CreateUpDownCounter<long>("threads.net.lag", "{record}", "Records sent that peers have not said to have yet.");
}
