using Threads.Data;
using Threads.Data.Identity;
using Threads.Net.Sync;

namespace Threads.Net.Tests.Sync;

/// <summary>T-NET-2 step 3, T-NET-7: records reach holders of the key through peers that don't have it.</summary>
public sealed class ThreadGossipTests : PeersTest
{
    private const string Schema = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)";

    [Fact]
    public async Task A_commit_reaches_a_peer_that_is_connected_only_through_a_stranger()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema, "INSERT INTO note VALUES (1, 'known to both')");
        var b = await DatabaseAsync("b", a);
        Run(b, Schema);
        Copy(a, b);
        var (pa, pb, stranger) = (await PeerAsync(a), await PeerAsync(b), await PeerAsync(null));
        string topic;
        using (var connection = a.OpenConnection())
        using (var key = connection.Thread.Key)
        {
            topic = new ThreadProof(connection.Thread.Id, key).Topic;
        }

        // The stranger takes part in the topic, as a relay of whatever is said there, and can't read a word.
        var heard = new List<byte[]>();
        stranger.Subscribe(topic, d => heard.Add(d.Data.ToArray()));
        await pa.DialAsync(stranger.DialableAddresses[0]);
        await pb.DialAsync(stranger.DialableAddresses[0]);
        await WaitAsync(() => stranger.MeshPeers(topic).Count == 2);
        Run(a, "INSERT INTO note VALUES (2, 'by gossip')");
        await WaitAsync(() => Texts(b) == "known to both|by gossip");
        Assert.Null(pb.FindConnection(pa.Id));
        Assert.NotEmpty(heard);
        Assert.All(heard, message => Assert.Equal(-1, message.AsSpan().IndexOf("by gossip"u8)));
    }

    [Fact]
    public async Task A_replicator_joins_the_topic_of_a_thread_that_another_process_gave_it()
    {
        using var key = ThreadKey.NewRandom();
        var thread = ThreadId.NewRandom();
        var (replicator, other) = (await PeerAsync(null, new() { ReplicaStore = At("replicas") }), await PeerAsync(null));
        var topic = new ThreadProof(thread, key).Topic;
        other.Subscribe(topic, _ => { });
        await other.DialAsync(replicator.DialableAddresses[0]);
        using (var store = ReplicaStore.Open(At("replicas")))
        {
            store.Add(thread, key);
        }

        await WaitAsync(() => other.MeshPeers(topic).Count == 1);
    }

    [Fact]
    public async Task What_a_stranger_says_on_the_topic_is_dropped()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema, "INSERT INTO note VALUES (1, 'one')");
        var (pa, stranger) = (await PeerAsync(a), await PeerAsync(null));
        string topic;
        using (var connection = a.OpenConnection())
        using (var key = connection.Thread.Key)
        {
            topic = new ThreadProof(connection.Thread.Id, key).Topic;
        }

        stranger.Subscribe(topic, _ => { });
        await stranger.DialAsync(pa.DialableAddresses[0]);
        await WaitAsync(() => stranger.MeshPeers(topic).Count == 1);
        stranger.Publish(topic, new byte[100]);
        Run(a, "INSERT INTO note VALUES (2, 'two')");
        await WaitAsync(() => Texts(a) == "one|two");
    }

    [Fact]
    public async Task A_sealed_message_opens_for_holders_of_the_key_and_under_its_author_alone()
    {
        var a = await DatabaseAsync("a");
        using var connection = a.OpenConnection();
        using var key = connection.Thread.Key;
        using var other = ThreadKey.NewRandom();
        var (proof, wrong) = (new ThreadProof(connection.Thread.Id, key), new ThreadProof(connection.Thread.Id, other));
        var (author, somebody) = (connection.Thread.Identity, PeerId.FromPublicKey(connection.Thread.LogId.PublicKey));
        var message = proof.SealForAll("text"u8, author, Threads.Data.Cryptography.SystemRandomSource.Instance);
        Assert.Equal("text"u8.ToArray(), proof.OpenForAll(message, author));
        Assert.Null(proof.OpenForAll(message, somebody));
        Assert.Null(wrong.OpenForAll(message, author));
        Assert.Null(proof.OpenForAll(message.AsSpan(0, 20), author));
        Assert.NotEqual(proof.Topic, wrong.Topic);
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
