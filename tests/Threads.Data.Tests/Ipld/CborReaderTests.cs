using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Ipld;

public class CborReaderTests
{
    [SkippableFact]
    public void Blocks_of_the_npm_packages_are_read_and_written_again_to_the_same_bytes()
    {
        foreach (var entry in Vectors.List("threads-dag-cbor.json", "good"))
        {
            var bytes = entry.Hex("bytes");
            CborReader.Validate(bytes);
            Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(Rewrite(bytes)));
        }
    }

    [SkippableFact]
    public void What_a_strict_reader_refuses_is_refused()
    {
        foreach (var entry in Vectors.List("threads-dag-cbor.json", "bad"))
        {
            var error = Assert.Throws<CborException>(() => CborReader.Validate(entry.Hex("bytes")));
            Assert.True(error.Message.Length > 20, entry.Text("name"));
        }
    }

    [SkippableFact]
    public void Short_floats_of_the_js_package_are_refused_and_the_64_bit_form_is_read()
    {
        foreach (var entry in Vectors.List("threads-dag-cbor.json", "floats"))
        {
            var value = double.Parse(entry.Text("value"), System.Globalization.CultureInfo.InvariantCulture);
            var reader = new CborReader(entry.Hex("strictBytes"));
            Assert.Equal(value, reader.ReadDouble());
            reader.EnsureEnd();
            if (entry.Text("jsBytes") != entry.Text("strictBytes"))
                Assert.Equal(CborError.FloatNot64Bits, Refusal(entry.Text("jsBytes")).Error);
        }
    }

    [Theory]
    [InlineData("1801", CborError.NotMinimal, 0)]
    [InlineData("1900ff", CborError.NotMinimal, 0)]
    [InlineData("1a0000ffff", CborError.NotMinimal, 0)]
    [InlineData("1b00000000ffffffff", CborError.NotMinimal, 0)]
    [InlineData("3817", CborError.NotMinimal, 0)]
    [InlineData("780161", CborError.NotMinimal, 0)]
    [InlineData("580161", CborError.NotMinimal, 0)]
    [InlineData("980101", CborError.NotMinimal, 0)]
    [InlineData("b801616101", CborError.NotMinimal, 0)]
    [InlineData("d9002a4100", CborError.NotMinimal, 0)]
    [InlineData("bf616101ff", CborError.IndefiniteLength, 0)]
    [InlineData("9f01ff", CborError.IndefiniteLength, 0)]
    [InlineData("5f4101ff", CborError.IndefiniteLength, 0)]
    [InlineData("7f6161ff", CborError.IndefiniteLength, 0)]
    [InlineData("ff", CborError.IndefiniteLength, 0)]
    [InlineData("81ff", CborError.IndefiniteLength, 1)]
    [InlineData("1c", CborError.ReservedInformation, 0)]
    [InlineData("5d", CborError.ReservedInformation, 0)]
    [InlineData("fc", CborError.ReservedInformation, 0)]
    [InlineData("a262616101616202", CborError.KeyOrder, 5)]
    [InlineData("a2616201616102", CborError.KeyOrder, 4)]
    [InlineData("a2616101616102", CborError.DuplicateKey, 4)]
    [InlineData("a260016002", CborError.DuplicateKey, 3)]
    [InlineData("a10101", CborError.KeyNotText, 1)]
    [InlineData("a1406161", CborError.KeyNotText, 1)]
    [InlineData("81a1f601", CborError.KeyNotText, 2)]
    [InlineData("f93e00", CborError.FloatNot64Bits, 0)]
    [InlineData("fa3fc00000", CborError.FloatNot64Bits, 0)]
    [InlineData("fb7ff8000000000000", CborError.FloatNotFinite, 0)]
    [InlineData("fb7ff0000000000000", CborError.FloatNotFinite, 0)]
    [InlineData("fbfff0000000000000", CborError.FloatNotFinite, 0)]
    [InlineData("f7", CborError.UnsupportedSimpleValue, 0)]
    [InlineData("f0", CborError.UnsupportedSimpleValue, 0)]
    [InlineData("f818", CborError.UnsupportedSimpleValue, 0)]
    [InlineData("c101", CborError.UnsupportedTag, 0)]
    [InlineData("d82b4100", CborError.UnsupportedTag, 0)]
    [InlineData("d82a4101", CborError.InvalidLink, 0)]
    [InlineData("d82a40", CborError.InvalidLink, 0)]
    [InlineData("d82a4100", CborError.InvalidLink, 0)]
    [InlineData("d82a6161", CborError.InvalidLink, 0)]
    [InlineData("d82a01", CborError.InvalidLink, 0)]
    [InlineData("d82a", CborError.EndOfData, 0)]
    [InlineData("61ff", CborError.InvalidText, 0)]
    [InlineData("63eda080", CborError.InvalidText, 0)]
    [InlineData("62c080", CborError.InvalidText, 0)]
    [InlineData("a161ff01", CborError.InvalidText, 1)]
    [InlineData("a16161", CborError.EndOfData, 3)]
    [InlineData("", CborError.EndOfData, 0)]
    [InlineData("19ff", CborError.EndOfData, 0)]
    [InlineData("fb00", CborError.EndOfData, 0)]
    [InlineData("820180", null, 0)]
    [InlineData("8201", CborError.LengthBeyondData, 0)]
    [InlineData("0102", CborError.TrailingBytes, 1)]
    [InlineData("8000", CborError.TrailingBytes, 1)]
    [InlineData("5b4000000000000000", CborError.LengthBeyondData, 0)]
    [InlineData("7a40000000", CborError.LengthBeyondData, 0)]
    [InlineData("9a3b9aca00", CborError.LengthBeyondData, 0)]
    [InlineData("ba3b9aca00", CborError.LengthBeyondData, 0)]
    [InlineData("9bffffffffffffffff", CborError.LengthBeyondData, 0)]
    public void Each_deviation_has_its_name_and_place(string hex, CborError? error, int offset)
    {
        if (error is null)
        {
            CborReader.Validate(Convert.FromHexString(hex));
            return;
        }
        var refusal = Refusal(hex);
        Assert.Equal((error, (long)offset), (refusal.Error, refusal.Offset));
    }

    [Fact]
    public void Every_error_has_a_text()
    {
        foreach (var error in Enum.GetValues<CborError>())
            Assert.Contains(" ", new CborException(error, 7).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_nested_to_the_limit_are_read_and_one_more_is_refused()
    {
        byte[] Nested(int depth) => [.. Enumerable.Repeat((byte)0x81, depth - 1), 0x80];
        CborReader.Validate(Nested(64));
        var error = Assert.Throws<CborException>(() => CborReader.Validate(Nested(65)));
        Assert.Equal((CborError.TooDeep, 64L), (error.Error, error.Offset));
        Assert.Throws<CborException>(() => CborReader.Validate(Nested(4), new CborLimits { MaxDepth = 3 }));
        CborReader.Validate(Nested(1000), new CborLimits { MaxDepth = 1000 });
    }

    [Fact]
    public void A_million_open_arrays_are_refused_without_deep_recursion()
    {
        var bytes = new byte[1_000_000];
        Array.Fill(bytes, (byte)0x81);
        Assert.Equal(CborError.TooDeep, Assert.Throws<CborException>(() => CborReader.Validate(bytes)).Error);
    }

    [Theory]
    [InlineData("1b7fffffffffffffff", long.MaxValue)]
    [InlineData("3b7fffffffffffffff", long.MinValue)]
    [InlineData("20", -1L)]
    [InlineData("3818", -25L)]
    public void Integers_are_read_to_the_ends_of_the_range(string hex, long value) =>
        Assert.Equal(value, new CborReader(Convert.FromHexString(hex)).ReadInt64());

    [Theory]
    [InlineData("1b8000000000000000")]
    [InlineData("3b8000000000000000")]
    [InlineData("3bffffffffffffffff")]
    public void An_integer_beyond_Int64_is_valid_and_refused_by_name_when_read_as_one(string hex)
    {
        CborReader.Validate(Convert.FromHexString(hex));
        var error = Assert.Throws<CborException>(() => new CborReader(Convert.FromHexString(hex)).ReadInt64());
        Assert.Equal(CborError.IntegerOutOfRange, error.Error);
    }

    [Fact]
    public void Unsigned_and_32_bit_reading_refuse_what_they_cannot_hold()
    {
        Assert.Equal(ulong.MaxValue, new CborReader(Convert.FromHexString("1bffffffffffffffff")).ReadUInt64());
        Assert.Equal(CborError.IntegerOutOfRange, Assert.Throws<CborException>(() => new CborReader([0x20]).ReadUInt64()).Error);
        Assert.Equal(CborError.IntegerOutOfRange,
            Assert.Throws<CborException>(() => new CborReader(Convert.FromHexString("1a80000000")).ReadInt32()).Error);
    }

    [Fact]
    public void Another_kind_than_expected_is_refused_by_name()
    {
        var error = Assert.Throws<CborException>(() => new CborReader([0x61, 0x61]).ReadInt64());
        Assert.Equal(CborError.UnexpectedKind, error.Error);
        Assert.Contains("Text, not Integer", error.Message, StringComparison.Ordinal);
        Assert.Equal(CborError.EndOfData, Assert.Throws<CborException>(() => new CborReader([]).ReadMap()).Error);
    }

    [Fact]
    public void EnsureEnd_refuses_containers_left_open_and_bytes_left_over()
    {
        Assert.Equal(CborError.EndOfData, Assert.Throws<CborException>(static () =>
        {
            var reader = new CborReader([0x82, 0x01, 0x02]);
            reader.ReadArray();
            reader.ReadInt64();
            reader.EnsureEnd();
        }).Error);
        Assert.Equal(CborError.TrailingBytes, Assert.Throws<CborException>(static () =>
        {
            var reader = new CborReader([0x01, 0x02]);
            reader.ReadInt64();
            reader.EnsureEnd();
        }).Error);
    }

    [Fact]
    public void Keys_and_values_read_in_the_wrong_turn_are_a_bug_of_the_caller()
    {
        Assert.Throws<InvalidOperationException>(static () =>
        {
            var reader = new CborReader([0xa1, 0x61, 0x61, 0x01]);
            reader.ReadMap();
            reader.ReadText();
        });
        Assert.Throws<InvalidOperationException>(static () =>
        {
            var reader = new CborReader([0xa1, 0x61, 0x61, 0x61, 0x62]);
            reader.ReadMap();
            reader.ReadKey();
            reader.ReadKey();
        });
    }

    [Fact]
    public void SkipRaw_returns_the_bytes_of_the_item_and_checks_them()
    {
        var block = Convert.FromHexString("a26161826162a061620f");
        var reader = new CborReader(block);
        Assert.Equal(2, reader.ReadMap());
        Assert.Equal("a"u8, reader.ReadKey());
        Assert.Equal("826162a0", Convert.ToHexStringLower(reader.SkipRaw()));
        Assert.Equal("b"u8, reader.ReadKey());
        Assert.Equal(CborKind.Integer, reader.Peek());
        Assert.Equal(15, reader.ReadInt32());
        Assert.Equal(CborKind.End, reader.Peek());
        reader.EnsureEnd();
    }

    [Fact]
    public void Garbage_is_refused_or_read_but_never_crashes() =>
        Prop.ForAll<byte[]>(bytes => ReadsOrRefuses(bytes)).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void A_valid_block_with_one_byte_changed_is_refused_or_read_but_never_crashes()
    {
        var values = ArbMap.Default.GeneratorFor<(PositiveInt Seed, PositiveInt Place, byte Value)>().ToArbitrary();
        Prop.ForAll(values, change =>
        {
            var block = CborSample.Create(change.Seed.Get);
            block[change.Place.Get % block.Length] = change.Value;
            return ReadsOrRefuses(block) && ReadsOrRefuses(block[..(change.Place.Get % block.Length)]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Any_value_written_is_read_and_written_again_to_the_same_bytes() =>
        Prop.ForAll<PositiveInt>(seed =>
        {
            var block = CborSample.Create(seed.Get);
            CborReader.Validate(block);
            return Rewrite(block).AsSpan().SequenceEqual(block);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    private static CborException Refusal(string hex) => Assert.Throws<CborException>(() => CborReader.Validate(Convert.FromHexString(hex)));

    private static bool ReadsOrRefuses(byte[] bytes)
    {
        try
        {
            CborReader.Validate(bytes);
        }
        catch (CborException error)
        {
            return error.Offset >= 0 && error.Offset <= bytes.Length;
        }
        // What is accepted has one form only.
        return Rewrite(bytes).AsSpan().SequenceEqual(bytes);
    }

    private static byte[] Rewrite(ReadOnlySpan<byte> block)
    {
        using var writer = new CborWriter();
        var reader = new CborReader(block);
        Copy(ref reader, writer);
        reader.EnsureEnd();
        return writer.ToArray();
    }

    private static void Copy(ref CborReader reader, CborWriter writer)
    {
        switch (reader.Peek())
        {
            case CborKind.Null:
                reader.ReadNull();
                writer.WriteNull();
                break;
            case CborKind.Boolean:
                writer.WriteBoolean(reader.ReadBoolean());
                break;
            case CborKind.Integer:
                // Below Int64 there is no type to hold it; the bytes are passed on.
                writer.WriteRaw(reader.SkipRaw());
                break;
            case CborKind.Double:
                writer.WriteDouble(reader.ReadDouble());
                break;
            case CborKind.Text:
                writer.WriteText(reader.ReadText());
                break;
            case CborKind.Bytes:
                writer.WriteBytes(reader.ReadBytes());
                break;
            case CborKind.Link:
                writer.WriteLink(reader.ReadLink());
                break;
            case CborKind.Array:
                var items = reader.ReadArray();
                writer.StartArray(items);
                for (var i = 0; i < items; i++)
                    Copy(ref reader, writer);
                break;
            case CborKind.Map:
                var pairs = reader.ReadMap();
                writer.StartMap(pairs);
                for (var i = 0; i < pairs; i++)
                {
                    writer.WriteTextUtf8(reader.ReadKey());
                    Copy(ref reader, writer);
                }
                break;
        }
    }
}
