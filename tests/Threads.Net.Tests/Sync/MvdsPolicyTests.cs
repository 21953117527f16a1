using Threads.Data;

namespace Threads.Net.Tests.Sync;

/// <summary>REQUIREMENTS chapter 9: a thread whose records go by MVDS is as much in sync as any other.</summary>
public sealed class MvdsPolicyTests : PeersTest
{
    private const string Schema = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)";
    private static readonly ServeOptions ByMvds = new() { Policy = SyncPolicy.Mvds, Epoch = TimeSpan.FromMilliseconds(50) };

    [Fact]
    public async Task Threads_served_by_MVDS_exchange_what_each_lacks_and_then_what_is_committed()
    {
        var (a, b) = await PairAsync();
        Run(a, "INSERT INTO note VALUES (1, 'of a')");
        Run(b, "INSERT INTO note VALUES (1000001, 'of b')");
        var (pa, pb) = (await ServeAsync(a, ByMvds), await ServeAsync(b, ByMvds));
        await pb.DialAsync(pa.DialableAddresses[0]);
        await SyncAsync(pa, a, pb);
        await SyncAsync(pb, b, pa);
        Assert.Equal("of a|of b", Texts(a));
        Assert.Equal("of a|of b", Texts(b));

        Run(a, "INSERT INTO note VALUES (2, 'later of a')");
        await SyncAsync(pa, a, pb);
        Assert.Equal("of a|later of a|of b", Texts(b));
        Run(b, "UPDATE note SET text = 'changed by b' WHERE id = 1");
        await SyncAsync(pb, b, pa);
        Assert.Equal("changed by b|later of a|of b", Texts(a));
        Assert.Equal(Digest(a), Digest(b));
    }

    [Fact]
    public async Task What_was_under_way_when_a_connection_broke_goes_again()
    {
        var (a, b) = await PairAsync();
        var (pa, pb) = (await ServeAsync(a, ByMvds), await ServeAsync(b, ByMvds));
        for (var round = 0; round < 5; round++)
        {
            var connection = await pb.DialAsync(pa.DialableAddresses[0]);
            for (var i = 1; i <= 20; i++)
            {
                Run(a, $"INSERT INTO note VALUES ({(round * 20) + i}, 'note {round}.{i}')");
            }

            // In the middle of it, most times.
            await connection.DisposeAsync();
            await WaitAsync(() => pa.Connections.Count + pb.Connections.Count == 0);
        }

        await pb.DialAsync(pa.DialableAddresses[0]);
        await SyncAsync(pa, a, pb);
        Assert.Equal(100, Count(b));
        Assert.Equal(Digest(a), Digest(b));
    }

    [Fact]
    public async Task Whoever_serves_it_in_pages_is_as_good_as_without_it()
    {
        var (a, b) = await PairAsync();
        Run(a, "INSERT INTO note VALUES (1, 'of a')");
        var (pa, pb) = (await ServeAsync(a, ByMvds), await ServeAsync(b, new ServeOptions()));
        var log = new EventLog();
        var third = await PeerAsync(null, new() { LoggerFactory = log });
        var c = await DatabaseAsync("c", a);
        Run(c, Schema);
        await third.ServeAsync(c, ByMvds);
        await pb.DialAsync(pa.DialableAddresses[0]);
        await third.DialAsync(pa.DialableAddresses[0]);
        await third.DialAsync(pb.DialableAddresses[0]);
        await SyncAsync(third, c, pa);
        await WaitAsync(() => log.Count("ThreadRefused") > 0);
        Assert.Equal("of a", Texts(c));
        Assert.Equal(0, Count(b));
        Assert.Equal(2, third.Connections.Count);
    }

    [Fact]
    public async Task An_epoch_of_no_time_is_refused()
    {
        var (a, _) = await PairAsync();
        var peer = await PeerAsync(null);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => peer.ServeAsync(a, ByMvds with { Epoch = TimeSpan.Zero }));
    }

    private async Task<ThreadsPeer> ServeAsync(ThreadsDataSource source, ServeOptions options)
    {
        var peer = await PeerAsync(null);
        await peer.ServeAsync(source, options);
        return peer;
    }

    private async Task<(ThreadsDataSource A, ThreadsDataSource B)> PairAsync()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema);
        var b = await DatabaseAsync("b", a);
        Run(b, Schema);
        return (a, b);
    }
}
