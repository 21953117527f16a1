using Google.Protobuf;
using Threads.Net.Protobuf;
using Threads.Net.Sync;
using Threads.Net.Wire;

namespace Threads.Net.Tests.Sync;

/// <summary>A page goes without protobuf's copies, in protobuf's bytes.</summary>
public sealed class PageFrameTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(123)]
    [InlineData(124)]
    [InlineData(126)]
    [InlineData(16_380)]
    [InlineData(600_000)]
    public async Task A_page_is_written_as_protobuf_writes_it_and_read_back(int size)
    {
        var car = new byte[size];
        Random.Shared.NextBytes(car);
        var frame = new SyncFrame { Page = new Page { Car = ByteString.CopyFrom(car) } }.ToByteArray();
        var head = new byte[PageFrame.MaxHeadBytes];
        byte[] written = [.. head.AsSpan(0, PageFrame.WriteHead(head, size)), .. car];

        // An empty field isn't written by protobuf; both forms say the same.
        if (size > 0)
        {
            Assert.Equal(LengthPrefixed.Frame(frame), written);
        }

        using var buffer = new FrameBuffer();
        var read = await LengthPrefixed.ReadAsync(new MemoryStream(written), SyncSession.MaxFrameBytes, buffer, default);
        Assert.True(PageFrame.TryRead(read!.Value, out var taken));
        Assert.Equal(car, taken.ToArray());
        Assert.Equal(car, SyncFrame.Parser.ParseFrom(read.Value.Span).Page.Car.ToByteArray());
    }

    [Fact]
    public void Whatever_else_is_left_to_protobuf()
    {
        var page = new SyncFrame { Page = new Page { Car = ByteString.CopyFrom(1, 2, 3) } }.ToByteArray();
        byte[][] others =
        [
            [], [0x22], page[..^1], [.. page, 0], [.. page, .. page], [0x22, 0x00], [0x22, 0x02, 0x0A, 0x01], [0x22, 0x03, 0x0A, 0x00, 0x00],
            new SyncFrame { Heads = new Heads { Heads_ = "abc", Pages = 4 } }.ToByteArray(), new SyncFrame { Announcements = new() }.ToByteArray(),
            [0x22, 0x83, 0x00, 0x0A, 0x01, 0x07],
        ];
        Assert.All(others, o => Assert.False(PageFrame.TryRead(o, out _), Convert.ToHexString(o)));
    }
}
