using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Ipld;

public class CarTests
{
    private const string EmptyHeader = "11a265726f6f7473806776657273696f6e01";

    [Fact]
    public void A_file_without_blocks_is_its_header()
    {
        Assert.Equal(EmptyHeader, Convert.ToHexStringLower(Write([], [])));
        using var reader = Read(Convert.FromHexString(EmptyHeader));
        Assert.Empty(reader.ReadHeader());
        Assert.False(reader.TryReadBlock(out var cid, out var data));
        Assert.False(cid.IsDefined);
        Assert.Equal(0, data.Length);
        Assert.Equal(18, reader.Offset);
    }

    [Fact]
    public void A_block_is_length_cid_and_bytes()
    {
        var block = Block.OfDagCbor(new byte[] { 0xf6 });
        var car = Write([block.Cid], [block]);
        var cid = Convert.ToHexStringLower(block.Cid.ToBytes());
        Assert.Equal("3aa265726f6f747381d82a582500" + cid + "6776657273696f6e01" + "25" + cid + "f6", Convert.ToHexStringLower(car));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(10, 7)]
    [InlineData(300, 4096)]
    [InlineData(300, 1)]
    public async Task Blocks_come_back_in_order_however_the_stream_splits_them(int count, int chunkBytes)
    {
        var blocks = SampleBlocks(count, seed: 7);
        var roots = blocks.Take(2).Select(b => b.Cid).ToArray();
        var car = Write(roots, blocks);
        Assert.Equal(car, await WriteAsync(roots, blocks));

        using var reader = new CarReader(new ChunkStream(car, chunkBytes), bufferBytes: 256);
        Assert.Equal(roots, reader.ReadHeader());
        Assert.Equal(blocks.Select(Text), reader.ReadBlocks().Select(Text));
        Assert.Equal(car.Length, reader.Offset);

        using var asyncReader = new CarReader(new ChunkStream(car, chunkBytes), bufferBytes: 256);
        Assert.Equal(roots, await asyncReader.ReadHeaderAsync());
        var read = new List<string>();
        await foreach (var block in asyncReader.ReadBlocksAsync())
            read.Add(Text(block));
        Assert.Equal(blocks.Select(Text), read);
    }

    [Fact]
    public void Many_small_blocks_take_few_reads_of_the_stream_and_allocate_nothing_each()
    {
        var blocks = Enumerable.Range(0, 10_000).Select(i => new Block(Cid.ForRaw(BitConverter.GetBytes(i)), BitConverter.GetBytes(i))).ToArray();
        var stream = new ChunkStream(Write([], blocks), int.MaxValue);
        using var reader = new CarReader(stream);
        reader.ReadHeader();
        reader.TryReadBlock(out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var count = 1;
        while (reader.TryReadBlock(out _, out _))
            count++;
        Assert.Equal(10_000, count);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10_000);
        Assert.True(stream.Reads < 20, $"{stream.Reads} reads");
    }

