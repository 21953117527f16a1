using Google.Protobuf;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Net.Protobuf.ThreadService;
using Threads.Net.Sync;
using Threads.Net.Tests.Sync;
using Threads.Net.ThreadService;

namespace Threads.Net.Tests.ThreadService;

/// <summary>T-NET-1, T-NET-2, T-NET-6: go-threads' calls as gRPC over streams, between two of ours that leave their own protocol out.</summary>
public sealed class ThreadServiceTests : PeersTest
{
    private const string Schema = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)";

    [Fact]
    public async Task Threads_are_kept_in_sync_both_ways_by_peers_that_have_nothing_better()
    {
        var (a, b, pa, pb) = await PairAsync();
        Run(a, "INSERT INTO note VALUES (1, 'of a')", "INSERT INTO note VALUES (2, 'of a too')");
        Run(b, "INSERT INTO note VALUES (1000001, 'of b')");
        await MeetAsync(b, pb, pa);
        await WaitAsync(() => Texts(a) == "of a|of a too|of b" && Texts(b) == "of a|of a too|of b");

        Run(a, "INSERT INTO note VALUES (3, 'later of a')");
        Run(b, "UPDATE note SET text = 'changed by b' WHERE id = 1");
        await WaitAsync(() => Texts(a) == "changed by b|of a too|later of a|of b" && Texts(b) == Texts(a));
        Assert.Equal(Digest(a), Digest(b));
        Assert.Empty(pa.SyncedPeers(Id(a)));
    }

    [Fact]
    public async Task Our_own_protocol_is_taken_first()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema, "INSERT INTO note VALUES (1, 'of a')");
        var b = await DatabaseAsync("b", a);
        Run(b, Schema);
        var (pa, pb) = (await PeerAsync(a), await PeerAsync(b));
        await MeetAsync(b, pb, pa);
        await SyncAsync(pb, b, pa);
        Assert.Equal([pa.Id], pb.SyncedPeers(Id(b)));
        Assert.Equal("of a", Texts(b));
    }

    [Fact]
    public async Task Equal_edges_are_the_whole_conversation()
    {
        var (a, _, pa, pb) = await PairAsync();
        Run(a, "INSERT INTO note VALUES (1, 'of a')");
        using var client = await ClientAsync(pb, pa);
        using var key = Key(a);
        var id = ByteString.CopyFrom(Id(a).Bytes);
        var serviceKey = ByteString.CopyFrom(key.Replica);
        var logs = await client.GetLogsAsync(new() { Body = new() { ThreadID = id, ServiceKey = serviceKey } }, CancellationToken.None);
        var log = Assert.Single(logs.Logs);
        Assert.Equal(2, log.Counter);

        var request = new GetRecordsRequest { Body = new() { ThreadID = id, ServiceKey = serviceKey } };
        var all = await client.GetRecordsAsync(request, CancellationToken.None);
        Assert.Equal(2, Assert.Single(all.Logs).Records.Count);
        request.Body.Logs.Add(new GetRecordsRequest.Types.Body.Types.LogEntry { LogID = log.ID, Offset = log.Head, Counter = log.Counter });
        Assert.Empty((await client.GetRecordsAsync(request, CancellationToken.None)).Logs);

        var edges = new ExchangeEdgesRequest { Body = new() };
        edges.Body.Threads.Add(new ExchangeEdgesRequest.Types.Body.Types.ThreadEntry { ThreadID = id });
        var answer = Assert.Single((await client.ExchangeEdgesAsync(edges, CancellationToken.None)).Edges);
        Assert.Equal(Edges.Heads([(LogId.FromBytes(log.ID.Span), Data.Ipld.Cid.FromBytes(log.Head.Span))]), answer.HeadsEdge);
        Assert.True(answer.Exists);
    }

    [Fact]
    public async Task Strangers_get_one_answer_for_unknown_and_wrong_key_whatever_they_call()
    {
        var (a, _, pa, pb) = await PairAsync();
        Run(a, "INSERT INTO note VALUES (1, 'of a')");
        using var client = await ClientAsync(pb, pa);
        var here = ByteString.CopyFrom(Id(a).Bytes);
        var nowhere = ByteString.CopyFrom(ThreadId.NewRandom().Bytes);
        using var connection = a.OpenConnection();
        var log = ByteString.CopyFrom(connection.Thread.LogId.Bytes);
        foreach (var key in new[] { ByteString.Empty, ByteString.CopyFrom(new byte[32]) })
        {
            var texts = new List<string>();
            foreach (var thread in new[] { here, nowhere })
            {
                texts.Add(await RefusedAsync(() => client.GetLogsAsync(new() { Body = new() { ThreadID = thread, ServiceKey = key } }, CancellationToken.None)));
                texts.Add(await RefusedAsync(() => client.GetRecordsAsync(new() { Body = new() { ThreadID = thread, ServiceKey = key } }, CancellationToken.None)));
                texts.Add(await RefusedAsync(() => client.PushLogAsync(new() { Body = new() { ThreadID = thread, ServiceKey = key, Log = new() { ID = log } } }, CancellationToken.None)));
                texts.Add(await RefusedAsync(() => client.PushLogAsync(new() { Body = new() { ThreadID = thread, Log = new() { ID = log } } }, CancellationToken.None)));
                var junk = new Log.Types.Record { RecordNode = ByteString.CopyFrom(1), EventNode = ByteString.CopyFrom(2), HeaderNode = ByteString.CopyFrom(3), BodyNode = ByteString.CopyFrom(4) };
                texts.Add(await RefusedAsync(() => client.PushRecordAsync(new() { Body = new() { ThreadID = thread, LogID = log, Record = junk } }, CancellationToken.None)));
                var edges = new ExchangeEdgesRequest { Body = new() };
                edges.Body.Threads.Add(new ExchangeEdgesRequest.Types.Body.Types.ThreadEntry { ThreadID = thread, HeadsEdge = 1 });
                var answer = Assert.Single((await client.ExchangeEdgesAsync(edges, CancellationToken.None)).Edges);
                Assert.Equal((false, 0UL, 0UL), (answer.Exists, answer.HeadsEdge, answer.AddressEdge));
            }

            Assert.Single(texts.Distinct());
        }
    }

    [Fact]
    public async Task A_pushed_record_that_its_log_did_not_sign_is_refused_and_a_good_one_is_taken_once()
    {
        var (a, b, pa, pb) = await PairAsync();
        Run(a, "INSERT INTO note VALUES (1, 'of a')");
        Copy(a, b);
        Run(a, "INSERT INTO note VALUES (2, 'of a too')");
        using var client = await ClientAsync(pa, pb);
        using var connection = a.OpenConnection();
        var log = connection.Thread.LogId;
        var records = connection.Thread.ReadRecords(log, default, 0, 100, int.MaxValue);
        var push = new PushRecordRequest
        {
            Body = new() { ThreadID = ByteString.CopyFrom(Id(a).Bytes), LogID = ByteString.CopyFrom(log.Bytes), Record = ThreadMessages.Record(records[^1]) },
            Counter = records.Count,
        };
        var exchanged = push.Clone();
        exchanged.Body.Record.BodyNode = ThreadMessages.Record(records[^2]).BodyNode;
        Assert.Equal(GrpcStatus.Unauthenticated, (await Assert.ThrowsAsync<GrpcException>(() => client.PushRecordAsync(exchanged, CancellationToken.None))).Status);
        Assert.Equal("of a", Texts(b));
        await client.PushRecordAsync(push, CancellationToken.None);
        await client.PushRecordAsync(push, CancellationToken.None);
        Assert.Equal("of a|of a too", Texts(b));
    }

    [Fact]
    public async Task Unknown_calls_and_malformed_messages_are_answered_by_name_and_the_connection_goes_on()
    {
        var (a, _, pa, pb) = await PairAsync();
        Run(a, "INSERT INTO note VALUES (1, 'of a')");
        using var client = await ClientAsync(pb, pa);
        Assert.Equal(GrpcStatus.Unimplemented, (await Assert.ThrowsAsync<GrpcException>(() => client.CallAsync("Nothing", new GetLogsRequest(), GetLogsReply.Parser, CancellationToken.None))).Status);
        Assert.Equal(GrpcStatus.InvalidArgument, (await Assert.ThrowsAsync<GrpcException>(() => client.GetLogsAsync(new(), CancellationToken.None))).Status);
        var many = new ExchangeEdgesRequest { Body = new() };
        many.Body.Threads.AddRange(Enumerable.Range(0, 11).Select(_ => new ExchangeEdgesRequest.Types.Body.Types.ThreadEntry { ThreadID = ByteString.CopyFrom(Id(a).Bytes) }));
        Assert.Equal(GrpcStatus.ResourceExhausted, (await Assert.ThrowsAsync<GrpcException>(() => client.ExchangeEdgesAsync(many, CancellationToken.None))).Status);
        using var key = Key(a);
        Assert.Single((await client.GetLogsAsync(new() { Body = new() { ThreadID = ByteString.CopyFrom(Id(a).Bytes), ServiceKey = ByteString.CopyFrom(key.Replica) } }, CancellationToken.None)).Logs);
    }

    private static async Task<string> RefusedAsync<T>(Func<Task<T>> call)
    {
        var error = await Assert.ThrowsAsync<GrpcException>(call);
        Assert.Equal(GrpcStatus.NotFound, error.Status);
        return error.Message;
    }

    /// <summary>Two peers with a thread in common that do not speak our own protocol.</summary>
    private async Task<(ThreadsDataSource A, ThreadsDataSource B, ThreadsPeer OfA, ThreadsPeer OfB)> PairAsync()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema);
        var b = await DatabaseAsync("b", a);
        Run(b, Schema);
        var peers = new List<ThreadsPeer>();
        foreach (var source in new[] { a, b })
        {
            var peer = await PeerAsync(source);
            peer.RemoveHandler(SyncProtocol.Id);
            peers.Add(peer);
        }

        return (a, b, peers[0], peers[1]);
    }

    /// <summary>B knows that A's peer has the thread, and dials it.</summary>
    private static async Task MeetAsync(ThreadsDataSource b, ThreadsPeer pb, ThreadsPeer pa)
    {
        using (var connection = b.OpenConnection())
        {
            connection.Thread.AddReplicator(pa.DialableAddresses[0]);
        }

        await pb.DialAsync(pa.DialableAddresses[0]);
    }

    private static async Task<ThreadServiceClient> ClientAsync(ThreadsPeer from, ThreadsPeer to) => new(await from.DialAsync(to.DialableAddresses[0]), TimeProvider.System);

    private static ThreadId Id(ThreadsDataSource source)
    {
        using var connection = source.OpenConnection();
        return connection.Thread.Id;
    }

    private static ThreadKey Key(ThreadsDataSource source)
    {
        using var connection = source.OpenConnection();
        return connection.Thread.Key;
    }

    private static void Copy(ThreadsDataSource from, ThreadsDataSource to)
    {
        using var file = new MemoryStream();
        using (var connection = from.OpenConnection())
        {
            connection.Thread.Export(file);
        }

        file.Position = 0;
        using var target = to.OpenConnection();
        target.Thread.Import(file);
    }
}
