using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Events;

/// <summary>The bytes of docs/format.md, section "Payload".</summary>
public class PayloadTests
{
    private static readonly EventShape Create = new(EventKind.Create, "note", 1, ["id", "text"]);

    [Fact]
    public void A_payload_has_the_pinned_bytes()
    {
        Assert.Equal("86" + "01" + "420102" + "02" + "1903e8" + "81" + "8400646e6f746501826269646474657874" + "81" + "83000162" + "6869", Convert.ToHexStringLower(OneNote()));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var reader = new CborReader(OneNote());
        var header = PayloadHeader.Read(ref reader, new ShapeCache());
        Assert.Equal("0102", Convert.ToHexStringLower(header.LogId));
        Assert.Equal((2, 1000, 1), (header.Position, header.Time, header.EventCount));
        Assert.Equal(("note", EventKind.Create, 1), (header.Shapes[0].Collection, header.Shapes[0].Kind, header.Shapes[0].KeyCount));
        PayloadCheck.Events(ref reader, header);
    }

    [Theory]
    [InlineData("860242010202190", "a later version")]
    [InlineData("86014201020019 03e88081", "position 0")]
    [InlineData("860142010202208080", "a time before 1970")]
    [InlineData("8601420102021903e88080", "no events")]
    [InlineData("8601420102021903e88080f6", "something behind the end")]
    [InlineData("8601420102021903e8818400646e6f746501826269646474657874818301016268 69", "a shape that is not there")]
    [InlineData("8601420102021903e8818400646e6f7465018262696464746578748182000 1", "a value too few")]
    [InlineData("8601420102021903e8818400646e6f746505826269646474657874818300016268 69", "more keys than columns")]
    [InlineData("8601420102021903e8818400646e6f74650182626964647465787481830001f5", "a boolean in a column")]
    public void A_malformed_payload_is_refused(string hex, string why)
    {
        hex = hex.Replace(" ", "", StringComparison.Ordinal);
        var bytes = Convert.FromHexString(hex.Length % 2 == 0 ? hex : hex + "0");
        var error = Record.Exception(() =>
        {
            var reader = new CborReader(bytes);
            var header = PayloadHeader.Read(ref reader, new ShapeCache());
            PayloadCheck.Events(ref reader, header);
        });
        Assert.True(error is EventFormatException or CborException, $"{why}: {error}");
    }

    private static byte[] OneNote()
    {
        using var writer = new PayloadWriter();
        writer.Begin();
        writer.StartEvent(writer.Add(Create), 2);
        writer.Values.WriteInt64(1);
        writer.Values.WriteText("hi");
        return writer.Finish([1, 2], 2, 1000).ToArray();
    }
}
