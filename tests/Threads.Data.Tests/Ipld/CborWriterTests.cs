using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Ipld;

public sealed class CborWriterTests : IDisposable
{
    private readonly CborWriter _writer = new(16);

    public void Dispose() => _writer.Dispose();

    [Theory]
    [InlineData(0L, "00")]
    [InlineData(23L, "17")]
    [InlineData(24L, "1818")]
    [InlineData(255L, "18ff")]
    [InlineData(256L, "190100")]
    [InlineData(65535L, "19ffff")]
    [InlineData(65536L, "1a00010000")]
    [InlineData(4294967295L, "1affffffff")]
    [InlineData(4294967296L, "1b0000000100000000")]
    [InlineData(long.MaxValue, "1b7fffffffffffffff")]
    [InlineData(-1L, "20")]
    [InlineData(-24L, "37")]
    [InlineData(-25L, "3818")]
    [InlineData(-257L, "390100")]
    [InlineData(long.MinValue, "3b7fffffffffffffff")]
    public void Integers_take_the_shortest_form(long value, string hex)
    {
        _writer.WriteInt64(value);
        Assert.Equal(hex, Written());
        _writer.Reset();
        if (value >= 0)
        {
            _writer.WriteUInt64((ulong)value);
            Assert.Equal(hex, Written());
        }
    }

    [Theory]
    [InlineData(0.5, "fb3fe0000000000000")]
    [InlineData(-0.0, "fb8000000000000000")]
    [InlineData(1.0, "fb3ff0000000000000")]
    public void Floats_always_have_64_bits(double value, string hex)
    {
        _writer.WriteDouble(value);
        Assert.Equal(hex, Written());
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Floats_without_a_form_are_refused_and_nothing_is_written(double value)
    {
        Assert.Equal(CborError.FloatNotFinite, Assert.Throws<CborException>(() => _writer.WriteDouble(value)).Error);
        Assert.Equal(0, _writer.Length);
    }

    [Fact]
    public void Text_that_is_not_Unicode_is_refused_and_nothing_is_written()
    {
        Assert.Equal(CborError.InvalidText, Assert.Throws<CborException>(() => _writer.WriteText("a\ud800b")).Error);
        Assert.Equal(CborError.InvalidText, Assert.Throws<CborException>(() => _writer.WriteTextUtf8([0xff])).Error);
        Assert.Equal(0, _writer.Length);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(23)]
    [InlineData(24)]
    [InlineData(85)]
    [InlineData(86)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(21845)]
    [InlineData(21846)]
    [InlineData(65536)]
    public void Text_around_the_sizes_of_heads_is_the_same_from_characters_and_from_utf8(int characters)
    {
        foreach (var text in new[] { new string('x', characters), new string('日', characters), new string('x', characters - 1) + "é" })
        {
            _writer.Reset();
            _writer.WriteText(text);
            var fromCharacters = _writer.ToArray();
            _writer.Reset();
            _writer.WriteTextUtf8(Encoding.UTF8.GetBytes(text));
            Assert.Equal(_writer.ToArray(), fromCharacters);
            Assert.Equal(text, new CborReader(fromCharacters).ReadText());
        }
    }

    [Fact]
    public void A_link_is_tag_42_and_the_cid_behind_a_zero()
    {
        _writer.WriteLink(Cid.FromDagCborDigest(new byte[32]));
        Assert.Equal("d82a58250001711220" + new string('0', 64), Written());
        Assert.Throws<ArgumentException>(() => _writer.WriteLink(default));
    }

    [Fact]
    public void The_buffer_grows_and_reset_starts_again()
    {
        _writer.StartArray(1000);
        for (var i = 0; i < 1000; i++)
            _writer.WriteBytes(new byte[100]);
        Assert.Equal(3 + (1000 * 102), _writer.Length);
        CborReader.Validate(_writer.WrittenSpan);
        Assert.Equal(_writer.ToArray(), _writer.WrittenMemory.ToArray());
        _writer.Reset();
        _writer.WriteNull();
        Assert.Equal("f6", Written());
    }

    [Fact]
    public void A_disposed_writer_refuses_to_write()
    {
        var writer = new CborWriter();
        writer.Dispose();
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(writer.WriteNull);
    }

    [Fact]
    public void Writing_allocates_nothing_once_the_buffer_is_there()
    {
#if DEBUG
        Assert.True(true, "Debug builds keep books about keys.");
#else
        void Write()
        {
            _writer.Reset();
            _writer.StartMap(2);
            _writer.WriteText("a");
            _writer.WriteInt64(1234567);
            _writer.WriteText("link");
            _writer.WriteLink(Cid.FromDagCborDigest(stackalloc byte[32]));
        }
        for (var i = 0; i < 100; i++)
            Write();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Write();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
#endif
    }

#if DEBUG
    [Fact]
    public void Debug_builds_refuse_keys_out_of_order_and_keys_that_are_not_text()
    {
        _writer.StartMap(2);
        _writer.WriteText("b");
        _writer.WriteNull();
        Assert.Throws<InvalidOperationException>(() => _writer.WriteText("a"));
        _writer.Reset();
        _writer.StartMap(2);
        _writer.WriteText("b");
        _writer.StartMap(1);
        _writer.WriteText("a");
        _writer.WriteNull();
        Assert.Throws<InvalidOperationException>(() => _writer.WriteText("b"));
        _writer.Reset();
        _writer.StartMap(1);
        Assert.Throws<InvalidOperationException>(() => _writer.WriteInt64(1));
    }
#endif

    [Fact]
    public void Any_text_comes_back() =>
        Prop.ForAll<string>(text =>
        {
            if (text is null || !IsUnicode(text))
                return true;
            _writer.Reset();
            _writer.WriteText(text);
            return new CborReader(_writer.WrittenSpan).ReadText() == text;
        }).Check(Config.QuickThrowOnFailure);

    private static bool IsUnicode(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
                return false;
        }
        return true;
    }

    private string Written() => Convert.ToHexStringLower(_writer.WrittenSpan);
}
