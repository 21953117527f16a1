using Threads.Net.Multistream;
using Threads.Net.Tests.Yamux;
using Threads.Net.Yamux;

namespace Threads.Net.Tests.Hostile;

/// <summary>Peers that prove who they are and then break the rules of yamux: go-away 1, and nobody else notices.</summary>
[Collection(nameof(Alone))]
public sealed class MuxerAttackTests
{
    private const uint Window = YamuxOptions.InitialWindowBytes;

    public static TheoryData<string, string> Frames => new()
    {
        { "an unknown version", "010000010000000100000000" },
        { "an unknown type", "000400010000000100000000" },
        { "data of stream 0", "000000000000000000000001" },
        { "a window of stream 0", "000100000000000000000001" },
        { "a stream id of the wrong parity", "000100010000000200000000" },
        { "a second opening", "000100010000000100000000000100010000000100000000" },
        { "a body longer than the window", "000000010000000100040001" },
        { "a body of four gigabytes", "0000000100000001ffffffff" },
        { "a body of four gigabytes for nobody", "0000000000000063ffffffff" },
        { "a window beyond 32 bits", "000100010000000100000000" + "0001000000000001ffffffff" },
        { "data behind the end", "000100010000000100000000" + "000100040000000100000000" + "00000000000000010000000161" },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public async Task A_frame_against_the_rules_ends_the_connection_by_name(string what, string hex)
    {
        await using var victim = await Victim.StartAsync();
        var (raw, self) = await victim.SecureAsync();
        var side = await victim.SideAsync(self);
        await raw.Channel.WriteAsync(Convert.FromHexString(hex));
        Assert.Equal(1u, await raw.GoAwayAsync());
        Assert.True(side.EndReason?.ErrorCode == ThreadsPeerErrorCode.MuxerViolation, what);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Theory]
    [InlineData("pings", (int)YamuxType.Ping, (int)YamuxFlags.Syn)]
    [InlineData("resets", (int)YamuxType.WindowUpdate, (int)YamuxFlags.Rst)]
    [InlineData("empty frames", (int)YamuxType.Data, (int)YamuxFlags.None)]
    public async Task A_flood_of_frames_that_say_nothing_ends_the_connection_by_name(string what, int type, int flags)
    {
        await using var victim = await Victim.StartAsync();
        var (raw, self) = await victim.SecureAsync();
        var side = await victim.SideAsync(self);
        try
        {
            for (var i = 0; i < 2000; i++)
            {
                await raw.SendAsync((YamuxType)type, (YamuxFlags)flags, type == (int)YamuxType.Ping ? 0u : 1u, 0);
            }
        }
        catch (IOException)
        {
            Assert.NotNull(side.EndReason);
        }

        await side.Closed.WaitAsync(Victim.Limit);
        Assert.True(side.EndReason!.ErrorCode == ThreadsPeerErrorCode.MuxerViolation, what);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Theory]
    [InlineData(false)] // and leaves them open
    [InlineData(true)] // and ends each at once
    public async Task Whoever_opens_a_million_streams_is_cut_off_and_memory_stays_bounded(bool ends)
    {
        await using var victim = await Victim.StartAsync();
        var (raw, self) = await victim.SecureAsync();
        var side = await victim.SideAsync(self);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        // Nothing is read: what is answered has nowhere to go.
        try
        {
            for (uint id = 1; id < 2_000_000; id += 200)
            {
                var frames = new byte[100 * 2 * YamuxFrame.SizeBytes];
                for (var i = 0; i < 100; i++)
                {
                    new YamuxFrame(YamuxType.WindowUpdate, YamuxFlags.Syn, id + (2u * (uint)i), 0).Write(frames.AsSpan(2 * i * YamuxFrame.SizeBytes));
                    new YamuxFrame(YamuxType.WindowUpdate, ends ? YamuxFlags.Fin : 0, id + (2u * (uint)i), 0).Write(frames.AsSpan(((2 * i) + 1) * YamuxFrame.SizeBytes));
                }

                await raw.Channel.WriteAsync(frames);
            }
        }
        catch (IOException)
        {
            Assert.NotNull(side.EndReason);
        }

        await side.Closed.WaitAsync(Victim.Limit);
        // Whichever is noticed first: too many streams, or that none of them says a word.
        Assert.Contains(side.EndReason!.ErrorCode, new[] { ThreadsPeerErrorCode.MuxerViolation, ThreadsPeerErrorCode.Misbehaved });
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 16 * 1024 * 1024);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Fact]
    public async Task Whoever_fills_every_window_loses_the_fullest_streams_and_memory_stays_bounded()
    {
        const int MaxUnread = 2 * 1024 * 1024;
        await using var victim = await Victim.StartAsync(o => o with { Muxer = new() { MaxUnreadBytes = MaxUnread } });
        // Serves nothing and reads nothing.
        victim.Peer.AddHandler(new Idle("/idle/1"));
        var (raw, self) = await victim.SecureAsync();
        var side = await victim.SideAsync(self);
        var resets = 0;
        for (var i = 0; i < 40; i++)
        {
            var id = 1u + (2u * (uint)i);
            await raw.SendDataAsync(id, MultistreamMessage.Encode(MultistreamMessage.Header, "/idle/1"), YamuxFlags.Syn);
            while (!(await raw.UntilAsync(f => f.StreamId == id || f.Flags.HasFlag(YamuxFlags.Rst))).Body.AsSpan().EndsWith("/idle/1\n"u8))
            {
            }

            await raw.SendDataAsync(id, new byte[Window - 1000]);
        }

        await raw.SendAsync(YamuxType.Ping, YamuxFlags.Syn, 0, 5);
        while ((await raw.ReadAsync())!.Value.Frame is var frame && frame.Type != YamuxType.Ping)
        {
            resets += frame.Flags.HasFlag(YamuxFlags.Rst) ? 1 : 0;
        }

        Assert.Null(side.EndReason);
        Assert.InRange(side.StreamCount, 1, (int)(MaxUnread / (Window - 1000)) + 2);
        await victim.AssertOthersUnaffectedAsync();
    }

