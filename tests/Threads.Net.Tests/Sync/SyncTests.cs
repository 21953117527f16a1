using Threads.Data;
using Threads.Data.Identity;

namespace Threads.Net.Tests.Sync;

/// <summary>T-NET-2, T-NET-6, T-NET-8: peers that have a thread in common keep its tables equal, while both write and after they were apart.</summary>
public sealed class SyncTests : PeersTest
{
    [Fact]
    public async Task Two_peers_that_meet_exchange_what_each_lacks_and_then_what_is_committed()
    {
        var a = await DatabaseAsync("a");
        Run(a, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", "INSERT INTO note VALUES (1, 'of a')");
        var b = await DatabaseAsync("b", a);
        Run(b, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", "INSERT INTO note VALUES (1000001, 'of b')");
        var (pa, pb) = (await PeerAsync(a), await PeerAsync(b));
        await pb.DialAsync(pa.DialableAddresses[0]);

        await SyncAsync(pa, a, pb);
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
    public async Task A_thread_served_after_the_connection_stands_is_synced_too()
    {
        var a = await DatabaseAsync("a");
        Run(a, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", "INSERT INTO note VALUES (1, 'of a')");
        var b = await DatabaseAsync("b", a);
        Run(b, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
        var (pa, pb) = (await PeerAsync(null), await PeerAsync(null));
        await pa.DialAsync(pb.DialableAddresses[0]);
        await Task.WhenAll(ServeAsync(pa, a), ServeAsync(pb, b));
        await SyncAsync(pa, a, pb);
        Assert.Equal("of a", Texts(b));
    }

    [Fact]
    public async Task Somebody_without_the_key_learns_nothing_and_gets_one_answer_for_unknown_and_wrong_key()
    {
        var a = await DatabaseAsync("a");
        Run(a, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", "INSERT INTO note VALUES (1, 'secret')");
        ThreadId id;
        using (var connection = a.OpenConnection())
        {
            id = connection.Thread.Id;
        }

        using var wrong = ThreadKey.NewRandom();
        var sameIdOtherKey = new ThreadsDataSource(new ThreadsConnectionStringBuilder { DataSource = At("x.db"), Thread = id.ToString(), ThreadKey = wrong.Export() }.ToString());
        Keep(sameIdOtherKey);
        var other = await DatabaseAsync("other");
        var (pa, px, po) = (await PeerAsync(a), await PeerAsync(sameIdOtherKey), await PeerAsync(other));
        await px.DialAsync(pa.DialableAddresses[0]);
        await po.DialAsync(pa.DialableAddresses[0]);
        await Task.Delay(300);
        Assert.Empty(px.SyncedPeers(id));
        Assert.Empty(pa.SyncedPeers(id));
    }

    [Fact]
    public async Task A_blind_replicator_carries_records_between_peers_that_never_meet()
    {
        var a = await DatabaseAsync("a");
        Run(a, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", "INSERT INTO note VALUES (1, 'of a')");
        ThreadsDataSource blind;
        using (var connection = a.OpenConnection())
        using (var key = connection.Thread.Key)
        using (var replica = key.WithoutRead())
        {
            blind = Open("blind", connection.Thread.Id, replica);
        }

        var (pa, pr) = (await PeerAsync(a), await PeerAsync(blind));
        await pa.DialAsync(pr.DialableAddresses[0]);
        await SyncAsync(pa, a, pr);
        await pa.DisposeAsync();

        // A new device gets everything from the replicator alone (T-NET-8).
        var b = await DatabaseAsync("b", a);
        Run(b, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
        var pb = await PeerAsync(b);
        await pb.DialAsync(pr.DialableAddresses[0]);
        await SyncAsync(pb, b, pr);
        Assert.Equal("of a", Texts(b));
    }

    [Fact]
    public async Task Many_records_arrive_in_pages_and_a_broken_connection_goes_on_where_it_stopped()
    {
        var a = await DatabaseAsync("a");
        Run(a, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
        for (var i = 0; i < 300; i++)
        {
            Run(a, $"INSERT INTO note VALUES ({i + 1}, '{new string((char)('a' + (i % 26)), 5000)}')");
        }

        var b = await DatabaseAsync("b", a);
        Run(b, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
        var (pa, pb) = (await PeerAsync(a), await PeerAsync(b));
        var connection = await pb.DialAsync(pa.DialableAddresses[0]);
        await WaitAsync(() => Count(b) > 0);
        await connection.DisposeAsync();
        await WaitAsync(() => pa.Connections.Count == 0);
        await pb.DialAsync(pa.DialableAddresses[0]);
        await SyncAsync(pa, a, pb);
        Assert.Equal(300, Count(b));
        Assert.Equal(Digest(a), Digest(b));
    }

    [Fact]
    public async Task Two_peers_that_both_ask_seldom_begin_two_conversations()
    {
        var a = await DatabaseAsync("a");
        Run(a, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", "INSERT INTO note VALUES (1, 'of a')");
        var b = await DatabaseAsync("b", a);
        Run(b, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
        ThreadId thread;
        using (var opened = a.OpenConnection())
        {
            thread = opened.Thread.Id;
        }

        var (la, lb) = (new EventLog(), new EventLog());
        var (pa, pb) = (await PeerAsync(a, new() { LoggerFactory = la }), await PeerAsync(b, new() { LoggerFactory = lb }));
        for (var dial = 1; dial <= 10; dial++)
        {
            var connection = await pb.DialAsync(pa.DialableAddresses[0]);
            await SyncAsync(pa, a, pb);
            await SyncAsync(pb, b, pa);
            await connection.DisposeAsync();
            await WaitAsync(() => pa.SyncedPeers(thread).Count + pb.SyncedPeers(thread).Count + pa.Connections.Count + pb.Connections.Count == 0);
        }

        // One a dial, but for a question that begins while the other side's is being answered: then one conversation takes the other's place.
        Assert.InRange(la.Count("SyncBegan"), 10, 16);
        Assert.InRange(lb.Count("SyncBegan"), 10, 16);
    }
}
