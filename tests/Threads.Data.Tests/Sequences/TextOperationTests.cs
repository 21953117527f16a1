using System.IO.Compression;
using Threads.Data.Ipld;
using Threads.Data.Sequences;

namespace Threads.Data.Tests.Sequences;

public class TextOperationTests
{
    [Fact]
    public void Typing_on_and_deleting_both_ways_become_single_runs()
    {
        var builder = new TextOperationBuilder(10);
        builder.Insert(3, "ab", 2);
        builder.Insert(5, "c", 1);
        builder.Delete(7, 1);
        builder.Delete(6, 1);
        builder.Delete(6, 2);
        Assert.Equal([new SequenceRun(false, 3, 3), new SequenceRun(true, 6, 4)], builder.ToOperation().Runs);
    }

    [Fact]
    public void The_bytes_of_an_operation_are_those_of_the_format()
    {
        var builder = new TextOperationBuilder(10);
        builder.Insert(3, "a😀", 2);
        builder.Delete(1, 2);
        // form 0, length 10, 2 runs, insert 2, delete 2, +3, 1 - 5, content
        Assert.Equal("000A020405060761F09F9880", Convert.ToHexString(TextOperationCodec.Encode(builder.ToOperation())));
    }

    [Fact]
    public void Long_bodies_are_deflated_and_come_back()
    {
        var text = string.Concat(Enumerable.Repeat("all work and no play makes jack a dull boy. ", 100));
        var builder = new TextOperationBuilder(0);
        builder.Insert(0, text, text.Length);
        var bytes = TextOperationCodec.Encode(builder.ToOperation());
        Assert.True(bytes.Length < text.Length / 4);
        Assert.Equal(text, TextOperationCodec.Decode(bytes).Content);
    }

    [Fact]
    public void What_deflates_beyond_the_bound_of_readers_is_stored_as_it_is()
    {
        var builder = new TextOperationBuilder(0);
        builder.Insert(0, new string(' ', 2_000_000), 2_000_000);
        var bytes = TextOperationCodec.Encode(builder.ToOperation());
        Assert.Equal(0, bytes[0]);
        Assert.Equal(2_000_000, TextOperationCodec.Decode(bytes).Inserted);
    }

    [Theory]
    [InlineData("", nameof(SequenceError.Truncated))]
    [InlineData("02", nameof(SequenceError.Form))]
    [InlineData("00", nameof(SequenceError.Truncated))]
    [InlineData("000A", nameof(SequenceError.Truncated))]
    [InlineData("008000", nameof(SequenceError.Number))]
    [InlineData("00FFFFFFFFFFFFFFFF7F00", nameof(SequenceError.Number))]
    [InlineData("000A7F0405060761", nameof(SequenceError.Number))] // more runs than bytes
    [InlineData("000A010016", nameof(SequenceError.Count))] // a run of nothing
    [InlineData("000A01021761", nameof(SequenceError.Position))] // before the beginning
    [InlineData("000A01021661", nameof(SequenceError.Position))] // behind the end
    [InlineData("000A011702", nameof(SequenceError.Count))] // deletes 11 of 10
    [InlineData("000A010404", nameof(SequenceError.Content))] // no content
    [InlineData("000A01040461", nameof(SequenceError.Content))] // too little content
    [InlineData("000A010404616263", nameof(SequenceError.Content))] // too much content
    [InlineData("000A010204FF", nameof(SequenceError.Content))] // no UTF-8
    [InlineData("000A01FEFFFFFF0100", nameof(SequenceError.TooLong))] // inserts two hundred million
    [InlineData("018001AA", nameof(SequenceError.Inflation))]
    [InlineData("01FFFFFF0FAA", nameof(SequenceError.Number))] // more than 256 times what arrived
    public void Bytes_that_are_no_operation_are_refused_by_name(string hex, string error)
        => Assert.Equal(error, Assert.Throws<SequenceException>(() => TextOperationCodec.Decode(Convert.FromHexString(hex))).Error.ToString());

    [Fact]
    public void A_body_that_inflates_to_more_than_it_declares_is_refused()
    {
        using var deflated = new MemoryStream();
        using (var stream = new DeflateStream(deflated, CompressionLevel.Optimal, leaveOpen: true))
        {
            stream.Write(new byte[1000]);
        }

        var size = new byte[2];
        Varint.Write(size, 999);
        Assert.Equal(SequenceError.Inflation, Assert.Throws<SequenceException>(() => TextOperationCodec.Decode([1, .. size, .. deflated.ToArray()])).Error);
    }

    [Fact]
    public void Random_bytes_are_an_operation_or_refused_and_allocate_in_proportion()
    {
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(1, 40)];
            random.NextBytes(bytes);
            bytes[0] = (byte)random.Next(2);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                TextOperationCodec.Decode(bytes);
            }
            catch (SequenceException)
            {
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        }
    }
}
