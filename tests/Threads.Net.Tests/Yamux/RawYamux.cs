using Threads.Net.Yamux;

namespace Threads.Net.Tests.Yamux;

/// <summary>Yamux by hand: frames as a test writes them, whatever the rules say.</summary>
internal sealed class RawYamux(Stream channel)
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public Stream Channel => channel;

    public Task SendAsync(YamuxType type, YamuxFlags flags, uint stream, uint length, ReadOnlyMemory<byte> body = default)
    {
        var bytes = new byte[YamuxFrame.SizeBytes + body.Length];
        new YamuxFrame(type, flags, stream, length).Write(bytes);
        body.CopyTo(bytes.AsMemory(YamuxFrame.SizeBytes));
        return channel.WriteAsync(bytes).AsTask().WaitAsync(Limit);
    }

    public Task SendDataAsync(uint stream, ReadOnlyMemory<byte> body, YamuxFlags flags = 0) => SendAsync(YamuxType.Data, flags, stream, (uint)body.Length, body);

    public Task CreditAsync(uint stream, uint delta, YamuxFlags flags = 0) => SendAsync(YamuxType.WindowUpdate, flags, stream, delta);

    /// <summary>The next frame; null when the other side has closed.</summary>
    public async Task<(YamuxFrame Frame, byte[] Body)?> ReadAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        var header = new byte[YamuxFrame.SizeBytes];
        try
        {
            if (await channel.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, limit.Token) < header.Length)
            {
                return null;
            }

            Assert.True(YamuxFrame.TryRead(header, out var frame));
            var body = new byte[frame.Type == YamuxType.Data ? frame.Length : 0];
            await channel.ReadExactlyAsync(body, limit.Token);
            return (frame, body);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads on until a frame fits; those before it are dropped.</summary>
    public async Task<(YamuxFrame Frame, byte[] Body)> UntilAsync(Func<YamuxFrame, bool> wanted)
    {
        while (await ReadAsync() is { } next)
        {
            if (wanted(next.Frame))
            {
                return next;
            }
        }

        Assert.Fail("The connection ended before the frame came.");
        return default;
    }

    /// <summary>Reads to the end and returns the code of the go-away on the way; null when there was none.</summary>
    public async Task<uint?> GoAwayAsync()
    {
        uint? code = null;
        while (await ReadAsync() is { } next)
        {
            code = next.Frame.Type == YamuxType.GoAway ? next.Frame.Length : code;
        }

        return code;
    }
}
