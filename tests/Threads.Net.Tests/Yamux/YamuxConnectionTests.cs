using System.Collections.Concurrent;
using Threads.Net.Yamux;

namespace Threads.Net.Tests.Yamux;

public sealed class YamuxConnectionTests : IAsyncDisposable
{
    private const uint Window = YamuxOptions.InitialWindowBytes;
    private static readonly TimeSpan Limit = RawYamux.Limit;

    private readonly ManualTime _time = new();
    private readonly BlockingCollection<YamuxStream> _accepted = [];
    private readonly List<YamuxConnection> _open = [];

    [Fact]
    public async Task A_stream_carries_bytes_both_ways_and_each_half_ends_on_its_own()
    {
        var (a, b) = Pair();
        var stream = await a.OpenAsync(default);
        await stream.WriteAsync("there"u8.ToArray());
        stream.CompleteWrites();
        var other = Accepted();
        Assert.Equal("there"u8.ToArray(), await AllAsync(other));

        // Their half is still open, long after ours has ended.
        await other.WriteAsync("and back"u8.ToArray());
        other.CompleteWrites();
        Assert.Equal("and back"u8.ToArray(), await AllAsync(stream));
        await UntilAsync(() => a.StreamCount == 0 && b.StreamCount == 0);
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.WriteAsync(new byte[1]).AsTask());
    }

    [Fact]
    public async Task A_writer_stops_at_the_window_and_goes_on_with_the_credit()
    {
        var (raw, connection) = Raw(client: true);
        var stream = await connection.OpenAsync(default);
        var writing = stream.WriteAsync(new byte[Window + 10]).AsTask();
        var got = 0;
        while (got < Window)
        {
            got += (await raw.UntilAsync(f => f.Type == YamuxType.Data)).Body.Length;
        }

        Assert.Equal((int)Window, got);
        // Nothing more without credit: a ping asked for now is the next thing that comes.
        await raw.SendAsync(YamuxType.Ping, YamuxFlags.Syn, 0, 7);
        Assert.Equal(YamuxType.Ping, (await raw.ReadAsync())!.Value.Frame.Type);

        await raw.CreditAsync(stream.Id, 4);
        Assert.Equal(4, (await raw.UntilAsync(f => f.Type == YamuxType.Data)).Body.Length);
        await raw.CreditAsync(stream.Id, 1000);
        Assert.Equal(6, (await raw.UntilAsync(f => f.Type == YamuxType.Data)).Body.Length);
        await writing.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_writer_that_waits_for_credit_wakes_when_the_stream_is_reset_or_the_connection_ends()
    {
        var (raw, connection) = Raw(client: true);
        var first = await connection.OpenAsync(default);
        var second = await connection.OpenAsync(default);
        var waiting = first.WriteAsync(new byte[4 * Window]).AsTask();
        var other = second.WriteAsync(new byte[4 * Window]).AsTask();
        await raw.CreditAsync(first.Id, 0, YamuxFlags.Rst);
        Assert.Equal(ThreadsPeerErrorCode.StreamReset, (await Assert.ThrowsAsync<ThreadsPeerException>(() => waiting.WaitAsync(Limit))).ErrorCode);
        await raw.SendAsync(YamuxType.GoAway, 0, 0, 0);
        Assert.Equal(ThreadsPeerErrorCode.ConnectionClosed, (await Assert.ThrowsAsync<ThreadsPeerException>(() => other.WaitAsync(Limit))).ErrorCode);
    }

    [Fact]
    public async Task Credit_is_given_for_what_was_read_not_for_what_arrived()
    {
        var (raw, _) = Raw(client: false);
        await raw.SendDataAsync(1, new byte[Window - 1], YamuxFlags.Syn);
        var stream = Accepted();
        await raw.SendAsync(YamuxType.Ping, YamuxFlags.Syn, 0, 1);
        var before = new List<YamuxFrame>();
        while ((await raw.ReadAsync())!.Value.Frame is var frame && frame.Type != YamuxType.Ping)
        {
            before.Add(frame);
        }

        Assert.All(before, f => Assert.Equal(0u, f.Length));
        await stream.ReadExactlyAsync(new byte[Window / 2]);
        var credit = (await raw.UntilAsync(f => f.Type == YamuxType.WindowUpdate && f.Length > 0)).Frame;
        Assert.True(credit.Length >= Window / 2, "Half of the window was read.");
    }

    [Fact]
    public async Task The_window_grows_while_the_reader_keeps_up_and_the_growth_has_a_limit()
    {
        var (raw, _) = Raw(client: false, new() { MaxWindowBytes = 1024 * 1024, MaxRaisedBytes = 512 * 1024 });
        await raw.CreditAsync(1, 0, YamuxFlags.Syn);
        var stream = Accepted();
        long granted = Window, sent = 0;
        for (var round = 0; round < 40; round++)
        {
            await raw.SendDataAsync(1, new byte[64 * 1024]);
            sent += 64 * 1024;
            await stream.ReadExactlyAsync(new byte[64 * 1024]);
            await raw.SendAsync(YamuxType.Ping, YamuxFlags.Syn, 0, (uint)round);
            while ((await raw.ReadAsync())!.Value.Frame is var frame && frame.Type != YamuxType.Ping)
            {
                granted += frame.Length;
            }

            _time.Advance(TimeSpan.FromSeconds(1));
        }

        // 256 KiB raised once to 512; a second doubling would raise 768 KiB in all.
        Assert.InRange(granted - sent, 1, 512 * 1024);
        Assert.True(granted - sent > Window / 2);
    }

    [Fact]
    public async Task A_peer_that_gives_credit_only_after_half_of_a_large_window_is_served()
    {
        var (raw, connection) = Raw(client: true);
        var stream = await connection.OpenAsync(default);
        const uint Large = 8 * 1024 * 1024;
        await raw.CreditAsync(stream.Id, Large - Window, YamuxFlags.Ack);
        var writing = stream.WriteAsync(new byte[Large / 2]).AsTask();
        for (long got = 0, mostAtOnce = 0; got < Large / 2;)
        {
            var (frame, body) = (await raw.ReadAsync())!.Value;
            if (frame.Type == YamuxType.Ping)
            {
                mostAtOnce = 0;
                await raw.SendAsync(YamuxType.Ping, YamuxFlags.Ack, 0, frame.Length);
            }

            got += body.Length;
            mostAtOnce += body.Length;
            // The first window may have gone out before the credit came.
            Assert.True(mostAtOnce <= new YamuxOptions().MaxInFlightBytes + Window, "No more goes out than a reader that holds everything tolerates.");
        }

        await writing.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_reset_drops_what_is_buffered_on_both_sides()
    {
        var (a, b) = Pair();
        var stream = await a.OpenAsync(default);
        await stream.WriteAsync(new byte[1000]);
        var other = Accepted();
        await UntilAsync(() => other.Unread == 1000);
        stream.Abort();
        Assert.Equal(ThreadsPeerErrorCode.StreamReset, (await Assert.ThrowsAsync<ThreadsPeerException>(async () =>
        {
            // What had arrived may still be read, or not; the end is the reset.
            while (await other.ReadAsync(new byte[10]) > 0)
            {
            }
        })).ErrorCode);
        await Assert.ThrowsAsync<ThreadsPeerException>(() => stream.ReadAsync(new byte[1]).AsTask());
        await Assert.ThrowsAsync<ThreadsPeerException>(() => stream.WriteAsync(new byte[1]).AsTask());
        await UntilAsync(() => a.StreamCount == 0 && b.StreamCount == 0);
    }

    [Fact]
    public async Task An_abandoned_stream_is_reset_when_bytes_come_and_ends_in_order_when_none_do()
    {
        var (raw, connection) = Raw(client: false);
        await raw.SendDataAsync(1, new byte[10], YamuxFlags.Syn);
        Accepted().Dispose();
        Assert.True((await raw.UntilAsync(f => f.StreamId == 1 && f.Flags.HasFlag(YamuxFlags.Rst))).Frame.Flags.HasFlag(YamuxFlags.Rst));

        await raw.CreditAsync(3, 0, YamuxFlags.Syn);
        Accepted().Dispose();
        Assert.Equal(YamuxFlags.Fin, (await raw.UntilAsync(f => f.StreamId == 3 && f.Flags != YamuxFlags.Ack)).Frame.Flags & ~YamuxFlags.Ack);
        await raw.CreditAsync(3, 0, YamuxFlags.Fin);
        await UntilAsync(() => connection.StreamCount == 0);
    }

    [Fact]
    public async Task Frames_of_many_writers_are_whole_and_none_waits_for_a_bulk_stream()
    {
        var (raw, connection) = Raw(client: true);
        var bulk = await connection.OpenAsync(default);
        var writing = bulk.WriteAsync(Filled(1, (int)Window)).AsTask();
        var small = new List<YamuxStream>();
        for (byte i = 2; i < 12; i++)
        {
            small.Add(await connection.OpenAsync(default));
            await small[^1].WriteAsync(Filled(i, 100));
        }

        var of = new Dictionary<uint, int>();
        while (of.Values.Sum() < Window + 1000)
        {
            var (frame, body) = await raw.UntilAsync(f => f.Type == YamuxType.Data);
            var writer = frame.StreamId == bulk.Id ? 1 : 2 + small.FindIndex(s => s.Id == frame.StreamId);
            Assert.All(body, b => Assert.Equal(writer, b));
            of[frame.StreamId] = of.GetValueOrDefault(frame.StreamId) + body.Length;
        }

        Assert.All(small, s => Assert.Equal(100, of[s.Id]));
        await writing.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_ping_is_asked_in_its_interval_and_a_peer_that_does_not_answer_is_left()
    {
        var (raw, connection) = Raw(client: true);
        _time.Advance(TimeSpan.FromSeconds(30));
        var ping = (await raw.UntilAsync(f => f.Type == YamuxType.Ping)).Frame;
        _time.Advance(TimeSpan.FromMilliseconds(40));
        await raw.SendAsync(YamuxType.Ping, YamuxFlags.Ack, 0, ping.Length);
        await UntilAsync(() => connection.RoundTrip == TimeSpan.FromMilliseconds(40));

        _time.Advance(TimeSpan.FromSeconds(40));
        await raw.UntilAsync(f => f.Type == YamuxType.Ping);
        _time.Advance(TimeSpan.FromSeconds(40));
        await connection.Closed.WaitAsync(Limit);
        Assert.Equal(ThreadsPeerErrorCode.ConnectionClosed, connection.Failure!.ErrorCode);
    }

    [Fact]
    public async Task A_pong_that_nobody_asked_for_is_ignored_and_a_ping_is_answered_with_its_value()
    {
        var (raw, connection) = Raw(client: true);
        await raw.SendAsync(YamuxType.Ping, YamuxFlags.Ack, 0, 99);
        await raw.SendAsync(YamuxType.Ping, YamuxFlags.Syn, 0, 0xDEADBEEF);
        var pong = (await raw.UntilAsync(f => f.Type == YamuxType.Ping)).Frame;
        Assert.Equal((YamuxFlags.Ack, 0xDEADBEEF), (pong.Flags, pong.Length));
        Assert.Null(connection.Failure);
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_for_half_a_minute_is_left_and_writers_are_told()
    {
        var channel = new StalledStream();
        var connection = Start(new(channel, client: true, _accepted.Add, new(), _time));
        var stream = await connection.OpenAsync(default);
        var writing = stream.WriteAsync(new byte[4 * Window]).AsTask();
        await channel.Stalled.Task.WaitAsync(Limit);
        for (var i = 0; i < 6; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        await Assert.ThrowsAsync<ThreadsPeerException>(() => writing.WaitAsync(Limit));
        Assert.Equal(ThreadsPeerErrorCode.ConnectionClosed, connection.Failure!.ErrorCode);
    }

    [Fact]
    public async Task A_stream_that_the_other_side_has_ended_and_nobody_touches_is_reset_after_a_while()
    {
        var (raw, connection) = Raw(client: false, new() { PingInterval = TimeSpan.FromHours(1) });
        await raw.CreditAsync(1, 0, YamuxFlags.Syn);
        var stream = Accepted();
        await raw.CreditAsync(1, 0, YamuxFlags.Fin);
        await UntilAsync(() => stream.RemoteFinished);
        for (var i = 0; i < 14; i++)
        {
            Assert.True(i > 10 || connection.StreamCount == 1);
            // The writer has to have had its turn: it is watched too.
            _time.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(10);
        }

        await raw.UntilAsync(f => f.StreamId == 1 && f.Flags.HasFlag(YamuxFlags.Rst));
        await UntilAsync(() => connection.StreamCount == 0);
        Assert.Null(connection.Failure);
    }

    [Fact]
    public async Task Openers_wait_while_too_many_streams_are_unanswered()
    {
        var (raw, connection) = Raw(client: true, new() { MaxUnacknowledgedStreams = 2 });
        var first = await connection.OpenAsync(default);
        await connection.OpenAsync(default);
        var third = connection.OpenAsync(default).AsTask();
        Assert.False(third.IsCompleted);
        await raw.CreditAsync(first.Id, 0, YamuxFlags.Ack);
        Assert.Equal(5u, (await third.WaitAsync(Limit)).Id);
    }

    [Fact]
    public async Task Go_away_is_the_last_frame_behind_all_that_was_written()
    {
        var (raw, connection) = Raw(client: true);
        var stream = await connection.OpenAsync(default);
        await stream.WriteAsync(new byte[200_000]);
        stream.CompleteWrites();
        var closing = connection.DisposeAsync().AsTask();
        var (got, isEnded) = (0, false);
        while (await raw.ReadAsync() is var (frame, body))
        {
            got += body.Length;
            isEnded |= frame.Flags.HasFlag(YamuxFlags.Fin);
            if (frame.Type == YamuxType.GoAway)
            {
                Assert.Equal(0u, frame.Length);
                break;
            }
        }

        Assert.Equal(200_000, got);
        Assert.True(isEnded);
        await raw.Channel.DisposeAsync();
        await closing.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_body_on_a_frame_with_FIN_is_taken_and_then_the_end()
    {
        var (raw, _) = Raw(client: false);
        await raw.SendDataAsync(1, "abc"u8.ToArray(), YamuxFlags.Syn);
        await raw.SendDataAsync(1, "def"u8.ToArray(), YamuxFlags.Fin);
        Assert.Equal("abcdef"u8.ToArray(), await AllAsync(Accepted()));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _open)
        {
            _ = connection.DisposeAsync().AsTask();
            _time.Advance(TimeSpan.FromSeconds(3));
        }

        await Task.WhenAll(_open.Select(c => c.Closed)).WaitAsync(Limit);
        _accepted.Dispose();
    }

    private (RawYamux Raw, YamuxConnection Connection) Raw(bool client, YamuxOptions? options = null)
    {
        var (a, b) = DuplexPair.Create();
        return (new(a), Start(new(b, client, _accepted.Add, options ?? new(), _time)));
    }

    private (YamuxConnection A, YamuxConnection B) Pair()
    {
        var (a, b) = DuplexPair.Create();
        return (Start(new(a, client: true, _accepted.Add, new(), _time)), Start(new(b, client: false, _accepted.Add, new(), _time)));
    }

    private YamuxConnection Start(YamuxConnection connection)
    {
        connection.Start();
        _open.Add(connection);
        return connection;
    }

    private YamuxStream Accepted()
    {
        Assert.True(_accepted.TryTake(out var stream, Limit));
        return stream;
    }

    private static byte[] Filled(byte value, int size)
    {
        var bytes = new byte[size];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    private static async Task<byte[]> AllAsync(Stream stream)
    {
        var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes).WaitAsync(Limit);
        return bytes.ToArray();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 3000 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }

    /// <summary>Takes the first bytes and then no more.</summary>
    private sealed class StalledStream : Threads.Net.Wire.DuplexStream
    {
        private readonly TaskCompletionSource<int> _end = new();

        public TaskCompletionSource Stalled { get; } = new();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => await _end.Task;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Stalled.TrySetResult();
            await _end.Task;
            throw new IOException("closed");
        }

        protected override void Dispose(bool disposing) => _end.TrySetResult(0);
    }
}
