using Google.Protobuf;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Net.Protobuf;
using Threads.Net.Sync;
using Threads.Net.Wire;

namespace Threads.Net.Tests.Sync;

/// <summary>T-NET-2, T-NET-6: what goes over the wire, frame by frame, to a peer that the test plays itself.</summary>
public sealed class ExchangeTests : PeersTest
{
    private const string Schema = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)";

    [Fact]
    public async Task Equal_heads_cost_one_round_trip_and_no_record()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema, "INSERT INTO note VALUES (1, 'one')");
        var pa = await PeerAsync(a);
        await using var other = await PlayedAsync(a, pa);
        await other.HelloAsync(Heads(a));

        // The first page that ever comes is the next commit's: nothing was sent before.
        Run(a, "INSERT INTO note VALUES (2, 'two')");
        Assert.Equal(1, RecordsIn(await other.PageAsync()));
    }

    [Fact]
    public async Task Who_comes_back_gets_only_what_is_new()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema);
        for (var i = 1; i <= 20; i++)
        {
            Run(a, $"INSERT INTO note VALUES ({i}, 'before')");
        }

        var before = Heads(a);
        for (var i = 21; i <= 27; i++)
        {
            Run(a, $"INSERT INTO note VALUES ({i}, 'after')");
        }

        var pa = await PeerAsync(a);
        await using (var other = await PlayedAsync(a, pa))
        {
            await other.HelloAsync(before);
            Assert.Equal(7, RecordsIn(await other.PageAsync()));
        }

        // The connection broke before anything was acknowledged: the same again, not more.
        await using var again = await PlayedAsync(a, pa);
        await again.HelloAsync(before);
        Assert.Equal(7, RecordsIn(await again.PageAsync()));
    }

    [Fact]
    public async Task A_burst_of_commits_is_coalesced_while_pages_are_unanswered()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema, "INSERT INTO note VALUES (1, 'one')");
        var pa = await PeerAsync(a);
        await using var other = await PlayedAsync(a, pa);
        await other.HelloAsync(Heads(a));
        for (var i = 2; i <= 101; i++)
        {
            Run(a, $"INSERT INTO note VALUES ({i}, 'burst')");
        }

        // Four pages may be under way without an answer; what was committed meanwhile goes with the next one.
        var (records, pages) = (0, 0ul);
        for (; pages < 4 && records < 100; pages++)
        {
            records += RecordsIn(await other.PageAsync());
        }

        await other.AnswerAsync(Heads(a), pages);
        Run(a, "INSERT INTO note VALUES (102, 'after the answer')");
        var rest = RecordsIn(await other.PageAsync());
        Assert.InRange(records, (int)pages, 100);
        Assert.True(rest >= 1);
    }

    [Fact]
    public async Task A_peer_that_never_answers_slows_neither_commits_nor_other_peers()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema, "INSERT INTO note VALUES (1, 'one')");
        var b = await DatabaseAsync("b", a);
        Run(b, Schema);
        var (pa, pb) = (await PeerAsync(a), await PeerAsync(b));
        await using var silent = await PlayedAsync(a, pa);
        await silent.HelloAsync(Heads(a));
        await pb.DialAsync(pa.DialableAddresses[0]);

        // Far more than windows and buffers hold: were anything waiting for the silent one, this would never end.
        var body = new string('x', 40_000);
        for (var i = 2; i <= 200; i++)
        {
            Run(a, $"INSERT INTO note VALUES ({i}, '{body}')");
        }

        await SyncAsync(pb, b, pa);
        Assert.Equal(200, Count(b));
        Assert.Contains(silent.Peer.Id, pa.SyncedPeers(Id(a)));
    }

    [Fact]
    public async Task A_page_answered_twice_or_before_it_was_sent_ends_the_conversation()
    {
        var a = await DatabaseAsync("a");
        Run(a, Schema, "INSERT INTO note VALUES (1, 'one')");
        var pa = await PeerAsync(a);
        await using var other = await PlayedAsync(a, pa);
        await other.HelloAsync(Heads(a));
        await other.AnswerAsync(Heads(a), 1);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await other.ReadAsync() is not null)
            {
                // Announcements may come before the end.
            }

            throw new IOException("ended");
        });
        await WaitAsync(() => pa.SyncedPeers(Id(a)).Count == 0);
    }

    private async Task<Played> PlayedAsync(ThreadsDataSource source, ThreadsPeer with)
    {
        using var connection = source.OpenConnection();
        using var key = connection.Thread.Key;
        var peer = await ThreadsPeer.StartAsync();
        var stream = await (await peer.DialAsync(with.DialableAddresses[0])).OpenStreamAsync(SyncProtocol.Id);
        return new(peer, stream, new ThreadProof(connection.Thread.Id, key));
    }

    private static ThreadId Id(ThreadsDataSource source)
    {
        using var connection = source.OpenConnection();
        return connection.Thread.Id;
    }

    private static ThreadHeads Heads(ThreadsDataSource source)
    {
        using var connection = source.OpenConnection();
        return connection.Thread.Heads;
    }

    /// <summary>Four blocks a record, a manifest and the header before them.</summary>
    private static int RecordsIn(Page page)
    {
        var bytes = page.Car.Span;
        var sections = 0;
        while (!bytes.IsEmpty)
        {
            var (length, size) = (0UL, 0);
            do
            {
                length |= (ulong)(bytes[size] & 0x7F) << (7 * size);
            }
            while (bytes[size++] >= 0x80);
            bytes = bytes[(size + (int)length)..];
            sections++;
        }

        return (sections - 2) / 4;
    }

    /// <summary>The other side of a conversation, by hand.</summary>
    private sealed class Played(ThreadsPeer peer, PeerStream stream, ThreadProof proof) : IAsyncDisposable
    {
        public ThreadsPeer Peer => peer;

        public async Task HelloAsync(ThreadHeads heads)
        {
            var hello = new Hello
            {
                Tag = ByteString.CopyFrom(proof.TagAt(stream.Peer)),
                Sealed = ByteString.CopyFrom(proof.Seal(heads.ToString(), peer.Id, stream.Peer, isAnswer: false, Threads.Data.Cryptography.SystemRandomSource.Instance)),
            };
            await SendAsync(new SyncFrame { Hello = hello });
            Assert.NotNull((await ReadAsync())!.Welcome);
        }

        public async Task<Page> PageAsync()
        {
            while (true)
            {
                var frame = await ReadAsync() ?? throw new EndOfStreamException();
                if (frame.KindCase == SyncFrame.KindOneofCase.Page)
                {
                    return frame.Page;
                }
            }
        }

        public Task AnswerAsync(ThreadHeads heads, ulong pages) => SendAsync(new SyncFrame { Heads = new Heads { Heads_ = heads.ToString(), Pages = pages } });

        public async Task<SyncFrame?> ReadAsync()
        {
            using var limit = new CancellationTokenSource(Limit);
            return await LengthPrefixed.ReadAsync(stream, SyncSession.MaxFrameBytes, limit.Token) is { } bytes ? SyncFrame.Parser.ParseFrom(bytes) : null;
        }

        public async ValueTask DisposeAsync()
        {
            await stream.DisposeAsync();
            await peer.DisposeAsync();
        }

        private async Task SendAsync(SyncFrame frame) => await stream.WriteAsync(LengthPrefixed.Frame(frame.ToByteArray()));
    }
}
