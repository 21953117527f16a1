using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Events;

/// <summary>The keys of an event for many entities (docs/format.md, section "Many entities, one change").</summary>
public class KeyListTests
{
    private static readonly EventShape Save = new(EventKind.SaveMany, "n", 1, ["id", "a"]);

    [Fact]
    public void Integer_keys_have_the_pinned_bytes()
    {
        using var writer = new CborWriter();
        Assert.True(KeyList.TryWriteIntegers([-1, 0, 1, 1_000], writer));
        Assert.Equal("4d" + "00" + "ffffffffffffffff" + "00" + "00" + "e607", Convert.ToHexStringLower(writer.WrittenSpan));
    }

    [Fact]
    public void Other_keys_have_the_pinned_bytes()
    {
        using var writer = new CborWriter();
        KeyList.WriteValues(Convert.FromHexString("82" + "6161" + "05"), writer);
        Assert.Equal("45" + "01" + "82" + "6161" + "05", Convert.ToHexStringLower(writer.WrittenSpan));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("-9223372036854775808 -9223372036854775807 -1 0")]
    [InlineData("9223372036854775806 9223372036854775807")]
    [InlineData("1 2 3 128 129 20000 4611686018427387904")]
    public void Integer_keys_are_read_back(string list)
    {
        var keys = list.Split(' ').Select(k => long.Parse(k, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        using var writer = new CborWriter();
        Assert.True(KeyList.TryWriteIntegers(keys, writer));
        Assert.Equal(keys, Integers(writer.WrittenSpan));
    }

    [Fact]
    public void Integer_keys_too_far_apart_take_the_other_form()
    {
        using var writer = new CborWriter();
        Assert.False(KeyList.TryWriteIntegers([long.MinValue, long.MaxValue], writer));
    }

    [Theory]
    [InlineData("41" + "00", "no first key")]
    [InlineData("48" + "00" + "00000000000000", "a first key cut short")]
    [InlineData("4a" + "00" + "0000000000000001" + "80", "a distance cut short")]
    [InlineData("4b" + "00" + "0000000000000001" + "8000", "a distance with a zero too many")]
    [InlineData("4a" + "00" + "7fffffffffffffff" + "00", "a key behind the last integer")]
    [InlineData("52" + "00" + "0000000000000001" + "ffffffffffffffff7f", "a distance that overflows")]
    [InlineData("42" + "02" + "00", "a form that is not known")]
    [InlineData("42" + "01" + "80", "no key at all")]
    [InlineData("42" + "01" + "05", "no array")]
    [InlineData("44" + "01" + "810505", "something behind the array")]
    [InlineData("43" + "01" + "8205", "a key too few")]
    [InlineData("43" + "01" + "81f6", "NULL for a key")]
    [InlineData("43" + "01" + "81f5", "a boolean for a key")]
    [InlineData("4b" + "01" + "9affffffff05050505", "more keys than bytes")]
    [InlineData("05", "an integer")]
    public void Malformed_keys_are_refused(string hex, string why)
    {
        var error = Record.Exception(() => Check(Save, w => w.WriteRaw(Convert.FromHexString(hex)), w => w.WriteText("x")));
        Assert.True(error is EventFormatException or CborException, $"{why}: {error}");
    }

    [Fact]
    public void Half_a_composite_key_is_refused()
        => Assert.Throws<EventFormatException>(() => Check(new EventShape(EventKind.DeleteMany, "n", 2, ["x", "y"]), w => KeyList.WriteValues([0x83, 1, 2, 3], w), _ => { }));

    [Fact]
    public void Integers_are_no_composite_key()
        => Assert.Throws<EventFormatException>(() => Check(new EventShape(EventKind.DeleteMany, "n", 2, ["x", "y"]), w => KeyList.TryWriteIntegers([1, 2], w), _ => { }));

    [Fact]
    public void New_values_for_many_keys_are_small()
    {
        Check(Save, w => KeyList.TryWriteIntegers([1, 2], w), w => w.WriteBytes(new byte[KeyList.MaxValueBytes - 3]));
        Assert.Throws<EventFormatException>(() => Check(Save, w => KeyList.TryWriteIntegers([1, 2], w), w => w.WriteBytes(new byte[KeyList.MaxValueBytes])));
    }

    [Fact]
    public void A_shape_for_many_entities_names_a_key()
        => Assert.Throws<EventFormatException>(() => Check(new EventShape(EventKind.DeleteMany, "n", 0, []), w => KeyList.TryWriteIntegers([1], w), _ => { }));

    private static void Check(EventShape shape, Action<CborWriter> keys, Action<CborWriter> values)
    {
        using var payload = new PayloadWriter();
        payload.Begin();
        payload.StartEvent(payload.Add(shape), shape.ItemCount);
        keys(payload.Values);
        values(payload.Values);
        var reader = new CborReader(payload.Finish([1, 2], 2, 1000));
        var header = PayloadHeader.Read(ref reader, new ShapeCache());
        PayloadCheck.Events(ref reader, header);
    }

    private static long[] Integers(ReadOnlySpan<byte> item)
    {
        var reader = new CborReader(item);
        var list = new KeyList(ref reader, 1);
        var found = new List<long>();
        using var key = new CborWriter();
        while (list.MoveNext())
        {
            key.Reset();
            list.WriteTo(key);
            found.Add(new CborReader(key.WrittenSpan).ReadInt64());
        }

        return [.. found];
    }
}
