using System.Buffers.Binary;
using Threads.Net.Noise;

namespace Threads.Net.Tests.Noise;

public sealed class NoiseStreamTests
{
    private static readonly CancellationToken Soon = new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;
    private static readonly byte[] One = [.. Enumerable.Repeat((byte)1, 32)];
    private static readonly byte[] Two = [.. Enumerable.Repeat((byte)2, 32)];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(65519, 65519)]
    [InlineData(65520, 7)]
    [InlineData(300_000, 100_000)]
    public async Task Bytes_come_out_as_they_went_in_whatever_the_reader_asks_for(int size, int chunk)
    {
        var (a, b) = DuplexPair.Create();
        await using var sender = new NoiseStream(a, new(One), new(Two));
        await using var receiver = new NoiseStream(b, new(Two), new(One));
        var data = new byte[size];
        for (var i = 0; i < size; i++)
        {
            data[i] = (byte)(i * 31);
        }

        await sender.WriteAsync(data, Soon);
        var found = new byte[size];
        for (var n = 0; n < size;)
        {
            var read = await receiver.ReadAsync(found.AsMemory(n, Math.Min(chunk, size - n)), Soon);
            Assert.NotEqual(0, read);
            n += read;
        }

        Assert.Equal(data, found);
    }

    [Fact]
    public async Task A_changed_message_ends_the_channel_by_name()
    {
        var (a, b) = DuplexPair.Create();
        await using var receiver = new NoiseStream(b, new(Two), new(One));
        var message = new byte[2 + 5 + 16];
        BinaryPrimitives.WriteUInt16BigEndian(message, 21);
        await a.WriteAsync(message, Soon);
        var e = await Assert.ThrowsAsync<ThreadsPeerException>(() => receiver.ReadAsync(new byte[100], Soon).AsTask());
        Assert.Equal(ThreadsPeerErrorCode.ChannelDamaged, e.ErrorCode);
    }

    [Fact]
    public async Task A_message_without_text_says_nothing_and_a_shorter_one_is_damaged()
    {
        var (a, b) = DuplexPair.Create();
        await using var receiver = new NoiseStream(b, new(Two), new(One));
        using var cipher = new NoiseCipher(One);
        byte[] empty = [0, 16, .. new byte[16]], text = [0, 17, .. new byte[17]];
        cipher.Encrypt([], empty.AsSpan(2));
        cipher.Encrypt([7], text.AsSpan(2));
        await a.WriteAsync((byte[])[.. empty, .. text, 0, 15], Soon);
        var found = new byte[10];
        Assert.Equal(1, await receiver.ReadAsync(found, Soon));
        Assert.Equal(7, found[0]);
        await Assert.ThrowsAsync<ThreadsPeerException>(() => receiver.ReadAsync(found, Soon).AsTask());
    }

    [Fact]
    public async Task An_end_inside_a_message_is_an_error_and_between_messages_an_end()
    {
        var (a, b) = DuplexPair.Create();
        await using var receiver = new NoiseStream(b, new(Two), new(One));
        await a.WriteAsync((byte[])[0, 50, 1], Soon);
        await a.DisposeAsync();
        await Assert.ThrowsAsync<ThreadsPeerException>(() => receiver.ReadAsync(new byte[10], Soon).AsTask());

        (a, b) = DuplexPair.Create();
        await using var second = new NoiseStream(b, new(Two), new(One));
        await a.DisposeAsync();
        Assert.Equal(0, await second.ReadAsync(new byte[10], Soon));
    }
}