    [Theory]
    [InlineData("", CarError.Truncated, 0)]
    [InlineData("11a265726f6f74738067", CarError.Truncated, 0)]
    [InlineData("91", CarError.Truncated, 0)]
    [InlineData("9100a265726f6f7473806776657273696f6e01", CarError.InvalidLength, 0)]
    [InlineData("ffffffffffffffffffff01", CarError.InvalidLength, 0)]
    [InlineData("ffffff7f", CarError.HeaderTooLong, 0)]
    [InlineData("01f6", CarError.InvalidHeader, 0)]
    [InlineData("01a0", CarError.InvalidHeader, 0)]
    [InlineData("00", CarError.InvalidHeader, 0)]
    [InlineData("12a265726f6f7473806776657273696f6e0100", CarError.InvalidHeader, 0)]
    [InlineData("11a265726f6f7473016776657273696f6e01", CarError.InvalidHeader, 0)]
    [InlineData("12a265726f6f747381016776657273696f6e01", CarError.InvalidHeader, 0)]
    [InlineData("11a265736f6f7473806776657273696f6e01", CarError.InvalidHeader, 0)]
    [InlineData("14a3617800" + "65726f6f7473806776657273696f6e01", CarError.InvalidHeader, 0)]
    [InlineData("0aa16776657273696f6e02", CarError.UnsupportedVersion, 0)]
    [InlineData("11a265726f6f7473806776657273696f6e03", CarError.UnsupportedVersion, 0)]
    [InlineData("11a265726f6f7473806776657273696f6e20", CarError.InvalidHeader, 0)]
    [InlineData(EmptyHeader + "00", CarError.InvalidCid, 18)]
    [InlineData(EmptyHeader + "05017112200102", CarError.InvalidCid, 18)]
    [InlineData(EmptyHeader + "0502711220ff", CarError.InvalidCid, 18)]
    [InlineData(EmptyHeader + "80", CarError.Truncated, 18)]
    [InlineData(EmptyHeader + "8000", CarError.InvalidLength, 18)]
    [InlineData(EmptyHeader + "2501711220", CarError.Truncated, 18)]
    [InlineData(EmptyHeader + "ffffffff0f", CarError.BlockTooLong, 18)]
    [InlineData(EmptyHeader + "ffffffffffffffff7f", CarError.BlockTooLong, 18)]
    [InlineData(EmptyHeader + "08015500020708" + "0709", CarError.HashMismatch, 18)]
    public void Each_refusal_has_its_name_and_place(string hex, CarError error, int offset)
    {
        var bytes = Convert.FromHexString(hex);
        foreach (var chunk in new[] { 1, 1000 })
        {
            using var reader = new CarReader(new ChunkStream(bytes, chunk));
            var refusal = Assert.Throws<CarException>(() => reader.ReadBlocks().Count());
            Assert.Equal((error, (long)offset), (refusal.Error, refusal.Offset));
            Assert.DoesNotContain("{", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_identity_block_is_read()
    {
        using var reader = Read(Convert.FromHexString(EmptyHeader + "08015500020708" + "0708"));
        Assert.True(reader.TryReadBlock(out var cid, out var data));
        Assert.Equal((0UL, "0708"), (cid.HashFunction, Convert.ToHexString(data.Span)));
    }

    [Fact]
    public async Task A_block_changed_in_any_byte_is_refused()
    {
        var block = Block.OfDagCbor(new byte[] { 0x43, 1, 2, 3 });
        var car = Write([], [block]);
        for (var i = 19; i < car.Length; i++)
        {
            // The codec says how to read a block; no hash covers it.
            if (i == 20)
                continue;
            var changed = car.ToArray();
            changed[i] ^= 1;
            using var reader = Read(changed);
            var error = Assert.Throws<CarException>(() => reader.TryReadBlock(out _, out _));
            Assert.True(error.Error is CarError.HashMismatch or CarError.InvalidCid or CarError.UnsupportedHash, $"byte {i}: {error.Error}");
            using var asyncReader = Read(changed);
            await Assert.ThrowsAsync<CarException>(async () => await asyncReader.ReadBlocksAsync().GetAsyncEnumerator().MoveNextAsync());
        }
    }

    [Fact]
    public void Every_error_has_a_text()
    {
        foreach (var error in Enum.GetValues<CarError>())
            Assert.Contains(" CAR ", new CarException(error, 7, "detail").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hash_mismatch_names_the_block()
    {
        var cid = Cid.ForRaw([1]);
        using var reader = Read(Write([], [new Block(cid, new byte[] { 2 })]));
        var error = Assert.Throws<CarException>(() => reader.TryReadBlock(out _, out _));
        Assert.Equal((CarError.HashMismatch, 18L), (error.Error, error.Offset));
        Assert.Contains($"'{cid}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hash_that_cannot_be_checked_is_refused()
    {
        var sha1 = Cid.FromBytes([1, 0x55, 0x11, 20, .. new byte[20]]);
        using var reader = Read(Write([], [new Block(sha1, new byte[] { 2 })]));
        Assert.Equal(CarError.UnsupportedHash, Assert.Throws<CarException>(() => reader.TryReadBlock(out _, out _)).Error);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_or_ends_between_blocks()
    {
        var blocks = SampleBlocks(5, seed: 3);
        var car = Write([], blocks);
        var ends = new HashSet<int> { 18 };
        foreach (var block in blocks)
            ends.Add(ends.Max() + Varint.Size((ulong)(36 + block.Data.Length)) + 36 + block.Data.Length);
        for (var length = 0; length < car.Length; length++)
        {
            using var reader = Read(car[..length]);
            if (ends.Contains(length))
                Assert.InRange(reader.ReadBlocks().Count(), 0, 4);
            else
                Assert.Equal(CarError.Truncated, Assert.Throws<CarException>(() => reader.ReadBlocks().Count()).Error);
        }
    }

    [Fact]
    public void The_limits_are_named_and_exact()
    {
        var block = new Block(Cid.ForRaw(new byte[1000]), new byte[1000]);
        var car = Write([block.Cid], [block]);
        using (var reader = new CarReader(new MemoryStream(car), new CarLimits { MaxBlockSizeBytes = 1000, MaxHeaderSizeBytes = 58 }))
            Assert.True(reader.TryReadBlock(out _, out _));
        using (var reader = new CarReader(new MemoryStream(car), new CarLimits { MaxBlockSizeBytes = 999 }))
        {
            var error = Assert.Throws<CarException>(() => reader.TryReadBlock(out _, out _));
            Assert.Equal(CarError.BlockTooLong, error.Error);
            Assert.Contains("999", error.Message, StringComparison.Ordinal);
        }
        using (var reader = new CarReader(new MemoryStream(car), new CarLimits { MaxHeaderSizeBytes = 57 }))
            Assert.Equal(CarError.HeaderTooLong, Assert.Throws<CarException>(() => reader.ReadHeader()).Error);
    }

    [Fact]
    public void A_length_that_lies_costs_no_memory()
    {
        var lie = Convert.FromHexString(EmptyHeader + "80808020" + "01711220");
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = new CarReader(new MemoryStream(lie), bufferBytes: 256);
        Assert.Equal(CarError.Truncated, Assert.Throws<CarException>(() => reader.TryReadBlock(out _, out _)).Error);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
    }

    [Fact]
    public void Writing_in_the_wrong_order_is_refused()
    {
        using var writer = new CarWriter(Stream.Null);
        Assert.Throws<InvalidOperationException>(() => writer.WriteBlock(Cid.ForRaw([]), []));
        writer.WriteHeader([]);
        Assert.Throws<InvalidOperationException>(() => writer.WriteHeader([]));
        Assert.Throws<ArgumentException>(() => writer.WriteBlock(default, []));
    }

    [Fact]
    public void Disposed_readers_and_writers_refuse()
    {
        var writer = new CarWriter(Stream.Null);
        writer.Dispose();
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.WriteHeader([]));
        var reader = Read(Convert.FromHexString(EmptyHeader));
        reader.Dispose();
        reader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reader.ReadHeader());
    }

    [Fact]
    public async Task Reading_stops_when_cancelled()
    {
        using var reader = Read(Convert.FromHexString(EmptyHeader));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.ReadHeaderAsync(new CancellationToken(true)));
    }

    [Fact]
    public void Garbage_gives_a_CarException_and_nothing_else() =>
        Prop.ForAll<byte[], bool>((bytes, behindHeader) =>
        {
            byte[] car = behindHeader ? [.. Convert.FromHexString(EmptyHeader), .. bytes ?? []] : bytes ?? [];
            using var reader = Read(car);
            try
            {
                return reader.ReadBlocks().Count() >= 0;
            }
            catch (CarException error)
            {
                return error.Offset <= car.Length;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    private static CarReader Read(byte[] car) => new(new MemoryStream(car));

    private static byte[] Write(Cid[] roots, IEnumerable<Block> blocks)
    {
        var stream = new MemoryStream();
        using (var writer = new CarWriter(stream, bufferBytes: 300))
        {
            writer.WriteHeader(roots);
            foreach (var block in blocks)
                writer.WriteBlock(block.Cid, block.Data.Span);
        }
        return stream.ToArray();
    }

    private static async Task<byte[]> WriteAsync(Cid[] roots, IEnumerable<Block> blocks)
    {
        var stream = new MemoryStream();
        await using (var writer = new CarWriter(stream, bufferBytes: 300))
        {
            await writer.WriteHeaderAsync(roots);
            foreach (var block in blocks)
                await writer.WriteBlockAsync(block.Cid, block.Data);
        }
        return stream.ToArray();
    }

    private static Block[] SampleBlocks(int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(i => Block.OfDagCbor(CborSample.Create(seed + i)))];

    private static string Text(Block block) => block.Cid + " " + Convert.ToHexString(block.Data.Span);

    /// <summary>Hands out a few bytes at a time, as a network does.</summary>
    private sealed class ChunkStream(byte[] bytes, int chunkBytes) : MemoryStream(bytes)
    {
        public int Reads { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            Reads++;
            return base.Read(buffer[..Math.Min(buffer.Length, chunkBytes)]);
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, chunkBytes)], cancellationToken);
    }
}
