using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Threads.Data;
using Threads.Net.Hosting;
using Threads.Net.Tests.Sync;

namespace Threads.Net.Tests.Hosting;

/// <summary>A peer in an application host, and what is measured of it.</summary>
public sealed class HostingTests : PeersTest
{
    private const string Schema = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)";

    [Fact]
    public async Task A_host_serves_its_databases_and_says_farewell_when_it_stops()
    {
        var b = await DatabaseAsync("b");
        Run(b, Schema, "INSERT INTO note VALUES (1, 'of b')");
        var pb = await PeerAsync(b);
        var key = Path.Combine(At("peer.key"));
        using var host = BuildHost(b, o =>
        {
            o.Peer = new() { Listen = ["/ip4/127.0.0.1/tcp/0"] };
            o.IdentityFile = key;
            o.Connect.Add(pb.DialableAddresses[0].ToString());
        });
        var source = host.Services.GetRequiredService<ThreadsDataSource>();
        Run(source, Schema);
        await host.StartAsync();
        var peer = await host.Services.GetRequiredService<ThreadsPeerService>().Peer;
        await WaitAsync(() => Texts(source) == "of b");

        Run(source, "UPDATE note SET text = 'the last word'");
        await host.StopAsync();
        Assert.Equal("the last word", Texts(b));
        await WaitAsync(() => peer.Connections.Count == 0);

        using var identity = IdentityFile.LoadOrCreate(key);
        Assert.Equal(peer.Id, Threads.Data.Identity.PeerId.FromPublicKey(identity.PublicKey));
    }

    [Fact]
    public async Task A_host_that_can_not_listen_does_not_start_and_says_why()
    {
        var taken = await PeerAsync(null);
        using var host = BuildHost(null, o => o.Peer = new() { Listen = [taken.Addresses[0].ToString()] });
        var error = await Assert.ThrowsAsync<ThreadsPeerException>(() => host.StartAsync());
        Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_key_is_refused_by_name()
    {
        var file = At("peer.key");
        File.WriteAllText(file, "not a key");
        Assert.Contains(file, Assert.Throws<InvalidDataException>(() => IdentityFile.LoadOrCreate(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_bytes_and_round_trips_are_measured()
    {
        var measured = new System.Collections.Concurrent.ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name.StartsWith("Threads.", StringComparison.Ordinal))
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((i, value, _, _) => measured.AddOrUpdate(i.Name, value, (_, sum) => sum + value));
        listener.SetMeasurementEventCallback<int>((i, value, _, _) => measured.AddOrUpdate(i.Name, value, (_, sum) => sum + value));
        listener.SetMeasurementEventCallback<double>((i, _, _, _) => measured.AddOrUpdate(i.Name, 1, (_, sum) => sum + 1));
        listener.Start();

        var a = await DatabaseAsync("a");
        Run(a, Schema, "INSERT INTO note VALUES (1, 'of a')");
        var b = await DatabaseAsync("b", a);
        Run(b, Schema);
        var (pa, pb) = (await PeerAsync(a), await PeerAsync(b));
        await pb.DialAsync(pa.DialableAddresses[0]);
        await SyncAsync(pa, a, pb);

        // Other tests run beside this one, so these are lower bounds.
        Assert.True(measured["threads.records.written"] >= 1);
        Assert.True(measured["threads.records.taken"] >= 2);
        Assert.True(measured["threads.net.records.sent"] >= 2);
        Assert.True(measured["threads.net.pages.sent"] > 0);
        Assert.True(measured["threads.net.pages.received"] > 0);
        Assert.True(measured["threads.net.page.duration"] >= 1);
        Assert.True(measured.ContainsKey("threads.net.lag"));
        Assert.True(measured.ContainsKey("threads.net.connections"));
        Assert.True(measured.ContainsKey("threads.net.conversations"));
    }

    private IHost BuildHost(ThreadsDataSource? joins, Action<ThreadsHostingOptions> configure)
    {
        var settings = new ThreadsConnectionStringBuilder { DataSource = At("host.db") };
        if (joins is not null)
        {
            using var connection = joins.OpenConnection();
            using var key = connection.Thread.Key;
            (settings.Thread, settings.ThreadKey) = (connection.Thread.Id.ToString(), key.Export());
        }

        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddThreads(settings.ToString()).AddPeer(configure);
        return builder.Build();
    }
}