    [Fact]
    public async Task A_reader_that_stalls_holds_up_nobody_and_is_left_after_half_a_minute()
    {
        var time = new ManualTime();
        await using var victim = await Victim.StartAsync(o => o with { TimeProvider = time });
        var (raw, self) = await victim.SecureAsync();
        var side = await victim.SideAsync(self);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        // Asks for 2^40 bytes on ten streams, with credit for four gigabytes each, and never reads.
        for (var i = 0; i < 10; i++)
        {
            var id = 1u + (2u * (uint)i);
            await raw.SendDataAsync(id, (byte[])[.. MultistreamMessage.Encode(MultistreamMessage.Header, "/threads/oracle/source/1.0.0"), 0, 0, 1, 0, 0, 0, 0, 0], YamuxFlags.Syn);
            await raw.CreditAsync(id, uint.MaxValue - Window);
        }

        await Task.Delay(300);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 32 * 1024 * 1024);
        await victim.AssertOthersUnaffectedAsync();
        for (var i = 0; i < 6 && side.EndReason is null; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(20);
        }

        await side.Closed.WaitAsync(Victim.Limit);
        Assert.Equal(ThreadsPeerErrorCode.ConnectionClosed, side.EndReason!.ErrorCode);
        await using var late = await ThreadsPeer.StartAsync();
        await late.DialAsync(victim.Peer.DialableAddresses[0]).WaitAsync(Victim.Limit);
    }

    [Theory]
    [InlineData("00100000000000000000000000000000000000")] // a message that doesn't authenticate
    [InlineData("000f")] // shorter than a tag
    [InlineData("ffff00")] // cut off
    public async Task A_damaged_message_of_the_channel_ends_the_connection(string hex)
    {
        await using var victim = await Victim.StartAsync();
        var stream = await victim.ConnectAsync();
        var (_, self) = await victim.SecureAsync(stream);
        var side = await victim.SideAsync(self);
        await stream.WriteAsync(Convert.FromHexString(hex));
        stream.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        await side.Closed.WaitAsync(Victim.Limit);
        Assert.Contains(side.EndReason!.ErrorCode, new[] { ThreadsPeerErrorCode.ChannelDamaged, ThreadsPeerErrorCode.ConnectionClosed });
        await victim.AssertOthersUnaffectedAsync();
    }

    private sealed class Idle(string id) : IProtocolHandler
    {
        public string Protocol => id;

        public async Task HandleAsync(PeerStream stream, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }
}
