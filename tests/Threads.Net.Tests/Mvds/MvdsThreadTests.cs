using Threads.Data;
using Threads.Data.Identity;
using Threads.Net.Mvds;
using Threads.Net.Tests.Sync;

namespace Threads.Net.Tests.Mvds;

/// <summary>M-MAP-1, M-REQ-1, M-REQ-8: MVDS carries the records of a thread over whatever takes bytes, bad as it may be.</summary>
public sealed class MvdsThreadTests : PeersTest
{
    private const string Schema = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)";
    private static readonly PeerId A = PeerId.Parse("12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp");
    private static readonly PeerId B = PeerId.Parse("12D3KooWHFrmLWTTDD4NodngtRMEVYgxrsDMp4F9iSwYntZ9WjHa");

    [Theory]
    [InlineData(MvdsMode.Batch, 1)]
    [InlineData(MvdsMode.Interactive, 2)]
    public async Task Two_databases_become_equal_though_half_of_the_payloads_is_lost(MvdsMode mode, int seed)
    {
        var random = new Random(seed);
        var (a, b) = await PairAsync();
        using var ofA = a.OpenConnection();
        using var ofB = b.OpenConnection();
        var options = new MvdsOptions { Mode = mode, IsCausal = true };
        var (toB, toA) = (new MvdsThread(ofA.Thread, B, options), new MvdsThread(ofB.Thread, A, options));
        for (var i = 0; i < 20; i++)
        {
            Run(a, $"INSERT INTO note VALUES ({i + 1}, 'of a {i}')");
            Run(b, $"INSERT INTO note VALUES ({i + 1000001}, 'of b {i}')");
        }

        Exchange(toB, toA, 1, 3000, () => random.Next(2) == 0);
        Assert.Equal(40, Count(b));
        Assert.Equal(Digest(a), Digest(b));
    }

    [Fact]
    public async Task A_restart_goes_on_where_it_was_without_sending_what_was_acknowledged()
    {
        var (a, b) = await PairAsync();
        using var ofA = a.OpenConnection();
        using var ofB = b.OpenConnection();
        Run(a, "INSERT INTO note VALUES (1, 'one')");
        var toB = new MvdsThread(ofA.Thread, B);
        Exchange(toB, new(ofB.Thread, A), 1, 100, () => false);
        Assert.Equal("one", Texts(b));

        Run(a, "INSERT INTO note VALUES (2, 'two')");
        Assert.NotNull(toB.Next(200));
        toB = new(ofA.Thread, B);
        Assert.Equal(1, Assert.Single(toB.States).SendCount);
        var payload = MvdsCodec.Decode(toB.Next(201)!);
        Assert.Single(payload.Messages);
        Exchange(toB, new(ofB.Thread, A), 202, 300, () => false);
        Assert.Equal("one|two", Texts(b));
        Assert.True(toB.IsIdle);
    }

    [Fact]
    public async Task Files_carry_payloads_as_well()
    {
        var (a, b) = await PairAsync();
        Run(a, "INSERT INTO note VALUES (1, 'by courier')");
        using var ofA = a.OpenConnection();
        using var ofB = b.OpenConnection();
        var (toB, toA) = (new MvdsThread(ofA.Thread, B), new MvdsThread(ofB.Thread, A));
        File.WriteAllBytes(At("outbox"), toB.Next(1)!);
        toA.Receive(File.ReadAllBytes(At("outbox")), 1);
        Assert.Equal("by courier", Texts(b));
        File.WriteAllBytes(At("answer"), toA.Next(1)!);
        toB.Receive(File.ReadAllBytes(At("answer")), 2);
        Assert.True(toB.IsIdle);
        Assert.Null(toB.Next(3));
    }

    [Fact]
    public async Task A_record_that_is_refused_is_not_acknowledged_and_stops_nothing_else()
    {
        var (a, b) = await PairAsync();
        var stranger = await DatabaseAsync("stranger");
        Run(stranger, Schema, "INSERT INTO note VALUES (1, 'of another thread')");
        using var ofA = a.OpenConnection();
        using var ofStranger = stranger.OpenConnection();
        Run(a, "INSERT INTO note VALUES (1, 'good')");
        var good = MvdsCodec.Decode(new MvdsThread(ofA.Thread, B).Next(1)!);
        var bad = MvdsCodec.Decode(new MvdsThread(ofStranger.Thread, B).Next(1)!);
        var forged = new MvdsMessage { Group = good.Messages[0].Group, Timestamp = 2, Body = bad.Messages[0].Body };
        using var ofB = b.OpenConnection();
        var toA = new MvdsThread(ofB.Thread, A);
        Assert.Throws<ThreadsException>(() => toA.Receive(MvdsCodec.Encode(new([], [], [], [forged, .. good.Messages])), 1));
        Assert.Equal("good", Texts(b));
        Assert.Equal([good.Messages[0].Id], MvdsCodec.Decode(toA.Next(1)!).Acks);
    }

    [Fact]
    public async Task Bytes_that_are_no_payload_and_messages_that_are_no_record_are_refused_by_name()
    {
        var (a, _) = await PairAsync();
        using var ofA = a.OpenConnection();
        var sync = new MvdsThread(ofA.Thread, B);
        Assert.Throws<ThreadsPeerException>(() => sync.Receive(new byte[] { 0x0a, 0xff }, 1));
        var junk = new MvdsMessage { Group = System.Security.Cryptography.SHA256.HashData(ofA.Thread.Id.Bytes), Body = [0xff] };
        Assert.Throws<ThreadsPeerException>(() => sync.Receive(MvdsCodec.Encode(new([], [], [], [junk])), 1));
        Assert.Null(sync.Next(2));
    }

    private static void Exchange(MvdsThread a, MvdsThread b, long from, long to, Func<bool> isLost)
    {
        for (var epoch = from; epoch < to; epoch++)
        {
            foreach (var (sender, receiver) in new[] { (a, b), (b, a) })
            {
                if (sender.Next(epoch) is { } payload && !isLost())
                {
                    receiver.Receive(payload, epoch);
                }
            }

            if (epoch > from + 5 && a.IsIdle && b.IsIdle)
            {
                return;
            }
        }

        Assert.Fail("not finished");
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
